package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*secretsEphemeral)(nil)

func newSecretsEphemeral() ephemeral.EphemeralResource { return &secretsEphemeral{} }

// secretsEphemeral is the ephemeral resource helvetisafe_secrets.
type secretsEphemeral struct {
	instance *instance
}

// secretsEphemeralModel is the ephemeral resource as Terraform holds it.
type secretsEphemeralModel struct {
	bulkModel
	WaitFor types.String `tfsdk:"wait_for"`
}

func (e *secretsEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secrets"
}

func (e *secretsEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads several secrets at a time and decrypts them on this machine. Nothing of them is kept in plan or state. " + selectionText +
			" If one secret can't be read, nothing is, and the error names its key. Needs Terraform 1.10 or OpenTofu 1.11.",
		Attributes: ephemeralAttributes(bulkAttributes("")),
	}
}

func (e *secretsEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.instance = instanceFrom(req.ProviderData, &resp.Diagnostics)
}

func (e *secretsEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model secretsEphemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	result := model.read(ctx, e.instance, waits, true, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	result.save(ctx, req.Config.Raw, &resp.Result.Raw, &resp.Diagnostics)
}
