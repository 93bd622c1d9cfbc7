package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

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
