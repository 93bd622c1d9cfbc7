package helvetisafe

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// Written is what a create or an update left on the server.
type Written struct {
	// Metadata is as the answer had it. As far as is known a create's has no UpdatedAt, and
	// an update's no CreatedAt (PROTOCOL.md section 2).
	Metadata
	// Sealed is the ciphertext that was sent, with the Date of the answer.
	Sealed Sealed
	// OrgKeyFingerprint is of the Org Key that it is sealed under. It is "" if the
	// ciphertext was sent back untouched and no Org Key is loaded.
	OrgKeyFingerprint string
}

// Create seals a content and creates the secret. The error is of kind
// Conflict if the key is taken, and Ambiguous if the answer was lost for good.
func (c *Client) Create(ctx context.Context, key string, content Content, expiry Timestamp) (Written, error) {
	w, err := c.seal(ctx, key, content)
	if err != nil {
		return Written{}, err
	}
	k := c.newCall(writeRequest(http.MethodPost, w.Sealed, expiry))
	err = w.send(ctx, k)
	if k.Lost || !Is(err, Conflict) { // a clear conflict: nothing was written, and the shared list stays right
		c.forget(key)
	}
	if err != nil {
		return c.settleCreate(ctx, k, w, err)
	}
	return w, nil
}

// Update seals a content and replaces the secret's with it. The error is of kind
// NotFound if there is no such secret.
func (c *Client) Update(ctx context.Context, key string, content Content, expiry Timestamp) (Written, error) {
	w, err := c.seal(ctx, key, content)
	if err != nil {
		return Written{}, err
	}
	return c.put(ctx, w, expiry, false)
}

// UpdateSealed sends a secret's ciphertext back as it was read, to change its expiry
// alone. With pins the Org Key is loaded and checked first; without, none is needed.
func (c *Client) UpdateSealed(ctx context.Context, sealed Sealed, expiry Timestamp) (Written, error) {
	if err := checkKey(sealed.Key); err != nil {
		return Written{}, err
	}
	w := Written{Sealed: sealed}
	if c.Pinned() {
		k, err := c.orgKey(ctx)
		if err != nil {
			return Written{}, err
		}
		w.OrgKeyFingerprint = k.Fingerprint()
	}
	return c.put(ctx, w, expiry, true)
}

// put sends an update. If it is sent again after a lost answer it has the same bytes, so
// both tries have the same effect. If the answer stays lost, what is there is read: the
// ciphertext shows whether the update took effect or, if that stays untouched, the expiry.
// If neither can tell, nothing is orphaned: the next plan reads what is there.
func (c *Client) put(ctx context.Context, w Written, expiry Timestamp, untouched bool) (Written, error) {
	c.forget(w.Sealed.Key)
	k := c.newCall(writeRequest(http.MethodPut, w.Sealed, expiry))
	err := w.send(ctx, k)
	if err == nil {
		return w, nil
	}
	if k.Lost && ctx.Err() == nil {
		found, readErr := c.readBack(ctx, w)
		if readErr == nil && (!untouched || expiry.shownBy(found.ExpiresAt)) {
			return found, nil
		}
	}
	return Written{}, err
}

// maxCiphertext is the most that is written, in bytes: a larger secret couldn't be read
// back. The answer to a read holds it in base64, with some room for other members.
const maxCiphertext = (limitSecret - 64<<10) / 4 * 3

// seal makes the ciphertext of a write, after all checks that can refuse it.
func (c *Client) seal(ctx context.Context, key string, content Content) (Written, error) {
	if err := checkKey(key); err != nil {
		return Written{}, err
	}
	k, err := c.trustedKey(ctx)
	if err != nil {
		return Written{}, err
	}
	plaintext := content.plaintext(key)
	defer clear(plaintext)
	if size := len(plaintext) + envelope.TagSize; size > maxCiphertext {
		return Written{}, &Error{Kind: TooLarge, Key: key, Size: size, Reason: "the secret {key} would be too large to be read back: {size} bytes of ciphertext, and {detail} are the most", Detail: strconv.Itoa(maxCiphertext)}
	}
	nonce, ciphertext, err := k.Seal(plaintext)
	if err != nil {
		return Written{}, &Error{Kind: BadCiphertext, Key: key, Reason: "the secret can't be encrypted: {detail}", Detail: err.Error()}
	}
	return Written{Sealed: Sealed{Key: key, nonce: nonce, ciphertext: ciphertext}, OrgKeyFingerprint: k.Fingerprint()}, nil
}

// writeRequest is a create (POST) or an update (PUT). Answers say expires_at, requests
// expiresAt (PROTOCOL.md section 2).
func writeRequest(method string, sealed Sealed, expiry Timestamp) request {
	body := struct {
		Key       string         `json:"key,omitzero"` // create only
		Value     string         `json:"value"`
		Nonce     string         `json:"nonce"`
		ExpiresAt jsontext.Value `json:"expiresAt,omitzero"`
	}{
		Value:     base64.StdEncoding.EncodeToString(sealed.ciphertext),
		Nonce:     base64.StdEncoding.EncodeToString(sealed.nonce),
		ExpiresAt: expiry.wire(),
	}
	path := secretPath(sealed.Key)
	if method == http.MethodPost {
		path, body.Key = pathSecrets, sealed.Key
	}
	raw, _ := json.Marshal(body) // can't fail: the key is checked, and all else is ASCII
	return request{
		Request: rest.Request{Method: method, Path: path, ContentType: "application/json", Body: raw, Limit: limitSmall},
		scope:   scopeWrite, key: sealed.Key, size: len(sealed.ciphertext),
	}
}

// send makes the request of a write, and takes over what its answer says.
func (w *Written) send(ctx context.Context, k *call) error {
	a, err := k.do(ctx)
	if err != nil {
		return err
	}
	err = a.decode(&w.Metadata)
	if err == nil {
		err = a.sameKey(w.Sealed.Key, w.Key)
	}
	if err != nil {
		return k.unusable(err)
	}
	w.Sealed.ExpiresAt, w.Sealed.Date = w.ExpiresAt, a.Date
	return nil
}

// settleTime bounds the settling of a create whose caller has ended the call. After
// Ctrl-C the run should end soon, but the secret should get into the state.
const settleTime = time.Second

// settleCreate finds out whether a create that failed with cause took effect: whether
// the secret is there, with the very ciphertext that was sent. A nonce is never used
// twice, so nobody else can have written that ciphertext.
func (c *Client) settleCreate(ctx context.Context, k *call, w Written, cause error) (Written, error) {
	if !k.Lost {
		return Written{}, cause
	}
	cancelled := ctx.Err() != nil
	if cancelled {
		var end context.CancelFunc
		ctx, end = context.WithTimeout(context.WithoutCancel(ctx), settleTime)
		defer end()
	}
	found, err := c.readBack(ctx, w)
	switch {
	case err == nil:
		return found, nil
	case errors.Is(err, errOtherBytes):
		// There is a secret of that key, and it isn't this one.
		return Written{}, &Error{Kind: Conflict, Reason: keyTaken, Request: k.Name(), Status: http.StatusConflict, Key: w.Sealed.Key}
	case Is(err, NotFound) && cancelled:
		// The caller didn't wait, so the server may still be about to create it.
	case Is(err, NotFound) && Is(cause, Conflict):
		return Written{}, cause // the secret is one that this account doesn't see
	case Is(err, NotFound):
		// A server that works on behind a gateway that gave up may still create it.
		return Written{}, withEffect(cause, NotSeen)
	}
	return Written{}, ambiguous(w.Sealed.Key, cause, err)
}

// ambiguous is the error of a create whose answer was lost with cause, and whose secret
// couldn't be read back because of err.
func ambiguous(key string, cause, err error) error {
	e := &Error{Kind: Ambiguous, Key: key, cause: cause}
	lost, unread := Reason("its answer was lost ({cause})"), Reason("it couldn't be read back to compare it")
	if Is(cause, Conflict) {
		lost = "the answer to the first try was lost, and the next one was told that a secret of that key exists"
	}
	if missing, ok := errors.AsType[*Error](err); ok && missing.Kind == Forbidden {
		unread, e.Scope = "it can't be read back without the scope {scope}", missing.Scope
	}
	e.Reason = lost + ", and " + unread
	return e
}

var errOtherBytes = errors.New("the ciphertext is another")

// readBack reads a secret that was just written, and replaces the lost answer. It fails
// with errOtherBytes if another ciphertext is there. Only the list has stamps. They are
// Missing if there is no list, and if the secret was written again after it was read: the
// list's stamp would then vouch for a value that nobody here has seen.
func (c *Client) readBack(ctx context.Context, w Written) (Written, error) {
	found, err := c.Get(ctx, w.Sealed.Key)
	if err != nil {
		return Written{}, err
	}
	if !found.sameBytes(w.Sealed) {
		return Written{}, errOtherBytes
	}
	w.Metadata, w.Sealed = Metadata{Key: found.Key, ExpiresAt: found.ExpiresAt}, found
	listing, err := c.List(ctx)
	if err != nil {
		return w, nil //nolint:nilerr // the secret was read, so the write is known to have worked
	}
	if entry, ok := listing.Lookup(w.Key); ok {
		if again, err := c.Get(ctx, w.Key); err == nil && again.sameBytes(w.Sealed) {
			w.CreatedAt, w.UpdatedAt = entry.CreatedAt, entry.UpdatedAt
		}
	}
	return w, nil
}

// sameBytes reports whether both are one encryption, since a nonce is never used twice.
func (s Sealed) sameBytes(other Sealed) bool {
	return bytes.Equal(s.nonce, other.nonce) && bytes.Equal(s.ciphertext, other.ciphertext)
}
