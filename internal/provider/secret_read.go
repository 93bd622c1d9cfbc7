package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// Read brings the state up to date, by the shared list alone where that can vouch
// for the secret, and otherwise by reading the secret itself.
func (r *secretResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	state := loadModel(ctx, req.State.Raw, &resp.Diagnostics)
	client, diags := r.instance.Client()
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	saveIdentity(resp.Identity, state.Key)
	if err := r.instance.See(ctx, state.OrgKeyFingerprint.ValueString()); err != nil {
		addError(&resp.Diagnostics, fmt.Sprintf("Reading the secret %q", state.Key.ValueString()), err)
		return
	}
	rd := &secretRead{client: client, state: state, record: loadRecord(ctx, req.Private), trustList: !r.instance.FullRefresh()}

	recorded := knownOf(state, rd.record).stamp()
	form, importing, formDiags := loadImportForm(ctx, req.Private)
	resp.Diagnostics.Append(formDiags...)
	if resp.Diagnostics.HasError() {
		return
	}
	var err error
	var moved *movedError
	if importing {
		err = rd.runImport(ctx, form)
	} else {
		err = rd.run(ctx)
	}
	switch {
	case isNotFound(err):
		if rd.gone(ctx, &resp.Diagnostics) {
			resp.State.RemoveResource(ctx)
		}
		return
	case errors.As(err, &moved):
		moved.addTo(&resp.Diagnostics)
		return
	case err != nil:
		addError(&resp.Diagnostics, fmt.Sprintf("Reading the secret %q", state.Key.ValueString()), err)
		return
	}
	if rd.moved != "" {
		warnMoved(&resp.Diagnostics, state.Key.ValueString(), rd.moved)
	}
	k := knownOf(rd.state, rd.record)
	k.rewritten = recorded.State == helvetisafe.Known && k.stamp().State == helvetisafe.Known && !recorded.Equal(k.stamp())
	r.instance.know(state.Key.ValueString(), k)
	r.instance.owners.Refreshed(state.Key.ValueString())
	if rd.state.DeletionProtection.ValueBool() && r.instance.protections.note(state.Key.ValueString(), seenRefreshed) {
		addReplaced(&resp.Diagnostics, state.Key.ValueString())
	}
	if !rd.read {
		return // vouched for: the state is up to date as it is
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importKey, nil)...)
	resp.Diagnostics.Append(rd.record.save(ctx, resp.Private)...)
	rd.state.save(ctx, &resp.State.Raw, &resp.Diagnostics)
}

// secretRead is the reading of one secret; run leaves the outcome in state and
// record.
type secretRead struct {
	redact.Redacted
	client    *helvetisafe.Client
	state     *secretModel
	record    record
	trustList bool
	// read says that the secret itself was read.
	read bool

	list    *helvetisafe.Listing
	entry   helvetisafe.Metadata
	sealed  helvetisafe.Sealed
	changed bool
	moved   string // the other secret whose value an import seems to have taken
}

func (rd *secretRead) run(ctx context.Context) error {
	key := rd.state.Key.ValueString()
	observed := rd.record.observation(timestampOf(rd.state.UpdatedAt.ValueString()))
	listed, err := rd.lookUp(ctx, key)
	if err != nil {
		return err
	}
	if rd.trustList && listed && observed.Vouches(rd.entry, expiryInstant(rd.state.ExpiresAt)) && !rd.underAnotherOrgKey(ctx) {
		return nil
	}
	// The list was answered before this request is sent: a write in between shows
	// in the next list as another stamp.
	if rd.sealed, err = rd.client.Get(ctx, key); err != nil {
		return err
	}
	rd.read = true
	if err := rd.readValue(ctx); err != nil {
		return err
	}
	rd.readExpiry()
	if rd.changed {
		rd.state.touch(rd.entry.UpdatedAt, rd.state.Version)
	}
	rd.observe(observed)
	return nil
}

// lookUp finds the key in the list that all secrets of the instance share. That
// there is no list is no error: the secret is then read itself.
func (rd *secretRead) lookUp(ctx context.Context, key string) (listed bool, err error) {
	if rd.list, err = rd.client.Snapshot(ctx); err != nil {
		rd.list = nil
		return false, ctx.Err()
	}
	rd.entry, listed = rd.list.Lookup(key)
	return listed, nil
}

// observe pairs the value just read with the stamp of the list before it.
func (rd *secretRead) observe(before helvetisafe.Observation) {
	var shown time.Time
	if rd.list != nil {
		shown = rd.list.Date
	}
	rd.record.observe(helvetisafe.Observe(before, rd.entry.UpdatedAt, shown, rd.sealed.Date), timestampOf(rd.state.UpdatedAt.ValueString()))
}

// underAnotherOrgKey reports whether a write-only value without a version, whose
// plan needs the Org Key anyway, was recorded under another one. Where the Org Key
// can't be had, the plan says so if it needs it; a destroy doesn't.
func (rd *secretRead) underAnotherOrgKey(ctx context.Context) bool {
	if rd.state.form() != formNone || !rd.state.ValueWOVersion.IsNull() || !rd.state.DataWOVersion.IsNull() {
		return false
	}
	current, err := rd.client.OrgKeyFingerprint(ctx)
	return err == nil && current != rd.state.OrgKeyFingerprint.ValueString()
}

// readValue compares what is stored with what the state or the record knows.
func (rd *secretRead) readValue(ctx context.Context) error {
	f := rd.state.form()
	fp, printed := rd.record.fingerprint()
	if !f.inState() && printed && fp.sameHash(rd.sealed) {
		return nil
	}
	if err := checkRecorded(ctx, rd.client, rd.state); err != nil {
		return err
	}
	current, err := rd.client.OrgKeyFingerprint(ctx)
	if err != nil {
		return err
	}
	if !f.inState() {
		return rd.readWriteOnly(ctx, current)
	}
	content, err := rd.client.Open(ctx, rd.sealed)
	if err != nil {
		return err
	}
	rd.state.OrgKeyFingerprint = types.StringValue(current)
	stored, err := content.Stored(f.prefer())
	if err != nil {
		return err
	}
	if from, moved := rd.movedFrom(ctx, stored); moved && f == formValue {
		return &movedError{key: rd.state.Key.ValueString(), from: from}
	}
	if have, ok := rd.state.wanted(f); !ok || !sameContent(stored, have) {
		rd.state.setStored(stored)
		rd.changed = true
	}
	return nil
}

// readWriteOnly compares what is stored with the fingerprint. What is no text at all
// is nothing that was written here: another value, like any other.
func (rd *secretRead) readWriteOnly(ctx context.Context, current string) error {
	prefer := helvetisafe.FormValue
	if rd.record.Fields {
		prefer = helvetisafe.FormFields
	}
	var stored helvetisafe.StoredContent
	content, err := rd.client.Open(ctx, rd.sealed)
	if err == nil {
		stored, err = content.Stored(prefer)
	}
	before, printed := rd.record.fingerprint()
	sameKey := current == rd.state.OrgKeyFingerprint.ValueString()
	var noText *helvetisafe.ContentError
	if errors.As(err, &noText) {
		rd.record.noteNoText(rd.sealed, sameKey)
	} else if err == nil {
		err = rd.record.noteStored(ctx, rd.client, rd.sealed, stored, sameKey)
	}
	if err != nil && noText == nil {
		return err
	}
	rd.state.OrgKeyFingerprint = types.StringValue(current)
	after, _ := rd.record.fingerprint()
	rd.changed = printed && sameKey && string(before.mac) != string(after.mac)
	return nil
}

// readExpiry takes the expiry over where its instant is another; the spelling of
// an equal one stays. An expires_at that is missing is not a cleared one.
func (rd *secretRead) readExpiry() {
	at := rd.sealed.ExpiresAt
	if at.State == helvetisafe.Missing {
		at = rd.entry.ExpiresAt
	}
	if at.State == helvetisafe.Missing || !(expiryChange{from: expiryInstant(rd.state.ExpiresAt), to: at}).moves() {
		return
	}
	rd.state.ExpiresAt = timestampValue(at)
	rd.changed = true
}

// gone decides what the API's 404 means. It returns false where the secret must stay in
// the state: the list still has it, or the server that was asked is another vault.
func (rd *secretRead) gone(ctx context.Context, diags *diag.Diagnostics) bool {
	key := rd.state.Key.ValueString()
	action := fmt.Sprintf("Reading the secret %q", key)
	if err := agreeGone(ctx, key, rd.client.Snapshot, rd.client.FreshList); err != nil {
		addError(diags, action, err)
		return false
	}
	if !checkVault(ctx, rd.client, rd.state, false, action+": it was not found", "it is not planned to be created again", diags) {
		return false
	}
	if past(expiryInstant(rd.state.ExpiresAt)) {
		diags.AddWarning("The secret has expired",
			fmt.Sprintf("The secret %q expired at %s, and the server has deleted it.", key, rd.state.ExpiresAt.ValueString()))
	}
	return true
}
