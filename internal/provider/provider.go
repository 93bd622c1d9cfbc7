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
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
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
	i := &instance{origins: s.origins, Run: reconcile.Run{ID: rand.Text(), Now: p.now, FullRefresh: s.fullRefresh, Client: s.check(&resp.Diagnostics)}}
	if resp.Diagnostics.HasError() {
		return
	}
	if len(s.pending) > 0 {
		i.Run.Client, i.pending = nil, s.pending[0]
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

// The variables of the environment that stand in for attributes.
const (
	envBaseURL            = "HELVETISAFE_BASE_URL"
	envClientID           = "HELVETISAFE_CLIENT_ID"
	envClientSecret       = "HELVETISAFE_CLIENT_SECRET" //nolint:gosec // the name of a variable, not a secret
	envScopes             = "HELVETISAFE_SCOPES"
	envAPIToken           = "HELVETISAFE_API_TOKEN" //nolint:gosec // as above
	envPrivateKeyPath     = "HELVETISAFE_PRIVATE_KEY_PATH"
	envPrivateKeyPEM      = "HELVETISAFE_PRIVATE_KEY_PEM"
	envPassword           = "HELVETISAFE_PASSWORD" //nolint:gosec // as above
	envOrgKeyFingerprints = "HELVETISAFE_ORG_KEY_FINGERPRINTS"
	envCACertPEM          = "HELVETISAFE_CA_CERT_PEM"
	envCACertPath         = "HELVETISAFE_CA_CERT_PATH"
	envRequestTimeout     = "HELVETISAFE_REQUEST_TIMEOUT"
	envMaxRetries         = "HELVETISAFE_MAX_RETRIES"
	envFullRefresh        = "HELVETISAFE_FULL_REFRESH"
	envAllowHTTP          = "HELVETISAFE_ALLOW_HTTP"
)

// providerModel is the provider block.
type providerModel struct {
	redact.Redacted
	BaseURL            types.String `tfsdk:"base_url"`
	ClientID           types.String `tfsdk:"client_id"`
	ClientSecret       types.String `tfsdk:"client_secret"`
	Scopes             types.Set    `tfsdk:"scopes"`
	APIToken           types.String `tfsdk:"api_token"`
	PrivateKeyPath     types.String `tfsdk:"private_key_path"`
	PrivateKeyPEM      types.String `tfsdk:"private_key_pem"`
	Password           types.String `tfsdk:"password"`
	OrgKeyFingerprints types.Set    `tfsdk:"org_key_fingerprints"`
	CACertPEM          types.String `tfsdk:"ca_cert_pem"`
	CACertPath         types.String `tfsdk:"ca_cert_path"`
	RequestTimeout     types.String `tfsdk:"request_timeout"`
	MaxRetries         types.Number `tfsdk:"max_retries"`
	FullRefresh        types.Bool   `tfsdk:"full_refresh"`
	AllowHTTP          types.Bool   `tfsdk:"allow_http"`
}

// providerSchema has no required attribute: Terraform would ask for it at a
// prompt, and print what was typed in its trace log.
func providerSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Manages and reads secrets in [HelvetiSafe](https://helvetisafe.ch). " +
			"Values are encrypted and decrypted on the machine that runs Terraform; the server holds ciphertext only.\n\n" +
			"Each attribute can come from the environment instead, and an attribute beats its variable. " +
			"An empty variable counts as unset (except `HELVETISAFE_ORG_KEY_FINGERPRINTS`, which is an error if it is empty), and an empty attribute is an error. " +
			"If the configuration names any attribute of one way to authenticate (or of one key source), the variables of the other ways (sources) are ignored. " +
			"Configuring the provider makes no request; tokens and keys are fetched on first use.",
		Attributes: map[string]schema.Attribute{
			"base_url": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "The server's address, such as `https://vault.example.com`. It can have a path, but no user name, query or fragment. " +
					"`http` is accepted for loopback (`localhost`, `127.0.0.0/8`, `::1`) only, or with `allow_http = true`. There is no default. " + variable(envBaseURL),
			},
			"client_id": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "The service account's client id, for authentication by OAuth 2.0 client credentials. It needs `client_secret` and excludes `api_token`. " +
					variable(envClientID),
			},
			"client_secret": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "The service account's client secret. It needs `client_id` and excludes `api_token`. " + variable(envClientSecret),
			},
			"scopes": schema.SetAttribute{
				Optional:    true,
				ElementType: types.StringType,
				MarkdownDescription: "The scopes to request with client credentials. All five by default: " +
					"`secrets:read`, `secrets:write`, `secrets:delete`, `secrets:list`, `credentials:read`. " +
					"Setting this does not choose a way to authenticate. " + variable(envScopes) + " Its scopes are separated by spaces.",
			},
			"api_token": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "A token made in the portal, for authentication without client credentials. It excludes `client_id` and `client_secret`. " +
					variable(envAPIToken),
			},
			"private_key_path": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "The path of the file that holds the service account's RSA private key in PEM (PKCS#1 or PKCS#8, not encrypted). " +
					"It excludes `private_key_pem` and `password`. Without any of the three, only what needs the Org Key fails. " + variable(envPrivateKeyPath),
			},
			"private_key_pem": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "The service account's RSA private key itself, in PEM. It may be as CI systems store it: with line ends that are spelled out as `\\n`, " +
					"turned into spaces, or gone, or with quotes around it. The base64 of a PEM is refused. " +
					"It excludes `private_key_path` and `password`. " + variable(envPrivateKeyPEM),
			},
			"password": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "The account's password, which unlocks the private key that the server keeps encrypted. " +
					"Terraform brings strings to Unicode NFC; a password in another form works by the variable only. " +
					"It excludes `private_key_path` and `private_key_pem`. " + variable(envPassword),
			},
			"org_key_fingerprints": schema.SetAttribute{
				Optional:    true,
				ElementType: types.StringType,
				MarkdownDescription: "Fingerprints of the Org Keys that are accepted, as the data source `helvetisafe_org_key` shows them (`SHA256:` and 22 characters). " +
					"With any set, every other Org Key is refused before a value is read or written. " +
					"Without any, a value is neither written nor read under another key than those recorded in the resources that this run has seen so far. " +
					variable(envOrgKeyFingerprints) + " Its fingerprints are separated by commas, and it must hold one at least if it is set.",
			},
			"ca_cert_pem": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Certificates of a private CA, in PEM, which are trusted in addition to the system's. It excludes `ca_cert_path`. " +
					"Proxies are configured by the usual `HTTPS_PROXY` and `NO_PROXY`. " + variable(envCACertPEM),
			},
			"ca_cert_path": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "The file that holds certificates of a private CA, in PEM, which are trusted in addition to the system's. It excludes `ca_cert_pem`. " +
					variable(envCACertPath),
			},
			"request_timeout": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "How long each attempt at a request may take, the answer's body included, as a Go duration such as `30s` or `1m30s`. " +
					"Defaults to `30s`. " + variable(envRequestTimeout),
			},
			// Not Int64Attribute: the framework would call a fraction a defect in the provider.
			"max_retries": schema.NumberAttribute{
				Optional: true,
				MarkdownDescription: "How often a request is retried after a failure that may pass (no connection, 429, 5xx). " +
					"Defaults to `4`; `0` never retries. " + variable(envMaxRetries),
			},
			"full_refresh": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether a refresh reads every secret. By default one list request shows which secrets are unchanged, and only the others are read. " +
					"Defaults to `false`. " + variable(envFullRefresh),
			},
			"allow_http": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether `base_url` can be `http` to any host. Tokens then cross the network in the clear; values are still encrypted. " +
					"Defaults to `false`. " + variable(envAllowHTTP),
			},
		},
	}
}

// variable is the sentence that names an attribute's variable.
func variable(name string) string {
	return "It can be set by the environment variable `" + name + "`."
}
