package helvetisafe

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// Metadata is what the server says about a secret, without its value.
type Metadata struct {
	Key       string    `json:"key"`
	CreatedAt Timestamp `json:"created_at"`
	UpdatedAt Timestamp `json:"updated_at"`
	ExpiresAt Timestamp `json:"expires_at"`
}

// Sealed is a secret as the server holds it: its nonce and ciphertext, which say
// nothing without the Org Key.
type Sealed struct {
	Key       string
	ExpiresAt Timestamp
	Date      time.Time // Date header of the answer, in UTC; zero if missing or junk

	nonce      []byte // envelope.NonceSize bytes
	ciphertext []byte // ends in the tag, envelope.TagSize bytes
}

// Hash is the first 12 bytes of SHA-256 over nonce and ciphertext. It shows whether the
// ciphertext is still the one last seen, and says nothing about the value.
func (s Sealed) Hash() [12]byte {
	h := sha256.New()
	h.Write(s.nonce)
	h.Write(s.ciphertext)
	return [12]byte(h.Sum(nil))
}

// Get reads a secret without decrypting it. The error is of kind NotFound if there is none.
func (c *Client) Get(ctx context.Context, key string) (Sealed, error) {
	req := get(secretPath(key), scopeRead, limitSecret)
	req.key = key
	a, err := c.newCall(req).do(ctx)
	if err != nil {
		return Sealed{}, err
	}
	return parseSecret(a, key)
}

// writeShows is the wait before a secret that was just made is looked for again: not every
// server shows a write at once.
const writeShows = time.Second

// AwaitWrite waits until a secret that was just made, and wasn't there, can be looked for
// again. The error is the context's, if that ends first.
func (c *Client) AwaitWrite(ctx context.Context) error { return c.rest.Clock.Sleep(ctx, writeShows) }

// Open decrypts a secret. It loads the Org Key. The error is of kind BadCiphertext if the
// secret wasn't sealed under that key, OtherOrgKey if that key isn't trusted, and
// BadContent if the plaintext is not text.
func (c *Client) Open(ctx context.Context, s Sealed) (Plaintext, error) {
	k, err := c.trustedKey(ctx)
	if err != nil {
		return Plaintext{}, err
	}
	plaintext, err := k.Open(s.nonce, s.ciphertext)
	if err != nil {
		return Plaintext{}, &Error{Kind: BadCiphertext, Reason: NotDecrypted, Key: s.Key, OrgKey: k.Fingerprint()}
	}
	defer clear(plaintext)
	return parsePlaintext(s.Key, plaintext)
}

// Delete deletes a secret, and reports whether there was one. One that is gone when
// the request is repeated was deleted by the first try.
func (c *Client) Delete(ctx context.Context, key string) (existed bool, err error) {
	req := request{Request: rest.Request{Method: http.MethodDelete, Path: secretPath(key), Limit: limitSmall}, scope: scopeDelete, key: key}
	c.forget(key)
	k := c.newCall(req)
	a, err := k.do(ctx)
	if Is(err, NotFound) {
		return k.Lost, nil
	}
	if err != nil {
		return false, err
	}
	// The API answers 204. Anything else, such as the page of a gateway, says nothing about
	// the secret.
	if a.Status == http.StatusNoContent || c.isGone(ctx, key) {
		return true, nil
	}
	return false, k.unusable(a.bad(DeletionUnconfirmed))
}

// isGone reports whether the API says that there is no such secret: by a read, or by a
// list if the account may not read.
func (c *Client) isGone(ctx context.Context, key string) bool {
	_, err := c.Get(ctx, key)
	if !Is(err, Forbidden) {
		return Is(err, NotFound)
	}
	l, err := c.List(ctx)
	if err != nil {
		return false
	}
	_, listed := l.Lookup(key)
	return !listed
}

// parseSecret reads the answer to a read (PROTOCOL.md section 2).
func parseSecret(a *answer, key string) (Sealed, error) {
	var body struct {
		Key       string      `json:"key"`
		Value     base64Bytes `json:"value"`
		Nonce     base64Bytes `json:"nonce"`
		ExpiresAt Timestamp   `json:"expires_at"`
	}
	if err := a.decode(&body); err != nil {
		return Sealed{}, err
	}
	if err := a.sameKey(key, body.Key); err != nil {
		return Sealed{}, err
	}
	if len(body.Nonce) != envelope.NonceSize || len(body.Value) < envelope.TagSize {
		return Sealed{}, &Error{Kind: BadAnswer, Reason: WrongSizes, Request: a.Request, Detail: fmt.Sprintf("it has %d bytes of nonce and %d of ciphertext, and needs %d and at least %d", len(body.Nonce), len(body.Value), envelope.NonceSize, envelope.TagSize)}
	}
	return Sealed{Key: key, ExpiresAt: body.ExpiresAt, Date: a.Date, nonce: body.Nonce, ciphertext: body.Value}, nil
}

// sameKey refuses an answer that is about another secret than the one asked for.
func (a *answer) sameKey(asked, got string) error {
	if got == asked && got != "" {
		return nil
	}
	return a.bad("it is about another secret than the one asked for, or names none")
}
