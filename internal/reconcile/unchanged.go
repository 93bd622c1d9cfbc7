package reconcile

import (
	"context"
	"errors"
	"fmt"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// match is the result of comparing what is stored with what was expected.
type match int

const (
	unknown match = iota // nothing to compare, or not enough
	same
	changed
)

func matchOf(equal bool) match {
	if equal {
		return same
	}
	return changed
}

// ChangedError says that the secret is not the one that was planned against.
type ChangedError struct{ Key string }

func (e *ChangedError) Error() string {
	return fmt.Sprintf("the secret %q has changed since the plan, so nothing was written. Run plan again, with a refresh (not with -refresh=false), and look at what changed", e.Key)
}

// compareStamps compares the server's stamp with the one that was planned against. A
// secret that isn't listed has no stamp.
func compareStamps(planned helvetisafe.Timestamp, listed helvetisafe.Metadata) match {
	if planned.State != helvetisafe.Known || listed.UpdatedAt.State != helvetisafe.Known {
		return unknown
	}
	return matchOf(listed.UpdatedAt.Equal(planned))
}

// compareObserved is compareStamps for a write: an equal stamp that could hide a second
// write tells nothing.
func compareObserved(planned helvetisafe.Observation, listed helvetisafe.Metadata) match {
	m := compareStamps(planned.Stamp, listed)
	if m == same && !planned.Vouches(listed, listed.ExpiresAt) {
		return unknown
	}
	return m
}

// plannedAgainst makes sure that the secret is the one that was planned against, and
// returns a *ChangedError if it isn't. It returns the secret if it was read, because the
// decision needs it or because stamps can't tell.
func (o *Operation) plannedAgainst(ctx context.Context, d Decision) (helvetisafe.Sealed, error) {
	byStamp, stampErr := o.compareListed(ctx)
	switch {
	case byStamp == changed:
		return helvetisafe.Sealed{}, &ChangedError{Key: o.State.Key}
	case byStamp == same && d == Write:
		return helvetisafe.Sealed{}, nil
	}
	sealed, err := o.Client.Get(ctx, o.State.Key)
	switch {
	case err == nil:
	case stampErr != nil:
		return sealed, stampErr
	case d == Write && scopeMissing(err):
		return sealed, nil // the last write wins, as without the scope for a list
	default:
		return sealed, err
	}
	if byStamp == same && d == Check {
		return sealed, nil // compared with what is wanted, next
	}
	return sealed, o.refuseChanged(ctx, sealed)
}

// compareListed compares the server's stamp with the one that was planned against, by one
// list for the whole apply. Without the scope for a list the last write wins. If the list
// fails otherwise, the error comes with unknown.
func (o *Operation) compareListed(ctx context.Context) (match, error) {
	planned := o.Record.observation(o.State.UpdatedAt)
	if planned.Stamp.State != helvetisafe.Known {
		return unknown, nil
	}
	list, err := o.Client.Snapshot(ctx)
	if scopeMissing(err) {
		return same, nil
	}
	if err != nil {
		return unknown, err
	}
	entry, _ := list.Lookup(o.State.Key)
	return compareObserved(planned, entry), nil
}

// refuseChanged makes sure that what is stored is what the plan knew: by the hash of its
// ciphertext, or by the value in the state. Without either, the stamp has to do.
func (o *Operation) refuseChanged(ctx context.Context, sealed helvetisafe.Sealed) error {
	m, err := o.compareSealed(ctx, sealed)
	if err == nil && m == changed {
		return &ChangedError{Key: sealed.Key}
	}
	return err
}

func (o *Operation) compareSealed(ctx context.Context, sealed helvetisafe.Sealed) (match, error) {
	if fp, ok := o.Record.fingerprint(); ok {
		return matchOf(fp.sameHash(sealed)), nil
	}
	if o.State.Content == nil {
		return unknown, nil
	}
	if err := o.checkRecorded(ctx); err != nil {
		return unknown, err
	}
	return o.compareContent(ctx, sealed, o.State.Form, *o.State.Content)
}

// compareContent compares content of a form with what is sealed. Content that is not valid
// text counts as changed: no configuration can ask for it.
func (o *Operation) compareContent(ctx context.Context, sealed helvetisafe.Sealed, f Form, content helvetisafe.StoredContent) (match, error) {
	stored, err := o.open(ctx, sealed, f.prefer())
	var noText *helvetisafe.ContentError
	switch {
	case errors.As(err, &noText):
		return changed, nil
	case err != nil:
		return unknown, err
	}
	return matchOf(sameContent(stored, content)), nil
}

// open decrypts what is stored.
func (o *Operation) open(ctx context.Context, sealed helvetisafe.Sealed, prefer helvetisafe.Form) (helvetisafe.StoredContent, error) {
	content, err := o.Client.Open(ctx, sealed)
	if err != nil {
		return helvetisafe.StoredContent{}, err
	}
	return content.Stored(prefer)
}
