package reconcile

import (
	"context"
	"errors"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// Writes reports whether the decision needs any request.
func (o *Operation) Writes(d Decision) bool { return d != Keep || o.expiryChange().moves() }

// expiryChange is the move of the expiry that was planned.
func (o *Operation) expiryChange() expiryChange {
	return expiryChange{from: o.State.ExpiresAt, to: o.Plan.ExpiresAt}
}

// Update carries out what the plan decided. saved is false if the prior state is to stay.
// An error with saved true means that only the expiry is not as wanted.
func (o *Operation) Update(ctx context.Context, d Decision) (saved bool, err error) {
	f, want := o.Config.Form, o.Config.Content
	if !f.WriteOnly() && d != Keep {
		f, want = o.Plan.Form, o.Plan.Content
	}
	// There is nothing to compare a generated value with, and it is made last.
	if d != Keep && want == nil && f != FormGenerate {
		return false, errors.New("the value of the secret is still unknown or null; give it one")
	}
	if !o.Writes(d) {
		o.keepState()
		return true, nil
	}
	sealed, err := o.plannedAgainst(ctx, d)
	if err != nil {
		return false, err
	}
	orgKey := ""
	if d == Check {
		if d, orgKey, err = o.check(ctx, sealed, f, want); err != nil {
			return false, err
		}
	}
	o.keepState()
	if orgKey != "" {
		o.Plan.OrgKey = orgKey
	}
	if d == Keep && !o.expiryChange().moves() {
		return true, nil
	}
	return o.write(ctx, d, sealed, f, want)
}

// write replaces what is stored, or with Keep sends it back as it was read, to move its
// expiry.
func (o *Operation) write(ctx context.Context, d Decision, sealed helvetisafe.Sealed, f Form, want *helvetisafe.StoredContent) (saved bool, err error) {
	expiry := o.expiryChange()
	var written helvetisafe.Written
	if d == Write {
		if f == FormGenerate {
			if want, err = o.Plan.generated(); err != nil {
				return false, err
			}
		}
		written, err = o.Client.Update(ctx, o.State.Key, plaintext(o.State.Key, want), expiry.request())
	} else {
		want = nil
		written, err = o.Client.UpdateSealed(ctx, sealed, expiry.request())
	}
	if err != nil {
		return false, expiry.refused(o.State.Key, err)
	}
	err = expiry.confirm(ctx, o.Client, &written)
	if err != nil {
		o.Plan.ExpiresAt = o.State.ExpiresAt
		if written.ExpiresAt.State == helvetisafe.Known {
			o.Plan.ExpiresAt = written.ExpiresAt
		}
	}
	o.written(ctx, written, f, want)
	return true, err
}

// keepState takes the computed attributes over from the state.
func (o *Operation) keepState() {
	o.Plan.keepComputed(o.State)
	if o.Plan.Form == FormGenerate && o.Plan.RotatedAt.State != helvetisafe.Known {
		o.Plan.rotated(helvetisafe.Timestamp{}, o.Now) // imported, without a stamp
	}
	// The first version or recipe after an import is recorded by now.
	o.Record.Imported = o.Record.Imported && !o.Plan.ValueWOVersion.Given && !o.Plan.DataWOVersion.Given && o.Plan.Form != FormGenerate
}

// check compares what is stored with what is wanted, and records it if they are the same.
// It returns the Org Key that it was read under. A generated value can't be compared with
// anything: it is only recorded.
func (o *Operation) check(ctx context.Context, sealed helvetisafe.Sealed, f Form, want *helvetisafe.StoredContent) (d Decision, orgKey string, err error) {
	if f == FormGenerate {
		// The state has held the value so far. Before it leaves the state, make sure that it
		// is still the secret that was planned against.
		if err := o.refuseChanged(ctx, sealed); err != nil {
			return Keep, "", err
		}
	}
	if err := o.checkRecorded(ctx); err != nil {
		return Keep, "", err
	}
	if f == FormGenerate {
		stored, err := o.open(ctx, sealed, helvetisafe.FormValue)
		if err != nil {
			return Keep, "", err
		}
		want = &stored
	} else if m, err := o.compareContent(ctx, sealed, f, *want); err != nil || m == changed {
		return Write, "", err
	}
	if orgKey, err = o.Client.OrgKeyFingerprint(ctx); err != nil {
		return Keep, "", err
	}
	o.Record.clearFingerprint()
	if !f.InState() {
		err = o.Record.noteWritten(ctx, o.Client, sealed, *want)
	}
	return Keep, orgKey, err
}
