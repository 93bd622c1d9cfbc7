package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
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
	if short := shortcutFrom(ctx); short != nil {
		r.planIfUnchanged(ctx, short, req, resp)
		return
	}
	r.plan(ctx, req, resp)
}

// plan has it decided what the apply will do, and turns that into what Terraform shows:
// warnings, and computed attributes that stay or become unknown.
func (r *secretResource) plan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	config := loadModel(ctx, req.Config.Raw, &resp.Diagnostics)
	plan := loadModel(ctx, req.Plan.Raw, &resp.Diagnostics)
	state := loadModel(ctx, req.State.Raw, &resp.Diagnostics)
	op := r.begin(ctx, config, plan, state, req.Private)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan != nil {
		warnExpiringSoon(op, plan, &resp.Diagnostics)
		checkRecipe(config, &resp.Diagnostics)
	}
	verdict, err := op.Decide(ctx)
	r.instance.addPlanned(&resp.Diagnostics, op, cmp.Or(state, plan), err)
	savePrivate(ctx, resp.Private, planKey, op.Planned, &resp.Diagnostics)
	switch {
	case plan == nil: // a deletion
	case state == nil: // a create
		warnPlan(op, verdict, plan, &resp.Diagnostics)
		savePrivate(ctx, resp.Private, recordKey, op.Record, &resp.Diagnostics)
		if config.Generate.IsNull() {
			plan.RotatedAt = types.StringNull()
			plan.save(ctx, &resp.Plan.Raw, &resp.Diagnostics)
		}
	case !op.Planned.Kept: // a replacement, whose create tells the rest
	case resp.Diagnostics.HasError():
	default:
		warnPlan(op, verdict, plan, &resp.Diagnostics)
		plan.planKept(op, state)
		plan.save(ctx, &resp.Plan.Raw, &resp.Diagnostics)
		// If the decision can change until the apply, so can what any update moves.
		if op.Writes() || verdict.MayChange() && !resp.Plan.Raw.Equal(req.State.Raw) {
			plan.planWrite(op, verdict)
			plan.save(ctx, &resp.Plan.Raw, &resp.Diagnostics)
		}
	}
}

// planKept plans the computed attributes as they are in the state, whatever they are: what
// someone has put there by hand is no reason for a change.
func (m *secretModel) planKept(op *reconcile.Operation, state *secretModel) {
	m.CreatedAt, m.UpdatedAt, m.Version, m.OrgKeyFingerprint = state.CreatedAt, state.UpdatedAt, state.Version, state.OrgKeyFingerprint
	switch {
	case m.Generate.IsNull():
		m.RotatedAt = types.StringNull()
	case m.Generate.IsUnknown():
		m.RotatedAt = types.StringUnknown()
	case !state.RotatedAt.IsNull():
		m.RotatedAt = state.RotatedAt
	default: // it was imported
		m.RotatedAt = timestampValue(op.Plan.RotatedAt)
		if m.RotatedAt.IsNull() {
			m.RotatedAt = types.StringUnknown() // the time of the apply
		}
	}
}

// planWrite plans as unknown what a write will move, or may.
func (m *secretModel) planWrite(op *reconcile.Operation, v reconcile.Verdict) {
	m.UpdatedAt, m.Version = types.StringUnknown(), types.NumberUnknown()
	if !m.Generate.IsNull() && (v.Decision != reconcile.Keep || v.Clock) {
		m.RotatedAt = types.StringUnknown()
	}
	if recorded := op.State.OrgKey; recorded == "" || op.Client == nil || op.Client.PinsOther(recorded) {
		m.OrgKeyFingerprint = types.StringUnknown()
	}
}

// Create writes a new secret, or takes over an existing one if adopt_existing says so.
func (r *secretResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	config := loadModel(ctx, req.Config.Raw, &resp.Diagnostics)
	plan := loadModel(ctx, req.Plan.Raw, &resp.Diagnostics)
	op := r.beginWithClient(ctx, config, plan, nil, resp.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || refuseValueless(op.Config, &resp.Diagnostics) || refusePast(op, plan, &resp.Diagnostics) {
		return
	}
	if err := op.Create(ctx); err != nil {
		r.instance.addCreateError(&resp.Diagnostics, op, err)
		return
	}
	r.instance.warnUnpinned(op.Plan, &resp.Diagnostics)
	r.instance.addWarnings(&resp.Diagnostics, plan, "Creating", op.Warnings)
	plan.take(op.Plan, plan)
	savePrivate(ctx, resp.Private, recordKey, op.Record, &resp.Diagnostics)
	savePrivate(ctx, resp.Private, planKey, reconcile.Planned{}, &resp.Diagnostics)
	plan.save(ctx, &resp.State.Raw, &resp.Diagnostics)
	saveIdentity(resp.Identity, plan.Key)
}

// Read brings the state up to date, and completes an import.
func (r *secretResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	// Someone may have edited the state file until nothing of the secret was left.
	state := cmp.Or(loadModel(ctx, req.State.Raw, &resp.Diagnostics), new(secretModel))
	op := r.beginWithClient(ctx, nil, nil, state, req.Private, &resp.Diagnostics)
	form, err := loadPrivate[reconcile.ImportForm](ctx, req.Private, importKey)
	if err != nil {
		resp.Diagnostics.AddError("The import could not be completed", "Private state is damaged. Import the secret again.")
	}
	if resp.Diagnostics.HasError() {
		return
	}
	saveIdentity(resp.Identity, state.Key)
	sight, err := op.Refresh(ctx, form)
	if err != nil {
		r.instance.addRefreshError(&resp.Diagnostics, op, err)
		return
	}
	r.instance.addWarnings(&resp.Diagnostics, state, "Reading", op.Warnings)
	switch sight {
	case reconcile.Gone:
		resp.State.RemoveResource(ctx)
	case reconcile.Vouched:
		state.leaveUnchanged(ctx, resp)
	case reconcile.Seen:
		state.see(op.State, form != "")
		savePrivate(ctx, resp.Private, importKey, "", &resp.Diagnostics)
		savePrivate(ctx, resp.Private, recordKey, op.Record, &resp.Diagnostics)
		state.save(ctx, &resp.State.Raw, &resp.Diagnostics)
	}
}

// Update obeys the decision of the plan. If its error leaves the secret as it was, the
// prior state stays.
func (r *secretResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	config := loadModel(ctx, req.Config.Raw, &resp.Diagnostics)
	plan := loadModel(ctx, req.Plan.Raw, &resp.Diagnostics)
	state := loadModel(ctx, req.State.Raw, &resp.Diagnostics)
	op := r.beginWithClient(ctx, config, plan, state, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || op.Writes() && refusePast(op, plan, &resp.Diagnostics) {
		return
	}
	saved, err := op.Update(ctx)
	if err != nil {
		r.instance.addUpdateError(&resp.Diagnostics, op, err)
	}
	if !saved {
		return
	}
	plan.take(op.Plan, state)
	savePrivate(ctx, resp.Private, recordKey, op.Record, &resp.Diagnostics)
	savePrivate(ctx, resp.Private, planKey, reconcile.Planned{}, &resp.Diagnostics)
	plan.save(ctx, &resp.State.Raw, &resp.Diagnostics)
	saveIdentity(resp.Identity, plan.Key)
}

// Delete removes the secret, but not one that this run has made, nor one that was written
// elsewhere since the plan.
func (r *secretResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	state := loadModel(ctx, req.State.Raw, &resp.Diagnostics)
	op := r.beginWithClient(ctx, nil, nil, state, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	err := op.Delete(ctx)
	r.instance.addWarnings(&resp.Diagnostics, state, "Deleting", op.Warnings)
	r.instance.addDeleteError(&resp.Diagnostics, op, err)
}

// ImportState takes an ID or an identity; Read does the rest.
func (r *secretResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id := req.ID
	if id == "" && req.Identity != nil {
		var key types.String
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("key"), &key)...)
		id = key.ValueString()
	}
	form, key, err := parseImportID(id)
	if err != nil {
		resp.Diagnostics.AddError("Invalid import ID",
			fmt.Sprintf("The import ID %q can't be used: %s. Write the key of the secret, data:<key> or write-only:<key>.", id, err)+toWrite(`id = "write-only:<key>"`))
		return
	}
	claim := r.instance.CountWant(key, reconcile.Imports, false)
	if addClaim(&resp.Diagnostics, key, claim); claim.Refused() {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("key"), key)...)
	saveIdentity(resp.Identity, types.StringValue(key))
	savePrivate(ctx, resp.Private, importKey, form, &resp.Diagnostics)
}

// parseImportID splits an import ID into its form and the secret's key.
func parseImportID(id string) (reconcile.ImportForm, string, error) {
	form, key := reconcile.ImportStored, id
	if prefix, rest, ok := strings.Cut(id, ":"); ok {
		form, key = reconcile.ImportForm(prefix), rest
		if form != reconcile.ImportData && form != reconcile.ImportWriteOnly {
			return "", "", errors.New("the prefix before the colon must be data or write-only")
		}
	}
	if !helvetisafe.ValidKey(key) {
		return "", "", errors.New("a secret's key holds letters (a to z, A to Z), digits and underscores only, and at least one of them")
	}
	return form, key, nil
}

// formatImportID joins what parseImportID splits.
func formatImportID(form reconcile.ImportForm, key string) string { return string(form) + ":" + key }

// begin begins an operation with the models and the private state of a request; models
// that it doesn't have are nil.
func (r *secretResource) begin(ctx context.Context, config, plan, state *secretModel, private privateState) *reconcile.Operation {
	op := r.instance.Begin(config.secret(), plan.secret(), state.secret())
	// What can't be read counts as none. The secret is then read from the server, or
	// compared before it is written, which is always safe.
	op.Record, _ = loadPrivate[reconcile.Record](ctx, private, recordKey)
	op.Planned, _ = loadPrivate[reconcile.Planned](ctx, private, planKey)
	return op
}

// beginWithClient is begin for what makes requests. If there is no client yet, because the
// provider isn't configured in full, diags says so.
func (r *secretResource) beginWithClient(ctx context.Context, config, plan, state *secretModel, private privateState, diags *diag.Diagnostics) *reconcile.Operation {
	r.instance.ready(diags)
	return r.begin(ctx, config, plan, state, private)
}

// The names under which the resource keeps private state. They are short because
// Terraform copies the whole state at each write.
const (
	recordKey = "s"
	importKey = "i" // the form of an import, until a read completes it
	planKey   = "p" // in planned private state only
)

type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// loadPrivate reads a value of private state. It is the zero value if there is none.
func loadPrivate[T any](ctx context.Context, private privateState, key string) (T, error) {
	var v, none T
	raw, _ := private.GetKey(ctx, key) // an error is about the name of the key
	if len(raw) == 0 {
		return none, nil
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return none, err
	}
	return v, nil
}

// savePrivate keeps a value in private state, and nothing for the zero value.
func savePrivate[T comparable](ctx context.Context, private privateState, key string, v T, diags *diag.Diagnostics) {
	var none T
	var raw []byte
	if v != none {
		raw, _ = json.Marshal(v) // strings, numbers and booleans: it can't fail
	}
	diags.Append(private.SetKey(ctx, key, raw)...)
}
