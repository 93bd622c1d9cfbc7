package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure = (*secretEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithConfigure = (*secretsEphemeral)(nil)
)

func newSecretEphemeral() ephemeral.EphemeralResource { return &secretEphemeral{} }

func newSecretsEphemeral() ephemeral.EphemeralResource { return &secretsEphemeral{} }

// secretEphemeral is the ephemeral resource helvetisafe_secret. It has no Renew and no
// Close, since a value that was read doesn't expire during a run.
type secretEphemeral struct{ configuredEphemeral }

func (e *secretEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret"
}

func (e *secretEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = ephemeralschema.Schema{
		MarkdownDescription: "Reads one secret and decrypts it on this machine. Nothing of it is kept in plan or state. " +
			"Needs Terraform 1.10 or OpenTofu 1.11.",
		Attributes: ephemeralAttributes(secretAttributes()),
	}
}

func (e *secretEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	a := newAnswer(req.Config.Raw, &resp.Diagnostics)
	readSecret(ctx, e.instance, a, waitHint, &resp.Diagnostics)
	a.save(ctx, &resp.Result.Raw, &resp.Diagnostics)
}

// secretsEphemeral is the ephemeral resource helvetisafe_secrets.
type secretsEphemeral struct{ configuredEphemeral }

func (e *secretsEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secrets"
}

func (e *secretsEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = ephemeralschema.Schema{
		MarkdownDescription: "Reads several secrets at a time and decrypts them on this machine. Nothing of them is kept in plan or state. " + selectionText +
			" If one secret can't be read, nothing is, and the error names its key. Needs Terraform 1.10 or OpenTofu 1.11.",
		Attributes: ephemeralAttributes(secretsAttributes("")),
	}
}

func (e *secretsEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	a := newAnswer(req.Config.Raw, &resp.Diagnostics)
	readSecrets(ctx, e.instance, a, true, waitHint, &resp.Diagnostics)
	a.save(ctx, &resp.Result.Raw, &resp.Diagnostics)
}

// ephemeralAttributes adds the attribute that an ephemeral resource has instead of
// depends_on. The attributes of data sources serve ephemeral resources as they are.
func ephemeralAttributes(attributes map[string]schema.Attribute) map[string]ephemeralschema.Attribute {
	all := map[string]ephemeralschema.Attribute{
		"wait_for": ephemeralschema.StringAttribute{
			Optional: true,
			MarkdownDescription: "What to wait for, as any string or number. It is not sent anywhere: pass the `version` of a `helvetisafe_secret` resource, " +
				"which is unknown until the secret is written, and the value is read after the write. To wait for several, `join` their versions.",
		},
	}
	for name, attribute := range attributes {
		all[name] = attribute
	}
	return all
}

// waitHint is added to an error about a missing secret, which may be one that this apply
// is about to write.
var waitHint = " If this configuration writes the secret, pass its version to wait_for." + toWrite("wait_for = helvetisafe_secret.example.version")
