package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// The ways out if one key has two owners.
const (
	movedBlock = "  moved {\n    from = helvetisafe_secret.old\n    to   = helvetisafe_secret.new\n  }"

	// destroyAll closes each of these errors: terraform destroy begins with a normal
	// plan, which an error stops.
	destroyAll = "To destroy everything, run terraform destroy -refresh=false, which plans deletions only; if one of them stops because the secret has changed, run it again."
)

// wantTexts say what an object of the configuration or of the state does with a key.
var wantTexts = map[reconcile.Want]string{
	reconcile.Keeps:    "one that has it and keeps it",
	reconcile.Creates:  "one that would create it",
	reconcile.Adopts:   "one that would create it or take it over (adopt_existing)",
	reconcile.Replaces: "one that has it and is replaced",
	reconcile.Destroys: "one that would be deleted, and the secret with it",
	reconcile.Leaves:   "one that would leave it for another key, which deletes the secret",
	reconcile.Imports:  "one that imports it",
}

// claim counts what one more object of this run wants with a key, and reports if that would
// cost a secret.
func (i *instance) claim(key string, want reconcile.Want, diags *diag.Diagnostics) reconcile.Claim {
	c := i.owners.Claim(key, want)
	objects := fmt.Sprintf("Planning the secret %q: two objects have this key: %s, and %s. ", key, wantTexts[c.Other], wantTexts[want])
	switch c.Outcome {
	case reconcile.Fine:
	case reconcile.Overwrites:
		diags.AddWarning("A secret of this configuration may be taken over", objects+
			"If they are one resource that is replaced, this is fine. If they are two, the one with adopt_existing would write over the other's value; "+
			"take it out, or give it another key. If the resource was only renamed, it wants this block instead:\n\n"+movedBlock)
	case reconcile.TwoOwners:
		diags.AddError("Two resources have the same key", objects+
			"They would write over each other's value, and deleting either would delete the secret. "+
			"Take one of the two blocks out, or give it another key. If both are in the state already, let one go, and its secret stays: "+
			"with terraform state rm, or with this block in the place of its own:"+toWrite(letGo)+"\n\n"+destroyAll)
	case reconcile.Loses:
		diags.AddError("A deletion would lose a secret that is kept", objects+
			"They are one secret, and the deletion would take it from the other.\n\n"+
			"If the resource was renamed, or moved from one index of count to another, it wants this block (for_each instead of count needs none):\n\n"+movedBlock+
			"\n\nIf the old resource is to let go of the secret, which then stays, use terraform state rm, or this block in the place of its own:"+toWrite(letGo)+
			"\n\nIf an earlier run failed half-way, and left two objects of one resource (the plan calls one of them deposed): "+
			"run terraform state rm for the resource, and import it with this block:\n\n"+importAs(key)+
			"\n\nIf the key was changed back after a deletion had failed, apply once with the key that the state has, and change it then. "+destroyAll)
	}
	return c
}

// claimKept claims the key of an object that is in the state, for what the plan does
// with it. It returns false if that is an error. A key that isn't known yet may turn out
// to be another.
func (r *secretResource) claimKept(plan, state *secretModel, diags *diag.Diagnostics) bool {
	want := reconcile.Keeps
	if !plan.Key.Equal(state.Key) {
		want = reconcile.Leaves
	}
	return r.instance.claim(state.Key.ValueString(), want, diags).Outcome < reconcile.TwoOwners
}

// claimNew claims the key of a create. warned says that it has warned of an adoption. kept
// says that the plan of the object which it replaces has kept the key. A key that isn't
// known yet is claimed when the apply plans the create.
func (r *secretResource) claimNew(plan *secretModel, kept bool, diags *diag.Diagnostics) (warned, ok bool) {
	if plan.Key.IsUnknown() {
		return false, true
	}
	want := wantOfCreate(plan)
	if kept {
		want = reconcile.Replaces
	}
	outcome := r.instance.claim(plan.Key.ValueString(), want, diags).Outcome
	return outcome == reconcile.Overwrites, outcome < reconcile.TwoOwners
}

// claimMade refuses to create a key that another object of the same apply keeps. A
// plan can't tell that from the replacement of one object; while an apply creates,
// nothing that is replaced is planned as kept.
func (r *secretResource) claimMade(plan *secretModel, diags *diag.Diagnostics) bool {
	key := plan.Key.ValueString()
	if !r.instance.owners.Keeps(key) {
		return true
	}
	diags.AddError("Two resources have the same key",
		fmt.Sprintf("Creating the secret %q: two objects have this key: %s, and %s. Its key became known only during this apply. "+
			"Nothing was written. Take one of the two blocks out, or give it another key. %s",
			key, wantTexts[reconcile.Keeps], wantTexts[wantOfCreate(plan)], destroyAll))
	return false
}

func wantOfCreate(plan *secretModel) reconcile.Want {
	if plan.AdoptExisting.ValueBool() {
		return reconcile.Adopts
	}
	return reconcile.Creates
}

// letGo is the block that takes a secret out of the state and leaves it in HelvetiSafe.
const letGo = `removed {
    from = helvetisafe_secret.example
    lifecycle {
      destroy = false
    }
  }`

// addReplaced refuses a create of a key whose secret is protected.
func addReplaced(diags *diag.Diagnostics, key string) {
	addProtected(diags, "A replacement (or another resource of the same key) would delete or overwrite", key)
}

// addProtected refuses what would delete a protected secret. what says what would
// delete it.
func addProtected(diags *diag.Diagnostics, what, key string) {
	diags.AddError("The secret is protected from deletion",
		fmt.Sprintf("%s the secret %q, and deletion_protection is true in the state. A deletion is final. "+
			"To delete the secret all the same, first apply `deletion_protection = false` alone (after terraform untaint, if the object is tainted), and delete it in a second apply. "+
			"To leave the secret in HelvetiSafe and take it out of the state, replace its resource block by this one (Terraform or OpenTofu 1.7), or run terraform state rm:",
			what, key)+toWrite(letGo))
}
