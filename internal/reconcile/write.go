package reconcile

import (
	"context"
	"errors"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// Create makes the secret. If one of that key exists, it is taken over if the plan says
// so; otherwise the error says whether it can be seen. If the key is taken by a secret that
// isn't there a moment later, it was deleted in between, or this account doesn't see it:
// one more create shows which.
func (o *Operation) Create(ctx context.Context) error {
	o.Claim.Want = o.wantOfCreate()
	if o.keeps(o.Plan.Key) {
		// A plan can't tell this from the replacement of one object; while an apply creates,
		// nothing that is replaced is planned as kept.
		return &Error{Kind: KeyKept}
	}
	defer o.lockKey(o.Plan.Key)()
	content, err := o.Config.toStore()
	if err != nil {
		return err
	}
	if o.Plan.Adopts {
		// Look the key up first: Create removes it from the shared list.
		if list, err := o.Client.Snapshot(ctx); err == nil {
			o.entry, _ = list.Lookup(o.Plan.Key)
		}
	}
	err = o.createOnce(ctx, content)
	if Is(err, KeyInvisible) {
		err = o.createOnce(ctx, content)
	}
	if err == nil {
		o.Record.Mark = o.MarkMade(o.Plan.Key)
	}
	return err
}

func (o *Operation) createOnce(ctx context.Context, content *helvetisafe.Content) error {
	key := o.Plan.Key
	written, err := o.Client.Create(ctx, key, *content, expiryChange{to: o.Plan.ExpiresAt}.request())
	switch {
	case err == nil:
		if written.UpdatedAt.State != helvetisafe.Known {
			written.UpdatedAt = written.CreatedAt // a create's answer has no updated_at
		}
		o.created(ctx, written, content)
		return nil
	case !helvetisafe.Is(err, helvetisafe.Conflict):
		return err // the client has read the secret back already
	case o.Plan.Adopts:
		return o.adopt(ctx, content)
	}
	if _, getErr := o.Client.Get(ctx, key); helvetisafe.Is(getErr, helvetisafe.NotFound) {
		return &Error{Kind: KeyInvisible}
	}
	return err
}

// adopt gives an existing secret the configured value and expiry. It writes even if both
// are there already: a write moves the stamp, so that whoever else has planned with this
// secret, under another provider alias or earlier, sees that it has a new owner.
func (o *Operation) adopt(ctx context.Context, content *helvetisafe.Content) error {
	key := o.Plan.Key
	sealed, err := o.Client.Get(ctx, key)
	var written helvetisafe.Written
	var change expiryChange
	if err == nil {
		if sealed.ExpiresAt.State == helvetisafe.Missing {
			sealed.ExpiresAt = o.entry.ExpiresAt // a missing one is not a cleared one
		}
		change = expiryChange{from: sealed.ExpiresAt, to: o.Plan.ExpiresAt}
		written, err = o.Client.Update(ctx, key, *content, change.request())
	}
	if helvetisafe.Is(err, helvetisafe.NotFound) {
		return &Error{Kind: KeyInvisible}
	}
	if err != nil {
		return err
	}
	_ = change.confirm(ctx, o.Client, &written) // created warns of an expiry that stands
	written.CreatedAt = o.entry.CreatedAt
	o.created(ctx, written, content)
	return nil
}

// created ends a creation. The secret is ours by now, so another expiry than configured is
// a warning. An error would taint the secret, and a tainted one is deleted.
func (o *Operation) created(ctx context.Context, w helvetisafe.Written, content *helvetisafe.Content) {
	o.Plan.CreatedAt = w.CreatedAt
	o.Plan.UpdatedAt, o.Plan.RotatedAt, o.Plan.Version = helvetisafe.Timestamp{}, helvetisafe.Timestamp{}, 0
	o.written(ctx, w, o.Config.Form, content)
	if w.ExpiresAt.State != helvetisafe.Missing && (expiryChange{from: w.ExpiresAt, to: o.Plan.ExpiresAt}).moves() {
		o.Warnings = append(o.Warnings, &Error{Kind: OtherExpiry, At: w.ExpiresAt, Wanted: o.Plan.ExpiresAt})
	}
}

// Update carries out what the plan decided. save is false if the prior state is to stay.
// An error with save true means that only the expiry is not as wanted.
func (o *Operation) Update(ctx context.Context) (save bool, err error) {
	d, want := o.decision(), o.Plan
	if o.Config.Form.writeOnly() {
		want = o.Config // the plan has no such value
	}
	// There is nothing to compare a generated value with, and it is made last.
	if d != Keep && want.Content == nil && want.Form != FormGenerate {
		return false, errors.New("the value of the secret is still unknown or null; give it one")
	}
	o.keepState()
	if !o.Writes() {
		return true, nil
	}
	sealed, err := o.confirmPlanned(ctx, d)
	if err == nil && d == Check {
		d, err = o.decideByStored(ctx, sealed, want)
	}
	if err != nil {
		return false, err
	}
	if d == Keep && !o.expiryChange().moves() {
		return true, nil
	}
	return o.write(ctx, d, sealed, want)
}

// write replaces what is stored, or with Keep sends it back as it was read, to move its
// expiry.
func (o *Operation) write(ctx context.Context, d Decision, sealed helvetisafe.Sealed, want *Secret) (save bool, err error) {
	expiry := o.expiryChange()
	var content *helvetisafe.Content
	var written helvetisafe.Written
	if d == Write {
		if content, err = want.toStore(); err != nil {
			return false, err
		}
		written, err = o.Client.Update(ctx, o.State.Key, *content, expiry.request())
	} else {
		written, err = o.Client.UpdateSealed(ctx, sealed, expiry.request())
	}
	if err != nil {
		return false, expiry.refused(err)
	}
	err = expiry.confirm(ctx, o.Client, &written)
	if err != nil {
		o.Plan.ExpiresAt = o.State.ExpiresAt
		if written.ExpiresAt.State != helvetisafe.Missing {
			o.Plan.ExpiresAt = written.ExpiresAt
		}
	}
	o.written(ctx, written, want.Form, content)
	return true, err
}

// keepState takes the computed attributes over from the state.
func (o *Operation) keepState() {
	o.Plan.keepComputed(o.State)
	if o.Plan.Form == FormGenerate && o.Plan.RotatedAt.State != helvetisafe.Known {
		o.Plan.noteRotation(helvetisafe.Timestamp{}, o.Now()) // imported, without a stamp
	}
	// The first version or recipe after an import is recorded by now.
	o.Record.Imported = o.Record.Imported && !o.Plan.ValueWOVersion.Given && !o.Plan.DataWOVersion.Given && o.Plan.Form != FormGenerate
}

// decideByStored compares what is stored with what is wanted. If they are the same, it is
// recorded, with the Org Key that it was read under. A generated value can't be compared
// with anything: it is only recorded.
func (o *Operation) decideByStored(ctx context.Context, sealed helvetisafe.Sealed, want *Secret) (Decision, error) {
	orgKey, err := o.orgKeyInUse(ctx)
	if err != nil {
		return Keep, err
	}
	content := want.Content
	if want.Form == FormGenerate {
		stored, err := o.open(ctx, sealed, false)
		if err != nil {
			return Keep, err
		}
		content = &stored
	} else if m, err := o.compareContent(ctx, sealed, want.Form, *content); err != nil || m == changed {
		return Write, err
	}
	o.Plan.OrgKey = orgKey
	return Keep, o.Record.renew(ctx, o.Client, want.Form, sealed, *content)
}

// Delete deletes the secret if it is still the one that was planned against, by its stamp,
// and leaves it alone otherwise.
func (o *Operation) Delete(ctx context.Context) error {
	defer o.lockKey(o.State.Key)()
	switch {
	case o.madeForAnother():
		// With create_before_destroy the old object and the new one are the same secret:
		// deleting the old would lose the new.
		return &Error{Kind: MadeHere}
	case o.State.Protected:
		return &Error{Kind: DeletionProtected}
	}
	if o.Client.Pinned() {
		if err := o.checkVaultOnce(ctx, "org_key_fingerprints demands a look at the Org Key first"); err != nil {
			return err
		}
	}
	there, err := o.confirmThere(ctx, o.plannedStamp())
	if err != nil || !there {
		return err
	}
	existed, err := o.Client.Delete(ctx, o.State.Key)
	if err != nil || existed {
		return err
	}
	// The list that showed it came before; one more has to agree.
	if err := o.agreeGone(ctx, o.Client.FreshList); err != nil {
		return err
	}
	return o.checkVaultOnce(ctx, "it was not found")
}

// plannedStamp is the stamp that the deletion was planned against. One that this very run
// has planned was planned while applying: Terraform does so with the old object of a
// replacement. The list then shows what was written since the plan, so the recorded stamp
// counts.
func (o *Operation) plannedStamp() helvetisafe.Timestamp {
	if o.Planned.Stamp == "" || o.Planned.Run == o.ID {
		return o.observed().stamp
	}
	return helvetisafe.ParseTimestamp(o.Planned.Stamp)
}

// confirmThere finds out whether there is a secret to delete, by a list that was asked for
// after the deletion began. The error is of kind ChangedSincePlan if it has
// changed.
func (o *Operation) confirmThere(ctx context.Context, planned helvetisafe.Timestamp) (there bool, err error) {
	list, err := o.Client.FreshList(ctx)
	if helvetisafe.Is(err, helvetisafe.Forbidden) {
		return true, o.checkVaultOnce(ctx, "no list shows whether it is still the one that was planned against") // the last one wins
	}
	if err != nil {
		return false, err
	}
	entry, listed := list.Lookup(o.State.Key)
	if !listed {
		return false, o.checkVaultOnce(ctx, "it is not there any more")
	}
	switch compareStamps(planned, entry) {
	case changed:
		return false, &Error{Kind: ChangedSincePlan}
	case unknown:
		if err := o.checkVaultOnce(ctx, "no stamp shows whether it is still the one that was planned against"); err != nil {
			return false, err
		}
		return true, o.confirmByContent(ctx)
	}
	return true, nil
}

// confirmByContent makes sure that the secret is the one that was planned against by what
// is stored, if there is no stamp. If it may not be read, or can't be decrypted, the last
// one wins.
func (o *Operation) confirmByContent(ctx context.Context) error {
	sealed, err := o.Client.Get(ctx, o.State.Key)
	if helvetisafe.Is(err, helvetisafe.NotFound) || helvetisafe.Is(err, helvetisafe.Forbidden) {
		return nil // the answer to the deletion shows it
	}
	if err != nil {
		return err
	}
	if err := o.refuseChanged(ctx, sealed); Is(err, ChangedSincePlan) || ctx.Err() != nil {
		return err
	}
	return nil
}
