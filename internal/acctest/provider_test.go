package acctest

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var combinations = []struct {
	auth  Auth
	key   Key
	names string
}{
	{OAuth, PEMFile, "base_url client_id client_secret private_key_path"},
	{OAuth, PEMText, "base_url client_id client_secret private_key_pem"},
	{OAuth, Password, "base_url client_id client_secret password"},
	{OAuth, NoKey, "base_url client_id client_secret"},
	{Token, PEMFile, "base_url api_token private_key_path"},
	{Token, PEMText, "base_url api_token private_key_pem"},
	{Token, Password, "base_url api_token password"},
	{Token, NoKey, "base_url api_token"},
}

var assignment = regexp.MustCompile(`(?m)^  (\w+) = (".*")$`)

func TestProviderBlock(t *testing.T) {
	v := Start(t)
	for _, tt := range combinations {
		t.Run(tt.auth.String()+"/"+tt.key.String(), func(t *testing.T) {
			block := v.ProviderBlock(tt.auth, tt.key, "max_retries = 0")
			var names []string
			for _, m := range assignment.FindAllStringSubmatch(block, -1) {
				names = append(names, m[1])
				if value, err := strconv.Unquote(m[2]); err != nil || m[1] == "private_key_pem" && value != v.PEM {
					t.Errorf("%s comes back as another value: %v", m[1], err)
				}
			}
			if got := strings.Join(names, " "); got != tt.names {
				t.Errorf("%s, want %s", got, tt.names)
			}
			if !strings.HasPrefix(block, "provider \"helvetisafe\" {\n") || !strings.HasSuffix(block, "\n  max_retries = 0\n}\n") {
				t.Error("no block, or without its extra line")
			}
		})
	}
	if v.Provider() != v.ProviderBlock(OAuth, PEMFile) {
		t.Error("Provider is another block")
	}
	if secure := Start(t, TLS()); !strings.Contains(secure.Provider(), "\n  ca_cert_path = ") {
		t.Error("no ca_cert_path with TLS")
	}
}

func TestEnvironment(t *testing.T) {
	v := Start(t)
	for _, tt := range combinations {
		t.Run(tt.auth.String()+"/"+tt.key.String(), func(t *testing.T) {
			t.Setenv("HELVETISAFE_FULL_REFRESH", "true")
			t.Setenv("TF_VAR_x", "y")
			t.Setenv("TF_LOG", "TRACE")
			t.Setenv("TF_ACC_KEPT", "1")
			v.SetEnv(t, tt.auth, tt.key)
			var set, want []string
			for _, entry := range os.Environ() {
				if strings.HasPrefix(entry, "HELVETISAFE_") {
					set = append(set, entry)
				}
			}
			for _, name := range strings.Fields(tt.names) {
				want = append(want, "HELVETISAFE_"+strings.ToUpper(name))
			}
			env := v.Env(tt.auth, tt.key)
			slices.Sort(env)
			slices.Sort(set)
			slices.Sort(want)
			if !slices.Equal(set, env) || !slices.EqualFunc(env, want, func(entry, name string) bool { return strings.HasPrefix(entry, name+"=") }) {
				t.Error("other variables are set")
			}
			if os.Getenv("TF_VAR_x")+os.Getenv("TF_LOG") != "" || os.Getenv("TF_ACC_KEPT") != "1" ||
				os.Getenv("TF_CLI_CONFIG_FILE") != os.DevNull || os.Getenv("CHECKPOINT_DISABLE") != "1" {
				t.Error("Terraform's variables are not as they should be")
			}
		})
	}
}

func TestCombinations(t *testing.T) {
	if got := len(Auths()) * len(Keys()); got != 6 {
		t.Errorf("%d combinations", got)
	}
	if f := FactoriesWithEcho(nil); len(f) != 2 || f["echo"] == nil || f["helvetisafe"] == nil || len(Factories(nil)) != 1 {
		t.Error("not the factories")
	}
}
