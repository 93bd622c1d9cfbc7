package provider

import (
	"context"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// secretModel is the resource as Terraform holds it; loadModel and save read and write
// it. The write-only attributes are null everywhere but in the configuration.
type secretModel struct {
	redact.Redacted
	Key                types.String
	Value              types.String
	ValueWO            types.String
	ValueWOVersion     types.String
	Data               types.Map
	DataWO             types.Map
	DataWOVersion      types.String
	Generate           types.Object
	GenerateVersion    types.String
	RotatedAt          types.String
	ExpiresAt          types.String
	AdoptExisting      types.Bool
	DeletionProtection types.Bool
	CreatedAt          types.String
	UpdatedAt          types.String
	Version            types.Number
	OrgKeyFingerprint  types.String
}

var allForms = []reconcile.Form{reconcile.FormValue, reconcile.FormValueWO, reconcile.FormData, reconcile.FormDataWO, reconcile.FormGenerate}

// attributes gives the attribute that a form is named after and its version, which is null
// for the forms without one.
func (m *secretModel) attributes(f reconcile.Form) (value attr.Value, version types.String) {
	switch f {
	case reconcile.FormValue:
		return m.Value, types.StringNull()
	case reconcile.FormValueWO:
		return m.ValueWO, m.ValueWOVersion
	case reconcile.FormData:
		return m.Data, types.StringNull()
	case reconcile.FormDataWO:
		return m.DataWO, m.DataWOVersion
	case reconcile.FormGenerate:
		return m.Generate, m.GenerateVersion
	}
	return types.StringNull(), types.StringNull()
}

// forms lists the forms that are given a value, and those that may yet turn out
// to be null.
func (m *secretModel) forms() (given, unknown []reconcile.Form) {
	for _, f := range allForms {
		switch v, _ := m.attributes(f); {
		case v.IsUnknown():
			unknown = append(unknown, f)
		case !v.IsNull():
			given = append(given, f)
		}
	}
	return given, unknown
}

// form is the form in use, or reconcile.FormNone; a known one goes before an unknown one.
func (m *secretModel) form() reconcile.Form {
	given, unknown := m.forms()
	if len(given) > 0 {
		return given[0]
	}
	if len(unknown) > 0 {
		return unknown[0]
	}
	return reconcile.FormNone
}

// secret is the model as package reconcile takes it; nil for nil.
func (m *secretModel) secret() *reconcile.Secret {
	if m == nil {
		return nil
	}
	f := m.form()
	recipe, _ := recipeOf(m.Generate) // checkRecipe tells of the error
	return &reconcile.Secret{
		Key: m.Key.ValueString(), Form: f, Content: m.content(f), Recipe: recipe,
		ValueWOVersion: givenVersion(m.ValueWOVersion), DataWOVersion: givenVersion(m.DataWOVersion), GenerateVersion: givenVersion(m.GenerateVersion),
		ExpiresAt: expiryInstant(m.ExpiresAt), Adopts: m.AdoptExisting.ValueBool(), MayAdopt: m.AdoptExisting.IsUnknown(), Protected: m.DeletionProtection.ValueBool(),
		CreatedAt: stampOf(m.CreatedAt), UpdatedAt: stampOf(m.UpdatedAt), RotatedAt: stampOf(m.RotatedAt),
		Version: versionNumber(m.Version), OrgKey: m.OrgKeyFingerprint.ValueString(),
	}
}

// content is what the form's attribute asks to be stored; nil if any part of it is unknown
// or null.
func (m *secretModel) content(f reconcile.Form) *helvetisafe.Content {
	value, _ := m.attributes(f)
	switch v := value.(type) {
	case types.String:
		if !v.IsNull() && !v.IsUnknown() {
			return &helvetisafe.Content{Value: v.ValueString()}
		}
	case types.Map:
		if fields, ok := fieldsOf(v); ok {
			return &helvetisafe.Content{Fields: fields}
		}
	}
	return nil
}

func givenVersion(v types.String) reconcile.WriteVersion {
	return reconcile.WriteVersion{Given: !v.IsNull(), Unknown: v.IsUnknown(), Text: v.ValueString()}
}

// take takes over what an operation has written or found. It keeps the spelling of the
// expiry in the model, or in the one before.
func (m *secretModel) take(s *reconcile.Secret, before *secretModel) {
	m.ValueWO, m.DataWO = types.StringNull(), types.MapNull(types.StringType) // in no state
	m.ExpiresAt = respelled(s.ExpiresAt, m.ExpiresAt, before.ExpiresAt)
	m.CreatedAt, m.UpdatedAt, m.RotatedAt = timestampValue(s.CreatedAt), timestampValue(s.UpdatedAt), timestampValue(s.RotatedAt)
	m.Version, m.OrgKeyFingerprint = types.NumberNull(), types.StringNull()
	if s.Version != 0 {
		m.Version = types.NumberValue(new(big.Float).SetInt64(s.Version))
	}
	if s.OrgKey != "" {
		m.OrgKeyFingerprint = types.StringValue(s.OrgKey)
	}
}

// see takes over what a read has found. An import sets the defaults of what no server knows.
func (m *secretModel) see(s *reconcile.Secret, importing bool) {
	if s.Form.InState() && s.Content != nil {
		m.Value, m.Data = types.StringNull(), types.MapNull(types.StringType)
		if s.Content.IsFields() {
			m.Data = fieldMap(s.Content.Fields)
		} else {
			m.Value = types.StringValue(s.Content.Value)
		}
	}
	if importing {
		m.AdoptExisting, m.DeletionProtection = types.BoolValue(false), types.BoolValue(false)
	}
	m.take(s, m)
}

// fieldsType is the type of an attribute that holds fields.
var fieldsType = types.MapType{ElemType: types.StringType}

// fieldsOf returns the members of a map of strings; ok is false if the map or one of its
// elements is null or unknown.
func fieldsOf(m types.Map) (fields map[string]string, ok bool) {
	if m.IsNull() || m.IsUnknown() {
		return nil, false
	}
	fields = make(map[string]string, len(m.Elements()))
	for name, element := range m.Elements() {
		s, _ := element.(types.String)
		if s.IsNull() || s.IsUnknown() {
			return nil, false
		}
		fields[name] = s.ValueString()
	}
	return fields, true
}

// fieldMap is fields as an attribute.
func fieldMap(fields map[string]string) types.Map {
	elements := make(map[string]attr.Value, len(fields))
	for name, field := range fields {
		elements[name] = types.StringValue(field)
	}
	return types.MapValueMust(types.StringType, elements)
}

// recipeOf reads a recipe. It is nil if there is none, or if the object or a part of it is
// unknown. The error names a number that isn't whole.
func recipeOf(object types.Object) (recipe *reconcile.Recipe, err error) {
	if object.IsNull() || object.IsUnknown() {
		return nil, nil
	}
	attributes := object.Attributes()
	for _, attribute := range attributes {
		if attribute.IsUnknown() {
			return nil, nil
		}
	}
	number := func(name string) *int64 {
		v, _ := attributes[name].(types.Number)
		if v.IsNull() {
			return nil
		}
		if err == nil && !v.ValueBigFloat().IsInt() {
			err = &reconcile.RecipeError{Attribute: name, Problem: "must be a whole number"}
		}
		whole, _ := v.ValueBigFloat().Int64()
		return &whole
	}
	flag := func(name string) *bool {
		v, _ := attributes[name].(types.Bool)
		return v.ValueBoolPointer()
	}
	text := func(name string) *string {
		v, _ := attributes[name].(types.String)
		return v.ValueStringPointer()
	}
	recipe = &reconcile.Recipe{
		Length: number("length"), Bytes: number("bytes"),
		Lower: flag("lower"), Upper: flag("upper"), Numeric: flag("numeric"), Special: flag("special"),
		MinLower: number("min_lower"), MinUpper: number("min_upper"), MinNumeric: number("min_numeric"), MinSpecial: number("min_special"),
		OverrideSpecial: text("override_special"), Encoding: text("encoding"), RotationDays: number("rotation_days"),
	}
	return recipe, err
}

// versionNumber reads the version of the state. It is 0 if there is none, or if someone has
// put there by hand what isn't a whole number.
func versionNumber(v types.Number) int64 {
	if v.IsNull() || v.IsUnknown() {
		return 0
	}
	version, accuracy := v.ValueBigFloat().Int64()
	if accuracy != big.Exact {
		return 0
	}
	return version
}

// stampOf reads a stamp of the state; null, unknown and unreadable text give a Missing
// one.
func stampOf(v types.String) helvetisafe.Timestamp {
	return helvetisafe.ParseTimestamp(v.ValueString())
}

// expiryInstant is the instant of an expires_at attribute: Missing if it is unknown, Null
// if it is null.
func expiryInstant(v types.String) helvetisafe.Timestamp {
	switch {
	case v.IsUnknown():
		return helvetisafe.Timestamp{}
	case v.IsNull():
		return helvetisafe.Timestamp{State: helvetisafe.Null}
	}
	return stampOf(v)
}

// respelled is an expiry in the first of the spellings that mean it, or else in our own.
func respelled(at helvetisafe.Timestamp, spellings ...types.String) types.String {
	for _, spelling := range spellings {
		if expiryInstant(spelling).Equal(at) {
			return spelling
		}
	}
	return timestampValue(at)
}

func timestampValue(t helvetisafe.Timestamp) types.String {
	if t.State != helvetisafe.Known {
		return types.StringNull()
	}
	return types.StringValue(t.String())
}

// The framework's Get and Set match a struct to the schema by reflection, and
// compile a regular expression for each attribute at each call. That was a third
// of what a plan of unchanged secrets allocates, so the models of the resource,
// of which there can be thousands, are read and written here.

// binding ties an attribute of the schema to the field of a model that holds it.
type binding struct {
	name  string
	field attr.Value // a pointer into the model
}

// bindings lists all attributes of the schema.
func (m *secretModel) bindings() [17]binding {
	return [...]binding{
		{"key", &m.Key},
		{"value", &m.Value},
		{"value_wo", &m.ValueWO},
		{"value_wo_version", &m.ValueWOVersion},
		{"data", &m.Data},
		{"data_wo", &m.DataWO},
		{"data_wo_version", &m.DataWOVersion},
		{"generate", &m.Generate},
		{"generate_version", &m.GenerateVersion},
		{"rotated_at", &m.RotatedAt},
		{"expires_at", &m.ExpiresAt},
		{"adopt_existing", &m.AdoptExisting},
		{"deletion_protection", &m.DeletionProtection},
		{"created_at", &m.CreatedAt},
		{"updated_at", &m.UpdatedAt},
		{"version", &m.Version},
		{"org_key_fingerprint", &m.OrgKeyFingerprint},
	}
}

// loadModel reads a plan, a state or a configuration, adding what goes wrong to
// diags. It is nil if there is none.
func loadModel(ctx context.Context, raw tftypes.Value, diags *diag.Diagnostics) *secretModel {
	if raw.IsNull() {
		return nil
	}
	m := new(secretModel)
	var members map[string]tftypes.Value
	err := raw.As(&members)
	for _, b := range m.bindings() {
		if err == nil {
			err = b.load(ctx, members[b.name])
		}
	}
	if err != nil {
		addDefect(diags, err)
	}
	return m
}

func (b binding) load(ctx context.Context, raw tftypes.Value) error {
	var v attr.Value
	var err error
	switch field := b.field.(type) {
	case *types.String:
		v, err = types.StringType.ValueFromTerraform(ctx, raw)
		*field, _ = v.(types.String)
	case *types.Map:
		v, err = fieldsType.ValueFromTerraform(ctx, raw)
		*field, _ = v.(types.Map)
	case *types.Object:
		v, err = generateType.ValueFromTerraform(ctx, raw)
		*field, _ = v.(types.Object)
	case *types.Bool:
		v, err = types.BoolType.ValueFromTerraform(ctx, raw)
		*field, _ = v.(types.Bool)
	case *types.Number:
		v, err = types.NumberType.ValueFromTerraform(ctx, raw)
		*field, _ = v.(types.Number)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", b.name, err)
	}
	return nil
}

// save writes the model to a plan or state, whose value before is raw.
func (m *secretModel) save(ctx context.Context, raw *tftypes.Value, diags *diag.Diagnostics) {
	bindings := m.bindings()
	members := make(map[string]tftypes.Value, len(bindings))
	for _, b := range bindings {
		v, err := b.field.ToTerraformValue(ctx)
		if err != nil {
			addDefect(diags, fmt.Errorf("%s: %w", b.name, err))
			return
		}
		members[b.name] = v
	}
	*raw = tftypes.NewValue(raw.Type(), members)
}

// saveIdentity saves the identity of the resource: the secret's key.
func saveIdentity(identity *tfsdk.ResourceIdentity, key types.String) {
	identity.Raw = tftypes.NewValue(identity.Raw.Type(), map[string]tftypes.Value{
		"key": tftypes.NewValue(tftypes.String, key.ValueString()),
	})
}
