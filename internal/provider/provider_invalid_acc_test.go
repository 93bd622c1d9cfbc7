package provider

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
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
		{"retries that are not a whole number", oauth + "max_retries = 1.5", []string{"max_retries", "not a whole number"}},
		{"a timeout that is none", oauth + "request_timeout = " + quoted, []string{"request_timeout"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := acctest.Start(t)
			v.ExpectViolation("invalid_client")
			c := newCLI(t, required+"provider \"helvetisafe\" {\nbase_url = "+strconv.Quote(v.URL)+"\n"+tc.body+"\n}\n"+
				block("key = \"k\"\nvalue = \""+literal+"-value\""))
			out, err := c.Run("apply", "-auto-approve", "-no-color")
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

// TestAccProviderFirstUse: what only the first use can tell names the variable that
// the value came from.
func TestAccProviderFirstUse(t *testing.T) {
	v := acctest.Start(t)
	v.ExpectViolation("invalid_client")
	other := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(other, []byte(otherKey(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		auth acctest.Auth
		key  acctest.Key
		env  string
		says []string
	}{
		{"a wrong client secret", acctest.OAuth, acctest.PEMFile, "CLIENT_SECRET=lItErAl-9c1d", []string{"environment variables HELVETISAFE_CLIENT_ID and HELVETISAFE_CLIENT_SECRET"}},
		{"a scope that the account lacks", acctest.OAuth, acctest.PEMFile, "SCOPES=secrets:list", []string{"HELVETISAFE_SCOPES"}},
		{"a wrong token", acctest.Token, acctest.PEMFile, "API_TOKEN=lItErAl-9c1d", []string{"HELVETISAFE_API_TOKEN"}},
		{"a wrong password", acctest.Token, acctest.Password, "PASSWORD=lItErAl-9c1d", []string{"HELVETISAFE_PASSWORD", "mistyped"}},
		{"a password in quotes", acctest.Token, acctest.Password, "PASSWORD=\"" + v.Password + "\"", []string{"HELVETISAFE_PASSWORD", "it is in quotes, which count as a part of it"}},
		{"another account's key", acctest.Token, acctest.PEMFile, "PRIVATE_KEY_PATH=" + other, []string{"HELVETISAFE_PRIVATE_KEY_PATH", "not for this private key"}},
		{"another account's key as text", acctest.Token, acctest.PEMText, "PRIVATE_KEY_PEM=" + otherKey(t), []string{"HELVETISAFE_PRIVATE_KEY_PEM"}},
		{"a key in base64", acctest.Token, acctest.PEMText, "PRIVATE_KEY_PEM=" + base64.StdEncoding.EncodeToString([]byte(v.PEM)), []string{"HELVETISAFE_PRIVATE_KEY_PEM", "this is the base64 of a PEM"}},
		{"a path that names nothing", acctest.Token, acctest.PEMFile, "PRIVATE_KEY_PATH=lItErAl-9c1d", []string{"HELVETISAFE_PRIVATE_KEY_PATH", "no such file"}},
		{"a pin of another key", acctest.Token, acctest.PEMFile, "ORG_KEY_FINGERPRINTS=" + pin, []string{"HELVETISAFE_ORG_KEY_FINGERPRINTS"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v.Server.Configure(func(o *devserver.Options) { o.Accounts[0].Scopes = []string{"credentials:read"} })
			env := append(v.Env(tc.auth, tc.key), "HELVETISAFE_"+tc.env)
			if !strings.HasPrefix(tc.env, "SCOPES") {
				env = append(env, "HELVETISAFE_SCOPES=credentials:read")
			}
			c := newCLI(t, required+"provider \"helvetisafe\" {}\ndata \"helvetisafe_org_key\" \"this\" {}\n", env...)
			out, err := c.Run("plan", "-no-color")
			if err == nil || strings.Count(out, "Error: ") != 1 {
				t.Errorf("want one error:\n%s", out)
			}
			for _, part := range tc.says {
				if !saysOn(out, part) {
					t.Errorf("it doesn't say %q:\n%s", part, out)
				}
			}
			leakMarkers(v).ExpectNotIn(t, "the output", []byte(out))
			if strings.Contains(out, "lItErAl") {
				t.Errorf("it shows the value:\n%s", out)
			}
		})
	}
}

// otherKey is a private key that opens nothing.
func otherKey(t *testing.T) string {
	t.Helper()
	key := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	return pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key), nil)
}
