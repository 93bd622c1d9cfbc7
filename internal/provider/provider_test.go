package provider

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// secretNames are the attributes that can hold a secret, in whatever they appear.
var secretNames = []string{
	"client_secret", "api_token", "private_key_pem", "password",
	"value", "value_wo", "value_base64", "values", "data", "data_wo",
}

// openNames are those that hold none. Each attribute is in one of the two lists.
var openNames = []string{
	"base_url", "client_id", "scopes", "private_key_path", "org_key_fingerprints", "ca_cert_pem", "ca_cert_path",
	"request_timeout", "max_retries", "full_refresh", "allow_http",
	"key", "keys", "key_prefix", "key_regex", "expires_before", "include_values", "secrets", "wait_for",
	"value_wo_version", "data_wo_version", "expires_at", "adopt_existing", "deletion_protection", "created_at", "updated_at", "version",
	"org_key_fingerprint", "fingerprint",
	"generate", "length", "bytes", "encoding", "lower", "upper", "numeric", "special", "min_lower", "min_upper", "min_numeric", "min_special",
	"override_special", "rotation_days", "generate_version", "rotated_at",
}

func TestSchemas(t *testing.T) {
	schemas, err := (&core{t: t}).server().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(schemas.Diagnostics) > 0 {
		t.Fatal(err, schemas.Diagnostics)
	}
	for _, attribute := range schemas.Provider.Block.Attributes {
		if attribute.Required || !attribute.Optional {
			t.Errorf("provider: %s is not optional, so Terraform asks for it at a prompt", attribute.Name)
		}
	}
	for kind, group := range map[string]map[string]*tfprotov6.Schema{
		"provider":           {"helvetisafe": schemas.Provider},
		"resource":           schemas.ResourceSchemas,
		"data source":        schemas.DataSourceSchemas,
		"ephemeral resource": schemas.EphemeralResourceSchemas,
		"list resource":      schemas.ListResourceSchemas,
	} {
		if len(group) == 0 {
			t.Errorf("there is no %s", kind)
		}
		for name, schema := range group {
			where := kind + " " + name
			if !isSentence(schema.Block.Description) {
				t.Errorf("%s: the description %q is not a sentence", where, schema.Block.Description)
			}
			walkSchema(t, where, schema.Block.Attributes)
		}
	}
}

func walkSchema(t *testing.T, where string, schema []*tfprotov6.SchemaAttribute) {
	for _, a := range schema {
		name := where + " " + a.Name
		if !isSentence(a.Description) {
			t.Errorf("%s: the description %q is not a sentence", name, a.Description)
		}
		secret := slices.Contains(secretNames, a.Name)
		if secret == slices.Contains(openNames, a.Name) {
			t.Errorf("%s: say in this test whether it can hold a secret", name)
		}
		if secret && !a.Sensitive && !a.WriteOnly {
			t.Errorf("%s can hold a secret and is neither sensitive nor write-only", name)
		}
		if !secret && a.Sensitive {
			t.Errorf("%s holds no secret and is sensitive", name)
		}
		if a.NestedType != nil {
			walkSchema(t, name, a.NestedType.Attributes)
		}
	}
}

func isSentence(s string) bool {
	return len(s) > 1 && strings.HasSuffix(s, ".") && !strings.HasPrefix(s, " ")
}

// configureProvider validates and configures as Terraform does.
func configureProvider(t *testing.T, block attributes) []*tfprotov6.Diagnostic {
	t.Helper()
	c := &core{t: t}
	server := c.server()
	object := providerSchema().Type().TerraformType(t.Context()).(tftypes.Object)
	config := c.dynamic(object, c.value(object, block))
	validated, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	if len(validated.Diagnostics) > 0 {
		return validated.Diagnostics
	}
	configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.14.0", Config: config})
	if err != nil {
		t.Fatal(err)
	}
	return configured.Diagnostics
}

// TestBadProviderInput: one diagnostic each, which names the attribute, shows no
// secret, and points to no line that could.
func TestBadProviderInput(t *testing.T) {
	const secret = "hunter2-hunter2"
	good := attributes{"base_url": "https://vault.example.com", "client_id": "id", "client_secret": secret, "password": secret}
	for _, tc := range []struct {
		name  string
		block attributes // over good; nil leaves out
		env   map[string]string
		names []string
	}{
		{name: "two auth modes", block: attributes{"api_token": secret}, names: []string{"client_id", "api_token"}},
		{name: "no auth mode", block: attributes{"client_id": nil, "client_secret": nil}, names: []string{"client_id", "client_secret", "api_token"}},
		{name: "half of one", block: attributes{"client_id": nil}, names: []string{"client_id"}},
		{name: "a blank token", block: attributes{"client_id": nil, "client_secret": nil, "api_token": " "}, names: []string{"api_token"}},
		{name: "a token with a line end", block: attributes{"client_id": nil, "client_secret": nil, "api_token": secret + "\n"}, names: []string{"api_token"}},
		{name: "two modes in the environment", block: attributes{"client_id": nil, "client_secret": nil}, env: map[string]string{"HELVETISAFE_CLIENT_SECRET": secret, "HELVETISAFE_API_TOKEN": secret}, names: []string{"HELVETISAFE_CLIENT_SECRET", "HELVETISAFE_API_TOKEN"}},
		{name: "two key sources", block: attributes{"private_key_pem": secret}, names: []string{"private_key_pem", "password"}},
		{name: "two key sources in the environment", block: attributes{"password": nil}, env: map[string]string{"HELVETISAFE_PRIVATE_KEY_PEM": secret, "HELVETISAFE_PASSWORD": secret}, names: []string{"HELVETISAFE_PRIVATE_KEY_PEM", "HELVETISAFE_PASSWORD"}},
		{name: "an empty password", block: attributes{"password": ""}, names: []string{"password"}},
		{name: "http", block: attributes{"base_url": "http://vault.example.com"}, names: []string{"base_url", "allow_http"}},
		{name: "a password in the address", block: attributes{"base_url": "https://u:" + secret + "@vault.example.com"}, names: []string{"base_url"}},
		{name: "a token in the address", block: attributes{"base_url": "https://vault.example.com?token=" + secret}, names: []string{"base_url"}},
		{name: "no address", block: attributes{"base_url": nil}, names: []string{"base_url", "HELVETISAFE_BASE_URL"}},
		{name: "a pin that is none", block: attributes{"org_key_fingerprints": []string{secret}}, names: []string{"org_key_fingerprints"}},
		{name: "a CA that is none", block: attributes{"ca_cert_pem": secret}, names: []string{"ca_cert_pem"}},
		{name: "a CA file that is missing", block: attributes{"ca_cert_path": "no-such.pem"}, names: []string{"ca_cert_path", "no such file"}},
		{name: "a timeout that is none", block: attributes{"request_timeout": secret}, names: []string{"request_timeout"}},
		{name: "retries that are none", env: map[string]string{"HELVETISAFE_MAX_RETRIES": secret}, names: []string{"max_retries", "HELVETISAFE_MAX_RETRIES"}},
		{name: "a switch that is none", env: map[string]string{"HELVETISAFE_FULL_REFRESH": secret}, names: []string{"full_refresh", "HELVETISAFE_FULL_REFRESH"}},
		{name: "an empty scope", block: attributes{"scopes": []string{""}}, names: []string{"scopes"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			acctest.ClearEnv(t)
			for name, value := range tc.env {
				t.Setenv(name, value)
			}
			block := attributes{}
			for _, set := range []attributes{good, tc.block} {
				for name, value := range set {
					block[name] = value
				}
			}
			diags := configureProvider(t, block)
			if len(diags) != 1 || diags[0].Severity != tfprotov6.DiagnosticSeverityError {
				t.Fatalf("%d diagnostics, want one error", len(diags))
			}
			text := diags[0].Summary + "\n" + diags[0].Detail
			for _, name := range tc.names {
				if !strings.Contains(text, name) {
					t.Errorf("does not name %s: %s", name, text)
				}
			}
			if strings.Contains(text, "hunter2") {
				t.Error("the diagnostic shows a secret")
			}
			if diags[0].Attribute != nil && len(diags[0].Attribute.Steps()) > 0 {
				t.Error("the diagnostic points to a line that can hold a secret")
			}
		})
	}
}

func TestConfigureWarnings(t *testing.T) {
	acctest.ClearEnv(t)
	key := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(key, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	block := attributes{"base_url": "https://vault.example.com", "api_token": "token", "private_key_path": key}
	warnings := func() []string { return collect(outcome{}, configureProvider(t, block)).warnings }

	if got := warnings(); len(got) > 0 {
		t.Errorf("warnings although all is well: %q", got)
	}
	t.Setenv("TF_LOG_SDK_PROTO_DATA_DIR", t.TempDir())
	if got := warnings(); len(got) != 1 || !mentions(got, "TF_LOG_SDK_PROTO_DATA_DIR") {
		t.Errorf("protocol data is written: %q", got)
	}
	t.Setenv("TF_LOG_SDK_PROTO_DATA_DIR", "")
	if err := os.Chmod(key, 0o640); err != nil {
		t.Fatal(err)
	}
	got := warnings()
	if runtime.GOOS != "windows" && (len(got) != 1 || !mentions(got, "private_key_path") || !mentions(got, "0640")) {
		t.Errorf("the key can be read by a group: %q", got)
	}
	block["private_key_path"] = filepath.Join(t.TempDir(), "missing.pem")
	if got := warnings(); len(got) > 0 {
		t.Errorf("a missing file is for what needs it: %q", got)
	}
	directory := t.TempDir()
	if err := os.Chmod(directory, 0o755); err != nil {
		t.Fatal(err)
	}
	block["private_key_path"] = directory
	if got := warnings(); len(got) > 0 {
		t.Errorf("a directory is called a key that others can read: %q", got)
	}
}

// configured returns what Configure hands out.
func configured(t *testing.T, block attributes) provider.ConfigureResponse {
	t.Helper()
	p := New("1.2.3")()
	schema := providerSchema()
	object := schema.Type().TerraformType(t.Context()).(tftypes.Object)
	var resp provider.ConfigureResponse
	p.Configure(t.Context(), provider.ConfigureRequest{
		TerraformVersion: "1.14.0", Config: tfsdk.Config{Schema: schema, Raw: (&core{t: t}).value(object, block)},
	}, &resp)
	if resp.Diagnostics.HasError() {
		t.Fatal(resp.Diagnostics)
	}
	return resp
}

// TestConfigureMakesNoRequest, whatever is configured: validation neither.
func TestConfigureMakesNoRequest(t *testing.T) {
	v := acctest.Start(t)
	for _, changes := range []attributes{
		{"org_key_fingerprints": []string{v.OrgKey.Fingerprint()}, "full_refresh": true},
		{"private_key_path": nil, "password": v.Password},
		{"private_key_path": nil, "private_key_pem": v.PEM, "client_id": nil, "client_secret": nil, "api_token": v.APIToken},
	} {
		newRPC(t, vaultBlock(v, changes))
	}
	v.ExpectCounts(t, nil)
}

func TestConfigureHandsOutOneInstance(t *testing.T) {
	acctest.ClearEnv(t)
	block := attributes{"base_url": "https://vault.example.com", "api_token": "token", "full_refresh": true}
	resp, other := configured(t, block), configured(t, block)
	var diags diag.Diagnostics
	first := instanceFrom(resp.ResourceData, &diags)
	for name, data := range map[string]any{"data sources": resp.DataSourceData, "ephemeral resources": resp.EphemeralResourceData, "list resources": resp.ListResourceData} {
		if instanceFrom(data, &diags) != first {
			t.Errorf("%s have an instance of their own", name)
		}
	}
	if !first.ready(&diags) || diags.HasError() || !first.FullRefresh {
		t.Errorf("the instance is not complete: %v", diags)
	}
	second := instanceFrom(other.ResourceData, &diags)
	first.MarkMade("a")
	if !first.Made("a") || first.Made("b") || second.Made("a") {
		t.Error("what was written is not kept for each instance")
	}
}

func TestInstanceWaitsForUnknown(t *testing.T) {
	acctest.ClearEnv(t)
	for _, name := range []string{"base_url", "api_token", "request_timeout", "ca_cert_path"} {
		t.Run(name, func(t *testing.T) {
			block := attributes{"base_url": "https://vault.example.com", "api_token": "token"}
			block[name] = unknown
			var diags diag.Diagnostics
			ready := instanceFrom(configured(t, block).ResourceData, &diags).ready(&diags)
			if ready || diags.ErrorsCount() != 1 || !strings.Contains(diags[0].Detail(), "`"+name+"`") {
				t.Errorf("the error does not name the attribute: %v", diags)
			}
		})
	}
}

func TestInstanceFrom(t *testing.T) {
	var diags diag.Diagnostics
	if instanceFrom(nil, &diags) != nil || diags.HasError() {
		t.Error("before Configure there is neither an instance nor an error")
	}
	if instanceFrom("something else", &diags) != nil || !diags.HasError() {
		t.Error("anything else is an error")
	}
}

// TestEveryAttributeHasAVariable: as README and docs say, each attribute has one, named
// like it, that its description names and that is read.
func TestEveryAttributeHasAVariable(t *testing.T) {
	for name, attribute := range providerSchema().Attributes {
		variable := "HELVETISAFE_" + strings.ToUpper(name)
		if !strings.Contains(attribute.GetMarkdownDescription(), "`"+variable+"`") {
			t.Errorf("the description of %s doesn't name %s", name, variable)
		}
		var asked []string
		var diags diag.Diagnostics
		resolve(tftypes.Value{}, func(name string) (string, bool) {
			asked = append(asked, name)
			return "", false
		}, false, &diags)
		if !slices.Contains(asked, variable) {
			t.Errorf("%s is never read", variable)
		}
	}
}
