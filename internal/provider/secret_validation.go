package provider

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// checkForms demands exactly one form. The diagnostic has no path: Terraform would print
// the line of the attribute, and the secret in it.
func checkForms(config *secretModel, diags *diag.Diagnostics) {
	given, unknown := config.forms()
	switch {
	case len(given) == 0 && len(unknown) == 0:
		addNoForm(diags)
	case len(given) > 1:
		names := make([]string, len(given))
		for i, f := range given {
			names[i] = string(f)
		}
		diags.AddError("More than one value for a secret",
			fmt.Sprintf("Exactly one of value, value_wo, data, data_wo and generate can be set, and %s are. Keep the one that fits and remove the others.", strings.Join(names, " and "))+
				toWrite(lineOf(given[len(given)-1])))
	}
}

func addNoForm(diags *diag.Diagnostics) {
	diags.AddError("No value for a secret",
		"Exactly one of value, value_wo, data, data_wo and generate must be set, and none is. In a configuration that Terraform generated, "+
			"fill one of them in: write-only and sensitive values are left out of generated configuration."+toWrite(lineOf(reconcile.FormValueWO)))
}

// refuseValueless stops a create that has nothing to write.
func refuseValueless(config *reconcile.Secret, diags *diag.Diagnostics) bool {
	if config.Form == reconcile.FormGenerate || config.Content != nil {
		return false
	}
	addNoForm(diags)
	return true
}

// checkVersions refuses a version without the value that it is about.
func checkVersions(config *secretModel, diags *diag.Diagnostics) {
	for _, f := range []reconcile.Form{reconcile.FormValueWO, reconcile.FormDataWO, reconcile.FormGenerate} {
		// A version that isn't known yet may turn out to be null.
		if v := config.versionAttribute(f); !v.IsNull() && !v.IsUnknown() && config.attribute(f).IsNull() {
			diags.AddAttributeError(path.Root(string(f)+"_version"), "A version without a value",
				fmt.Sprintf("%[1]s_version says when %[1]s is written, and %[1]s is not set. Set %[1]s, or remove %[1]s_version.", f)+toWrite(lineOf(f)))
		}
	}
}

// checkMembers refuses a null member: the stored object could not hold it.
func checkMembers(config *secretModel, diags *diag.Diagnostics) {
	for f, members := range map[reconcile.Form]types.Map{reconcile.FormData: config.Data, reconcile.FormDataWO: config.DataWO} {
		for _, member := range members.Elements() {
			if member.IsNull() {
				diags.AddError("A null member in "+string(f),
					fmt.Sprintf("Every member of %s must be a string, and one is null. Give it a value or leave the member out.", f)+toWrite(lineOf(f)))
				break
			}
		}
	}
}

// checkRecipe refuses a recipe that is wrong, as soon as all of it is known.
func checkRecipe(config *secretModel, diags *diag.Diagnostics) {
	if recipe := recipeOf(config.Generate); recipe != nil {
		if err := recipe.Check(); err != nil {
			addRecipeError(diags, err)
		}
	}
}

// addRecipeError says what is wrong with a recipe, which holds nothing secret.
func addRecipeError(diags *diag.Diagnostics, err error) {
	at := path.Root(string(reconcile.FormGenerate))
	var wrong *reconcile.RecipeError
	if errors.As(err, &wrong) && wrong.Attribute != "" {
		at = at.AtName(wrong.Attribute)
	}
	diags.AddAttributeError(at, "A recipe that makes no value", "In generate, "+err.Error()+"."+toWrite(lineOf(reconcile.FormGenerate)))
}

// lineOf is the line of HCL that gives a secret in a form.
func lineOf(f reconcile.Form) string {
	switch {
	case f.Fields():
		return string(f) + " = { name = var.secret }"
	case f == reconcile.FormGenerate:
		return string(f) + " = {\n    length = 32\n  }"
	}
	return string(f) + " = var.secret"
}
