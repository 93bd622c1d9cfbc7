package provider

import (
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// addCreateError adds what the user can write to go on from a conflict.
func (o origins) addCreateError(diags *diag.Diagnostics, op *reconcile.Operation, err error) {
	key, f := op.Plan.Key, op.Config.Form
	switch {
	case reconcile.Is(err, reconcile.KeyKept):
		diags.AddError("Two resources have the same key",
			fmt.Sprintf("Creating the secret %q: two objects have this key: %s, and %s. Its key became known only during this apply. "+
				"Nothing was written. Take one of the two blocks out, or give it another key. %s",
				key, wantTexts[reconcile.Keeps], wantTexts[op.Claim.Want], destroyAll))
	case reconcile.Is(err, reconcile.KeyInvisible):
		diags.AddError("The key is taken by a secret that this account can't see",
			fmt.Sprintf("Creating the secret %q: a secret of that key exists in the tenant, but this account can't read it. "+
				"Choose another key, or share it with the account and import it with this block, with the resource's own name in it:%s", key, toWrite(importFor(key, f))))
	case helvetisafe.Is(err, helvetisafe.Ambiguous):
		summary := kinds[helvetisafe.Ambiguous].headline
		diags.AddError(summary,
			fmt.Sprintf("Creating the secret %q: %s The import, with the resource's own name in it:%s", key, sentence(o.text(err)), toWrite(importFor(key, f))))
	case helvetisafe.Is(err, helvetisafe.Conflict):
		diags.AddError("The secret exists already",
			fmt.Sprintf("Creating the secret %q: one of that key exists. To manage it here, import it with this block, with the resource's own name in it:%s\n\n"+
				"If this is a replacement with create_before_destroy (this resource's own, or of something that depends on it), "+
				"the secret that exists is this very resource: change the value or the version instead of replacing it.\n\n"+
				"To overwrite what is there, set:%s", key, toWrite(importFor(key, f)), toWrite("adopt_existing = true")))
	default:
		o.addError(diags, fmt.Sprintf("Creating the secret %q", key), err)
	}
}

// addRefreshError reports a refresh or an import that failed.
func (o origins) addRefreshError(diags *diag.Diagnostics, op *reconcile.Operation, err error) {
	key := op.State.Key
	action := fmt.Sprintf("Reading the secret %q", key)
	switch e, _ := errors.AsType[*reconcile.Error](err); {
	case reconcile.Is(err, reconcile.OtherValue):
		diags.AddError("The value of another secret was served",
			fmt.Sprintf("Reading the secret %[1]q: the state holds one value for it, and what the server gave is an object whose one member is named like another secret, %[2]q. "+
				"So is what is stored for %[2]q itself: its ciphertext was moved, or the server passes it off as this secret's. "+
				"Nothing of it entered the state. Find out who wrote it, and write the secret anew elsewhere. "+
				"If an object with this one field is meant, take the resource out of the state (state rm) and import it as data:", key, e.Key)+
				toWrite(fmt.Sprintf("id = %q", formatImportID(reconcile.ImportData, key))))
	case reconcile.Is(err, reconcile.DeletionProtected):
		addProtected(diags, replacesText, key)
	case reconcile.Is(err, reconcile.OtherVault):
		o.addVaultError(diags, op, action, "it is not planned to be created again", e)
	default:
		o.addError(diags, action, err)
	}
}

// addUpdateError reports an update that failed, or an expiry that is not as wanted.
func (o origins) addUpdateError(diags *diag.Diagnostics, op *reconcile.Operation, err error) {
	key := op.State.Key
	switch e, _ := errors.AsType[*reconcile.Error](err); {
	case reconcile.Is(err, reconcile.ChangedSincePlan):
		diags.AddError("The secret has changed since the plan",
			fmt.Sprintf("The secret %q has changed since the plan, so nothing was written. Run plan again, with a refresh (not with -refresh=false), and look at what changed.", key))
	case helvetisafe.Is(err, helvetisafe.NotFound):
		diags.AddError("The secret has changed since the plan",
			fmt.Sprintf("The secret %q was there when this was planned, and is not any more: it was removed or has expired. Nothing was written. "+
				"Run plan again, with a refresh: it shows the secret as one to create.", key))
	case reconcile.Is(err, reconcile.OtherExpiry):
		diags.AddError("The expiry is not as configured", expiryText(key, e))
	default:
		o.addError(diags, fmt.Sprintf("Updating the secret %q", key), err)
	}
}

// expiryText says of an error of kind OtherExpiry what expiry there is, and ends in one to
// write: that one, which changes nothing, or one to come.
func expiryText(key string, e *reconcile.Error) string {
	there, wanted := e.At.State == helvetisafe.Known, e.Wanted.State == helvetisafe.Known
	switch {
	case wanted && there:
		return fmt.Sprintf("The server gave the secret %q the expiry %s instead of %s; set expires_at to a date that it accepts.", key, e.At, e.Wanted) +
			toWrite(expiryLine(e.At.Time))
	case wanted:
		return fmt.Sprintf("The server gave the secret %q no expiry instead of %s; set expires_at to a date that it accepts.", key, e.Wanted) +
			toWrite(expiryLine(monthFromNow()))
	case there:
		return fmt.Sprintf("The server did not remove the expiry of the secret %q: it still expires at %s. Set expires_at to a later date, "+
			"or make the secret anew with terraform apply -replace.", key, e.At) + toWrite(expiryLine(e.At.Time))
	}
	return fmt.Sprintf("The server's answers don't tell whether the expiry of the secret %q was removed. Grant secrets:list so that a list can tell, "+
		"set expires_at to a later date, or make the secret anew with terraform apply -replace.", key) + toWrite(expiryLine(monthFromNow()))
}

// addDeleteError adds what the user can do after a deletion has failed.
func (o origins) addDeleteError(diags *diag.Diagnostics, op *reconcile.Operation, err error) {
	key := op.State.Key
	action := fmt.Sprintf("Deleting the secret %q", key)
	switch e, _ := errors.AsType[*reconcile.Error](err); {
	case err == nil:
	case reconcile.Is(err, reconcile.MadeHere):
		diags.AddWarning("The secret was left in place",
			fmt.Sprintf("The secret %q was created or taken over in this same run, so deleting its old object would lose it. "+
				"Only the old object left the state; nothing needs to be done.", key))
	case reconcile.Is(err, reconcile.DeletionProtected):
		addProtected(diags, "This would delete", key)
	case reconcile.Is(err, reconcile.ChangedSincePlan):
		diags.AddError("The secret has changed since the plan",
			fmt.Sprintf("The secret %q is not the one any more that this plan would delete: it was written elsewhere since, so nothing was deleted. "+
				"Run terraform apply -refresh-only, then plan again (with a refresh, not with -refresh=false), and look at what changed. "+
				"If the object is tainted, and gets another key, run terraform untaint first: its plan doesn't tell of the old key. ", key)+
				letGoText+toWrite(removedBlock)+"\n\n"+leftBehind)
	case reconcile.Is(err, reconcile.OtherVault):
		o.addVaultError(diags, op, action, "nothing was deleted", e)
	default:
		summary, text := o.diagnose(action, err)
		diags.AddError(summary, text+" "+leftBehind)
	}
}

// addVaultError says what isn't done (spared), because this may be another vault.
func (o origins) addVaultError(diags *diag.Diagnostics, op *reconcile.Operation, action, spared string, err *reconcile.Error) {
	found := action + ": " + err.Found
	other, _ := errors.AsType[*helvetisafe.Error](err)
	if !helvetisafe.Is(err, helvetisafe.OtherOrgKey) || other.OrgKey == op.State.OrgKey { // or the pins are wrong
		o.addError(diags, found, err)
		return
	}
	diags.AddError("This is another vault",
		fmt.Sprintf("%s, and the Org Key here is not the one that it was written under (%s). That is another vault, so %s. "+
			"Check base_url and the provider alias; if the Org Key was really replaced, name its fingerprint in org_key_fingerprints in addition to the old one. %s",
			found, op.State.OrgKey, spared, sentence(o.text(err)))+toWrite(pinsLine(other.Wanted, other.OrgKey)))
}

// addWarnings reports what an operation has found apart from its outcome. doing says what
// was done with the secret.
func (o origins) addWarnings(diags *diag.Diagnostics, m *secretModel, doing string, warnings []*reconcile.Error) {
	key := m.Key.ValueString()
	for _, w := range warnings {
		switch w.Kind {
		case reconcile.OtherExpiry:
			diags.AddWarning("The server chose another expiry",
				fmt.Sprintf("The secret %q has another expiry than configured. The next plan will show it; set expires_at to what the server accepts.", key))
		case reconcile.Expired:
			diags.AddWarning("The secret has expired",
				fmt.Sprintf("The secret %q expired at %s, and the server has deleted it.", key, m.ExpiresAt.ValueString()))
		case reconcile.OtherValue: // it may as well be a secret with such a field, as data writes it
			diags.AddWarning("This may be the value of another secret",
				fmt.Sprintf("What is stored for the secret %[1]q is an object whose one member is named like another secret, %[2]q, as the value of %[2]q itself is stored. "+
					"If %[1]q isn't meant to have such a field, its ciphertext was moved: don't apply, and find out who wrote it.", key, w.Key))
		case reconcile.WrittenElsewhere:
			diags.AddWarning("The secret was written elsewhere since",
				fmt.Sprintf("This plan deletes the secret %q, and HelvetiSafe shows a later write of it (at %s) than the state has. "+
					"If that is to stay, don't apply this plan. "+letGoText, key, w.At)+toWrite(removedBlock))
		case reconcile.OtherVault:
			diags.AddWarning("Cannot verify that this is the same vault",
				fmt.Sprintf("%s the secret %q: %s, and the Org Key could not be had to verify that this is still the same vault. Check base_url and the provider alias. %s",
					doing, key, w.Found, sentence(o.text(w))))
		}
	}
}

// warnUnpinned warns after the first create of a run, and names the Org Key that it was
// written under, if no pin checked that key. Nothing else protects the first create from
// a server that hands out a key of its own.
func (i *instance) warnUnpinned(made *reconcile.Secret, diags *diag.Diagnostics) {
	if i.Client.Pinned() {
		return
	}
	i.unpinned.Do(func() {
		diags.AddWarning("Nothing pins the Org Key",
			fmt.Sprintf("The secret %q was written under the Org Key %s, which nothing pins: a server that hands out a key of its own could read it, and what is written next. "+
				"Compare this fingerprint with one known from elsewhere, such as the data source helvetisafe_org_key of another member. If it is the same, add it to the provider block:", made.Key, made.OrgKey)+
				toWrite(pinsLine(nil, made.OrgKey)))
	})
}

// removedBlock is the block that takes a secret out of the state and leaves it in HelvetiSafe.
const removedBlock = `removed {
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
			what, key)+toWrite(removedBlock))
}

// letGoText comes before removedBlock, if another resource may have the secret by now.
const letGoText = "If another resource has taken the secret over, of this configuration under another provider alias or of another one, " +
	"let this one go with terraform state rm, or with this block in the place of its own:"

// leftBehind says what happens to an object whose deletion failed.
const leftBehind = "The object stays in the state, and the next apply deletes it. " +
	"If it is the old object of a replacement (the plan calls it deposed), run that apply with the key that the new one has, before the key is changed back. " +
	"To leave the secret in HelvetiSafe, run terraform state rm."

// importFor is what the user writes to take over a secret that is there, in the form
// that is configured for it.
func importFor(key string, f reconcile.Form) string {
	if !f.InState() {
		key = formatImportID(reconcile.ImportWriteOnly, key)
	}
	return importAs(key)
}

// importAs is the block that takes over a secret that is there, by an import ID.
func importAs(id string) string {
	return fmt.Sprintf("import {\n    to = helvetisafe_secret.example\n    id = %q\n  }", id)
}

// expiryLine sets an expiry.
func expiryLine(at time.Time) string {
	return fmt.Sprintf("expires_at = %q", helvetisafe.TimestampOf(at))
}

// monthFromNow is an expiry to propose.
func monthFromNow() time.Time { return time.Now().AddDate(0, 1, 0).Truncate(time.Hour) }
