package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*secretEphemeral)(nil)

func newSecretEphemeral() ephemeral.EphemeralResource { return &secretEphemeral{} }

// secretEphemeral is the ephemeral resource helvetisafe_secret. It has no Renew and no
// Close, since a value that was read doesn't expire during a run.
type secretEphemeral struct {
	instance *instance
}

// secretEphemeralModel is the ephemeral resource as Terraform holds it.
type secretEphemeralModel struct {
	readingModel
	WaitFor types.String `tfsdk:"wait_for"`
}

func (e *secretEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret"
}

func (e *secretEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one secret and decrypts it on this machine. Nothing of it is kept in plan or state. " +
			"Needs Terraform 1.10 or OpenTofu 1.11.",
		Attributes: ephemeralAttributes(readingAttributes()),
	}
}

func (e *secretEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.instance = instanceFrom(req.ProviderData, &resp.Diagnostics)
}

func (e *secretEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model secretEphemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	model.read(ctx, e.instance, waits, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, model)...)
}
