package reconcile

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// Past reports whether an expiry has come.
func Past(at helvetisafe.Timestamp) bool {
	return at.State == helvetisafe.Known && !at.Time.After(time.Now())
}

// expiryChange is the move of an expiry. from is Missing if no answer shows it, and to while
// it is unknown.
type expiryChange struct {
	from, to helvetisafe.Timestamp
}

// moves reports whether there is anything to ask the server for. One that is unknown may be.
func (c expiryChange) moves() bool {
	if c.to.State == helvetisafe.Known || c.from.State == helvetisafe.Known {
		return !c.to.Equal(c.from)
	}
	return c.to.State == helvetisafe.Missing
}

func (c expiryChange) request() helvetisafe.Expiry {
	switch {
	case !c.moves():
		return helvetisafe.KeepExpiry()
	case c.to.State == helvetisafe.Known:
		return helvetisafe.ExpireAt(c.to.Time)
	}
	return helvetisafe.ClearExpiry()
}

// confirm checks the expiry that the server shows in the answer or, if that says nothing,
// in a list. A missing expires_at is not a cleared one.
func (c expiryChange) confirm(ctx context.Context, client *helvetisafe.Client, written *helvetisafe.Written) error {
	if !c.moves() {
		written.ExpiresAt = c.from
		return nil
	}
	if written.ExpiresAt.State == helvetisafe.Missing {
		if c.to.State == helvetisafe.Known {
			written.ExpiresAt = c.to
			return nil
		}
		if list, err := client.List(ctx); err == nil {
			entry, _ := list.Lookup(written.Key)
			written.ExpiresAt = entry.ExpiresAt
		}
	}
	if c.to.State == helvetisafe.Known && written.ExpiresAt.Equal(c.to) || c.to.State != helvetisafe.Known && written.ExpiresAt.State == helvetisafe.Null {
		return nil
	}
	return &ExpiryError{Key: written.Key, Actual: written.ExpiresAt, Wanted: c.to}
}

// refused tells a server that refuses to remove an expiry from one that refuses the
// request for another reason.
func (c expiryChange) refused(key string, err error) error {
	var api *helvetisafe.APIError
	if c.moves() && c.to.State != helvetisafe.Known && errors.As(err, &api) &&
		(api.Status == http.StatusBadRequest || api.Status == http.StatusUnprocessableEntity) {
		return &ExpiryError{Key: key, Actual: c.from, Wanted: c.to}
	}
	return err
}

// ExpiryError says that the server keeps another expiry than the one asked for.
type ExpiryError struct {
	Key    string
	Actual helvetisafe.Timestamp // not Known if the answers don't show it
	Wanted helvetisafe.Timestamp
}

func (e *ExpiryError) Error() string {
	switch {
	case e.Wanted.State == helvetisafe.Known:
		return fmt.Sprintf("the server gave the secret %q the expiry %s instead of %s; set expires_at to a date that it accepts", e.Key, e.Actual, e.Wanted)
	case e.Actual.State == helvetisafe.Known:
		return fmt.Sprintf("the server did not remove the expiry of the secret %q: it still expires at %s. Set expires_at to a later date, "+
			"or make the secret anew with terraform apply -replace", e.Key, e.Actual)
	}
	return fmt.Sprintf("the server's answers don't tell whether the expiry of the secret %q was removed. Grant secrets:list so that a list can tell, "+
		"set expires_at to a later date, or make the secret anew with terraform apply -replace", e.Key)
}

// seeExpiry takes the expiry over if its instant is another one. A missing expires_at is
// not a cleared one.
func (o *Operation) seeExpiry() {
	at := o.sealed.ExpiresAt
	if at.State == helvetisafe.Missing {
		at = o.entry.ExpiresAt
	}
	if at.State == helvetisafe.Missing || !(expiryChange{from: o.State.ExpiresAt, to: at}).moves() {
		return
	}
	o.State.ExpiresAt = at
	o.changed = true
}
