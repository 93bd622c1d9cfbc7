package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

var (
	_ resource.ResourceWithConfigure      = (*secretResource)(nil)
	_ resource.ResourceWithIdentity       = (*secretResource)(nil)
	_ resource.ResourceWithImportState    = (*secretResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*secretResource)(nil)
	_ resource.ResourceWithValidateConfig = (*secretResource)(nil)
)

func newSecretResource() resource.Resource { return &secretResource{} }

// secretResource is helvetisafe_secret. Package reconcile does the operations on the
// secret.
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

// ValidateConfig checks what the configuration alone can show.
func (r *secretResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	config := loadModel(ctx, req.Config.Raw, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	checkForms(config, &resp.Diagnostics)
	checkVersions(config, &resp.Diagnostics)
	checkMembers(config, &resp.Diagnostics)
	checkRecipe(config, &resp.Diagnostics)
}

// ModifyPlan decides whether the stored value is written, and says so in the plan. A
// replacement is planned as an update first, and then as a create.
func (r *secretResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	switch {
	case r.instance == nil: // Terraform validates before it configures
	case req.Plan.Raw.IsNull():
		r.planDelete(ctx, req, resp)
	case req.State.Raw.IsNull():
		r.planCreate(ctx, req, resp)
	default:
		r.planUpdate(ctx, req, resp)
	}
}

// Create writes a new secret, or takes over an existing one if adopt_existing says so.
func (r *secretResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	config := loadModel(ctx, req.Config.Raw, &resp.Diagnostics)
	plan := loadModel(ctx, req.Plan.Raw, &resp.Diagnostics)
	op := r.operation(config, plan, nil, reconcile.Record{}, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || refuseValueless(op.Config, &resp.Diagnostics) || refusePast(plan, &resp.Diagnostics) || !r.claimMade(plan, &resp.Diagnostics) {
		return
	}
	defer r.instance.LockKey(op.Plan.Key)()
	if err := op.Create(ctx, plan.AdoptExisting.ValueBool()); err != nil {
		r.instance.addCreateError(&resp.Diagnostics, op.Plan.Key, op.Config.Form, err)
		return
	}
	r.instance.owners.MarkMade(op.Plan.Key)
	r.instance.WarnUnpinned(op.Plan.Key, op.Plan.OrgKey, &resp.Diagnostics)
	r.instance.addWarnings(&resp.Diagnostics, plan, "Creating", op.Warnings)
	plan.take(op.Plan, plan)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, recordKey, op.Record.JSON())...)
	plan.save(ctx, &resp.State.Raw, &resp.Diagnostics)
	saveIdentity(resp.Identity, plan.Key)
}

// Read brings the state up to date, and completes an import.
func (r *secretResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	state := loadModel(ctx, req.State.Raw, &resp.Diagnostics)
	op := r.operation(nil, nil, state, loadRecord(ctx, req.Private), &resp.Diagnostics)
	importForm := loadImportForm(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	saveIdentity(resp.Identity, state.Key)
	before := op.Known()
	sight, err := r.refresh(ctx, op, importForm)
	if err != nil {
		r.instance.addRefreshError(&resp.Diagnostics, state, err)
		return
	}
	r.instance.addWarnings(&resp.Diagnostics, state, "Reading", op.Warnings)
	if sight == reconcile.Gone {
		resp.State.RemoveResource(ctx)
		return
	}
	r.noteRefreshed(op, before, state.DeletionProtection.ValueBool(), &resp.Diagnostics)
	if sight == reconcile.Seen {
		state.see(op.State, importForm != "")
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, importKey, nil)...)
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, recordKey, op.Record.JSON())...)
		state.save(ctx, &resp.State.Raw, &resp.Diagnostics)
	}
}

// Update obeys the decision of the plan. If its error leaves the secret as it was, the
// prior state stays.
func (r *secretResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	config := loadModel(ctx, req.Config.Raw, &resp.Diagnostics)
	plan := loadModel(ctx, req.Plan.Raw, &resp.Diagnostics)
	state := loadModel(ctx, req.State.Raw, &resp.Diagnostics)
	op := r.operation(config, plan, state, loadRecord(ctx, req.Private), &resp.Diagnostics)
	d := loadDecision(ctx, req.Private)
	if resp.Diagnostics.HasError() || op.Writes(d) && refusePast(plan, &resp.Diagnostics) {
		return
	}
	saved, err := op.Update(ctx, d)
	if err != nil {
		r.instance.addUpdateError(&resp.Diagnostics, op.State.Key, err)
	}
	if !saved {
		return
	}
	plan.take(op.Plan, state)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, recordKey, op.Record.JSON())...)
	for _, planned := range []string{decisionKey, keptKey, stampKey} {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, planned, nil)...)
	}
	plan.save(ctx, &resp.State.Raw, &resp.Diagnostics)
	saveIdentity(resp.Identity, plan.Key)
}

// Delete removes the secret, but not one that this run has just made or taken over: with
// create_before_destroy the old object and the new one are the same secret, and deleting
// the old would lose the new. Nor does it remove one that was written elsewhere since the
// plan.
func (r *secretResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	state := loadModel(ctx, req.State.Raw, &resp.Diagnostics)
	op := r.operation(nil, nil, state, loadRecord(ctx, req.Private), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	key := op.State.Key
	defer r.instance.LockKey(key)()
	switch {
	case r.instance.owners.Made(key):
		resp.Diagnostics.AddWarning("The secret was left in place",
			fmt.Sprintf("The secret %q was created or taken over in this same run, so deleting its old object would lose it. "+
				"Only the old object left the state; nothing needs to be done.", key))
	case state.DeletionProtection.ValueBool():
		addProtected(&resp.Diagnostics, "This would delete", key)
	default:
		err := op.Delete(ctx, r.instance.plannedStamp(ctx, req.Private, op.Known()))
		r.instance.addWarnings(&resp.Diagnostics, state, "Deleting", op.Warnings)
		r.instance.addDeleteError(&resp.Diagnostics, key, err)
	}
}

// ImportState takes an ID or an identity; Read does the rest.
func (r *secretResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id := req.ID
	if id == "" && req.Identity != nil {
		var identity secretIdentity
		resp.Diagnostics.Append(req.Identity.Get(ctx, &identity)...)
		id = identity.Key.ValueString()
	}
	form, key, err := parseImportID(id)
	if err != nil {
		resp.Diagnostics.AddError("Invalid import ID",
			fmt.Sprintf("The import ID %q can't be used: %s. Write the key of the secret, data:<key> or write-only:<key>.", id, err)+toWrite(`id = "write-only:<key>"`))
		return
	}
	// Terraform imports with a provider that may be configured in part only.
	if r.instance != nil && r.instance.claim(key, reconcile.Imports, &resp.Diagnostics).Outcome >= reconcile.TwoOwners {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("key"), key)...)
	saveIdentity(resp.Identity, types.StringValue(key))
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importKey, []byte(`"`+form+`"`))...)
}
