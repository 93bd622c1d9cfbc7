package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// operation begins an operation that makes requests; models that it doesn't need are
// nil. If the provider isn't configured in full, diags says so.
func (r *secretResource) operation(config, plan, state *secretModel, rec reconcile.Record, diags *diag.Diagnostics) *reconcile.Operation {
	client, clientDiags := r.instance.Client()
	diags.Append(clientDiags...)
	op := &reconcile.Operation{
		Client: client, Config: config.secret(), Plan: plan.secret(), State: state.secret(), Record: rec, Now: r.instance.now(),
	}
	if client != nil && state != nil {
		client.NoteOrgKey(op.State.OrgKey)
	}
	return op
}

// refresh reads a secret, or completes its import.
func (r *secretResource) refresh(ctx context.Context, op *reconcile.Operation, form reconcile.ImportForm) (reconcile.Sight, error) {
	if err := r.instance.See(ctx, op.State.OrgKey); err != nil {
		return reconcile.Unseen, err
	}
	if form != "" {
		return op.Import(ctx, form)
	}
	return op.Refresh(ctx, !r.instance.fullRefresh)
}

// noteRefreshed keeps what a refresh has found for the plans of this run.
func (r *secretResource) noteRefreshed(op *reconcile.Operation, before reconcile.Known, protected bool, diags *diag.Diagnostics) {
	key, k := op.State.Key, op.Known()
	k.Rewritten = k.RewrittenSince(before)
	r.instance.know(key, k)
	r.instance.owners.Refreshed(key)
	if protected && r.instance.protections.Note(key, reconcile.SawRefreshed) {
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
	if state.DeletionProtection.ValueBool() && !r.instance.owners.Made(key) {
		addProtected(&resp.Diagnostics, "This plan would delete", key)
	}
	if r.instance.claim(key, reconcile.Destroys, &resp.Diagnostics).Outcome < reconcile.TwoOwners && !r.instance.owners.Made(key) {
		k := (&reconcile.Operation{State: state.secret(), Record: loadRecord(ctx, req.Private)}).Known()
		seen, _ := r.instance.knows(key)
		k.Rewritten = seen.Rewritten
		r.planStamp(ctx, key, k, resp.Private, &resp.Diagnostics)
	}
}

// planCreate plans a new object, or the new half of a replacement.
func (r *secretResource) planCreate(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	config := loadModel(ctx, req.Config.Raw, &resp.Diagnostics)
	plan := loadModel(ctx, req.Plan.Raw, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	warnExpiringSoon(plan, &resp.Diagnostics)
	r.checkReplaced(plan, &resp.Diagnostics)
	key := plan.Key.ValueString()
	if k, ok := r.instance.knows(key); ok {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, recordKey, k.Record.JSON())...)
		r.planStamp(ctx, key, k, resp.Private, &resp.Diagnostics)
	}
	warnNewline(config, &resp.Diagnostics)
	checkRecipe(config, &resp.Diagnostics)
	kept, diags := req.Private.GetKey(ctx, keptKey)
	resp.Diagnostics.Append(diags...)
	warnPast(plan, &resp.Diagnostics)
	if warned, ok := r.claimNew(plan, len(kept) > 0, &resp.Diagnostics); ok {
		r.checkCreate(ctx, config, plan, warned, &resp.Diagnostics)
	}
	if config.Generate.IsNull() {
		plan.RotatedAt = types.StringNull()
		plan.save(ctx, &resp.Plan.Raw, &resp.Diagnostics)
	}
}

// planUpdate plans an object that is in the state, or the first half of a replacement.
func (r *secretResource) planUpdate(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	config := loadModel(ctx, req.Config.Raw, &resp.Diagnostics)
	plan := loadModel(ctx, req.Plan.Raw, &resp.Diagnostics)
	state := loadModel(ctx, req.State.Raw, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	warnExpiringSoon(plan, &resp.Diagnostics)
	checkRecipe(config, &resp.Diagnostics)
	r.see(ctx, state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.checkProtected(plan, state, &resp.Diagnostics)
	if !r.claimKept(plan, state, &resp.Diagnostics) || resp.Diagnostics.HasError() {
		return
	}
	client, clientDiags := r.instance.Client()
	op := &reconcile.Operation{
		Client: client, Config: config.secret(), State: state.secret(), Record: loadRecord(ctx, req.Private), Now: r.instance.now(),
	}
	key, k := op.State.Key, op.Known()
	seen, _ := r.instance.knows(key)
	k.Rewritten = seen.Rewritten
	if !plan.Key.Equal(state.Key) {
		// A replacement, and planned again as a create, to which the private state of
		// this plan goes.
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, keptKey, nil)...)
		r.planStamp(ctx, key, k, resp.Private, &resp.Diagnostics)
		return
	}
	r.instance.know(key, k)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, keptKey, []byte("1"))...)
	v, err := op.Decide(ctx)
	switch {
	case errors.Is(err, reconcile.ErrNotConfigured):
		resp.Diagnostics.Append(clientDiags...)
		return
	case err != nil:
		r.instance.addError(&resp.Diagnostics, fmt.Sprintf("Planning the secret %q", key), err)
		return
	}
	if v.Decision == reconcile.Write {
		warnNewline(config, &resp.Diagnostics)
	}
	warnDecision(key, op.Config.Form, v, &resp.Diagnostics)
	warnPast(plan, &resp.Diagnostics)
	if r.planComputed(ctx, plan, state, v, req, resp) {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, decisionKey, []byte(`"`+v.Decision+`"`))...)
	}
}

// planComputed plans what a write will move as unknown, and what it won't as in the
// state. It reports whether there is anything to apply: otherwise nobody asks for the
// decision.
func (r *secretResource) planComputed(ctx context.Context, plan, state *secretModel, v reconcile.Verdict, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) bool {
	moves := !sameInstant(plan.ExpiresAt, state.ExpiresAt)
	plan.keepComputed(state)
	generates := !plan.Generate.IsNull()
	if generates && plan.RotatedAt.IsNull() {
		plan.RotatedAt = types.StringUnknown() // the time of the apply
	}
	plan.save(ctx, &resp.Plan.Raw, &resp.Diagnostics)
	changes := !resp.Plan.Raw.Equal(req.State.Raw)
	if v.Decision == reconcile.Keep && !moves && (!changes || !v.Compares && !v.Clock) {
		return changes
	}
	plan.UpdatedAt, plan.Version = types.StringUnknown(), types.Int64Unknown()
	if generates && (v.Decision != reconcile.Keep || v.Clock) {
		plan.RotatedAt = types.StringUnknown()
	}
	recorded := state.OrgKeyFingerprint.ValueString()
	if client := r.instance.client; recorded == "" || client == nil || client.PinsOther(recorded) {
		plan.OrgKeyFingerprint = types.StringUnknown()
	}
	plan.save(ctx, &resp.Plan.Raw, &resp.Diagnostics)
	return true
}

// checkProtected refuses a plan that would replace a protected secret.
func (r *secretResource) checkProtected(plan, state *secretModel, diags *diag.Diagnostics) {
	if !state.DeletionProtection.ValueBool() {
		return
	}
	switch key := state.Key.ValueString(); {
	case !plan.Key.Equal(state.Key):
		addProtected(diags, "Another key would delete", key)
	case r.instance.protections.Note(key, reconcile.SawKept):
		addReplaced(diags, key)
	}
}

// checkReplaced refuses a create that is, or may be, half of the replacement of a
// protected secret.
func (r *secretResource) checkReplaced(plan *secretModel, diags *diag.Diagnostics) {
	if plan.Key.IsUnknown() {
		return
	}
	key, saw := plan.Key.ValueString(), reconcile.SawCreated
	if !plan.AdoptExisting.Equal(types.BoolValue(false)) {
		saw = reconcile.SawAdopted
	}
	if r.instance.protections.Note(key, saw) {
		addReplaced(diags, key)
	}
}

// checkCreate checks what would make the create fail, and warns of an adoption if nothing
// has warned of it.
func (r *secretResource) checkCreate(ctx context.Context, config, plan *secretModel, warned bool, diags *diag.Diagnostics) {
	client, clientDiags := r.instance.Client()
	if clientDiags.HasError() {
		return // not configured yet; nothing to check or to warn of
	}
	key := plan.Key.ValueString()
	if err := r.instance.PlanCreate(ctx); err != nil {
		r.instance.addError(diags, fmt.Sprintf("Planning the secret %q", key), err)
		return
	}
	if !plan.AdoptExisting.ValueBool() || plan.Key.IsUnknown() || warned {
		return
	}
	list, err := client.Snapshot(ctx)
	if err != nil {
		return // the warning is a courtesy; a plan must not fail for it
	}
	if _, exists := list.Lookup(key); exists {
		warnAdoption(key, config.secret().Empty(), diags)
	}
}

// see notes under which Org Key a secret was last written: a plan that doesn't refresh
// (-refresh=false) learns it nowhere else.
func (r *secretResource) see(ctx context.Context, state *secretModel, diags *diag.Diagnostics) {
	if err := r.instance.See(ctx, state.OrgKeyFingerprint.ValueString()); err != nil {
		r.instance.addError(diags, fmt.Sprintf("Planning the secret %q", state.Key.ValueString()), err)
	}
}

// planStamp puts the stamp that a deletion is planned against into planned private state.
func (r *secretResource) planStamp(ctx context.Context, key string, k reconcile.Known, private privateSetter, diags *diag.Diagnostics) {
	diags.Append(private.SetKey(ctx, stampKey, nil)...)
	client, clientDiags := r.instance.Client()
	if clientDiags.HasError() {
		return
	}
	planned := reconcile.PlanDeletion(ctx, client, key, k)
	if planned.WrittenAt.State == helvetisafe.Known {
		warnRewritten(key, planned.WrittenAt, diags)
	}
	if planned.Stamp.State == helvetisafe.Known {
		diags.Append(private.SetKey(ctx, stampKey, []byte(`"`+r.instance.id+" "+planned.Stamp.String()+`"`))...)
	}
}
