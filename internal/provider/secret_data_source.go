package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*secretDataSource)(nil)

func newSecretDataSource() datasource.DataSource { return &secretDataSource{} }

// secretDataSource is the data source helvetisafe_secret.
type secretDataSource struct {
	instance *instance
}

func (d *secretDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret"
}

func (d *secretDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one secret and decrypts it on this machine. The value is kept in the state; " +
			"the ephemeral resource of the same name keeps it out, and the data source `helvetisafe_secret_metadata` reads none.",
		Attributes: map[string]schema.Attribute{
			"key": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The secret's key. It is an error if there is no such secret.",
				Validators:          []validator.String{notEmpty},
			},
			"value": schema.StringAttribute{
				Computed:            true,
				Sensitive:           true,
				MarkdownDescription: describeValue + " A value that is not valid Unicode is an error.",
			},
			"value_base64": schema.StringAttribute{
				Computed:            true,
				Sensitive:           true,
				MarkdownDescription: describeValueBase64,
			},
			"data": schema.MapAttribute{
				Computed:            true,
				Sensitive:           true,
				ElementType:         types.StringType,
				MarkdownDescription: describeFields,
			},
			"expires_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: describeExpiresAt,
			},
		},
	}
}

func (d *secretDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.instance = instanceFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *secretDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model readingModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	model.read(ctx, d.instance, waitsNot, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}
