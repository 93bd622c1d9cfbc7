package provider

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// generateAttribute is the form in which the provider makes the value. It has no
// defaults: they would stand in the state, and one that was written out or changed
// would look like another recipe.
func generateAttribute() schema.SingleNestedAttribute {
	minimum := func(class string) schema.Int64Attribute {
		return schema.Int64Attribute{Optional: true, MarkdownDescription: "How many " + class + " there are at least. Defaults to 0."}
	}
	included := func(class string) schema.BoolAttribute {
		return schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether there are " + class + ". Defaults to `true`."}
	}
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "A value that nobody types: the provider makes it when it is written, with the system's secure random numbers. " +
			"It is in no configuration, plan or state, and is stored as one value, as `value` is. Read it with the ephemeral resource. " +
			"A change of the recipe makes a new value, and the plan warns of it; a default that is written out is no change. " +
			"After an import, the first recipe and version are recorded, and nothing is written. " +
			"What others write stays, with a warning. Exactly one of `length` and `bytes` is set. " + oneOfForms,
		Attributes: map[string]schema.Attribute{
			"length":      schema.Int64Attribute{Optional: true, MarkdownDescription: "How many characters the value has, from 1 to 4096."},
			"lower":       included("lower-case letters, `a` to `z`"),
			"upper":       included("upper-case letters, `A` to `Z`"),
			"numeric":     included("digits"),
			"special":     included("special characters"),
			"min_lower":   minimum("lower-case letters"),
			"min_upper":   minimum("upper-case letters"),
			"min_numeric": minimum("digits"),
			"min_special": minimum("special characters"),
			"override_special": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The special characters to choose from, each once. Defaults to `" + reconcile.DefaultSpecial + "`, as does an empty string.",
			},
			"bytes": schema.Int64Attribute{Optional: true, MarkdownDescription: "How many random bytes the value encodes, from 1 to 4096."},
			"encoding": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "How the bytes are encoded: `base64` (the default, padded), `base64url` (without padding) or `hex`.",
			},
			"rotation_days": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "After how many days of 24 hours since `rotated_at` a new value is due. The next plan then shows the rotation, and says since when it is due. " +
					"What falls due between plan and apply is rotated by that apply if it changes the secret anyway. A change of this alone makes no new value.",
			},
		},
	}
}

var generateType = func() types.ObjectType {
	fields := map[string]attr.Type{}
	for name, attribute := range generateAttribute().Attributes {
		fields[name] = attribute.GetType()
	}
	return types.ObjectType{AttrTypes: fields}
}()

// recipeOf reads a recipe. known is false where the object, or a part of it, is
// unknown, or where there is none.
func recipeOf(object types.Object) (recipe reconcile.Recipe, known bool) {
	if object.IsNull() || object.IsUnknown() {
		return recipe, false
	}
	attributes := object.Attributes()
	for _, attribute := range attributes {
		if attribute.IsUnknown() {
			return recipe, false
		}
	}
	number := func(name string) *int64 {
		v, _ := attributes[name].(types.Int64)
		return v.ValueInt64Pointer()
	}
	flag := func(name string) *bool {
		v, _ := attributes[name].(types.Bool)
		return v.ValueBoolPointer()
	}
	text := func(name string) *string {
		v, _ := attributes[name].(types.String)
		return v.ValueStringPointer()
	}
	return reconcile.Recipe{
		Length: number("length"), Bytes: number("bytes"),
		Lower: flag("lower"), Upper: flag("upper"), Numeric: flag("numeric"), Special: flag("special"),
		MinLower: number("min_lower"), MinUpper: number("min_upper"), MinNumeric: number("min_numeric"), MinSpecial: number("min_special"),
		OverrideSpecial: text("override_special"), Encoding: text("encoding"), RotationDays: number("rotation_days"),
	}, true
}

// checkRecipe refuses a recipe that is wrong, as soon as all of it is known.
func checkRecipe(config *secretModel, diags *diag.Diagnostics) {
	recipe, known := recipeOf(config.Generate)
	if !known {
		return
	}
	if err := recipe.Check(); err != nil {
		addRecipeError(diags, err)
	}
}

// addRecipeError says what is wrong with a recipe, which holds nothing secret.
func addRecipeError(diags *diag.Diagnostics, err error) {
	at := path.Root(string(formGenerate))
	var wrong *reconcile.RecipeError
	if errors.As(err, &wrong) && wrong.Attribute != "" {
		at = at.AtName(wrong.Attribute)
	}
	diags.AddAttributeError(at, "A recipe that makes no value", "In generate, "+err.Error()+"."+toWrite(formGenerate.line()))
}

// generated makes a value by the recipe of the model. The value is a copy that the
// garbage collector has to take, because the client takes strings; what it was made
// from is cleared.
func (m *secretModel) generated() (content helvetisafe.StoredContent, err error) {
	recipe, known := recipeOf(m.Generate)
	if !known {
		return content, errors.New("the recipe of the secret is still unknown; give all of it a value")
	}
	value, err := recipe.Generate()
	defer clear(value)
	return helvetisafe.StoredContent{Form: helvetisafe.FormValue, Value: string(value)}, err
}

// rotated records when a generated value was written: at the server's stamp of it,
// or now.
func (m *secretModel) rotated(stamp helvetisafe.Timestamp, now time.Time) {
	recipe, _ := recipeOf(m.Generate)
	var at time.Time
	if stamp.State == helvetisafe.Known {
		at = stamp.Time
	}
	m.RotatedAt = timestampValue(helvetisafe.Timestamp{State: helvetisafe.Known, Time: recipe.RotatedAt(at, now.UTC().Truncate(time.Millisecond))})
}

// keepRotatedAt takes rotated_at over from an earlier state. A secret that was
// imported has not been rotated here yet: its last write stands for that.
func (m *secretModel) keepRotatedAt(from *secretModel) {
	switch {
	case m.Generate.IsNull():
		m.RotatedAt = types.StringNull()
	case m.Generate.IsUnknown():
		m.RotatedAt = types.StringUnknown()
	case !from.RotatedAt.IsNull():
		m.RotatedAt = from.RotatedAt
	default:
		m.RotatedAt = from.UpdatedAt
	}
}

// clockTolerance is how far ahead of the clock here a rotation may have been recorded
// before the plan warns of it: the clocks of machines and servers differ.
const clockTolerance = 24 * time.Hour

// decideGenerated is for generate: a new value when the recipe or its version
// changes, or when the value is due by its age.
func decideGenerated(config, state *secretModel, rec record, now time.Time) verdict {
	want, known := recipeOf(config.Generate)
	have, generated := recipeOf(state.Generate)
	switch {
	case !generated && rec.Imported && rec.Untouched && state.form() != formNone:
		// As below; and the value leaves the state, so that a fingerprint is needed.
		return verdict{decision: decideCheck, why: reasonRecorded}
	case !generated && rec.Imported && rec.Untouched:
		// No server knows the recipe and the version: the first ones are recorded. That
		// plan never rotates, however old the value is.
		return keep
	case !generated:
		return verdict{decision: decideWrite, why: reasonGenerated}
	case !known, config.GenerateVersion.IsUnknown():
		return verdict{decision: decideCheck}
	case !want.Same(have):
		return verdict{decision: decideWrite, why: reasonRecipe}
	case !config.GenerateVersion.IsNull() && !config.GenerateVersion.Equal(state.GenerateVersion):
		return verdict{decision: decideWrite}
	}
	v := verdict{decision: decideKeep, clock: want.RotationDays != nil}
	if last := lastRotation(state); v.clock && last.State == helvetisafe.Known {
		if since, due := want.Due(last.Time, now); due {
			return verdict{decision: decideWrite, why: reasonDue, since: since}
		}
		if last.Time.After(now.Add(clockTolerance)) {
			v.why, v.since = reasonAhead, last.Time
		}
	}
	if rec.drifted() {
		v.why = reasonDriftKept
	}
	return v
}

// lastRotation is when the age of a generated value began.
func lastRotation(state *secretModel) helvetisafe.Timestamp {
	if at := timestampOf(state.RotatedAt.ValueString()); at.State == helvetisafe.Known {
		return at
	}
	return timestampOf(state.UpdatedAt.ValueString())
}

// recordStored records what is stored, where the state held it so far and the secret
// counts as generated from now on. It makes sure that it is still the secret that was
// planned against, and writes nothing.
func (u *secretUpdate) recordStored(ctx context.Context, sealed helvetisafe.Sealed) error {
	if err := u.stillStored(ctx, sealed); err != nil {
		return err
	}
	if err := checkRecorded(ctx, u.client, u.state); err != nil {
		return err
	}
	content, err := u.client.Open(ctx, sealed)
	if err != nil {
		return err
	}
	stored, err := content.Stored(helvetisafe.FormValue)
	if err != nil {
		return err
	}
	if u.orgKey, err = u.client.OrgKeyFingerprint(ctx); err != nil {
		return err
	}
	u.record.clearFingerprint()
	return u.record.noteWritten(ctx, u.client, sealed, stored)
}
