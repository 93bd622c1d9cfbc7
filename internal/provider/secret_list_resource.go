package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

var _ list.ListResourceWithConfigure = (*secretList)(nil)

func newSecretList() list.ListResource { return &secretList{} }

// secretList is the list resource helvetisafe_secret. It decrypts nothing:
// `terraform query -json` prints attributes unmasked.
type secretList struct {
	instance *instance
}

func (l *secretList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret"
}

func (l *secretList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists secrets for `terraform query`, with their identity and, if asked for, their metadata: " +
			"`value` and `data` are always null. It needs the scope `secrets:list` only, and no source of the private key. Needs Terraform 1.14.",
		Attributes: map[string]schema.Attribute{
			"key_prefix": keyPrefixAttribute,
			"key_regex":  keyRegexAttribute,
		},
	}
}

func (l *secretList) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.instance = instanceFrom(req.ProviderData, &resp.Diagnostics)
}

func (l *secretList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	var entries []helvetisafe.Metadata
	filters := &lookup{instance: l.instance, attributes: attributesOf(req.Config.Raw, &diags), diags: &diags}
	if l.instance.ready(&diags) {
		entries = filters.selectSecrets(ctx)
	}
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	if req.Limit > 0 && int64(len(entries)) > req.Limit {
		entries = entries[:req.Limit]
	}
	stream.Results = func(push func(list.ListResult) bool) {
		if len(diags) > 0 && !push(list.ListResult{Diagnostics: diags}) {
			return
		}
		for _, entry := range entries {
			if !push(listed(ctx, req, entry)) {
				return
			}
		}
	}
}

// listed is one result: the identity, and the resource if asked for.
func listed(ctx context.Context, req list.ListRequest, entry helvetisafe.Metadata) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = entry.Key
	key := types.StringValue(entry.Key)
	saveIdentity(result.Identity, key)
	if req.IncludeResource {
		model := &secretModel{Key: key, Data: types.MapNull(types.StringType), Generate: types.ObjectNull(generateType.AttrTypes)}
		model.see(&reconcile.Secret{ // as an import sees one whose value isn't known
			CreatedAt: entry.CreatedAt, UpdatedAt: entry.UpdatedAt, ExpiresAt: entry.ExpiresAt, Version: stampVersion(entry).ValueInt64(),
		}, true)
		model.save(ctx, &result.Resource.Raw, &result.Diagnostics)
	}
	return result
}
