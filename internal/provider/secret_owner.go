package provider

import (
	"errors"
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

// protectedTexts say what would delete a protected secret, by what wants it.
var protectedTexts = map[reconcile.Want]string{
	reconcile.Destroys: "This plan would delete",
	reconcile.Leaves:   "Another key would delete",
	reconcile.Keeps:    replacesText,
	reconcile.Creates:  replacesText,
	reconcile.Adopts:   replacesText,
	reconcile.Replaces: replacesText,
}

const replacesText = "A replacement (or another resource of the same key) would delete or overwrite"

// addClaim reports what one more object of this run wants with a key, if that would cost a
// secret, and whether it is refused.
func addClaim(diags *diag.Diagnostics, key string, c reconcile.Claim) (refused bool) {
	if c.Protected {
		addProtected(diags, protectedTexts[c.Want], key)
	}
	objects := fmt.Sprintf("Planning the secret %q: two objects have this key: %s, and %s. ", key, wantTexts[c.Other], wantTexts[c.Want])
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
	return c.Refused()
}

// addPlanned reports what the plan of an object came to, but for its verdict.
func (r *secretResource) addPlanned(diags *diag.Diagnostics, op *reconcile.Operation, m *secretModel, err error) {
	key := m.Key.ValueString()
	addClaim(diags, key, op.Claim)
	switch {
	case errors.Is(err, reconcile.ErrNotConfigured):
		_, clientDiags := r.instance.Client()
		diags.Append(clientDiags...)
	case err != nil:
		r.instance.addError(diags, fmt.Sprintf("Planning the secret %q", key), err)
	}
	r.instance.addWarnings(diags, m, "Planning", op.Warnings)
}

// letGo is the block that takes a secret out of the state and leaves it in HelvetiSafe.
const letGo = `removed {
    from = helvetisafe_secret.example
    lifecycle {
      destroy = false
    }
  }`

// addProtected refuses what would delete a protected secret. what says what would
// delete it.
func addProtected(diags *diag.Diagnostics, what, key string) {
	diags.AddError("The secret is protected from deletion",
		fmt.Sprintf("%s the secret %q, and deletion_protection is true in the state. A deletion is final. "+
			"To delete the secret all the same, first apply `deletion_protection = false` alone (after terraform untaint, if the object is tainted), and delete it in a second apply. "+
			"To leave the secret in HelvetiSafe and take it out of the state, replace its resource block by this one (Terraform or OpenTofu 1.7), or run terraform state rm:",
			what, key)+toWrite(letGo))
}
