package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

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
// diags.
func loadModel(ctx context.Context, raw tftypes.Value, diags *diag.Diagnostics) *secretModel {
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
	ok := false
	switch field := b.field.(type) {
	case *types.String:
		v, err = types.StringType.ValueFromTerraform(ctx, raw)
		*field, ok = v.(types.String)
	case *types.Map:
		v, err = fieldsType.ValueFromTerraform(ctx, raw)
		*field, ok = v.(types.Map)
	case *types.Object:
		v, err = generateType.ValueFromTerraform(ctx, raw)
		*field, ok = v.(types.Object)
	case *types.Bool:
		v, err = types.BoolType.ValueFromTerraform(ctx, raw)
		*field, ok = v.(types.Bool)
	case *types.Int64:
		v, err = types.Int64Type.ValueFromTerraform(ctx, raw)
		*field, ok = v.(types.Int64)
	}
	if err == nil && !ok {
		err = errors.New("an unexpected type")
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

// addDefect reports a model that doesn't fit the schema. Errors of tftypes name
// types and not values.
func addDefect(diags *diag.Diagnostics, err error) {
	diags.AddError("A defect in the provider", fmt.Sprintf("A secret's attributes could not be converted: %s. Please report this.", err))
}
