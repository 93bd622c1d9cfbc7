package devserver

import (
	"cmp"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"time"
)

// stamp prints a time as JavaScript's toISOString does, in UTC with milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// ownStamp is stamp for created_at and updated_at, which some servers keep in whole
// seconds.
func (s *Server) ownStamp(t time.Time) string {
	if s.options.WholeSecondStamps {
		return t.UTC().Format("2006-01-02T15:04:05Z")
	}
	return stamp(t)
}

func expiryStamp(t *time.Time) *string {
	if t == nil {
		return nil
	}
	text := stamp(*t)
	return &text
}

func (a *Account) privateKey() reply {
	if len(a.EncryptedPrivateKey) == 0 {
		return failure(http.StatusNotFound, "No private key is stored for this account")
	}
	return object(http.StatusOK, map[string]any{
		"encrypted_private_key": base64.StdEncoding.EncodeToString(a.EncryptedPrivateKey),
		"nonce":                 base64.StdEncoding.EncodeToString(a.PrivateKeyNonce),
		"salt":                  base64.StdEncoding.EncodeToString(a.PrivateKeySalt),
		"auth_tag":              base64.StdEncoding.EncodeToString(a.PrivateKeyTag),
	})
}

func (a *Account) orgKey() reply {
	if len(a.EncryptedOrgKey) == 0 {
		return failure(http.StatusNotFound, "No Org Key is stored for this account")
	}
	return object(http.StatusOK, map[string]any{"encrypted_org_key": base64.StdEncoding.EncodeToString(a.EncryptedOrgKey)})
}

func (s *Server) list() reply {
	s.expire()
	keys := make([]map[string]any, 0, len(s.secrets))
	for _, key := range slices.Sorted(maps.Keys(s.secrets)) {
		r := s.secrets[key]
		if r.Hidden {
			continue
		}
		entry := map[string]any{"key": key, "created_at": s.ownStamp(r.CreatedAt), "expires_at": expiryStamp(r.ExpiresAt)}
		switch {
		case s.options.ListWithoutUpdatedAt:
		case s.options.ListNullUpdatedAt && !r.Updated:
			entry["updated_at"] = nil
		default:
			entry["updated_at"] = s.ownStamp(r.UpdatedAt)
		}
		keys = append(keys, entry)
	}
	if size := s.options.PageSize; size > 0 && len(keys) > size {
		return object(http.StatusOK, map[string]any{"keys": keys[:size], "next": keys[size]["key"]})
	}
	return object(http.StatusOK, map[string]any{"keys": keys})
}

func (s *Server) create(c *call) reply {
	in, refusal, ok := s.decodeSecret(c, []string{"key", "value", "nonce"})
	if !ok {
		return refusal
	}
	if _, exists := s.lookup(in.key); exists {
		return failure(cmp.Or(s.options.ConflictStatus, http.StatusConflict), "A secret with this key already exists")
	}
	now := s.tick()
	r := &Record{Key: in.key, Value: in.value, Nonce: in.nonce, CreatedAt: now, UpdatedAt: now}
	if in.expiry == expirySet {
		r.ExpiresAt = &in.expiresAt
	}
	s.secrets[in.key] = r
	if err := s.save(); err != nil {
		delete(s.secrets, in.key)
		return failure(http.StatusInternalServerError, "The secret could not be saved")
	}
	return object(http.StatusCreated, map[string]any{
		"key": r.Key, "created_at": s.ownStamp(r.CreatedAt), "expires_at": expiryStamp(r.ExpiresAt),
	})
}

func (s *Server) read(entry *Request) reply {
	r, ok := s.visible(entry.Key)
	if !ok {
		return notFound()
	}
	return object(http.StatusOK, map[string]any{
		"key": r.Key, "value": r.Value, "nonce": r.Nonce, "expires_at": expiryStamp(r.ExpiresAt),
	})
}

func (s *Server) update(c *call) reply {
	if !validKey(c.entry.Key) {
		return s.refuse(c.entry, "a key outside [a-zA-Z0-9_]+")
	}
	in, refusal, ok := s.decodeSecret(c, []string{"value", "nonce"})
	if !ok {
		return refusal
	}
	old, ok := s.visible(c.entry.Key)
	if !ok {
		return notFound()
	}
	r := old.copy()
	r.Value, r.Nonce, r.UpdatedAt, r.Updated = in.value, in.nonce, s.tick(), true
	switch {
	case in.expiry == expirySet:
		r.ExpiresAt = &in.expiresAt
	case in.expiry == expiryNull && s.options.ClearExpiry == ClearsOnNull:
		r.ExpiresAt = nil
	}
	s.secrets[r.Key] = &r
	if err := s.save(); err != nil {
		s.secrets[r.Key] = old
		return failure(http.StatusInternalServerError, "The secret could not be saved")
	}
	return object(http.StatusOK, map[string]any{
		"key": r.Key, "updated_at": s.ownStamp(r.UpdatedAt), "expires_at": expiryStamp(r.ExpiresAt),
	})
}

func (s *Server) delete(entry *Request) reply {
	r, ok := s.visible(entry.Key)
	if !ok {
		return notFound()
	}
	delete(s.secrets, entry.Key)
	if err := s.save(); err != nil {
		s.secrets[entry.Key] = r
		return failure(http.StatusInternalServerError, "The secret could not be deleted")
	}
	return reply{status: http.StatusNoContent, header: http.Header{}}
}

func notFound() reply { return failure(http.StatusNotFound, "Secret not found") }
