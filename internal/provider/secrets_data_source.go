package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*secretsDataSource)(nil)

func newSecretsDataSource() datasource.DataSource { return &secretsDataSource{} }

// secretsDataSource is the data source helvetisafe_secrets.
type secretsDataSource struct {
	instance *instance
}

// secretsModel is the data source as Terraform holds it.
type secretsModel struct {
	bulkModel
	IncludeValues types.Bool `tfsdk:"include_values"`
}

func (d *secretsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secrets"
}

func (d *secretsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := bulkAttributes(" It is null without `include_values`.")
	attributes["include_values"] = schema.BoolAttribute{
		Optional: true,
		MarkdownDescription: "Whether the values are read too, which needs the scope `secrets:read` and a source of the private key. Defaults to `false`. " +
			"If one secret can't be read, nothing is, and the error names its key.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists secrets and, with `include_values`, reads their values, several at a time. " + selectionText +
			" The values are kept in the state; the ephemeral resource of the same name keeps them out.",
		Attributes: attributes,
	}
}

func (d *secretsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.instance = instanceFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *secretsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model secretsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	result := model.read(ctx, d.instance, waitsNot, model.IncludeValues.ValueBool(), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	result.save(ctx, req.Config.Raw, &resp.State.Raw, &resp.Diagnostics)
}
