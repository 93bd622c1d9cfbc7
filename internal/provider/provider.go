// Package provider is the Terraform side: schemas, plan logic, and the code that turns
// models into calls of the client and errors into diagnostics. It never sees the
// cryptography itself.
package provider

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
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

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
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

// helvetisafeProvider is the provider. provider_config.go makes its client.
type helvetisafeProvider struct {
	version string
	now     func() time.Time // tells when a generated value is due; tests set their own
	// validated says that Terraform has had a configuration validated, as it does before it
	// configures a provider for a plan or an apply. Only terraform test doesn't, if a test
	// file has the provider block, and then it plans and applies with one instance.
	validated atomic.Bool
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
func (p *helvetisafeProvider) ValidateConfig(_ context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	p.validated.Store(true)
	environment := func(name string) (string, bool) {
		if name == variableOf("allow_http") {
			return os.LookupEnv(name)
		}
		return "", false
	}
	resolve(req.Config.Raw, environment, false, &resp.Diagnostics).newClient()
}

// Configure makes the instance that every resource works with. It makes no
// request.
func (p *helvetisafeProvider) Configure(_ context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	s := resolve(req.Config.Raw, os.LookupEnv, true, &resp.Diagnostics)
	s.config.UserAgent = fmt.Sprintf("terraform-provider-helvetisafe/%s (%s)", p.version, req.TerraformVersion)
	// The records hold no header, query or body (rest.LogFunc), so nothing needs masking.
	s.config.Log = func(ctx context.Context, fields map[string]any) { tflog.Debug(ctx, "HelvetiSafe request", fields) }
	client := s.newClient()
	if resp.Diagnostics.HasError() {
		return
	}
	i := &instance{
		origins: s.origins, pending: s.pending,
		Run: reconcile.Run{ID: rand.Text(), Now: p.now, FullRefresh: s.fullRefresh, Client: client, ManyWalks: !p.validated.Load()},
	}
	warnReadable(s.config.Key, &resp.Diagnostics)
	warnProtocolData(&resp.Diagnostics)
	resp.DataSourceData, resp.ResourceData = i, i
	resp.EphemeralResourceData, resp.ListResourceData = i, i
}

// instance is one configured provider; an alias is an instance of its own. It is
// what Configure hands to every resource, and safe for concurrent use.
type instance struct {
	origins                 // errors become diagnostics by them
	reconcile.Run           // its Client is nil while something is pending
	pending       []string  // the provider attributes that aren't known yet
	unpinned      sync.Once // the warning that nothing pins the Org Key
}

// instanceFrom is the one cast of what Configure handed out. Terraform validates before
// it configures: data is nil then, and so is the result.
func instanceFrom(data any, diags *diag.Diagnostics) *instance {
	if data == nil {
		return nil
	}
	i, ok := data.(*instance)
	if !ok {
		diags.AddError("A defect in the provider",
			fmt.Sprintf("A part of the provider was configured with %T. Please report this.", data))
		return nil
	}
	return i
}

// ready reports whether there is a client. If there isn't, diags names the attribute whose
// value isn't known yet.
func (i *instance) ready(diags *diag.Diagnostics) bool {
	if i.Client == nil {
		diags.AddError("The provider's configuration isn't known yet",
			fmt.Sprintf("`%s` of the provider helvetisafe depends on something that has not been applied yet, and it is needed now. "+
				"Apply what it depends on first, for example with -target, or give it a value that is known when planning.", i.pending[0]))
	}
	return i.Client != nil
}

// warnReadable warns of a private key that other users of the machine can read.
// Windows keeps its permissions elsewhere.
func warnReadable(key helvetisafe.KeySource, diags *diag.Diagnostics) {
	if key.Path == "" || runtime.GOOS == "windows" {
		return
	}
	info, err := os.Stat(key.Path)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o044 == 0 {
		return // a file that can't be read is told when it is needed
	}
	diags.AddWarning("Others can read the private key",
		fmt.Sprintf("The file in `private_key_path` can be read by its group or by everyone (mode %#o). Run chmod 600 on it.", info.Mode().Perm()))
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

// providerSchema has no required attribute: Terraform would ask for it at a
// prompt, and print what was typed in its trace log.
func providerSchema() schema.Schema {
	attributes := make(map[string]schema.Attribute, len(options))
	for _, o := range options {
		attributes[o.name] = o.attribute()
	}
	return schema.Schema{
		MarkdownDescription: "Manages and reads secrets in [HelvetiSafe](https://helvetisafe.ch). " +
			"Values are encrypted and decrypted on the machine that runs Terraform; the server holds ciphertext only.\n\n" +
			"Each attribute can come from the environment instead, and an attribute beats its variable. " +
			"An empty variable counts as unset (except `HELVETISAFE_ORG_KEY_FINGERPRINTS`, which is an error if it is empty), and an empty attribute is an error. " +
			"If the configuration names any attribute of one way to authenticate (or of one key source), the variables of the other ways (sources) are ignored. " +
			"Configuring the provider makes no request; tokens and keys are fetched on first use.",
		Attributes: attributes,
	}
}

// option is an attribute of the provider block, for which an environment variable can
// stand in.
type option struct {
	name        string
	kind        optionKind
	sensitive   bool
	description string
	split       func(string) []string // the elements of a set in its variable
	rule        rule                  // how its value must arrive; nil for any way
	// take puts it into the settings. It is nil if the first option of its group, such as
	// client_id for all that authenticates, takes it along.
	take func(*settings, setting)
}

type optionKind int

const (
	textOption optionKind = iota
	setOption
	numberOption
	flagOption
)

// options are the attributes of the provider block: whatever is particular to one of them
// is in its row.
var options = []option{
	{
		name: "base_url", rule: isWord,
		take: (*settings).takeBaseURL,
		description: "The server's address, such as `https://vault.example.com`. It can have a path, but no user name, query or fragment. " +
			"`http` is accepted for loopback (`localhost`, `127.0.0.0/8`, `::1`) only, or with `allow_http = true`. There is no default.",
	},
	{
		name: "client_id", rule: isWord,
		take:        (*settings).takeAuth,
		description: "The service account's client id, for authentication by OAuth 2.0 client credentials. It needs `client_secret` and excludes `api_token`.",
	},
	{
		name: "client_secret", sensitive: true, rule: isWord,
		description: "The service account's client secret. It needs `client_id` and excludes `api_token`.",
	},
	{
		name: "scopes", kind: setOption, split: strings.Fields, rule: holdsNoKey,
		description: "The scopes to request with client credentials. All five by default: " +
			"`secrets:read`, `secrets:write`, `secrets:delete`, `secrets:list`, `credentials:read`. " +
			"Setting this does not choose a way to authenticate. In the environment variable, scopes are separated by spaces.",
	},
	{
		name: "api_token", sensitive: true, rule: isWord,
		description: "A token made in the portal, for authentication without client credentials. It excludes `client_id` and `client_secret`.",
	},
	{
		name: "private_key_path", rule: isPathOf("private_key_pem"),
		take: (*settings).takeKey,
		description: "The path of the file that holds the service account's RSA private key in PEM (PKCS#1 or PKCS#8, not encrypted). " +
			"It excludes `private_key_pem` and `password`. Without any of the three, only what needs the Org Key fails.",
	},
	{
		name: "private_key_pem", sensitive: true,
		description: "The service account's RSA private key itself, in PEM. It may be as CI systems store it: with line ends that are spelled out as `\\n`, " +
			"turned into spaces, or gone, or with quotes around it. The base64 of a PEM is refused. " +
			"It excludes `private_key_path` and `password`.",
	},
	{
		name: "password", sensitive: true, rule: isPassword,
		description: "The account's password, which unlocks the private key that the server keeps encrypted. " +
			"Terraform brings strings to Unicode NFC; a password in another form works only in the variable. " +
			"It excludes `private_key_path` and `private_key_pem`.",
	},
	{
		name: "org_key_fingerprints", kind: setOption, split: splitComma, rule: holdsNoKey,
		description: "Fingerprints of the Org Keys that are accepted, as the data source `helvetisafe_org_key` shows them (`SHA256:` and 22 characters). " +
			"With any set, every other Org Key is refused before a value is read or written. " +
			"Without any, a value is neither written nor read under another key than those recorded in the resources that this run has seen so far. " +
			"In the environment variable, fingerprints are separated by commas; if it is set, it must hold at least one.",
	},
	{
		name: "ca_cert_pem",
		take: (*settings).takeCA,
		description: "Certificates of a private CA, in PEM, which are trusted in addition to the system's. It excludes `ca_cert_path`. " +
			"Proxies are configured by the usual `HTTPS_PROXY` and `NO_PROXY`.",
	},
	{
		name: "ca_cert_path", rule: isPathOf("ca_cert_pem"),
		description: "The file that holds certificates of a private CA, in PEM, which are trusted in addition to the system's. It excludes `ca_cert_pem`.",
	},
	{
		name: "request_timeout", rule: isWord,
		take:        func(s *settings, v setting) { s.config.RequestTimeout = s.duration(v) },
		description: "How long each attempt at a request may take, the answer's body included, as a Go duration such as `30s` or `1m30s`. Defaults to `30s`.",
	},
	{
		name: "max_retries", kind: numberOption, rule: isWord,
		take:        func(s *settings, v setting) { s.config.MaxRetries = s.number(v, defaultMaxRetries) },
		description: "How often a request is retried after a failure that may pass (no connection, 429, 5xx). Defaults to `4`; `0` never retries.",
	},
	{
		name: "allow_http", kind: flagOption, rule: isWord,
		take: func(s *settings, v setting) {
			s.need(v)
			s.config.AllowHTTP = s.flag(v) // on if unknown: an http base_url may turn out right
		},
		description: "Whether `base_url` can be `http` to any host. Tokens then cross the network in the clear; values are still encrypted. " +
			"Defaults to `false`.",
	},
	{
		name: "full_refresh", kind: flagOption, rule: isWord,
		take: func(s *settings, v setting) { s.fullRefresh = s.flag(v) }, // on if unknown: right in both cases
		description: "Whether a refresh reads every secret. By default one list request shows which secrets are unchanged, and only the others are read. " +
			"Defaults to `false`.",
	},
}

// attribute is the option's part of the schema.
func (o option) attribute() schema.Attribute {
	text := o.description + " It can be set by the environment variable `" + variableOf(o.name) + "`."
	switch o.kind {
	case setOption:
		return schema.SetAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: text}
	case numberOption: // Int64Attribute would have the framework call a fraction a defect in the provider
		return schema.NumberAttribute{Optional: true, MarkdownDescription: text}
	case flagOption:
		return schema.BoolAttribute{Optional: true, MarkdownDescription: text}
	case textOption:
	}
	return schema.StringAttribute{Optional: true, Sensitive: o.sensitive, MarkdownDescription: text}
}

// variableOf is the environment variable that stands in for an attribute.
func variableOf(attribute string) string { return "HELVETISAFE_" + strings.ToUpper(attribute) }

// splitComma splits the list in a variable. It keeps blank parts, so that they are
// refused.
func splitComma(s string) []string {
	parts := strings.Split(s, ",")
	for i, part := range parts {
		parts[i] = strings.TrimSpace(part)
	}
	return parts
}
