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
	differs  bool                 // something else was read than the state has
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
	Found  string                // why it matters that this is the same vault, of OtherVault
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
			o.Plan.noteRotation(w.UpdatedAt, o.Now())
		}
	}
	o.Plan.touch(w.UpdatedAt)
	o.Record.setObservation(observe(observation{}, w.UpdatedAt, w.Sealed.Date, w.Sealed.Date), o.Plan.UpdatedAt)
}

// seen ends each read: it brings the state and the record up to date with what was read,
// and pairs it with the stamp of the list before it.
func (o *Operation) seen() {
	before := o.observed()
	at := o.sealed.ExpiresAt
	if at.State == helvetisafe.Missing {
		at = o.entry.ExpiresAt
	}
	// One that is still missing is not a cleared one.
	if at.State != helvetisafe.Missing && (expiryChange{from: o.State.ExpiresAt, to: at}).moves() {
		o.State.ExpiresAt, o.differs = at, true
	}
	if o.differs {
		o.State.touch(o.entry.UpdatedAt)
	}
	var shown time.Time
	if o.list != nil {
		shown = o.list.Date
	}
	o.Record.setObservation(observe(before, o.entry.UpdatedAt, shown, o.sealed.Date), o.State.UpdatedAt)
}

// checkRecorded refuses an Org Key that is neither the recorded one nor pinned.
func (o *Operation) checkRecorded(ctx context.Context) error {
	return o.Client.CheckOrgKey(ctx, o.State.OrgKey)
}

// orgKeyInUse is the fingerprint of the Org Key in use, if checkRecorded accepts it.
func (o *Operation) orgKeyInUse(ctx context.Context) (string, error) {
	if err := o.checkRecorded(ctx); err != nil {
		return "", err
	}
	return o.Client.OrgKeyFingerprint(ctx)
}

// observed is the observation that was recorded.
func (o *Operation) observed() observation { return o.Record.observation(o.State.UpdatedAt) }
