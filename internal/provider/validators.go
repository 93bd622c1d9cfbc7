package provider

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// textValidator checks a known string. It is for attributes that hold no secret
// only: its diagnostics have a path.
type textValidator struct {
	rule    string // "must be …"
	check   func(string) error
	example func() string // a value that passes, for the line of HCL that the error ends in
}

var _ validator.String = textValidator{}

func (v textValidator) Description(context.Context) string { return v.rule }

func (v textValidator) MarkdownDescription(context.Context) string { return v.rule }

func (v textValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := v.check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, fmt.Sprintf("Invalid %s", req.Path),
			fmt.Sprintf("%s: %s.", req.Path, err)+v.advice(req.Path.String()))
	}
}

// advice closes an error about a value with the rule and a line that keeps to it.
func (v textValidator) advice(attribute string) string {
	return fmt.Sprintf(" The value %s.", v.rule) + toWrite(fmt.Sprintf("%s = %q", attribute, v.example()))
}

// isRegexp accepts what selection compiles.
var isRegexp = textValidator{
	rule: "must be a regular expression in Go's syntax (RE2)",
	check: func(s string) error {
		_, err := regexp.Compile(s)
		if cause, ok := err.(*syntax.Error); ok { //nolint:errorlint // regexp returns it bare
			return fmt.Errorf("%s", cause.Code)
		}
		return err
	},
	example: func() string { return "^db_" },
}

// isDateTime accepts what expires_at takes.
var isDateTime = textValidator{
	rule: "must be an RFC 3339 date-time with milliseconds at most",
	check: func(s string) error {
		_, err := parseExpiry(s)
		return err
	},
	example: func() string { return helvetisafe.TimestampOf(monthFromNow()).String() },
}

// isKey accepts what a secret can be called.
var isKey = textValidator{
	rule: "may hold letters (a to z, A to Z), digits and underscores only, and at least one of them",
	check: func(s string) error {
		if !helvetisafe.ValidKey(s) {
			return fmt.Errorf("%q can't be a secret's key", s)
		}
		return nil
	},
	example: exampleKey,
}

func exampleKey() string { return "db_password" }

// notEmpty is for a key to look up: reads take keys that a create refuses (PROTOCOL.md
// section 15).
var notEmpty = textValidator{
	rule: "must not be empty",
	check: func(s string) error {
		if s == "" {
			return fmt.Errorf("it is empty")
		}
		return nil
	},
	example: exampleKey,
}

// dateTime is the date-time of RFC 3339 section 5.6, of which package time takes
// more: an hour of one digit, a comma, an offset of a whole day.
var dateTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// parseExpiry reads an RFC 3339 date-time with milliseconds at most, which is what
// the server's stamps hold (PROTOCOL.md section 4): more digits would come back cut, as a
// change that no plan could settle.
func parseExpiry(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	t = t.UTC()
	parts := dateTime.FindStringSubmatch(s)
	switch {
	case err != nil || parts == nil:
		return time.Time{}, fmt.Errorf("%q is not an RFC 3339 date-time such as 2030-01-31T12:00:00Z", s)
	case len(parts[1]) > len(".000"):
		return time.Time{}, fmt.Errorf("%q has more digits than milliseconds", s)
	case t.Year() > 9999:
		return time.Time{}, fmt.Errorf("%q is after the year 9999 in UTC", s)
	}
	return t, nil
}

// sameInstant reports whether two known expiries are the same, however spelled.
func sameInstant(a, b types.String) bool {
	if a.IsUnknown() || b.IsUnknown() || a.IsNull() != b.IsNull() {
		return false
	}
	return a.IsNull() || expiryInstant(a).Equal(expiryInstant(b))
}

// keepSpelling plans the spelling of the state for an equal instant, so that Z instead of
// +00:00 is not a change.
type keepSpelling struct{}

var _ planmodifier.String = keepSpelling{}

func (keepSpelling) Description(context.Context) string {
	return "Another spelling of the same instant is not a change."
}

func (m keepSpelling) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (keepSpelling) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if !req.StateValue.IsNull() && sameInstant(req.StateValue, req.PlanValue) {
		resp.PlanValue = req.StateValue
	}
}

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
		if value, version := config.attributes(f); value.IsNull() && !version.IsNull() && !version.IsUnknown() {
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

// checkRecipe refuses a recipe that is wrong, as soon as all of it is known. A recipe holds
// nothing secret, so the diagnostic has a path.
func checkRecipe(config *secretModel, diags *diag.Diagnostics) {
	recipe, err := recipeOf(config.Generate)
	if recipe != nil && err == nil {
		err = recipe.Check()
	}
	if err == nil {
		return
	}
	at := path.Root(string(reconcile.FormGenerate))
	if wrong, ok := errors.AsType[*reconcile.RecipeError](err); ok && wrong.Attribute != "" {
		at = at.AtName(wrong.Attribute)
	}
	diags.AddAttributeError(at, "The recipe can't be used", "In generate, "+err.Error()+"."+toWrite(lineOf(reconcile.FormGenerate)))
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
