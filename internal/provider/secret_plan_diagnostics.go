package provider

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// The ways out if one key has two owners.
const (
	movedBlock = "moved {\n    from = helvetisafe_secret.old\n    to   = helvetisafe_secret.new\n  }"

	// destroyAll closes each of these errors: terraform destroy begins with a normal
	// plan, which an error stops.
	destroyAll = "To destroy everything, run terraform destroy -refresh=false, which plans deletions only; if one of them stops because the secret has changed, run it again."
)

// wantTexts say what an object of the configuration or of the state does with a key.
var wantTexts = map[reconcile.Want]string{
	reconcile.Keeps:    "one that has it and keeps it",
	reconcile.Creates:  "one that would create it",
	reconcile.Adopts:   "one that would create it or take it over (adopt_existing)",
	reconcile.MayAdopt: "one that would create it or, if adopt_existing turns out to be true, take it over",
	reconcile.Replaces: "one that has it and is replaced",
	reconcile.Destroys: "one that would be deleted, and the secret with it",
	reconcile.Leaves:   "one that would leave it for another key, which deletes the secret",
	reconcile.Imports:  "one that imports it",
}

const replacesText = "A replacement (or another resource of the same key) would delete or overwrite"

// addClaim reports what one more object of this run wants with a key, if that would cost a
// secret.
func addClaim(diags *diag.Diagnostics, key string, c reconcile.Claim) {
	switch {
	case !c.Protected:
	case c.Want == reconcile.Destroys:
		addProtected(diags, "This plan would delete", key)
	case c.Want == reconcile.Leaves:
		addProtected(diags, "Another key would delete", key)
	default:
		addProtected(diags, replacesText, key)
	}
	if c.Outcome == reconcile.Fine {
		return
	}
	objects := fmt.Sprintf("Planning the secret %q: two objects have this key: %s, and %s. ", key, wantTexts[c.Other], wantTexts[c.Want])
	switch c.Outcome {
	case reconcile.Overwrites:
		diags.AddWarning("A secret of this configuration may be taken over", objects+
			"If they are one resource that is replaced, this is fine. If they are two, the one with adopt_existing would write over the other's value; "+
			"take it out, or give it another key. If the resource was only renamed, it wants this block instead:"+toWrite(movedBlock))
	case reconcile.TwoOwners:
		diags.AddError("Two resources have the same key", objects+
			"They would write over each other's value, and deleting either would delete the secret. "+
			"Take one of the two blocks out, or give it another key. If both are in the state already, let one go, and its secret stays: "+
			"with terraform state rm, or with this block in the place of its own:"+toWrite(removedBlock)+"\n\n"+destroyAll)
	case reconcile.Loses:
		diags.AddError("A deletion would lose a secret that is kept", objects+
			"They are one secret, and the deletion would take it from the other.\n\n"+
			"If the resource was renamed, or moved from one index of count to another, it wants this block (for_each instead of count needs none):"+toWrite(movedBlock)+
			"\n\nIf the old resource is to let go of the secret, which then stays, use terraform state rm, or this block in the place of its own:"+toWrite(removedBlock)+
			"\n\nIf an earlier run failed half-way, and left two objects of one resource (the plan calls one of them deposed): "+
			"run terraform state rm for the resource, and import it with this block:"+toWrite(importAs(key))+
			"\n\nIf the key was changed back after a deletion had failed, apply once with the key that the state has, and change it then. "+destroyAll)
	}
}

// addPlanned reports what the plan of an object came to, but for its verdict.
func (i *instance) addPlanned(diags *diag.Diagnostics, op *reconcile.Operation, m *secretModel, err error) {
	key := m.Key.ValueString()
	addClaim(diags, key, op.Claim)
	switch {
	case reconcile.Is(err, reconcile.NotConfigured):
		i.ready(diags)
	case err != nil:
		i.addError(diags, fmt.Sprintf("Planning the secret %q", key), err)
	}
	i.addWarnings(diags, m, "Planning", op.Warnings)
}

// expiresSoon is how long before its expiry a plan begins to warn of it.
const expiresSoon = 7 * 24 * time.Hour

// warnExpiringSoon warns while there is time to move the expiry.
func warnExpiringSoon(op *reconcile.Operation, plan *secretModel, diags *diag.Diagnostics) {
	at := op.Plan.ExpiresAt
	left := at.Time.Sub(op.Now())
	if at.State != helvetisafe.Known || left <= 0 || left > expiresSoon {
		return
	}
	diags.AddAttributeWarning(path.Root("expires_at"), "The secret expires within a week",
		fmt.Sprintf("The secret %q expires at %s, and the server then deletes it. Move expires_at if it is to stay.",
			plan.Key.ValueString(), plan.ExpiresAt.ValueString())+toWrite(expiryLine(monthFromNow())))
}

const pastSummary = "The secret would be expired"

// pastText says that the configured expiry has come, whether it was past from the start
// or has come since. It is "" if it hasn't come.
func pastText(op *reconcile.Operation, plan *secretModel) string {
	if !op.Past(op.Plan.ExpiresAt) {
		return ""
	}
	return fmt.Sprintf("expires_at of the secret %q is %s, and that is past: HelvetiSafe deletes a secret at its expiry. Move expires_at or remove the block.",
		plan.Key.ValueString(), plan.ExpiresAt.ValueString())
}

// warnPast warns of an expiry that is past. An error in the plan would stop terraform
// destroy, too, which begins with a normal plan; the apply stops instead.
func warnPast(op *reconcile.Operation, plan *secretModel, diags *diag.Diagnostics) {
	if text := pastText(op, plan); text != "" {
		diags.AddAttributeWarning(path.Root("expires_at"), pastSummary, text+" The apply stops before it writes."+toWrite(expiryLine(monthFromNow())))
	}
}

// refusePast stops the write of a secret whose expiry is past, before any request.
func refusePast(op *reconcile.Operation, plan *secretModel, diags *diag.Diagnostics) bool {
	text := pastText(op, plan)
	if text != "" {
		diags.AddAttributeError(path.Root("expires_at"), pastSummary, text+" Nothing was written."+toWrite(expiryLine(monthFromNow())))
	}
	return text != ""
}

// warnNewline warns of a value, or a member of data, that ends in its only line
// break, as a file has it and a password hasn't. The diagnostic has no path, so
// that no value is printed, and names no member: data's names are sensitive too.
func warnNewline(config *reconcile.Secret, diags *diag.Diagnostics) {
	f, content := config.Form, config.Content
	if content == nil {
		return
	}
	what, line, found := string(f), "%s = trimspace(file(\"…\"))", endsAsFile(content.Value)
	if f.Fields() {
		what, line = "A member of "+what, "%s = { name = trimspace(file(\"…\")) }"
		for _, member := range content.Fields {
			found = found || endsAsFile(member)
		}
	}
	if !found {
		return
	}
	diags.AddWarning("The value ends in a line break",
		fmt.Sprintf("%s of the secret %q is one line with a line break at its end, as a file has it. If that is not meant, trim it:", what, config.Key)+
			toWrite(fmt.Sprintf(line, f)))
}

// endsAsFile reports whether a text is one line and its line break.
func endsAsFile(text string) bool {
	line, found := strings.CutSuffix(text, "\n")
	return found && line != "" && !strings.Contains(line, "\n")
}

// warnPlan tells what there is to know of a plan that creates or keeps an object.
func warnPlan(op *reconcile.Operation, v reconcile.Verdict, plan *secretModel, diags *diag.Diagnostics) {
	if v.Decision == reconcile.Write {
		warnNewline(op.Config, diags)
	}
	warnPast(op, plan, diags)
	warnDecision(op.Config.Key, op.Config.Form, v, diags)
}

// otherThanAdopt is what to do if a secret is not to be taken over.
var otherThanAdopt = "If that is not meant, choose another key or set adopt_existing to false. " +
	"If this resource was only renamed, it wants this block instead:" + toWrite(movedBlock)

// warnDecision tells of a write that the plan shows only as a new version, of one that
// overwrites what was imported, or of a drift that it leaves alone. None says what the
// values are.
func warnDecision(key string, f reconcile.Form, v reconcile.Verdict, diags *diag.Diagnostics) {
	switch v.Why {
	case reconcile.BecauseNothing:
	case reconcile.BecauseConfigured:
		diags.AddWarning("A write-only value will be written",
			fmt.Sprintf("%[1]s of the secret %[2]q differs from what is stored, so the apply writes it.%[3]s "+
				"If the source gives another value at each run, set %[1]s_version to say when to write.", f, key, aside(f, v)))
	case reconcile.BecauseDriftOverwritten:
		diags.AddWarning("A write-only value was changed elsewhere",
			fmt.Sprintf("The secret %[2]q was changed outside of this configuration, so the apply writes %[1]s again.%[3]s "+
				"To keep the other value, put it into %[1]s, or set %[1]s_version.", f, key, aside(f, v)))
	case reconcile.BecauseGenerated:
		diags.AddWarning("A new value will be generated",
			fmt.Sprintf("generate is new for the secret %q, so the apply makes a value and overwrites what is stored, and nothing keeps it. "+
				"To keep what is stored, take the resource out of the state (state rm) and import it without its value, which only records the recipe:", key)+
				toWrite(fmt.Sprintf("id = %q", formatImportID(reconcile.ImportWriteOnly, key))))
	case reconcile.BecauseRecorded:
		does, held := "only records the recipe", "Whoever wrote this one may know it"
		if v.Decision != reconcile.Keep {
			does, held = "takes the value out of the state and records the recipe", "The state and its backups have held this one"
		}
		diags.AddWarning("The imported value stays",
			fmt.Sprintf("generate is new for the secret %q, which was imported, so the apply %s. It makes no new value. "+
				"%s: change generate_version afterwards to replace it.", key, does, held))
	case reconcile.BecauseRecipe:
		diags.AddWarning("A new value will be generated",
			fmt.Sprintf("The recipe of the secret %q has changed, so the apply makes a new value by it. What is stored is overwritten, and nothing keeps it.", key))
	case reconcile.BecauseDue:
		diags.AddWarning("A generated value is due for rotation",
			fmt.Sprintf("The value of the secret %q is due for rotation since %s, by its rotation_days, so the apply makes a new one.",
				key, v.Since))
	case reconcile.BecauseAhead:
		diags.AddWarning("A generated value is from the future",
			fmt.Sprintf("rotated_at of the secret %q is %s: a clock that ran ahead wrote it, or the clock of this machine is behind. "+
				"The rotation_days count from then, so the value falls due late. If the clock here is right, give another generate_version:", key, v.Since)+toWrite(`generate_version = "…"`))
	case reconcile.BecauseDriftKept:
		if f == reconcile.FormGenerate {
			diags.AddWarning("A generated value was changed elsewhere",
				fmt.Sprintf("The secret %q was changed outside of this configuration, and the other value stays until the next rotation, unless this plan replaces the secret. "+
					"To make a new value now, give another generate_version:", key)+toWrite(`generate_version = "…"`))
			return
		}
		diags.AddWarning("A write-only value was changed elsewhere",
			fmt.Sprintf("The secret %[2]q was changed outside of this configuration. %[1]s_version has not changed, so the other value stays, unless this plan replaces the secret. "+
				"To write %[1]s again, change %[1]s_version. To accept what others write from now on, ignore %[1]s:", f, key)+toWrite(ignoring(f)))
	case reconcile.BecauseImportOverwritten:
		diags.AddWarning("An imported secret will be overwritten",
			fmt.Sprintf("The secret %[2]q was imported, and %[1]s differs from what is stored, so the apply overwrites what is stored, and nothing keeps it.%[3]s "+
				"To keep what is stored, put it into %[1]s, or ignore %[1]s:", f, key, aside(f, v))+toWrite(ignoring(f)))
	case reconcile.BecauseImportUncertain:
		diags.AddWarning("An imported secret may be overwritten",
			fmt.Sprintf("The secret %[2]q was imported, and %[1]s can be compared with what is stored only in the apply. If it differs, the apply overwrites what is stored, and nothing keeps it.%[3]s "+
				"To keep what is stored in any case, ignore %[1]s:", f, key, aside(f, v))+toWrite(ignoring(f)))
	case reconcile.BecauseAdopts:
		diags.AddWarning("An existing secret will be taken over",
			fmt.Sprintf("A secret %q exists. Because adopt_existing is true, this create takes it over and gives it the configured value and expiry.%s ", key, aside(f, v))+
				otherThanAdopt)
	case reconcile.BecauseMayAdopt:
		diags.AddWarning("An existing secret may be taken over",
			fmt.Sprintf("A secret %q exists. adopt_existing isn't known yet: if it turns out to be true, this create takes the secret over and gives it the configured value and expiry; "+
				"if not, the create fails, unless that is this very resource's secret, which is deleted first.%s ", key, aside(f, v))+otherThanAdopt)
	}
}

// aside is what a warning of a write adds about the new value.
func aside(f reconcile.Form, v reconcile.Verdict) string {
	text := ""
	switch {
	case v.Reshapes && f.Fields():
		text = " What is stored is one value, and it becomes fields."
	case v.Reshapes:
		text = " What is stored has fields, and all of them become one value."
	}
	if v.Empty {
		text += " The new value is empty."
	}
	return text
}

// ignoring leaves the value to whoever else writes it.
func ignoring(f reconcile.Form) string {
	return fmt.Sprintf("lifecycle {\n    ignore_changes = [%s]\n  }", f)
}
