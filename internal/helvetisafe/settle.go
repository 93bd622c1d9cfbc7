package helvetisafe

import (
	"context"
	"errors"
	"time"
)

// settleTime bounds the settling of a create whose caller has ended the call. After
// Ctrl-C the run should end soon, but the secret should get into the state.
const settleTime = time.Second

// settleCreate finds out whether a create that failed with cause took effect: whether
// the secret is there, with the very ciphertext that was sent. A nonce is never used
// twice, so nobody else can have written that ciphertext.
func (c *Client) settleCreate(ctx context.Context, k *call, sealed Sealed, key orgKey, cause error) (Written, error) {
	if !k.Lost {
		return Written{}, cause
	}
	cancelled := ctx.Err() != nil
	if cancelled {
		var end context.CancelFunc
		ctx, end = context.WithTimeout(context.WithoutCancel(ctx), settleTime)
		defer end()
	}
	w, err := c.readBack(ctx, sealed, key)
	var other *otherBytesError
	switch {
	case err == nil:
		return w, nil
	case errors.As(err, &other):
		// There is a secret of that key, and it isn't this one.
		return Written{}, &ConflictError{Request: k.Name(), Key: sealed.Key}
	case IsNotFound(err) && !cancelled:
		// After a conflict, the secret is one that this account doesn't see. (If the
		// caller didn't wait, the server may still be about to create it.)
		var taken *ConflictError
		if errors.As(cause, &taken) {
			return Written{}, cause
		}
		return Written{}, &notSeenError{cause}
	}
	return Written{}, &AmbiguousCreateError{Key: sealed.Key, detail: howLost(cause) + ", and " + unsettledText(err), cause: cause}
}

// notSeenError is a create whose answer was lost, and whose secret wasn't there right
// after it. A server that works on behind a gateway that gave up may still create it.
type notSeenError struct{ cause error }

func (e *notSeenError) Error() string {
	return e.cause.Error() + ". Right after it the secret wasn't there; if the next run finds it, import it"
}

func (e *notSeenError) Unwrap() error { return e.cause }

// howLost says how the answer was lost.
func howLost(cause error) string {
	var taken *ConflictError
	if errors.As(cause, &taken) {
		return "the answer to the first try was lost, and the next one was told that a secret of that key exists"
	}
	return "its answer was lost (" + cause.Error() + ")"
}

// unsettledText says why reading the secret back didn't help.
func unsettledText(err error) string {
	var forbidden *ForbiddenError
	if errors.As(err, &forbidden) {
		return "it can't be read back without the scope " + forbidden.Scope
	}
	return "it couldn't be read back to compare it"
}

// settleUpdate does the same for an update. If it can't tell, nothing is orphaned: the
// next plan reads what is there.
func (c *Client) settleUpdate(ctx context.Context, k *call, sealed Sealed, key orgKey) (w Written, settled bool) {
	if !k.Lost || ctx.Err() != nil {
		return Written{}, false
	}
	w, err := c.readBack(ctx, sealed, key)
	return w, err == nil
}

// shownBy reports whether an expiry that was read back shows that the change was made. If
// the ciphertext stayed the same, nothing else can show it.
func (e Expiry) shownBy(t Timestamp) bool {
	switch {
	case !e.change:
		return true
	case e.at.IsZero():
		return t.State != Known
	}
	// Servers keep milliseconds, and some only seconds.
	return t.State == Known && t.Time.Sub(e.at).Abs() < time.Second
}

// otherBytesError is a read-back that found another ciphertext.
type otherBytesError struct{}

func (*otherBytesError) Error() string { return "the ciphertext is another" }

// readBack reads a secret that was just written, and replaces the lost answer. Only the
// list has stamps, so they stay Missing if there is no list.
func (c *Client) readBack(ctx context.Context, sealed Sealed, key orgKey) (Written, error) {
	found, err := c.Get(ctx, sealed.Key)
	if err != nil {
		return Written{}, err
	}
	if !found.sameBytes(sealed) {
		return Written{}, &otherBytesError{}
	}
	w := Written{
		Metadata:          Metadata{Key: sealed.Key, ExpiresAt: found.ExpiresAt},
		Date:              found.Date,
		Sealed:            found,
		OrgKeyFingerprint: key.fingerprint,
	}
	if listing, err := c.List(ctx); err == nil {
		if entry, ok := listing.Lookup(sealed.Key); ok {
			w.CreatedAt, w.UpdatedAt = entry.CreatedAt, entry.UpdatedAt
		}
	}
	return w, nil
}
