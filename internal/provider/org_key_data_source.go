package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*orgKeyDataSource)(nil)

func newOrgKeyDataSource() datasource.DataSource { return &orgKeyDataSource{} }

// orgKeyDataSource is the data source helvetisafe_org_key.
type orgKeyDataSource struct{ configuredDataSource }

// orgKeyModel is the data source as Terraform holds it.
type orgKeyModel struct {
	Fingerprint types.String `tfsdk:"fingerprint"`
}

func (d *orgKeyDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_org_key"
}

func (d *orgKeyDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Shows the fingerprint of the Org Key, the key that all secrets are encrypted under. " +
			"Compare it with what your colleagues see, then put it into the provider's `org_key_fingerprints`, and every other Org Key is refused.",
		Attributes: map[string]schema.Attribute{
			"fingerprint": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "`SHA256:` and 22 characters, which tell one Org Key from another and reveal nothing of it. " +
					"With `org_key_fingerprints` set, an Org Key that isn't named there is an error here too.",
			},
		},
	}
}

func (d *orgKeyDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	client, diags := d.instance.Client()
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	fingerprint, err := client.OrgKeyFingerprint(ctx)
	if err != nil {
		d.instance.addError(&resp.Diagnostics, "Reading the Org Key", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, orgKeyModel{Fingerprint: types.StringValue(fingerprint)})...)
}
