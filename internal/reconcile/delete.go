package reconcile

import (
	"context"
	"errors"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// Known is what a run knows of an object in the state, for the deletion that may follow,
// and for the create that replaces it: a tainted object is planned as a create, and comes
// without any private state.
type Known struct {
	Record    Record
	UpdatedAt helvetisafe.Timestamp
	OrgKey    string
	Rewritten bool // the refresh found a later write than was recorded
}

// Known is what the operation knows of its secret.
func (o *Operation) Known() Known {
	return Known{Record: o.Record, UpdatedAt: o.State.UpdatedAt, OrgKey: o.State.OrgKey}
}

// Stamp is the server's stamp that was recorded.
func (k Known) Stamp() helvetisafe.Timestamp { return k.Record.observation(k.UpdatedAt).Stamp }

// RewrittenSince reports whether another write is known by now than earlier.
func (k Known) RewrittenSince(earlier Known) bool {
	before, now := earlier.Stamp(), k.Stamp()
	return before.State == helvetisafe.Known && now.State == helvetisafe.Known && !before.Equal(now)
}

// PlannedDeletion is what a plan says about a secret that it deletes.
type PlannedDeletion struct {
	// Stamp is the stamp that Delete compares with. It is not Known if that is the
	// recorded one.
	Stamp helvetisafe.Timestamp
	// WrittenAt is Known if the secret was written elsewhere since it was recorded.
	WrittenAt helvetisafe.Timestamp
}

// PlanDeletion takes the stamp that this run's list shows, for the Delete that may follow.
// So Delete may delete what was written elsewhere before this plan, which says so, but not
// what is written later. If another Org Key than the recorded one is in use, or none can be
// had, the recorded stamp stays, so that another vault's is never taken.
func PlanDeletion(ctx context.Context, client *helvetisafe.Client, key string, k Known) (planned PlannedDeletion) {
	list, err := client.Snapshot(ctx)
	if err != nil {
		return planned // Delete asks again, and reports the error
	}
	entry, _ := list.Lookup(key)
	if entry.UpdatedAt.State != helvetisafe.Known {
		return planned
	}
	m := compareStamps(k.Stamp(), entry)
	if k.Rewritten || m == changed {
		planned.WrittenAt = entry.UpdatedAt
	}
	if m != same && k.OrgKey != "" && client.CheckOrgKey(ctx, k.OrgKey) == nil {
		planned.Stamp = entry.UpdatedAt
	}
	return planned
}

// Delete deletes the secret if it is still the one that was planned against, by its stamp,
// and leaves it alone otherwise.
func (o *Operation) Delete(ctx context.Context, planned helvetisafe.Timestamp) error {
	if o.Client.Pinned() {
		if err := o.verify(ctx, FoundPins); err != nil {
			return err
		}
	}
	there, err := o.toDelete(ctx, planned)
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
	if helvetisafe.IsNotFound(err) || scopeMissing(err) {
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
