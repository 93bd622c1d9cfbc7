package reconcile

import (
	"context"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// Planned is what planned private state remembers for the apply.
type Planned struct {
	Decision Decision `json:"d,omitempty"`
	// Stamp is the server's stamp that a deletion was planned against, if that isn't the
	// recorded one, and Run is the run that planned it. It is kept apart from the record:
	// no value was read with it, so it must never vouch for one.
	Stamp string `json:"p,omitempty"`
	Run   string `json:"r,omitempty"`
	// Kept tells the create of the same object from one of another, and from a tainted
	// object's: Terraform plans a replacement once as a change, and then as a create that
	// gets the private state of that plan.
	Kept bool `json:"k,omitempty"`
	// Left is the same for an object that changes to another key: what is known of that key
	// is about another object.
	Left bool `json:"l,omitempty"`
}

// Decide plans what there is a Plan and a State for: a creation, a change, or without a
// Plan a deletion. It claims the key, brings Planned up to date, and says what the plan does
// to the stored value. A replacement is planned as a change first, and then as a creation.
func (o *Operation) Decide(ctx context.Context) (Verdict, error) {
	switch {
	case o.State == nil:
		return o.planCreate(ctx)
	case o.Plan == nil:
		return keep, o.planDelete(ctx)
	}
	return o.planUpdate(ctx)
}

// planCreate plans a new object, or the new half of a replacement. A key that isn't known
// yet is claimed when the apply plans the create.
func (o *Operation) planCreate(ctx context.Context) (Verdict, error) {
	key, create := o.Plan.Key, Verdict{Decision: Write}
	if replaced := o.lastSeen(key); replaced != nil && !o.Planned.Left { // the Delete gets the private state of this plan
		o.Record = replaced.record
		o.planDeletion(ctx, key, *replaced)
	}
	if key != "" {
		o.Claim = o.CountWant(key, o.wantOfCreate(), false)
	}
	if o.Claim.Refused() || o.Client == nil {
		return create, nil // not configured yet; nothing to check or to warn of
	}
	o.creating.Store(true)
	err := o.checkOrgKeyForCreates(ctx)
	if err != nil || !o.Plan.Adopts && !o.Plan.MayAdopt || key == "" || o.Claim.Outcome == Overwrites {
		return create, err
	}
	if list, err := o.Client.Snapshot(ctx); err == nil { // a plan must not fail for a warning
		if _, exists := list.Lookup(key); exists {
			create.Why, create.Empty = BecauseAdopts, o.Config.empty()
			if o.Plan.MayAdopt {
				create.Why = BecauseMayAdopt
			}
		}
	}
	return create, nil
}

func (o *Operation) wantOfCreate() Want {
	switch {
	case o.Planned.Kept:
		return Replaces
	case o.Plan.Adopts:
		return Adopts
	case o.Plan.MayAdopt:
		return MayAdopt
	}
	return Creates
}

// planDelete plans the end of an object: of one that was taken out or is destroyed, or of
// the old object of a replacement. One that this run has made or taken over is left in
// place by Delete.
func (o *Operation) planDelete(ctx context.Context) error {
	if err := o.checkOrgKeyForCreates(ctx); err != nil {
		return err
	}
	key := o.State.Key
	o.Claim = o.CountWant(key, Destroys, o.State.Protected)
	if !o.Claim.Refused() && !o.madeForAnother() {
		o.planDeletion(ctx, key, o.seenSoFar())
	}
	return nil
}

// planUpdate plans an object that is in the state, or the first half of a replacement. A
// key that isn't known yet may turn out to be another.
func (o *Operation) planUpdate(ctx context.Context) (Verdict, error) {
	if err := o.checkOrgKeyForCreates(ctx); err != nil {
		return keep, err
	}
	key, want := o.State.Key, Keeps
	if o.Plan.Key != key {
		want = Leaves
	}
	o.Claim = o.CountWant(key, want, o.State.Protected)
	o.Planned.Kept, o.Planned.Left = want == Keeps, want == Leaves
	switch found := o.seenSoFar(); {
	case o.Claim.Refused(), o.Claim.Protected:
		return keep, nil
	case want == Leaves:
		o.planDeletion(ctx, key, found)
		return keep, nil
	default:
		o.noteSeen(key, found)
	}
	v, err := decide(o.Config, o.State, o.Record, func(content helvetisafe.Content) (match, error) {
		return o.compareRecorded(ctx, content)
	}, o.Now())
	o.Plan.keepComputed(o.State)
	o.Planned.Decision = v.Decision
	return v, err
}

// Writes reports whether what was planned needs any request.
func (o *Operation) Writes() bool { return o.decision() != Keep || o.expiryChange().moves() }

// decision is what was planned. Without a decision, what is stored is compared first: that
// can't overwrite anything that should stay.
func (o *Operation) decision() Decision {
	if d := o.Planned.Decision; d == Keep || d == Write {
		return d
	}
	return Check
}

// expiryChange is the move of the expiry that was planned.
func (o *Operation) expiryChange() expiryChange {
	return expiryChange{from: o.State.ExpiresAt, to: o.Plan.ExpiresAt}
}

// planDeletion takes the stamp that this run's list shows, for the Delete that may follow.
// So Delete may delete what was written elsewhere before this plan, which says so, but not
// what is written later. If another Org Key than the recorded one is in use, or none can be
// had, the recorded stamp stays, so that another vault's is never taken.
func (o *Operation) planDeletion(ctx context.Context, key string, found lastSeen) {
	o.Planned.Stamp, o.Planned.Run = "", ""
	if o.Client == nil {
		return
	}
	list, err := o.Client.Snapshot(ctx)
	if err != nil {
		return // Delete asks again, and reports the error
	}
	entry, _ := list.Lookup(key)
	if entry.UpdatedAt.State != helvetisafe.Known {
		return
	}
	m := compareStamps(found.stamp, entry)
	if found.rewritten || m == changed {
		o.Warnings = append(o.Warnings, &Error{Kind: WrittenElsewhere, At: entry.UpdatedAt})
	}
	if m != same && found.orgKey != "" && o.Client.CheckOrgKey(ctx, found.orgKey) == nil {
		o.Planned.Stamp, o.Planned.Run = entry.UpdatedAt.String(), o.ID
	}
}

// seenSoFar is what is known of the object in the state.
func (o *Operation) seenSoFar() lastSeen {
	found := lastSeen{record: o.Record, stamp: o.observed().stamp, orgKey: o.State.OrgKey}
	if last := o.lastSeen(o.State.Key); last != nil {
		found.rewritten = last.rewritten
	}
	return found
}

// compareRecorded compares content with the recorded fingerprint, which needs the Org Key
// that it was made under.
func (o *Operation) compareRecorded(ctx context.Context, content helvetisafe.Content) (match, error) {
	if o.Client == nil {
		return unknown, &Error{Kind: NotConfigured}
	}
	current, err := o.orgKeyInUse(ctx)
	if err != nil || current != o.State.OrgKey {
		return unknown, err
	}
	return o.Record.compare(ctx, o.Client, o.State.Key, content)
}
