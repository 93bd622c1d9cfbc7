// Package provider is the Terraform side: schemas, plan logic, and the code that turns
// models into calls of the client and errors into diagnostics. It never sees the
// cryptography itself.
package provider

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-log/tflog"
)

var (
	_ provider.ProviderWithEphemeralResources = (*helvetisafeProvider)(nil)
	_ provider.ProviderWithListResources      = (*helvetisafeProvider)(nil)
	_ provider.ProviderWithValidateConfig     = (*helvetisafeProvider)(nil)
)

// New returns what makes the provider. version, such as "1.2.3", goes to the
// registry's metadata and into the User-Agent of each request.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &helvetisafeProvider{version: version, now: time.Now} }
}

// helvetisafeProvider is the provider; its settings are in provider_config.go.
type helvetisafeProvider struct {
	version string
	now     func() time.Time // tells when a generated value is due; tests set their own
}

func (p *helvetisafeProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "helvetisafe", p.version
}

func (p *helvetisafeProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = providerSchema()
}

// ValidateConfig checks what is known of the configuration. From the environment it takes
// only what decides whether a configured address is right: `terraform validate` can run
// without the credentials.
func (p *helvetisafeProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	s := resolve(&model, func(name string) (string, bool) {
		if name == envAllowHTTP {
			return os.LookupEnv(name)
		}
		return "", false
	}, &resp.Diagnostics)
	s.check(&resp.Diagnostics)
}

// Configure makes the instance that every resource works with. It makes no
// request.
func (p *helvetisafeProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	s := resolve(&model, os.LookupEnv, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() {
		s.readCA(&resp.Diagnostics)
		for _, complaint := range s.missing {
			resp.Diagnostics.AddError(configSummary, complaint)
		}
	}
	s.config.UserAgent = fmt.Sprintf("terraform-provider-helvetisafe/%s (%s)", p.version, req.TerraformVersion)
	s.config.Log = logRequest
	i := &instance{id: rand.Text(), now: p.now, fullRefresh: s.fullRefresh, client: s.check(&resp.Diagnostics)}
	if resp.Diagnostics.HasError() {
		return
	}
	if len(s.pending) > 0 {
		i.client, i.pending = nil, s.pending[0]
	}
	warnReadable(s.config.Key, &resp.Diagnostics)
	warnProtocolData(&resp.Diagnostics)
	resp.DataSourceData, resp.ResourceData = i, i
	resp.EphemeralResourceData, resp.ListResourceData = i, i
}

// warnProtocolData warns of the one debugging aid from which a provider can't keep secrets
// away: the SDK writes each message as it is.
func warnProtocolData(diags *diag.Diagnostics) {
	if os.Getenv("TF_LOG_SDK_PROTO_DATA_DIR") == "" {
		return
	}
	diags.AddWarning("Secrets are being written to files",
		"TF_LOG_SDK_PROTO_DATA_DIR is set, so that each message between Terraform and the provider is written to that directory, "+
			"secret and write-only values in plain text too. Unset it, and delete the files.")
}

func (p *helvetisafeProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newSecretResource}
}

func (p *helvetisafeProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{newSecretDataSource, newSecretMetadataDataSource, newSecretsDataSource, newOrgKeyDataSource}
}

func (p *helvetisafeProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newSecretEphemeral, newSecretsEphemeral}
}

func (p *helvetisafeProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{newSecretList}
}

// logRequest writes one of the client's records to Terraform's log. The records
// hold no header, query or body (helvetisafe.LogFunc), so nothing needs masking.
func logRequest(ctx context.Context, msg string, fields map[string]any) {
	tflog.Debug(ctx, msg, fields)
}

// logProgress logs how far a long bulk read is.
func logProgress(ctx context.Context, done, all int) {
	tflog.Info(ctx, "reading secrets", map[string]any{"done": done, "all": all})
}
