package provider

import (
	"context"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// newSecretMetadataDataSource makes the data source helvetisafe_secret_metadata.
func newSecretMetadataDataSource() datasource.DataSource {
	return &dataSource{name: "secret_metadata", read: readMetadata, schema: schema.Schema{
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
	}}
}

func readMetadata(ctx context.Context, l *lookup) {
	key := l.text("key")
	list, err := l.Run.Client.List(ctx)
	if err != nil {
		l.addError(l.diags, fmt.Sprintf("Looking for the secret %q", key), err)
		return
	}
	entry, ok := list.Lookup(key)
	if !ok {
		l.diags.AddError("There is no such secret",
			fmt.Sprintf("The list of secrets has no %q. Check key; if it is right, the secret is not visible to this service account, was deleted, or has expired.", key))
		return
	}
	maps.Copy(l.attributes, wireMetadata(entry))
}

// newOrgKeyDataSource makes the data source helvetisafe_org_key.
func newOrgKeyDataSource() datasource.DataSource {
	return &dataSource{name: "org_key", read: readOrgKey, schema: schema.Schema{
		MarkdownDescription: "Shows the fingerprint of the Org Key, the key that all secrets are encrypted under. " +
			"Compare it with what your colleagues see, then put it into the provider's `org_key_fingerprints`, and every other Org Key is refused.",
		Attributes: map[string]schema.Attribute{
			"fingerprint": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "`SHA256:` and 22 characters, which tell one Org Key from another and reveal nothing of it. " +
					"With `org_key_fingerprints` set, an Org Key that isn't named there is an error here too.",
			},
		},
	}}
}

func readOrgKey(ctx context.Context, l *lookup) {
	fingerprint, err := l.Run.Client.OrgKeyFingerprint(ctx)
	if err != nil {
		l.addError(l.diags, "Reading the Org Key", err)
		return
	}
	l.attributes["fingerprint"] = tftypes.NewValue(tftypes.String, fingerprint)
}
