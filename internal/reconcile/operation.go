// Package reconcile compares what is wanted of a secret with what is known and stored,
// and does what follows from it. It knows nothing of Terraform.
package reconcile

import (
	"context"
	"errors"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// Operation is one operation on one secret: what is wanted, what the state holds, and what
// private state records. Decide plans; Create, Update, Delete and Refresh make requests,
// and bring Plan or State, and Record, up to date.
type Operation struct {
	redact.Redacted
	*Run
	Config   *Secret // what the configuration asks for; only this has write-only values
	Plan     *Secret // what is to be saved after a write
	State    *Secret // what was saved before, and what is to be saved after a read
	Record   Record
	Planned  Planned
	Claim    Claim    // whether others in this run want the key
	Warnings []*Error // what the user should know apart from the outcome

	list     *helvetisafe.Listing // nil if there is none
	entry    helvetisafe.Metadata // what a list shows of the secret; zero if it shows nothing
	sealed   helvetisafe.Sealed   // what was read
	changed  bool                 // something else was read than the state has
	verified bool                 // that this is the vault that the secret was written to
}

// Begin begins an operation; what it doesn't need is nil. It notes the Org Key that the
// secret was last written under.
func (r *Run) Begin(config, plan, state *Secret) *Operation {
	if r.Client != nil && state != nil {
		r.Client.NoteOrgKey(state.OrgKey)
	}
	return &Operation{Run: r, Config: config, Plan: plan, State: state}
}

// Kind says what an error or a warning of an operation is about.
type Kind string

// The kinds.
const (
	NotConfigured     Kind = "there is no client yet, and this needs one"
	ChangedSincePlan  Kind = "the secret is not the one that was planned against"
	KeyInvisible      Kind = "the key is taken by a secret that this account can't see"
	KeyKept           Kind = "another object of this run keeps the key"
	MadeHere          Kind = "this run has made or taken over the secret itself"
	DeletionProtected Kind = "the secret is protected from deletion"
	StillListed       Kind = "the API lists a secret that it answers a 404 for"
	OtherValue        Kind = "the server gave what is stored as the value of another secret"
	OtherExpiry       Kind = "the server keeps another expiry than the one asked for"
	OtherVault        Kind = "this may not be the vault that the secret was written to"
	Expired           Kind = "the secret is gone because its expiry has come"
	WrittenElsewhere  Kind = "the secret was written elsewhere since it was recorded"
)

// Error is why an operation stopped, or what it warns of. Like an error of the client it
// has a kind and fields; what to tell the user, and to advise, is up to the caller.
type Error struct {
	Kind Kind
	Key  string // of OtherValue: the other secret's; of StillListed: the secret's own
	// At is when it was written, of WrittenElsewhere; or the expiry that there is, of
	// OtherExpiry, which is not Known if the answers don't show it.
	At     helvetisafe.Timestamp
	Wanted helvetisafe.Timestamp // the expiry asked for, of OtherExpiry
	Found  string                // why it matters, of OtherVault
	cause  error                 // what is wrong with the Org Key, of OtherVault
}

func (e *Error) Error() string {
	if e.cause != nil {
		return e.cause.Error()
	}
	return string(e.Kind)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether err is of a kind.
func Is(err error, kind Kind) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Kind == kind
}

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
	if replaced := o.lastSeen(key); replaced != nil {
		o.Record = replaced.record
		o.planDeletion(ctx, key, *replaced)
	}
	if key != "" {
		o.Claim = o.Run.Claim(key, o.wantOfCreate(), false)
	}
	if o.Claim.Refused() || o.Client == nil {
		return create, nil // not configured yet; nothing to check or to warn of
	}
	o.creating.Store(true)
	err := o.checkOrgKeyForCreates(ctx)
	if err != nil || !o.Plan.Adopts || key == "" || o.Claim.Outcome == Overwrites {
		return create, err
	}
	if list, err := o.Client.Snapshot(ctx); err == nil { // a plan must not fail for a warning
		if _, exists := list.Lookup(key); exists {
			create.Why, create.Empty = BecauseAdopts, o.Config.empty()
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
	o.Claim = o.Run.Claim(key, Destroys, o.State.Protected)
	if !o.Claim.Refused() && !o.Made(key) {
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
	o.Claim = o.Run.Claim(key, want, o.State.Protected)
	o.Planned.Kept = want == Keeps
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

// compareRecorded compares content with the recorded fingerprint, which needs the Org Key
// that it was made under.
func (o *Operation) compareRecorded(ctx context.Context, content helvetisafe.Content) (match, error) {
	if o.Client == nil {
		return unknown, &Error{Kind: NotConfigured}
	}
	if err := o.checkRecorded(ctx); err != nil {
		return unknown, err
	}
	current, err := o.Client.OrgKeyFingerprint(ctx)
	if err != nil || current != o.State.OrgKey {
		return unknown, err
	}
	return o.Record.compare(ctx, o.Client, o.State.Key, content)
}

// written ends each write: it brings the plan and the record up to date. content is what
// was written; nil if the ciphertext went back as it was.
func (o *Operation) written(ctx context.Context, w helvetisafe.Written, f Form, content *helvetisafe.Content) {
	if content != nil {
		o.Plan.OrgKey = w.OrgKeyFingerprint
		o.Record.Untouched = false
		// The Org Key is in memory since the write, so this should not fail. If it does, the
		// next plan compares with what is stored; the secret itself must not be lost because
		// of it.
		_ = o.Record.renew(context.WithoutCancel(ctx), o.Client, f, w.Sealed, *content)
		if f == FormGenerate {
			o.Plan.rotated(w.UpdatedAt, o.Now())
		}
	}
	o.Plan.touch(w.UpdatedAt)
	o.Record.observe(helvetisafe.Observe(helvetisafe.Observation{}, w.UpdatedAt, w.Sealed.Date, w.Sealed.Date), o.Plan.UpdatedAt)
}

// seen ends each read: it brings the state and the record up to date with what was read,
// and pairs it with the stamp of the list before it.
func (o *Operation) seen() {
	before := o.Record.observation(o.State.UpdatedAt)
	at := o.sealed.ExpiresAt
	if at.State == helvetisafe.Missing {
		at = o.entry.ExpiresAt
	}
	// One that is still missing is not a cleared one.
	if at.State != helvetisafe.Missing && (expiryChange{from: o.State.ExpiresAt, to: at}).moves() {
		o.State.ExpiresAt, o.changed = at, true
	}
	if o.changed {
		o.State.touch(o.entry.UpdatedAt)
	}
	var shown time.Time
	if o.list != nil {
		shown = o.list.Date
	}
	o.Record.observe(helvetisafe.Observe(before, o.entry.UpdatedAt, shown, o.sealed.Date), o.State.UpdatedAt)
}

// checkRecorded refuses an Org Key that is neither the recorded one nor pinned.
func (o *Operation) checkRecorded(ctx context.Context) error {
	return o.Client.CheckOrgKey(ctx, o.State.OrgKey)
}

// seenSoFar is what is known of the object in the state.
func (o *Operation) seenSoFar() lastSeen {
	found := lastSeen{record: o.Record, stamp: o.recordedStamp(), orgKey: o.State.OrgKey}
	if last := o.lastSeen(o.State.Key); last != nil {
		found.rewritten = last.rewritten
	}
	return found
}

// recordedStamp is the server's stamp that was recorded.
func (o *Operation) recordedStamp() helvetisafe.Timestamp {
	return o.Record.observation(o.State.UpdatedAt).Stamp
}
