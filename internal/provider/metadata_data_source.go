package provider

import (
	"context"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// newSecretMetadataDataSource makes the data source helvetisafe_secret_metadata.
func newSecretMetadataDataSource() datasource.DataSource {
	attributes := metadataAttributes(" Pass it to a `*_wo_version`, or to the `wait_for` of an ephemeral resource, to follow the secret.")
	attributes["key"] = keyAttribute
	return &dataSource{name: "secret_metadata", read: readMetadata, schema: schema.Schema{
		MarkdownDescription: "Shows when a secret was created and last written, and when it expires. It reads no value: " +
			"it needs the scope `secrets:list` only, and no source of the private key.",
		Attributes: attributes,
	}}
}

// keyAttribute names the secret to look up.
var keyAttribute = schema.StringAttribute{
	Required:            true,
	MarkdownDescription: "The secret's key. It is an error if there is no such secret.",
	Validators:          []validator.String{notEmpty},
}

// metadataAttributes are what is known of a secret without its value. follow says what the
// version is good for.
func metadataAttributes(follow string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"created_at": foundText("When the secret was created, in UTC. It is null if the server doesn't say."),
		"updated_at": foundText("When the secret was last written, in UTC. It is null if the server doesn't say."),
		"expires_at": expiresAtAttribute,
		"version": schema.Int64Attribute{
			Computed: true,
			MarkdownDescription: "A number that grows with each write: the time of the last write, or else of the creation, in milliseconds since 1970. " +
				"It is null if the server says neither." + follow,
		},
	}
}

var expiresAtAttribute = foundText("When the server deletes the secret, in UTC. It is null if the secret doesn't expire.")

func foundText(about string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: about}
}

// wireMetadataType is the type of metadataAttributes.
var wireMetadataType = schema.NestedAttributeObject{Attributes: metadataAttributes("")}.Type().TerraformType(context.Background())

func readMetadata(ctx context.Context, l *lookup) {
	key := textOf(l.attributes["key"])
	list, err := l.Client.List(ctx)
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

func wireMetadata(entry helvetisafe.Metadata) map[string]tftypes.Value {
	return map[string]tftypes.Value{
		"created_at": wireTimestamp(entry.CreatedAt),
		"updated_at": wireTimestamp(entry.UpdatedAt),
		"expires_at": wireTimestamp(entry.ExpiresAt),
		"version":    tftypes.NewValue(tftypes.Number, stampVersion(entry).ValueInt64Pointer()),
	}
}

// stampVersion is the version of a secret that isn't a resource of this configuration.
func stampVersion(entry helvetisafe.Metadata) types.Int64 {
	switch {
	case entry.UpdatedAt.State == helvetisafe.Known:
		return types.Int64Value(entry.UpdatedAt.Time.UnixMilli())
	case entry.CreatedAt.State == helvetisafe.Known:
		return types.Int64Value(entry.CreatedAt.Time.UnixMilli())
	}
	return types.Int64Null()
}

// newOrgKeyDataSource makes the data source helvetisafe_org_key.
func newOrgKeyDataSource() datasource.DataSource {
	return &dataSource{name: "org_key", read: readOrgKey, schema: schema.Schema{
		MarkdownDescription: "Shows the fingerprint of the Org Key, the key that all secrets are encrypted under. " +
			"Compare it with what your colleagues see, then put it into the provider's `org_key_fingerprints`, and every other Org Key is refused.",
		Attributes: map[string]schema.Attribute{
			"fingerprint": foundText("`SHA256:` and 22 characters, which tell one Org Key from another and reveal nothing of it. " +
				"With `org_key_fingerprints` set, an Org Key that isn't named there is an error here too."),
		},
	}}
}

func readOrgKey(ctx context.Context, l *lookup) {
	fingerprint, err := l.Client.OrgKeyFingerprint(ctx)
	if err != nil {
		l.addError(l.diags, "Reading the Org Key", err)
		return
	}
	l.attributes["fingerprint"] = tftypes.NewValue(tftypes.String, fingerprint)
}
