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
	Config  *Secret // what the configuration asks for; only this has write-only values
	Plan    *Secret // what is to be saved after a write
	State   *Secret // what was saved before, and what is to be saved after a read
	Record  Record
	Planned Planned
	Claim   Claim // whether others in this run want the key
	// Warnings are what the user should know apart from the outcome: an *ExpiryError,
	// *ExpiredError, *MovedError, *RewrittenError or *VaultError.
	Warnings []error

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

// written ends each write: it brings the plan and the record up to date. content is what
// was written; nil if the ciphertext went back as it was.
func (o *Operation) written(ctx context.Context, w helvetisafe.Written, f Form, content *helvetisafe.StoredContent) {
	if content != nil {
		o.Plan.OrgKey = w.OrgKeyFingerprint
		o.Record.Untouched = false
		o.Record.clearFingerprint()
		if !f.InState() {
			// The Org Key is in memory since the write, so this should not fail. If it does,
			// the next plan compares with what is stored; the secret itself must not be
			// lost because of it.
			_ = o.Record.noteWritten(context.WithoutCancel(ctx), o.Client, w.Sealed, *content)
		}
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
	o.seeExpiry()
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
	if o.State.OrgKey == "" {
		return nil
	}
	return o.Client.CheckOrgKey(ctx, o.State.OrgKey)
}

// scopeMissing reports whether the server, and not something in between, refused a
// request because a scope is missing.
func scopeMissing(err error) bool {
	var forbidden *helvetisafe.ForbiddenError
	return errors.As(err, &forbidden)
}
