package provider

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// misplaced are the account's secrets in the forms in which they are put into a
// wrong place. own is where the form belongs.
func misplaced(v *acctest.Vault) []struct{ name, value, own string } {
	pem := strings.TrimSpace(v.PEM)
	return []struct{ name, value, own string }{
		{"pem", pem, "private_key_pem"},
		{"spelled", strings.ReplaceAll(pem, "\n", `\n`), "private_key_pem"},
		{"one_line", strings.ReplaceAll(pem, "\n", " "), "private_key_pem"},
		{"base64", base64.StdEncoding.EncodeToString([]byte(pem)), ""},
		{"body", strings.Join(strings.Split(pem, "\n")[1:27], ""), ""},
		{"client_secret", v.ClientSecret, "client_secret"},
		{"api_token", v.APIToken, "api_token"},
		{"password", v.Password, "password"},
	}
}

// textAttributes are the provider's attributes that take a text, each with the
// others of its kind that go when it comes.
var textAttributes = map[string][]string{
	"base_url": {}, "client_id": {}, "client_secret": {}, "api_token": {"client_id", "client_secret"}, "scopes": {},
	"private_key_path": {}, "private_key_pem": {"private_key_path"}, "password": {"private_key_path"}, "org_key_fingerprints": {},
	"ca_cert_pem": {}, "ca_cert_path": {}, "request_timeout": {},
}

// TestAccLeaksOfMisplacedSecrets puts each secret into each wrong attribute, from a
// variable that is sensitive and ephemeral, and looks at the console and the trace.
func TestAccLeaksOfMisplacedSecrets(t *testing.T) {
	v := acctest.Start(t)
	v.ExpectViolation("") // a wrong secret reaches the server where a right one would
	good := map[string]string{"base_url": v.URL, "client_id": v.ClientID, "client_secret": v.ClientSecret, "private_key_path": v.PEMPath}
	for _, secret := range misplaced(v) {
		t.Run(secret.name, func(t *testing.T) {
			var config strings.Builder
			config.WriteString(required + "variable \"secret\" {\n  sensitive = true\n  ephemeral = true\n}\n")
			errors := 0
			for _, attribute := range slices.Sorted(maps.Keys(textAttributes)) {
				if attribute == secret.own {
					continue
				}
				errors++
				block := maps.Clone(good)
				for _, other := range textAttributes[attribute] {
					delete(block, other)
				}
				delete(block, attribute)
				fmt.Fprintf(&config, "provider \"helvetisafe\" {\n  alias = %q\n  max_retries = 0\n", attribute)
				for _, name := range slices.Sorted(maps.Keys(block)) {
					fmt.Fprintf(&config, "  %s = %q\n", name, block[name])
				}
				value := "var.secret"
				if attribute == "scopes" || attribute == "org_key_fingerprints" {
					value = "[var.secret]"
				}
				fmt.Fprintf(&config, "  %s = %s\n}\ndata \"helvetisafe_org_key\" %q {\n  provider = helvetisafe.%s\n}\n", attribute, value, attribute, attribute)
			}
			c := newCLI(t, config.String(), "TF_LOG=TRACE", "TF_LOG_PATH=trace.log", "TF_VAR_secret="+secret.value)
			out, err := c.Run("plan", "-no-color")
			if err == nil || strings.Count(out, "Error: ") != errors {
				t.Errorf("%d errors, want %d:\n%s", strings.Count(out, "Error: "), errors, out)
			}
			scanAll(t, v, c, "a secret in a wrong attribute", out)
		})
	}
}

// TestAccLeaksOfMisplacedVariables does it by the environment: the whole private key
// in each variable, and the other secrets in those that name files.
func TestAccLeaksOfMisplacedVariables(t *testing.T) {
	v := acctest.Start(t)
	v.ExpectViolation("")
	good := map[string]string{"base_url": v.URL, "client_id": v.ClientID, "client_secret": v.ClientSecret, "private_key_path": v.PEMPath}
	others := maps.Clone(textAttributes)
	others["max_retries"], others["full_refresh"], others["allow_http"] = nil, nil, nil
	secrets := misplaced(v)
	for _, attribute := range slices.Sorted(maps.Keys(others)) {
		for _, secret := range secrets {
			v.Server.ResetRequests()
			if secret.own == attribute || secret.name != "pem" && secret.name != "base64" && !strings.HasSuffix(attribute, "_path") {
				continue
			}
			t.Run(attribute+"/"+secret.name, func(t *testing.T) {
				env := []string{"TF_LOG=TRACE", "TF_LOG_PATH=trace.log"}
				set := maps.Clone(good)
				for _, other := range others[attribute] {
					delete(set, other)
				}
				set[attribute] = secret.value
				for name, value := range set {
					env = append(env, "HELVETISAFE_"+strings.ToUpper(name)+"="+value)
				}
				c := newCLI(t, required+"provider \"helvetisafe\" {}\ndata \"helvetisafe_org_key\" \"this\" {}\n", env...)
				out, err := c.Run("plan", "-no-color")
				variable := "HELVETISAFE_" + strings.ToUpper(attribute)
				if err == nil || strings.Count(out, "Error: ") != 1 || !strings.Contains(out, variable) {
					t.Errorf("want one error that names %s: %v\n%s", variable, err, out)
				}
				if strings.HasSuffix(attribute, "_path") && secret.own == "private_key_pem" && !strings.Contains(out, "`private_key_pem`") {
					t.Errorf("it doesn't say where the key belongs:\n%s", out)
				}
				scanAll(t, v, c, "a secret in a wrong variable", out)
				if secret.own == "private_key_pem" || secret.own == "" {
					v.ExpectCounts(t, nil) // a key leaves the machine in no request
				}
			})
		}
	}
}
