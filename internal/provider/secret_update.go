package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// secretUpdate carries out what the plan decided. It leaves what is to be saved
// in plan and record.
type secretUpdate struct {
	redact.Redacted
	client              *helvetisafe.Client
	config, plan, state *secretModel
	record              record
	now                 time.Time
	// orgKey is the fingerprint of the Org Key that the value was read or written
	// under; empty where neither happened.
	orgKey string
}

// changedError says that the secret is not the one that was planned against.
type changedError struct{ key string }

func (e *changedError) Error() string {
	return fmt.Sprintf("the secret %q has changed since the plan, so nothing was written. Run plan again, with a refresh (not with -refresh=false), and look at what changed", e.key)
}

// loadDecision reads the plan's decision. Without one, what is stored is compared
// first: that can't overwrite anything that should stay.
func loadDecision(ctx context.Context, private privateGetter) decision {
	raw, diags := private.GetKey(ctx, decisionKey)
	d := decideCheck
	if diags.HasError() || json.Unmarshal(raw, &d) != nil {
		return decideCheck
	}
	return d
}

// expiry is the move of the expiry that was planned.
func (u *secretUpdate) expiry() expiryChange {
	return expiryChange{from: expiryInstant(u.state.ExpiresAt), to: expiryInstant(u.plan.ExpiresAt)}
}

// asks reports whether the decision needs any request.
func (u *secretUpdate) asks(d decision) bool { return d != decideKeep || u.expiry().moves() }

// run makes the requests of the decision. saved is false where the prior state is
// to stay; an error with saved true means that only the expiry is not as wanted.
func (u *secretUpdate) run(ctx context.Context, d decision) (saved bool, err error) {
	key := u.state.Key.ValueString()
	expiry := u.expiry()
	f := u.config.form()
	want, ok := u.config.wanted(f)
	if !f.writeOnly() && d != decideKeep {
		f = u.plan.form()
		want, ok = u.plan.wanted(f)
	}
	if f == formGenerate {
		ok = true // there is nothing to compare, and what is written is made last
	}
	if d != decideKeep && !ok {
		return false, errors.New("the value of the secret is still unknown or null; give it one")
	}
	if !u.asks(d) {
		u.keepState()
		return true, nil
	}
	sealed, err := u.plannedAgainst(ctx, key, d)
	if err != nil {
		return false, err
	}
	if d == decideCheck {
		if d, err = u.check(ctx, sealed, f, want); err != nil {
			return false, err
		}
		if d == decideKeep && !expiry.moves() {
			u.keepState()
			return true, nil
		}
	}
	var written helvetisafe.Written
	if d == decideWrite && f == formGenerate {
		if want, err = u.plan.generated(); err != nil {
			return false, err
		}
	}
	if d == decideWrite {
		written, err = u.client.Update(ctx, key, plaintext(key, want), expiry.request())
	} else {
		written, err = u.client.UpdateSealed(ctx, sealed, expiry.request())
	}
	if err != nil {
		return false, u.refusedExpiry(expiry, err)
	}
	return true, u.wrote(ctx, d, f, want, expiry, written)
}

// wrote brings plan and record up to date after a write.
func (u *secretUpdate) wrote(ctx context.Context, d decision, f form, want helvetisafe.StoredContent, expiry expiryChange, written helvetisafe.Written) error {
	expiryErr := expiry.confirm(ctx, u.client, &written)
	if expiryErr != nil {
		u.plan.ExpiresAt = u.state.ExpiresAt
		if written.ExpiresAt.State == helvetisafe.Known && !written.ExpiresAt.Equal(expiry.from) {
			u.plan.ExpiresAt = timestampValue(written.ExpiresAt)
		}
	}
	if d == decideWrite {
		u.orgKey = written.OrgKeyFingerprint
		u.record.clearFingerprint()
		u.record.Untouched = false
		if !f.inState() {
			// As in secretWrite.fingerprint: what was written must not be lost for it.
			_ = u.record.noteWritten(context.WithoutCancel(ctx), u.client, written.Sealed, want)
		}
	}
	u.keepState()
	if d == decideWrite && f == formGenerate {
		u.plan.rotated(written.UpdatedAt, u.now)
	}
	u.plan.touch(written.UpdatedAt, u.state.Version)
	u.record.observe(helvetisafe.Observe(helvetisafe.Observation{}, written.UpdatedAt, written.Date, written.Date), timestampOf(u.plan.UpdatedAt.ValueString()))
	return expiryErr
}

// keepState takes the computed attributes over from the state, with the Org Key
// that has been used since.
func (u *secretUpdate) keepState() {
	u.plan.keepComputed(u.state)
	if u.orgKey != "" {
		u.plan.OrgKeyFingerprint = types.StringValue(u.orgKey)
	}
	if !u.plan.Generate.IsNull() && u.plan.RotatedAt.IsNull() {
		u.plan.rotated(helvetisafe.Timestamp{}, u.now) // imported, without a stamp
	}
}

// check compares what is stored with what is wanted, and records it where they
// are the same. A generated value has nothing to be compared with.
func (u *secretUpdate) check(ctx context.Context, sealed helvetisafe.Sealed, f form, want helvetisafe.StoredContent) (decision, error) {
	if f == formGenerate {
		return decideKeep, u.recordStored(ctx, sealed)
	}
	if err := checkRecorded(ctx, u.client, u.state); err != nil {
		return decideKeep, err
	}
	same, err := holdsSame(ctx, u.client, sealed, f, want)
	if err != nil {
		return decideKeep, err
	}
	if !same {
		return decideWrite, nil
	}
	if u.orgKey, err = u.client.OrgKeyFingerprint(ctx); err != nil {
		return decideKeep, err
	}
	u.record.clearFingerprint()
	if !f.inState() {
		return decideKeep, u.record.noteWritten(ctx, u.client, sealed, want)
	}
	return decideKeep, nil
}

// plannedAgainst makes sure that the secret is the one that was planned against. It
// returns the secret where it was read: where the decision needs it, or where stamps
// can't tell.
func (u *secretUpdate) plannedAgainst(ctx context.Context, key string, d decision) (helvetisafe.Sealed, error) {
	certain, stampErr := u.compareStamps(ctx, key)
	if certain && (stampErr != nil || d == decideWrite) {
		return helvetisafe.Sealed{}, stampErr
	}
	sealed, err := u.client.Get(ctx, key)
	switch {
	case err == nil:
	case stampErr != nil:
		return sealed, stampErr
	case d == decideWrite && scopeMissing(err):
		return sealed, nil // the last write wins, as without the scope for a list
	default:
		return sealed, err
	}
	if certain && d == decideCheck {
		return sealed, nil // compared with what is wanted, next
	}
	return sealed, u.stillStored(ctx, sealed)
}

// compareStamps compares the server's stamp with the one planned against, by one
// list for the whole apply. It isn't certain where the list shows no stamp, where
// the stamp is one that could hide a second write, or where the list fails, with the
// error then. Without the scope for a list the last write wins.
func (u *secretUpdate) compareStamps(ctx context.Context, key string) (certain bool, err error) {
	planned := u.record.observation(timestampOf(u.state.UpdatedAt.ValueString()))
	if planned.Stamp.State != helvetisafe.Known {
		return false, nil
	}
	list, err := u.client.Snapshot(ctx)
	if err != nil {
		if scopeMissing(err) {
			return true, nil
		}
		return false, err
	}
	entry, _ := list.Lookup(key) // one that isn't listed has no stamp
	if entry.UpdatedAt.State == helvetisafe.Known && !entry.UpdatedAt.Equal(planned.Stamp) {
		return true, &changedError{key: key}
	}
	return planned.Vouches(entry, entry.ExpiresAt), nil
}

// scopeMissing reports whether the server, and not something in between, refused a
// request for want of a scope.
func scopeMissing(err error) bool {
	var forbidden *helvetisafe.ForbiddenError
	return errors.As(err, &forbidden)
}

// stillStored makes sure that what is stored is what the plan knew: by the hash of
// its ciphertext, or by the value in the state.
func (u *secretUpdate) stillStored(ctx context.Context, sealed helvetisafe.Sealed) error {
	if fp, ok := u.record.fingerprint(); ok {
		if !fp.sameHash(sealed) {
			return &changedError{key: sealed.Key}
		}
		return nil
	}
	f := u.state.form()
	have, ok := u.state.wanted(f)
	if !ok {
		return nil // neither value nor fingerprint: the stamp has been compared
	}
	if err := checkRecorded(ctx, u.client, u.state); err != nil {
		return err
	}
	same, err := holdsSame(ctx, u.client, sealed, f, have)
	if err == nil && !same {
		err = &changedError{key: sealed.Key}
	}
	return err
}

// refusedExpiry tells a server that refuses to remove an expiry from one that
// refuses the request for another reason.
func (u *secretUpdate) refusedExpiry(expiry expiryChange, err error) error {
	var api *helvetisafe.APIError
	if expiry.moves() && expiry.to.State != helvetisafe.Known && errors.As(err, &api) &&
		(api.Status == http.StatusBadRequest || api.Status == http.StatusUnprocessableEntity) {
		return &expiryError{key: u.state.Key.ValueString(), actual: expiry.from, wanted: expiry.to}
	}
	return err
}

// checkRecorded refuses an Org Key that is neither the recorded one nor pinned.
func checkRecorded(ctx context.Context, client *helvetisafe.Client, state *secretModel) error {
	recorded := state.OrgKeyFingerprint.ValueString()
	if recorded == "" {
		return nil
	}
	return client.CheckOrgKey(ctx, recorded)
}

func addUpdateError(diags *diag.Diagnostics, u *secretUpdate, err error) {
	var changed *changedError
	var expiry *expiryError
	switch {
	case errors.As(err, &changed):
		diags.AddError("The secret has changed since the plan", sentence(changed.Error()))
	case isNotFound(err):
		diags.AddError("The secret has changed since the plan",
			fmt.Sprintf("The secret %q was there when this was planned, and is not any more: it was removed or has expired. Nothing was written. "+
				"Run plan again, with a refresh: it shows the secret as one to create.", u.state.Key.ValueString()))
	case errors.As(err, &expiry):
		diags.AddError("The expiry is not as configured", sentence(expiry.Error())+expiry.toWrite())
	default:
		addError(diags, fmt.Sprintf("Updating the secret %q", u.state.Key.ValueString()), err)
	}
}
