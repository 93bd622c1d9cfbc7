package acctest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/serve"
)

// Auth is a way to authenticate.
type Auth int

// The auth modes.
const (
	OAuth Auth = iota // client_id and client_secret
	Token             // api_token
)

// String names the mode in test names.
func (a Auth) String() string { return [...]string{"oauth", "token"}[a] }

// Key is where the private key comes from.
type Key int

// The key sources.
const (
	PEMFile  Key = iota // private_key_path
	PEMText             // private_key_pem
	Password            // password
	NoKey               // none: enough for metadata
)

// String names the source in test names.
func (k Key) String() string { return [...]string{"pem-file", "pem-text", "password", "no-key"}[k] }

// Auths returns all auth modes.
func Auths() []Auth { return []Auth{OAuth, Token} }

// Keys returns all key sources but NoKey.
func Keys() []Key { return []Key{PEMFile, PEMText, Password} }

// attribute is an attribute of the provider block.
type attribute struct{ name, value string }

func (a attribute) variable() string { return "HELVETISAFE_" + strings.ToUpper(a.name) }

func (v *Vault) attributes(auth Auth, key Key) []attribute {
	list := []attribute{{"base_url", v.URL}}
	if auth == Token {
		list = append(list, attribute{"api_token", v.APIToken})
	} else {
		list = append(list, attribute{"client_id", v.ClientID}, attribute{"client_secret", v.ClientSecret})
	}
	switch key {
	case PEMFile:
		list = append(list, attribute{"private_key_path", v.PEMPath})
	case PEMText:
		list = append(list, attribute{"private_key_pem", v.PEM})
	case Password:
		list = append(list, attribute{"password", v.Password})
	case NoKey:
	}
	if v.CACertPath != "" {
		list = append(list, attribute{"ca_cert_path", v.CACertPath})
	}
	return list
}

// ProviderBlock is the provider's configuration in HCL; each extra is a line of it.
func (v *Vault) ProviderBlock(auth Auth, key Key, extra ...string) string {
	var b strings.Builder
	b.WriteString("provider \"helvetisafe\" {\n")
	for _, a := range v.attributes(auth, key) {
		// A Go string literal of this text is an HCL literal too, since only line ends
		// and backslashes are escaped in it.
		fmt.Fprintf(&b, "  %s = %s\n", a.name, strconv.Quote(a.value))
	}
	for _, line := range extra {
		b.WriteString("  " + line + "\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// Provider is ProviderBlock with client credentials and a PEM file.
func (v *Vault) Provider(extra ...string) string { return v.ProviderBlock(OAuth, PEMFile, extra...) }

// Env is the provider's configuration as environment variables, NAME=value.
func (v *Vault) Env(auth Auth, key Key) []string {
	var env []string
	for _, a := range v.attributes(auth, key) {
		env = append(env, a.variable()+"="+a.value)
	}
	return env
}

// SetEnv sets the variables of Env for the test, after ClearEnv.
func (v *Vault) SetEnv(t testing.TB, auth Auth, key Key) {
	t.Helper()
	ClearEnv(t)
	for _, a := range v.attributes(auth, key) {
		t.Setenv(a.variable(), a.value)
	}
}

// ClearEnv unsets, for the test, the variables of a developer that would change what it
// sees: all of the provider's, and all of Terraform's except TF_ACC and those that begin
// with it. It turns off the CLI's configuration file and its update check.
func ClearEnv(t testing.TB) {
	t.Helper()
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "HELVETISAFE_") || strings.HasPrefix(name, "TF_") && !strings.HasPrefix(name, "TF_ACC") {
			t.Setenv(name, "") // restores it at the end
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Setenv("TF_CLI_CONFIG_FILE", os.DevNull)
	t.Setenv("CHECKPOINT_DISABLE", "1")
}

// Factories serves the provider in the test's own process.
func Factories(newProvider func() provider.Provider) map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"helvetisafe": func() (tfprotov6.ProviderServer, error) { return serve.Server(newProvider()), nil },
	}
}

// FactoriesWithEcho adds the echo provider, which shows what an ephemeral resource
// gave.
func FactoriesWithEcho(newProvider func() provider.Provider) map[string]func() (tfprotov6.ProviderServer, error) {
	factories := Factories(newProvider)
	factories["echo"] = echoprovider.NewProviderServer()
	return factories
}
