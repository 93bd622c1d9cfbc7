package provider

import (
	"context"
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

// errNotConfigured is replaced by the diagnostic that names the attribute.
var errNotConfigured = errors.New("the provider is not configured yet")

// ValidateConfig checks what the configuration alone can show.
func (r *secretResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	config := loadModel(ctx, req.Config.Raw, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	given, unknown := config.forms()
	checkForms(given, &resp.Diagnostics)
	if len(given) == 0 && len(unknown) == 0 {
		addNoForm(&resp.Diagnostics)
	}
	for _, f := range []form{formValueWO, formDataWO, formGenerate} {
		// A version that isn't known yet may turn out to be null.
		if v := config.version(f); !v.IsNull() && !v.IsUnknown() && config.attribute(f).IsNull() {
			resp.Diagnostics.AddAttributeError(path.Root(string(f)+"_version"), "A version without a value",
				fmt.Sprintf("%[1]s_version says when %[1]s is written, and %[1]s is not set. Set %[1]s, or remove %[1]s_version.", f)+toWrite(f.line()))
		}
	}
	checkMembers(config, &resp.Diagnostics)
	checkRecipe(config, &resp.Diagnostics)
}

// checkForms demands that at most one form is given. The diagnostic has no path:
// Terraform would print the line of the attribute, and the secret in it.
func checkForms(given []form, diags *diag.Diagnostics) {
	if len(given) < 2 {
		return
	}
	names := make([]string, len(given))
	for i, f := range given {
		names[i] = string(f)
	}
	diags.AddError("More than one value for a secret",
		fmt.Sprintf("Exactly one of value, value_wo, data, data_wo and generate can be set, and %s are. Keep the one that fits and remove the others.", strings.Join(names, " and "))+
			toWrite(given[len(given)-1].line()))
}

func addNoForm(diags *diag.Diagnostics) {
	diags.AddError("No value for a secret",
		"Exactly one of value, value_wo, data, data_wo and generate must be set, and none is. In a configuration that Terraform generated, "+
			"fill one of them in: write-only and sensitive values are left out of generated configuration."+toWrite(formValueWO.line()))
}

// checkMembers refuses a null member: the stored object could not hold it.
func checkMembers(config *secretModel, diags *diag.Diagnostics) {
	for f, members := range map[form]types.Map{formData: config.Data, formDataWO: config.DataWO} {
		for _, member := range members.Elements() {
			if member.IsNull() {
				diags.AddError("A null member in "+string(f),
					fmt.Sprintf("Every member of %s must be a string, and one is null. Give it a value or leave the member out.", f)+toWrite(f.line()))
				break
			}
		}
	}
}

// ModifyPlan decides whether the stored value is written, and says so in the plan.
func (r *secretResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.instance == nil {
		return
	}
	if req.Plan.Raw.IsNull() {
		r.planDelete(ctx, req, resp)
		return
	}
	config := loadModel(ctx, req.Config.Raw, &resp.Diagnostics)
	plan := loadModel(ctx, req.Plan.Raw, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	warnExpiringSoon(plan, &resp.Diagnostics)
	if req.State.Raw.IsNull() {
		r.checkReplaced(plan, &resp.Diagnostics)
		if k, ok := r.instance.knows(plan.Key.ValueString()); ok {
			resp.Diagnostics.Append(k.record.save(ctx, resp.Private)...)
			r.instance.planStamp(ctx, plan.Key.ValueString(), k, resp.Private, &resp.Diagnostics)
		}
		warnNewline(config, &resp.Diagnostics)
		checkRecipe(config, &resp.Diagnostics)
		kept, diags := req.Private.GetKey(ctx, keptKey)
		resp.Diagnostics.Append(diags...)
		r.planCreate(ctx, config, plan, len(kept) > 0, &resp.Diagnostics)
		if config.Generate.IsNull() {
			plan.RotatedAt = types.StringNull()
			plan.save(ctx, &resp.Plan.Raw, &resp.Diagnostics)
		}
		return
	}
	checkRecipe(config, &resp.Diagnostics)
	state := loadModel(ctx, req.State.Raw, &resp.Diagnostics)
	r.see(ctx, state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if state.DeletionProtection.ValueBool() {
		switch key := state.Key.ValueString(); {
		case !plan.Key.Equal(state.Key):
			addProtected(&resp.Diagnostics, "Another key would delete", key)
		case r.instance.protections.note(key, seenKept):
			addReplaced(&resp.Diagnostics, key)
		}
	}
	if !r.claimKept(plan, state, &resp.Diagnostics) || resp.Diagnostics.HasError() {
		return
	}
	rec := loadRecord(ctx, req.Private)
	if !plan.Key.Equal(state.Key) {
		// A replacement, and planned again as a create, to which the private state of
		// this plan goes.
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, keptKey, nil)...)
		r.instance.planStamp(ctx, state.Key.ValueString(), knownOf(state, rec), resp.Private, &resp.Diagnostics)
		return
	}
	r.instance.know(state.Key.ValueString(), knownOf(state, rec))
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, keptKey, []byte("1"))...)
	client, clientDiags := r.instance.Client()
	v, err := decide(config, state, rec, comparer(ctx, client, state, rec), r.instance.Now())
	switch {
	case client == nil && err != nil:
		resp.Diagnostics.Append(clientDiags...)
		return
	case err != nil:
		addError(&resp.Diagnostics, fmt.Sprintf("Planning the secret %q", state.Key.ValueString()), err)
		return
	}
	if v.decision == decideWrite {
		warnNewline(config, &resp.Diagnostics)
	}
	warnDecision(state.Key.ValueString(), config.form(), v, &resp.Diagnostics)
	moves := !sameInstant(plan.ExpiresAt, state.ExpiresAt)
	warnPast(plan, &resp.Diagnostics)
	plan.keepComputed(state)
	generates := !plan.Generate.IsNull()
	if generates && plan.RotatedAt.IsNull() {
		plan.RotatedAt = types.StringUnknown() // the time of the apply
	}
	plan.save(ctx, &resp.Plan.Raw, &resp.Diagnostics)
	changes := !resp.Plan.Raw.Equal(req.State.Raw)
	if v.decision != decideKeep || moves || changes && (v.compares || v.clock) {
		plan.UpdatedAt, plan.Version = types.StringUnknown(), types.Int64Unknown()
		if generates && (v.decision != decideKeep || v.clock) {
			plan.RotatedAt = types.StringUnknown()
		}
		if recorded := state.OrgKeyFingerprint.ValueString(); recorded == "" || client == nil || client.PinsOther(recorded) {
			plan.OrgKeyFingerprint = types.StringUnknown()
		}
		plan.save(ctx, &resp.Plan.Raw, &resp.Diagnostics)
	} else if !changes {
		return // nothing to apply, so nobody asks for the decision
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, decisionKey, []byte(`"`+v.decision+`"`))...)
}

// checkReplaced refuses a create that is, or may be, half of the replacement of a
// protected secret.
func (r *secretResource) checkReplaced(plan *secretModel, diags *diag.Diagnostics) {
	if plan.Key.IsUnknown() {
		return
	}
	key, s := plan.Key.ValueString(), seenCreated
	if !plan.AdoptExisting.Equal(types.BoolValue(false)) {
		s = seenAdopted
	}
	if r.instance.protections.note(key, s) {
		addReplaced(diags, key)
	}
}

// planDelete plans the end of a resource: of one that was taken out or is destroyed,
// or of the old object of a replacement. It refuses to delete a protected secret; one
// that this run has made or taken over is left in place by Delete.
func (r *secretResource) planDelete(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	state := loadModel(ctx, req.State.Raw, &resp.Diagnostics)
	r.see(ctx, state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	key := state.Key.ValueString()
	if state.DeletionProtection.ValueBool() && !r.instance.Wrote(key) {
		addProtected(&resp.Diagnostics, "This plan would delete", key)
	}
	if r.instance.claim(key, reconcile.Destroys, &resp.Diagnostics).Outcome < reconcile.TwoOwners && !r.instance.Wrote(key) {
		k := knownOf(state, loadRecord(ctx, req.Private))
		seen, _ := r.instance.knows(key)
		k.rewritten = seen.rewritten
		r.instance.planStamp(ctx, key, k, resp.Private, &resp.Diagnostics)
	}
}

// see notes under which Org Key a secret was last written: a plan that doesn't refresh
// (-refresh=false) learns it nowhere else.
func (r *secretResource) see(ctx context.Context, state *secretModel, diags *diag.Diagnostics) {
	if err := r.instance.See(ctx, state.OrgKeyFingerprint.ValueString()); err != nil {
		addError(diags, fmt.Sprintf("Planning the secret %q", state.Key.ValueString()), err)
	}
}

// planCreate checks what would make the create fail, and warns of an adoption.
func (r *secretResource) planCreate(ctx context.Context, config, plan *secretModel, kept bool, diags *diag.Diagnostics) {
	warnPast(plan, diags)
	warned, ok := r.claimNew(plan, kept, diags)
	if !ok {
		return
	}
	client, clientDiags := r.instance.Client()
	if clientDiags.HasError() {
		return // not configured yet; nothing to check or to warn of
	}
	if err := r.instance.PlanCreate(ctx); err != nil {
		addError(diags, fmt.Sprintf("Planning the secret %q", plan.Key.ValueString()), err)
		return
	}
	if !plan.AdoptExisting.ValueBool() || plan.Key.IsUnknown() || warned {
		return
	}
	list, err := client.Snapshot(ctx)
	if err != nil {
		return // the warning is a courtesy; a plan must not fail for it
	}
	if _, exists := list.Lookup(plan.Key.ValueString()); exists {
		diags.AddWarning("An existing secret will be taken over",
			fmt.Sprintf("A secret %q exists. Because adopt_existing is true, this create takes it over and gives it the configured value and expiry.%s "+
				"If that is not meant, choose another key or set adopt_existing to false. "+
				"If this resource was only renamed, it wants this block instead:\n\n%s", plan.Key.ValueString(), verdict{empty: wantsEmpty(config)}.aside(), movedBlock))
	}
}

// comparer compares a configured value with the recorded fingerprint, which needs
// the Org Key that it was made under. client is nil where the provider isn't
// configured in full yet.
func comparer(ctx context.Context, client *helvetisafe.Client, state *secretModel, rec record) comparison {
	return func(content helvetisafe.StoredContent) (same, known bool, err error) {
		if client == nil {
			return false, false, errNotConfigured
		}
		client.NoteOrgKey(state.OrgKeyFingerprint.ValueString())
		if err := checkRecorded(ctx, client, state); err != nil {
			return false, false, err
		}
		current, err := client.OrgKeyFingerprint(ctx)
		if err != nil {
			return false, false, err
		}
		if _, ok := rec.fingerprint(); !ok || current != state.OrgKeyFingerprint.ValueString() {
			return false, false, nil
		}
		same, err = rec.matches(ctx, client, state.Key.ValueString(), content)
		return same, true, err
	}
}
