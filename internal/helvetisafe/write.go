package helvetisafe

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Written is what a create or an update left on the server.
type Written struct {
	// Metadata is as the answer had it: UpdatedAt is Missing after a create,
	// CreatedAt after an update.
	Metadata
	// Date is the answer's Date header in UTC; zero if missing or junk.
	Date time.Time
	// Sealed is the ciphertext that was sent.
	Sealed Sealed
	// OrgKeyFingerprint is of the Org Key that it is sealed under. It is "" if the
	// ciphertext was sent back untouched and no Org Key is loaded.
	OrgKeyFingerprint string
}

// maxCiphertext is the most that is written, in bytes: a larger secret couldn't be read
// back. The answer to a read holds it in base64, with some room for other members.
const maxCiphertext = (limitSecret - 64<<10) / 4 * 3

// secretBody is what a create and an update send. Answers say expires_at, requests
// expiresAt (PROTOCOL.md section 2).
type secretBody struct {
	Key       string         `json:"key,omitzero"` // create only
	Value     string         `json:"value"`
	Nonce     string         `json:"nonce"`
	ExpiresAt jsontext.Value `json:"expiresAt,omitzero"`
}

// Create seals a content and creates the secret. A *ConflictError says that the
// key is taken; an *AmbiguousCreateError that the answer was lost for good.
func (c *Client) Create(ctx context.Context, key string, content StoredContent, expiry Expiry) (Written, error) {
	sealed, k, err := c.seal(ctx, key, content)
	if err != nil {
		return Written{}, err
	}
	req, err := writeRequest(http.MethodPost, pathSecrets, sealed, expiry)
	if err != nil {
		return Written{}, err
	}
	call := c.newCall(req)
	a, err := call.do(ctx)
	var taken *ConflictError
	if call.Lost || !errors.As(err, &taken) { // a clear conflict: nothing was written, and the shared list stays right
		c.Forget(key)
	}
	var m Metadata
	if err == nil {
		if m, err = parseMetadata(a, req.Name(), key); err != nil {
			err = call.unusable(err)
		}
	}
	if err != nil {
		return c.settleCreate(ctx, call, sealed, k, err)
	}
	m.UpdatedAt = Timestamp{}
	return written(sealed, k, m, a), nil
}

// Update seals a content and replaces the secret's with it. A *NotFoundError says
// that there is no such secret.
func (c *Client) Update(ctx context.Context, key string, content StoredContent, expiry Expiry) (Written, error) {
	sealed, k, err := c.seal(ctx, key, content)
	if err != nil {
		return Written{}, err
	}
	return c.put(ctx, sealed, k, expiry, false)
}

// UpdateSealed sends a secret's ciphertext back as it was read, to change its expiry
// alone. With pins the Org Key is loaded and checked first; without, none is needed.
func (c *Client) UpdateSealed(ctx context.Context, sealed Sealed, expiry Expiry) (Written, error) {
	if err := checkKey(sealed.Key); err != nil {
		return Written{}, err
	}
	var k orgKey
	if len(c.keys.pins) > 0 {
		var err error
		if k, err = c.orgKey(ctx); err != nil {
			return Written{}, err
		}
	}
	return c.put(ctx, sealed, k, expiry, true)
}

// put sends an update. If it is sent again after a lost answer it has the same bytes, so
// both tries have the same effect.
func (c *Client) put(ctx context.Context, sealed Sealed, k orgKey, expiry Expiry, untouched bool) (Written, error) {
	req, err := writeRequest(http.MethodPut, secretPath(sealed.Key), sealed, expiry)
	if err != nil {
		return Written{}, err
	}
	c.Forget(sealed.Key)
	call := c.newCall(req)
	a, err := call.do(ctx)
	var m Metadata
	if err == nil {
		if m, err = parseMetadata(a, req.Name(), sealed.Key); err != nil {
			err = call.unusable(err)
		}
	}
	if err != nil {
		w, settled := c.settleUpdate(ctx, call, sealed, k)
		if !settled || untouched && !expiry.shownBy(w.ExpiresAt) {
			return Written{}, err
		}
		return w, nil
	}
	m.CreatedAt = Timestamp{}
	return written(sealed, k, m, a), nil
}

// seal makes the ciphertext of a write, after all checks that can refuse it.
func (c *Client) seal(ctx context.Context, key string, content StoredContent) (Sealed, orgKey, error) {
	if err := checkKey(key); err != nil {
		return Sealed{}, orgKey{}, err
	}
	k, err := c.trustedKey(ctx)
	if err != nil {
		return Sealed{}, orgKey{}, err
	}
	plaintext := content.plaintext(key)
	defer clear(plaintext)
	if size := len(plaintext) + envelope.TagSize; size > maxCiphertext {
		return Sealed{}, orgKey{}, &TooLargeError{Key: key, Size: size}
	}
	nonce, ciphertext, err := k.key.Seal(plaintext)
	if err != nil {
		return Sealed{}, orgKey{}, &CryptoError{Key: key, detail: "the secret can't be encrypted: " + envelopeText(err)}
	}
	return Sealed{Key: key, nonce: nonce, ciphertext: ciphertext}, k, nil
}

func writeRequest(method string, path []string, sealed Sealed, expiry Expiry) (request, error) {
	body := secretBody{
		Value:     base64.StdEncoding.EncodeToString(sealed.ciphertext),
		Nonce:     base64.StdEncoding.EncodeToString(sealed.nonce),
		ExpiresAt: expiry.wire(),
	}
	if method == http.MethodPost {
		body.Key = sealed.Key
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return request{}, errors.New("the request can't be written as JSON")
	}
	return request{
		Request: rest.Request{Method: method, Path: path, ContentType: "application/json", Body: raw, Limit: limitSmall},
		scope:   scopeWrite, key: sealed.Key, size: len(sealed.ciphertext),
	}, nil
}

func written(sealed Sealed, k orgKey, m Metadata, a *answer) Written {
	sealed.ExpiresAt, sealed.Date = m.ExpiresAt, a.Date
	return Written{
		Metadata:          m,
		Date:              a.Date,
		Sealed:            sealed,
		OrgKeyFingerprint: k.fingerprint,
	}
}
