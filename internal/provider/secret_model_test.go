package provider

import (
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestSecretCodec: the model has every attribute of the schema, and a value of each
// kind goes in and comes out the same.
func TestSecretCodec(t *testing.T) {
	t.Parallel()
	object := secretSchema().Type().TerraformType(t.Context())
	attributeTypes := object.(tftypes.Object).AttributeTypes
	for _, b := range new(secretModel).bindings() {
		if attributeTypes[b.name] == nil {
			t.Errorf("%s is no attribute", b.name)
		}
	}
	fillObject := func(object tftypes.Type, known func(name string, typ tftypes.Type) any) tftypes.Value {
		members := map[string]tftypes.Value{}
		for name, typ := range object.(tftypes.Object).AttributeTypes {
			members[name] = tftypes.NewValue(typ, known(name, typ))
		}
		return tftypes.NewValue(object, members)
	}
	fill := func(known func(name string, typ tftypes.Type) any) tftypes.Value { return fillObject(object, known) }
	var known func(name string, typ tftypes.Type) any
	known = func(name string, typ tftypes.Type) any {
		switch {
		case typ.Is(tftypes.String):
			return "of " + name
		case typ.Is(tftypes.Number):
			return int64(1) << 50
		case typ.Is(tftypes.Bool):
			return true
		case typ.Is(tftypes.Object{}):
			var members map[string]tftypes.Value
			if err := fillObject(typ, known).As(&members); err != nil {
				t.Fatal(err)
			}
			return members
		}
		return map[string]tftypes.Value{"a": tftypes.NewValue(tftypes.String, name), "b": tftypes.NewValue(tftypes.String, nil)}
	}
	for name, raw := range map[string]tftypes.Value{
		"null":    fill(func(string, tftypes.Type) any { return nil }),
		"unknown": fill(func(string, tftypes.Type) any { return tftypes.UnknownValue }),
		"known":   fill(known),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			got := tftypes.NewValue(object, nil)
			loadModel(t.Context(), raw, &diags).save(t.Context(), &got, &diags)
			if !got.Equal(raw) || diags.HasError() {
				t.Errorf("came out another: %v", diags)
			}
		})
	}
}

func TestSecretCodecRefuses(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	loadModel(t.Context(), tftypes.NewValue(tftypes.String, "hunter2"), &diags)
	loadModel(t.Context(), tftypes.NewValue(tftypes.Object{AttributeTypes: map[string]tftypes.Type{"key": tftypes.Bool}},
		map[string]tftypes.Value{"key": tftypes.NewValue(tftypes.Bool, true)}), &diags)
	if diags.ErrorsCount() != 2 || mentions([]string{diags[0].Detail(), diags[1].Detail()}, "hunter2") {
		t.Errorf("want two errors without a value: %v", diags)
	}
}

// TestPlanKeepsWhatIsInTheState: computed attributes that someone has edited in the state
// file, or that are spelled as this provider wouldn't, are no change.
func TestPlanKeepsWhatIsInTheState(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]attributes{
		"a version of zero":        {"version": 0},
		"no version":               {"version": nil},
		"a version that isn't one": {"version": 1.5},
		"a version out of range":   {"version": 1.5e19},
		"stamps that aren't any":   {"updated_at": "yesterday", "created_at": "", "rotated_at": "last week"},
		"stamps in another zone":   {"updated_at": "2026-11-26T04:00:00.500+01:00", "created_at": "2026-11-26T03:00:00.50Z"},
		"an Org Key that isn't":    {"org_key_fingerprint": ""},
		"nothing that is computed": {"updated_at": nil, "created_at": nil, "version": nil, "org_key_fingerprint": nil},
	} {
		for _, column := range []string{colValue, colVersioned, colGenerated} {
			t.Run(name+"/"+column, func(t *testing.T) {
				t.Parallel()
				_, c := applied(t, column, nil)
				edited := maps.Clone(edit)
				if column != colGenerated {
					delete(edited, "rotated_at")
				}
				members, after := c.members(c.state), c.members(c.value(c.object, edited))
				for name := range edited {
					members[name] = after[name]
				}
				c.state, c.skip = tftypes.NewValue(c.object, members), true
				out := c.plan(configuration(column, "one", nil))
				if len(out.errors) > 0 || !out.planned.Equal(c.state) {
					t.Errorf("planned %v, errors %q", out.planned, out.errors)
				}
			})
		}
	}
}
