package provider

import (
	"strconv"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// TestAccProviderInvalid: a provider block with a mistake in it is one error that
// names the attribute, and the CLI prints no line of the source with a literal
// secret in it.
func TestAccProviderInvalid(t *testing.T) {
	const literal = "lItErAl-9c1d"
	quoted := strconv.Quote(literal)
	oauth := "client_id = \"id\"\nclient_secret = " + quoted + "\n"
	for _, tc := range []struct {
		name string
		body string // of the provider block; base_url is there
		says []string
	}{
		{"two auth modes", oauth + "api_token = " + quoted, []string{"client_id", "api_token"}},
		{"half of one", "client_secret = " + quoted, []string{"client_id", "not set"}},
		{"none", "password = " + quoted, []string{"No credentials", "api_token"}},
		{"a blank token", `api_token = " "`, []string{"api_token"}},
		{"two key sources", oauth + "private_key_pem = " + quoted + "\npassword = " + quoted, []string{"private_key_pem", "password"}},
		{"three key sources", oauth + "private_key_path = \"x\"\nprivate_key_pem = " + quoted + "\npassword = " + quoted, []string{"private_key_path", "private_key_pem", "password"}},
		{"a private key that is none", oauth + "private_key_pem = " + quoted, []string{"private_key_pem", "PEM"}},
		{"a private key that is missing", oauth + `private_key_path = "no-such.pem"`, []string{"private_key_path", "no such file"}},
		{"a wrong client secret", oauth + "password = " + quoted, []string{"client_secret", "invalid_client"}},
		{"a pin that is none", oauth + "org_key_fingerprints = [" + quoted + "]", []string{"org_key_fingerprints"}},
		{"a CA that is none", oauth + "ca_cert_pem = " + quoted, []string{"ca_cert_pem"}},
		{"retries that are no whole number", oauth + "max_retries = 1.5", []string{"max_retries", "no whole number"}},
		{"a timeout that is none", oauth + "request_timeout = " + quoted, []string{"request_timeout"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := acctest.Start(t)
			v.ExpectViolation("invalid_client")
			c := newCLI(t, required+"provider \"helvetisafe\" {\nbase_url = "+strconv.Quote(v.URL)+"\n"+tc.body+"\n}\n"+
				block("key = \"k\"\nvalue = \""+literal+"-value\""))
			out, err := c.run("apply", "-auto-approve", "-no-color")
			if err == nil || strings.Count(out, "Error: ") != 1 {
				t.Errorf("want one error:\n%s", out)
			}
			for _, part := range tc.says {
				if !strings.Contains(out, part) {
					t.Errorf("it doesn't say %q:\n%s", part, out)
				}
			}
			if strings.Contains(out, literal) {
				t.Errorf("it shows a secret:\n%s", out)
			}
			v.NoWrites(t)
		})
	}
}
