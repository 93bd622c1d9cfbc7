package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// oneOfForms is the rule of the five attributes that give the value.
const oneOfForms = "Exactly one of `value`, `value_wo`, `data`, `data_wo` and `generate` is set."

// secretVersion grows if a state that an older provider wrote has to be converted.
const secretVersion = 0

func secretSchema() schema.Schema {
	return schema.Schema{
		Version: secretVersion,
		MarkdownDescription: "A secret in HelvetiSafe. Its value is encrypted on this machine before it is sent; the server holds ciphertext only. " +
			"Exactly one of `value`, `value_wo`, `data`, `data_wo` and `generate` gives the value.",
		Attributes: map[string]schema.Attribute{
			"key": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "The secret's key, unique within the tenant: letters (a to z, A to Z), digits and underscores. " +
					"A change of the key replaces the resource, since another key is another secret.",
				Validators:    []validator.String{isKey},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"value": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "One value, stored as `{\"<key>\": \"<value>\"}` as the portal shows it. It is kept in the state; " +
					"use `value_wo` to keep it out. " + oneOfForms,
			},
			"value_wo": schema.StringAttribute{
				Optional:  true,
				WriteOnly: true,
				MarkdownDescription: "One value as in `value`, but write-only: it is in neither plan nor state. Needs Terraform or OpenTofu 1.11. " +
					"Without `value_wo_version` it is written when it differs from what is stored, which is found with a keyed fingerprint and not with the value. " +
					"A source that gives another value at each run (`ephemeral \"random_password\"`) needs `value_wo_version`, or every apply rotates it. " + oneOfForms,
			},
			"value_wo_version": optionalText("Says when `value_wo` is written: when this changes, and only then. Any string or number. " +
				"The first version after an import is recorded, and the value written only if it differs from what is stored. Needs `value_wo`."),
			"data": schema.MapAttribute{
				Optional:    true,
				Sensitive:   true,
				ElementType: types.StringType,
				MarkdownDescription: "Several fields in one secret, stored as one object of them, as the portal does, and read back as the members of the stored object, never flattened. " +
					"It is kept in the state; use `data_wo` to keep it out. A stored member that is not a string is read as its JSON text. " + oneOfForms,
			},
			"data_wo": schema.MapAttribute{
				Optional:    true,
				WriteOnly:   true,
				ElementType: types.StringType,
				MarkdownDescription: "Several fields as in `data`, but write-only: they are in neither plan nor state. Needs Terraform or OpenTofu 1.11. " +
					"Without `data_wo_version` they are written when they differ from what is stored. " +
					"A source that gives other values at each run needs `data_wo_version`, or every apply rotates them. " +
					"`ignore_changes` can name the whole of it, but not one field: the plan would miss that field, and plan a change each time. " + oneOfForms,
			},
			"data_wo_version": optionalText("Says when `data_wo` is written: when this changes, and only then. Any string or number. " +
				"The first version after an import is recorded, and the fields written only if they differ from what is stored. Needs `data_wo`."),
			"generate": generateAttribute(),
			"generate_version": optionalText("Makes a new value when it changes to another version, or is first given. Any string or number. " +
				"The first version after an import is recorded, and makes none. Needs `generate`."),
			"rotated_at": computedText("When a generated value was last written, in UTC; `rotation_days` count from there. " +
				"After an import it is when the secret was last written. It is null in the other forms."),
			"expires_at": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "When the server deletes the secret, as an RFC 3339 date-time with milliseconds at most. Another spelling of the same instant is not a change. " +
					"It can be moved, and removed by taking it out of the configuration. If the server keeps the expiry all the same, that is an error, and the state keeps the real one: " +
					"no secret is ever deleted to clear its expiry. An expiry that is past is a warning in the plan, and stops the apply before it writes.",
				Validators:    []validator.String{isDateTime},
				PlanModifiers: []planmodifier.String{keepSpelling{}},
			},
			"adopt_existing": optionalSwitch("Whether a create takes over a secret of this key that already exists, instead of failing. " +
				"The secret then gets the configured value and expiry, always by a write, and the plan warns if the list shows that there is one. To rename a resource, use `moved` instead. Defaults to `false`; a change of it alone makes no request."),
			"deletion_protection": optionalSwitch("Whether this resource refuses to delete the secret, which would be final. While it is `true` in the state, a plan that would delete the secret is an error, " +
				"whether by a destroy, by taking out the block, by another `key` or by `-replace`. To delete it, first apply `false`, and delete it in a second apply. " +
				"Defaults to `false`, after an import too; a change of it alone makes no request. Terraform before 1.3 plans no deletions with the provider, so there the apply refuses."),
			"created_at": computedText("When the secret was created, in UTC, as the server said. It can be null."),
			"updated_at": computedText("When the value or the expiry was last written, in UTC, as the server said. It changes only with a write of this resource " +
				"or when value or expiry were found changed. It can be null."),
			"version": schema.NumberAttribute{
				Computed: true,
				MarkdownDescription: "A number that grows with each write: the time of the write in milliseconds since 1970, or one more than before if that is larger. " +
					"Pass it to another resource's `*_wo_version`, or to the `wait_for` of an ephemeral resource, to follow a secret without reading it.",
			},
			"org_key_fingerprint": computedText("The fingerprint of the Org Key that the secret was last written under. " +
				"A write under another key is refused until that key is named in the provider's `org_key_fingerprints`."),
		},
	}
}

func computedText(about string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: about}
}

func optionalText(about string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: about}
}

// optionalSwitch is off by default.
func optionalSwitch(about string) schema.BoolAttribute {
	return schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(false), MarkdownDescription: about}
}

// generateAttribute is the form in which the provider makes the value. It has no
// defaults: they would stand in the state, and one that was written out or changed
// would look like another recipe. Its numbers are not Int64Attributes: the framework
// would call a fraction a defect in the provider.
func generateAttribute() schema.SingleNestedAttribute {
	minimum := func(class string) schema.NumberAttribute {
		return schema.NumberAttribute{Optional: true, MarkdownDescription: "How many " + class + " the value has at least. Defaults to 0."}
	}
	included := func(class string) schema.BoolAttribute {
		return schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether the value may have " + class + ". Defaults to `true`."}
	}
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "A value that nobody types: the provider makes it when it is written, with the system's secure random numbers. " +
			"It is in no configuration, plan or state, and is stored as one value, as `value` is. Read it with the ephemeral resource. " +
			"A change of the recipe makes a new value, and the plan warns of it; a default that is written out is not a change. " +
			"After an import, the first recipe and version are recorded, and nothing is written. " +
			"A value that someone else writes stays, with a warning. Exactly one of `length` and `bytes` is set. " + oneOfForms,
		Attributes: map[string]schema.Attribute{
			"length":           schema.NumberAttribute{Optional: true, MarkdownDescription: "How many characters the value has, from 1 to 4096."},
			"lower":            included("lower-case letters, `a` to `z`"),
			"upper":            included("upper-case letters, `A` to `Z`"),
			"numeric":          included("digits"),
			"special":          included("special characters"),
			"min_lower":        minimum("lower-case letters"),
			"min_upper":        minimum("upper-case letters"),
			"min_numeric":      minimum("digits"),
			"min_special":      minimum("special characters"),
			"override_special": optionalText("The special characters to choose from, each once. Defaults to `" + reconcile.DefaultSpecial + "`, as does an empty string."),
			"bytes":            schema.NumberAttribute{Optional: true, MarkdownDescription: "How many random bytes the value encodes, from 1 to 4096."},
			"encoding":         optionalText("How the bytes are encoded: `base64` (the default, padded), `base64url` (without padding) or `hex`."),
			"rotation_days": schema.NumberAttribute{
				Optional: true,
				MarkdownDescription: "After how many days of 24 hours since `rotated_at` a new value is due. The next plan then shows the rotation, and says since when it is due. " +
					"What falls due between plan and apply is rotated by that apply if it changes the secret anyway. A change of this alone makes no new value.",
			},
		},
	}
}

var generateType, _ = generateAttribute().GetType().(types.ObjectType)

// secretIdentitySchema identifies a secret within its tenant.
func secretIdentitySchema() identityschema.Schema {
	return identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"key": identityschema.StringAttribute{
				RequiredForImport: true,
				Description:       "The secret's key.",
			},
		},
	}
}
