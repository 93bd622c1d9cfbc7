package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*secretMetadataDataSource)(nil)

func newSecretMetadataDataSource() datasource.DataSource { return &secretMetadataDataSource{} }

// secretMetadataDataSource is the data source helvetisafe_secret_metadata.
type secretMetadataDataSource struct{ configuredDataSource }

// metadataModel is what is known of a secret without its value.
type metadataModel struct {
	Key       types.String `tfsdk:"key"`
	CreatedAt types.String `tfsdk:"created_at"`
	UpdatedAt types.String `tfsdk:"updated_at"`
	ExpiresAt types.String `tfsdk:"expires_at"`
	Version   types.Int64  `tfsdk:"version"`
}

func (d *secretMetadataDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret_metadata"
}

func (d *secretMetadataDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Shows when a secret was created and last written, and when it expires. It reads no value: " +
			"it needs the scope `secrets:list` only, and no source of the private key.",
		Attributes: map[string]schema.Attribute{
			"key": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The secret's key. It is an error if there is no such secret.",
				Validators:          []validator.String{notEmpty},
			},
			"created_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: describeCreatedAt,
			},
			"updated_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: describeUpdatedAt,
			},
			"expires_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: describeExpiresAt,
			},
			"version": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: describeStampOrder + " Pass it to a `*_wo_version`, or to the `wait_for` of an ephemeral resource, to follow the secret.",
			},
		},
	}
}

func (d *secretMetadataDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model metadataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, diags := d.instance.Client()
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	key := model.Key.ValueString()
	list, err := client.List(ctx)
	if err != nil {
		d.instance.addError(&resp.Diagnostics, fmt.Sprintf("Looking for the secret %q", key), err)
		return
	}
	entry, ok := list.Lookup(key)
	if !ok {
		resp.Diagnostics.AddError("There is no such secret",
			fmt.Sprintf("The list of secrets has no %q. Check key; if it is right, the secret is not visible to this service account, was deleted, or has expired.", key))
		return
	}
	model.CreatedAt = timestampValue(entry.CreatedAt)
	model.UpdatedAt = timestampValue(entry.UpdatedAt)
	model.ExpiresAt = timestampValue(entry.ExpiresAt)
	model.Version = stampVersion(entry)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}
