package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

var (
	_ resource.ResourceWithConfigure      = (*secretResource)(nil)
	_ resource.ResourceWithIdentity       = (*secretResource)(nil)
	_ resource.ResourceWithImportState    = (*secretResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*secretResource)(nil)
	_ resource.ResourceWithValidateConfig = (*secretResource)(nil)
)

func newSecretResource() resource.Resource { return &secretResource{} }

// secretResource is helvetisafe_secret. Its plan logic stands in secret_plan.go
// and secret_decision.go, Read in secret_read.go, import in secret_import.go.
type secretResource struct {
	instance *instance
}

func (r *secretResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret"
}

func (r *secretResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = secretSchema()
}

func (r *secretResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = secretIdentitySchema()
}

func (r *secretResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.instance = instanceFrom(req.ProviderData, &resp.Diagnostics)
}

// Create writes a new secret, or takes an existing one over where adopt_existing
// says so.
func (r *secretResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	config := loadModel(ctx, req.Config.Raw, &resp.Diagnostics)
	plan := loadModel(ctx, req.Plan.Raw, &resp.Diagnostics)
	client, diags := r.instance.Client()
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	want, ok := config.wanted(config.form())
	if config.form() == formGenerate {
		var err error
		if want, err = config.generated(); err != nil {
			addRecipeError(&resp.Diagnostics, err)
			return
		}
	} else if !ok {
		addNoForm(&resp.Diagnostics)
		return
	}
	key := plan.Key.ValueString()
	if refusePast(plan, &resp.Diagnostics) || !r.claimMade(plan, &resp.Diagnostics) {
		return
	}
	defer r.instance.LockKey(key)()
	w := &secretWrite{client: client, key: key, form: config.form(), want: want, expiresAt: expiryInstant(plan.ExpiresAt)}
	done, err := w.create(ctx, plan.AdoptExisting.ValueBool())
	if err != nil {
		addCreateError(&resp.Diagnostics, w, err)
		return
	}
	r.instance.MarkWritten(key)
	r.instance.WarnUnpinned(key, done.orgKey, &resp.Diagnostics)
	if done.expiresAt.State != helvetisafe.Missing && (expiryChange{from: done.expiresAt, to: w.expiresAt}).moves() {
		// An error would taint the secret that was just made, and replace it.
		resp.Diagnostics.AddWarning("The server chose another expiry",
			fmt.Sprintf("The secret %q has another expiry than configured. The next plan will show it; set expires_at to what the server accepts.", key))
	}
	plan.dropWriteOnly()
	plan.CreatedAt = timestampValue(done.createdAt)
	plan.UpdatedAt = types.StringNull()
	plan.touch(done.updatedAt, types.Int64Null())
	plan.RotatedAt = types.StringNull()
	if !plan.Generate.IsNull() {
		plan.rotated(done.updatedAt, r.instance.Now())
	}
	plan.OrgKeyFingerprint = types.StringValue(done.orgKey)
	resp.Diagnostics.Append(done.record.save(ctx, resp.Private)...)
	plan.save(ctx, &resp.State.Raw, &resp.Diagnostics)
	saveIdentity(resp.Identity, plan.Key)
}

// Update obeys the decision of the plan.
func (r *secretResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	config := loadModel(ctx, req.Config.Raw, &resp.Diagnostics)
	plan := loadModel(ctx, req.Plan.Raw, &resp.Diagnostics)
	state := loadModel(ctx, req.State.Raw, &resp.Diagnostics)
	client, diags := r.instance.Client()
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	client.NoteOrgKey(state.OrgKeyFingerprint.ValueString())
	u := &secretUpdate{client: client, config: config, plan: plan, state: state, record: loadRecord(ctx, req.Private), now: r.instance.Now()}
	d := loadDecision(ctx, req.Private)
	if u.asks(d) && refusePast(plan, &resp.Diagnostics) {
		return
	}
	saved, err := u.run(ctx, d)
	if err != nil {
		addUpdateError(&resp.Diagnostics, u, err)
	}
	if !saved {
		return // the prior state stays
	}
	u.record.Imported = u.record.Imported && plan.ValueWOVersion.IsNull() && plan.DataWOVersion.IsNull() && plan.Generate.IsNull()
	plan.dropWriteOnly()
	resp.Diagnostics.Append(u.record.save(ctx, resp.Private)...)
	for _, planned := range []string{decisionKey, keptKey, stampKey} {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, planned, nil)...)
	}
	plan.save(ctx, &resp.State.Raw, &resp.Diagnostics)
	saveIdentity(resp.Identity, plan.Key)
}

// Delete removes the secret, but for one that this run has just made or taken
// over: with create_before_destroy the old object and the new one are the same
// secret, and deleting the old would lose the new. Nor does it remove one that was
// written elsewhere since the plan.
func (r *secretResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	state := loadModel(ctx, req.State.Raw, &resp.Diagnostics)
	client, diags := r.instance.Client()
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	key := state.Key.ValueString()
	client.NoteOrgKey(state.OrgKeyFingerprint.ValueString())
	defer r.instance.LockKey(key)()
	if r.instance.Wrote(key) {
		resp.Diagnostics.AddWarning("The secret was left in place",
			fmt.Sprintf("The secret %q was created or taken over in this same run, so deleting its old object would lose it. "+
				"Only the old object left the state; nothing needs to be done.", key))
		return
	}
	if state.DeletionProtection.ValueBool() {
		addProtected(&resp.Diagnostics, "This would delete", key)
		return
	}
	rec := loadRecord(ctx, req.Private)
	d := &secretDelete{client: client, state: state, record: rec, planned: r.instance.plannedStamp(ctx, req.Private, knownOf(state, rec))}
	d.run(ctx, &resp.Diagnostics)
}
