package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// TestAccProviderUnknown: what isn't known when planning is no error until
// something needs it.
func TestAccProviderUnknown(t *testing.T) {
	v := acctest.Start(t)
	acctest.ClearEnv(t)
	const later = `
		resource "terraform_data" "later" {
		  input = { url = %q, secret = %q, path = %q }
		}`
	inputs := fmt.Sprintf(later, v.URL, v.ClientSecret, v.PEMPath)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(New("test")),
		CheckDestroy:             empty(v),
		Steps: []resource.TestStep{
			{
				Config: inputs + fmt.Sprintf(`
					provider "helvetisafe" {
					  base_url         = terraform_data.later.output.url
					  client_id        = %q
					  client_secret    = terraform_data.later.output.secret
					  private_key_path = terraform_data.later.output.path
					}
					`, v.ClientID) + block(`key = "k"
						value = "one"`),
				Check: holds(v, "k", `{"k":"one"}`),
			},
		},
	})
}

// TestAccProviderUnknownNeeded: a data source needs it at once.
func TestAccProviderUnknownNeeded(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("k", "x")
	c := newCLI(t, required+`
		resource "terraform_data" "later" { input = "`+v.PEMPath+`" }
		`+v.ProviderBlock(acctest.Token, acctest.NoKey, "private_key_path = terraform_data.later.output")+`
		data "helvetisafe_secret" "k" { key = "k" }
		data "helvetisafe_secret_metadata" "k" { key = "k" }`)
	out, err := c.Run("plan", "-no-color")
	if err == nil || strings.Count(out, "Error: ") != 1 || !strings.Contains(out, "private_key_path") || !strings.Contains(out, "data.helvetisafe_secret.k,") {
		t.Errorf("want one error, of what needs the key, that names it:\n%s", out)
	}
	c.MustRun("apply", "-auto-approve", "-target=terraform_data.later")
	c.MustRun("apply", "-auto-approve")
}

// TestAccProviderPasswordUnicode: Terraform brings the configuration to NFC, so a
// password in another form works by the variable only, and the error says so.
func TestAccProviderPasswordUnicode(t *testing.T) {
	const data = "data \"helvetisafe_org_key\" \"k\" {}\n"
	for name, password := range map[string]string{"NFC": "p\u00e4ss", "not NFC": "pa\u0308ss"} {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t, acctest.LockedWith(password))
			newCLI(t, required+"provider \"helvetisafe\" {}\n"+data, v.Env(acctest.OAuth, acctest.Password)...).MustRun("plan")
			out, err := newCLI(t, required+v.ProviderBlock(acctest.OAuth, acctest.Password)+data).Run("plan", "-no-color")
			switch {
			case name == "NFC":
				if err != nil {
					t.Errorf("in the block: %v\n%s", err, out)
				}
			case err == nil || !says("`password`", "works only in the variable HELVETISAFE_PASSWORD").MatchString(strings.ReplaceAll(out, "│", "")):
				t.Errorf("the error doesn't say what to do (%v):\n%s", err, out)
			}
		})
	}
}

// TestAccProviderAliases: each alias is an instance with its own server, account
// and key. The test framework serves all of them from one process, a CLI does not.
func TestAccProviderAliases(t *testing.T) {
	one, two := acctest.Start(t), acctest.Start(t)
	c := newCLI(t, required+one.Provider()+two.ProviderBlock(acctest.Token, acctest.Password, `alias = "two"`)+`
		resource "helvetisafe_secret" "test" {
		  key   = "k"
		  value = "one"
		}
		data "helvetisafe_secret" "one" { key = helvetisafe_secret.test.key }
		resource "helvetisafe_secret" "copy" {
		  provider = helvetisafe.two
		  key      = "k"
		  value    = "copy of ${data.helvetisafe_secret.one.value}"
		}`)
	c.MustRun("apply", "-auto-approve")
	for v, want := range map[*acctest.Vault]string{one: `{"k":"one"}`, two: `{"k":"copy of one"}`} {
		if got, _ := v.ReadPlain("k"); got != want {
			t.Errorf("%s holds another value than %q", v.URL, want)
		}
	}
	c.MustRun("destroy", "-auto-approve")
}

// TestAccProviderCA: a private CA by file and by text, and no trust without it.
func TestAccProviderCA(t *testing.T) {
	v := acctest.Start(t, acctest.TLS())
	v.WritePlain("k", "x")
	const data = "data \"helvetisafe_secret_metadata\" \"k\" {\n  key = \"k\"\n}\n"
	body := fmt.Sprintf("base_url = %q\napi_token = %q\nmax_retries = 0\n", v.URL, v.APIToken)
	config := func(extra string) string {
		return required + "provider \"helvetisafe\" {\n" + body + extra + "\n}\n" + data
	}
	newCLI(t, config(fmt.Sprintf("ca_cert_path = %q", v.CACertPath))).MustRun("plan")
	newCLI(t, config("ca_cert_pem = <<-EOT\n"+v.CACertPEM+"EOT")).MustRun("plan")
	newCLI(t, config(""), "HELVETISAFE_CA_CERT_PATH="+v.CACertPath).MustRun("plan")
	newCLI(t, config(""), "HELVETISAFE_CA_CERT_PEM="+strings.ReplaceAll(v.CACertPEM, "\n", `\n`)).MustRun("plan")
	newCLI(t, config("ca_cert_pem = <<EOT\n  \ufeff"+strings.ReplaceAll(v.CACertPEM, "\n", "\n  ")+"\nEOT")).MustRun("plan")
	damaged := strings.Replace(v.CACertPEM, "MII", "!!!", 1)
	for _, c := range []*cli{
		newCLI(t, config(""), "HELVETISAFE_CA_CERT_PEM="+v.CACertPEM+damaged),
		newCLI(t, config(""), "HELVETISAFE_CA_CERT_PATH=bundle.pem"),
	} {
		c.Write("bundle.pem", v.CACertPEM+damaged)
		out, err := c.Run("plan", "-no-color")
		if err == nil || !saysOn(out, "certificate 2 of 2 can't be read: it is damaged or incomplete", "HELVETISAFE_CA_CERT_P") {
			t.Errorf("a damaged certificate: %v\n%s", err, out)
		}
	}
	out, err := newCLI(t, config("")).Run("plan", "-no-color")
	if err == nil || !strings.Contains(out, "ca_cert_pem") || !strings.Contains(out, "ca_cert_path") {
		t.Errorf("a server of an unknown CA: %v\n%s", err, out)
	}
}

// TestAccProviderUnpinned: an apply that creates without pins says once under which
// Org Key, and ends with the line that pins it; with that line it says nothing.
func TestAccProviderUnpinned(t *testing.T) {
	v := acctest.Start(t)
	secrets := func(n int) string {
		return fmt.Sprintf("resource \"helvetisafe_secret\" \"many\" {\n  count = %d\n  key   = \"k${count.index}\"\n  value = \"v\"\n}\n", n)
	}
	const headline = "Nothing pins the Org Key"
	line := fmt.Sprintf("org_key_fingerprints = [%q]", v.OrgKey.Fingerprint())
	c := newCLI(t, required+v.Provider()+secrets(3))
	for _, step := range []struct {
		config string
		want   int
	}{
		{required + v.Provider() + secrets(3), 1},
		{required + v.Provider() + secrets(2), 0}, // creates nothing
		{required + v.Provider() + secrets(4), 1},
		{required + v.Provider(line) + secrets(5), 0},
	} {
		c.Write("main.tf", step.config)
		out := c.MustRun("apply", "-auto-approve", "-no-color")
		if got := strings.Count(out, headline); got != step.want || step.want > 0 && !strings.Contains(out, "\n  "+line) {
			t.Errorf("%d warnings, want %d:\n%s", got, step.want, out)
		}
	}
}
