package reconcile

import (
	"context"
	"errors"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// ErrMade says that this run has made or taken over the secret itself: with
// create_before_destroy the old object and the new one are the same secret, and deleting
// the old would lose the new.
var ErrMade = errors.New("this run has made the secret itself")

// Delete deletes the secret if it is still the one that was planned against, by its stamp,
// and leaves it alone otherwise.
func (o *Operation) Delete(ctx context.Context) error {
	defer o.lockKey(o.State.Key)()
	switch {
	case o.Made(o.State.Key):
		return ErrMade
	case o.State.Protected:
		return ErrProtected
	}
	if o.Client.Pinned() {
		if err := o.verify(ctx, FoundPins); err != nil {
			return err
		}
	}
	there, err := o.toDelete(ctx, o.plannedStamp())
	if err != nil || !there {
		return err
	}
	existed, err := o.Client.Delete(ctx, o.State.Key)
	if err != nil || existed {
		return err
	}
	// The list that showed it came before; one more has to agree.
	if err := agreeGone(ctx, o.State.Key, o.Client.FreshList); err != nil {
		return err
	}
	return o.verify(ctx, FoundMissing)
}

// plannedStamp is the stamp that the deletion was planned against. One that this very run
// has planned was planned while applying: Terraform does so with the old object of a
// replacement. The list then shows what was written since the plan, so the recorded stamp
// counts.
func (o *Operation) plannedStamp() helvetisafe.Timestamp {
	if o.Planned.Stamp == "" || o.Planned.Run == o.ID {
		return o.recordedStamp()
	}
	return ParseStamp(o.Planned.Stamp)
}

// toDelete finds out whether there is a secret to delete, by a list that was asked for
// after the deletion began. The error is a *ChangedError if it has changed.
func (o *Operation) toDelete(ctx context.Context, planned helvetisafe.Timestamp) (there bool, err error) {
	list, err := o.Client.FreshList(ctx)
	if scopeMissing(err) {
		return true, o.verify(ctx, FoundNoList) // the last one wins
	}
	if err != nil {
		return false, err
	}
	entry, listed := list.Lookup(o.State.Key)
	if !listed {
		return false, o.verify(ctx, FoundUnlisted)
	}
	switch compareStamps(planned, entry) {
	case changed:
		return false, &ChangedError{Key: o.State.Key}
	case unknown:
		if err := o.verify(ctx, FoundNoStamp); err != nil {
			return false, err
		}
		return true, o.compareStored(ctx)
	}
	return true, nil
}

// compareStored compares what is stored with what the plan knew, for want of a stamp. If
// it may not be read, or can't be decrypted, the last one wins.
func (o *Operation) compareStored(ctx context.Context) error {
	sealed, err := o.Client.Get(ctx, o.State.Key)
	if helvetisafe.Is(err, helvetisafe.NotFound) || scopeMissing(err) {
		return nil // the answer to the deletion shows it
	}
	if err != nil {
		return err
	}
	var other *ChangedError
	if err := o.refuseChanged(ctx, sealed); errors.As(err, &other) || ctx.Err() != nil {
		return err
	}
	return nil
}

// verify makes sure once that this is the vault that the secret was written to.
func (o *Operation) verify(ctx context.Context, found Finding) error {
	if o.verified {
		return nil
	}
	err := o.checkVault(ctx, found, o.Client.Pinned())
	o.verified = err == nil
	return err
}
