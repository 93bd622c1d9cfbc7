package reconcile

import (
	"context"

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
func compareObserved(planned observation, listed helvetisafe.Metadata) match {
	m := compareStamps(planned.stamp, listed)
	if m == same && !planned.vouches(listed, listed.ExpiresAt) {
		return unknown
	}
	return m
}

// confirmPlanned makes sure that the secret is the one that was planned against, and
// returns an error of kind ChangedSincePlan if it isn't. With the planned stamp a new value
// can be written without a look at what is stored. Otherwise the secret is read, returned,
// and compared with what the plan knew: it may have been written after the list.
func (o *Operation) confirmPlanned(ctx context.Context, d Decision) (helvetisafe.Sealed, error) {
	byStamp, stampErr := o.compareListed(ctx)
	switch {
	case byStamp == changed:
		return helvetisafe.Sealed{}, &Error{Kind: ChangedSincePlan}
	case byStamp == same && d == Write:
		return helvetisafe.Sealed{}, nil
	}
	sealed, err := o.Client.Get(ctx, o.State.Key)
	switch {
	case err == nil:
		return sealed, o.refuseChanged(ctx, sealed)
	case stampErr != nil:
		return sealed, stampErr
	case d == Write && helvetisafe.Is(err, helvetisafe.Forbidden):
		return sealed, nil // the last write wins, as without the scope for a list
	}
	return sealed, err
}

// compareListed compares the server's stamp with the one that was planned against, by one
// list for the whole apply. Without the scope for a list the last write wins. If the list
// fails otherwise, the error comes with unknown.
func (o *Operation) compareListed(ctx context.Context) (match, error) {
	planned := o.observed()
	if planned.stamp.State != helvetisafe.Known {
		return unknown, nil
	}
	list, err := o.Client.Snapshot(ctx)
	if helvetisafe.Is(err, helvetisafe.Forbidden) {
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
	m := unknown
	if fp, ok := o.Record.fingerprint(); ok {
		m = matchOf(fp.hash == sealed.Hash())
	} else if o.State.Content != nil {
		err := o.checkRecorded(ctx)
		if err == nil {
			m, err = o.compareContent(ctx, sealed, o.State.Form, *o.State.Content)
		}
		if err != nil {
			return err
		}
	}
	if m == changed {
		return &Error{Kind: ChangedSincePlan}
	}
	return nil
}

// compareContent compares content of a form with what is sealed. Content that is not valid
// text counts as changed: no configuration can ask for it.
func (o *Operation) compareContent(ctx context.Context, sealed helvetisafe.Sealed, f Form, content helvetisafe.Content) (match, error) {
	stored, err := o.open(ctx, sealed, f.Fields())
	switch {
	case helvetisafe.Is(err, helvetisafe.BadContent):
		return changed, nil
	case err != nil:
		return unknown, err
	}
	return matchOf(sameContent(stored, content)), nil
}

// open decrypts what is stored. It reads an object as its fields, whatever their names, or as
// one value if it holds one.
func (o *Operation) open(ctx context.Context, sealed helvetisafe.Sealed, asFields bool) (helvetisafe.Content, error) {
	plaintext, err := o.Client.Open(ctx, sealed)
	if err != nil {
		return helvetisafe.Content{}, err
	}
	return plaintext.Stored(asFields)
}

// agreeGone makes sure that the secret, which the API says isn't there, is gone: one of the
// lists, asked for in turn, must agree. Without the scope for a list the API's word
// stands.
func (o *Operation) agreeGone(ctx context.Context, lists ...func(context.Context) (*helvetisafe.Listing, error)) error {
	for _, ask := range lists {
		list, err := ask(ctx)
		if helvetisafe.Is(err, helvetisafe.Forbidden) {
			return nil
		}
		if err != nil {
			return err
		}
		if entry, listed := list.Lookup(o.State.Key); !listed || o.Past(entry.ExpiresAt) {
			return nil
		}
	}
	return &Error{Kind: StillListed, Key: o.State.Key}
}

// checkVault makes sure, by the Org Key that the secret was written under, that this is
// still the same vault; found says why that matters. The error is of kind OtherVault.
// Without an Org Key to compare, that is a warning, unless one is demanded.
func (o *Operation) checkVault(ctx context.Context, found string, demanded bool) error {
	err := o.checkRecorded(ctx)
	if err == nil && demanded {
		_, err = o.Client.OrgKeyFingerprint(ctx) // even if nothing is recorded
	}
	if err == nil {
		return nil
	}
	vault := &Error{Kind: OtherVault, Found: found, cause: err}
	if helvetisafe.Is(err, helvetisafe.OtherOrgKey) || demanded || ctx.Err() != nil {
		return vault
	}
	o.Warnings = append(o.Warnings, vault)
	return nil
}

// checkVaultOnce makes sure once that this is the vault that the secret was written to.
func (o *Operation) checkVaultOnce(ctx context.Context, found string) error {
	if o.verified {
		return nil
	}
	err := o.checkVault(ctx, found, o.Client.Pinned())
	o.verified = err == nil
	return err
}
