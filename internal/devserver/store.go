package devserver

import (
	"maps"
	"slices"
	"time"
)

// Record is a secret as the server holds it: ciphertext and stamps.
type Record struct {
	Key       string     `json:"key"`
	Value     string     `json:"value"` // base64 of ciphertext and tag
	Nonce     string     `json:"nonce"` // base64 of 12 bytes
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`           // CreatedAt until the first update
	ExpiresAt *time.Time `json:"expires_at,omitempty"` // nil for never
	Updated   bool       `json:"updated,omitempty"`    // whether there was an update
	Hidden    bool       `json:"hidden,omitempty"`     // held, but visible to no account
}

func (r *Record) copy() Record {
	c := *r
	if r.ExpiresAt != nil {
		t := *r.ExpiresAt
		c.ExpiresAt = &t
	}
	return c
}

// Stored returns a secret as held, hidden ones too. It returns false if there is none,
// or if its expiry has passed.
func (s *Server) Stored(key string) (Record, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.lookup(key)
	if !ok {
		return Record{}, false
	}
	return r.copy(), true
}

// Put stores a secret as if someone else had written it, without any check. Stamps
// that are zero become the server's time; others are kept as they are, so a test can
// put any history. With Options.DataFile, a failure to save it is a violation.
func (s *Server) Put(r Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := r.copy()
	now := s.tick()
	if c.CreatedAt.IsZero() {
		c.CreatedAt = now
	}
	if c.UpdatedAt.IsZero() {
		c.UpdatedAt = now
	}
	s.secrets[c.Key] = &c
	s.saveOrViolate()
}

// Remove deletes a secret as if someone else had. It returns false if there was none.
func (s *Server) Remove(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.lookup(key)
	delete(s.secrets, key)
	s.saveOrViolate()
	return ok
}

// Hide makes a secret visible to no account: the list leaves it out, a read, update
// or delete answers 404, a create of its key 409 (PROTOCOL.md section 2).
func (s *Server) Hide(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.lookup(key); ok {
		r.Hidden = true
		s.saveOrViolate()
	}
}

// Keys returns the keys of all secrets held, hidden ones too, sorted.
func (s *Server) Keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	return slices.Sorted(maps.Keys(s.secrets))
}

// lookup finds a secret; one whose expiry has passed is deleted, as the API
// promises. The caller holds the lock.
func (s *Server) lookup(key string) (*Record, bool) {
	r, ok := s.secrets[key]
	if !ok {
		return nil, false
	}
	if r.expired(s.options.now()) {
		delete(s.secrets, key)
		s.saveOrViolate()
		return nil, false
	}
	return r, true
}

// visible is lookup for a request.
func (s *Server) visible(key string) (*Record, bool) {
	r, ok := s.lookup(key)
	if !ok || r.Hidden {
		return nil, false
	}
	return r, true
}

func (s *Server) expire() {
	now, before := s.options.now(), len(s.secrets)
	maps.DeleteFunc(s.secrets, func(_ string, r *Record) bool { return r.expired(now) })
	if len(s.secrets) < before {
		s.saveOrViolate()
	}
}

func (r *Record) expired(now time.Time) bool {
	return r.ExpiresAt != nil && !r.ExpiresAt.After(now)
}

// tick is the stamp of a write at this moment.
func (s *Server) tick() time.Time {
	resolution := time.Millisecond
	if s.options.WholeSecondStamps {
		resolution = time.Second
	}
	return s.options.now().UTC().Truncate(resolution)
}
