package release

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// seeded is what an example's vault holds before it is applied, by key.
var seeded = map[string]string{
	"greeting":    `{"greeting":"Grüezi"}`,
	"database":    `{"DB_HOST":"db.example.com","DB_PASS":"not a password"}`,
	"db_password": `{"db_password":"not a password"}`,
	"db_user":     `{"db_user":"app"}`,
	"session_key": `{"session_key":"not a key"}`,
	// As value = jsonencode({…}) stores it.
	"service_account": `{"service_account":"{\"email\":\"app@example.com\",\"private_key\":\"not a key\",\"roles\":[\"reader\"]}"}`,
}

// Every example that the documentation shows is applied as it stands, plans no
// change then, and is destroyed.
func TestExamples(t *testing.T) {
	tests := []struct {
		path string
		seed []string
	}{
		{path: "provider/provider.tf"},
		{path: "authentication/client_credentials_private_key_path/main.tf"},
		{path: "authentication/client_credentials_private_key_pem/main.tf"},
		{path: "authentication/client_credentials_password/main.tf"},
		{path: "authentication/api_token_private_key_path/main.tf"},
		{path: "authentication/api_token_private_key_pem/main.tf"},
		{path: "authentication/api_token_password/main.tf"},
		{path: "demo/write/main.tf"},
		{path: "demo/read/main.tf", seed: []string{"db_password", "session_key"}},
		{path: "resources/helvetisafe_secret/resource.tf"},
		{path: "resources/helvetisafe_secret/import-by-string-id.tf", seed: []string{"db_password"}},
		{path: "data-sources/helvetisafe_secret/data-source.tf", seed: []string{"database", "service_account"}},
		{path: "data-sources/helvetisafe_secret_metadata/data-source.tf", seed: []string{"greeting"}},
		{path: "data-sources/helvetisafe_secrets/data-source.tf", seed: []string{"db_password", "db_user"}},
		{path: "data-sources/helvetisafe_org_key/data-source.tf"},
		{path: "ephemeral-resources/helvetisafe_secret/ephemeral-resource.tf", seed: []string{"database", "service_account"}},
		{path: "ephemeral-resources/helvetisafe_secrets/ephemeral-resource.tf", seed: []string{"db_password", "db_user"}},
	}
	tested := map[string]bool{}
	for _, tt := range tests {
		tested[tt.path] = true
		t.Run(strings.TrimSuffix(tt.path, ".tf"), func(t *testing.T) {
			v := acctest.Start(t)
			for _, key := range tt.seed {
				v.WritePlain(key, seeded[key])
			}
			text := readFile(t, filepath.Join(root, "examples", tt.path))
			text = strings.ReplaceAll(text, "https://vault.example.com", v.URL)
			c := newCLI(t, text, exampleEnv(v, text)...)
			c.run("apply", "-auto-approve")
			c.run("plan", "-detailed-exitcode")
			c.run("destroy", "-auto-approve")
		})
	}

	err := filepath.WalkDir(filepath.Join(root, "examples"), func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == "guides" {
			return filepath.SkipDir // internal/docs runs those, with other providers beside ours
		}
		if err != nil || filepath.Ext(path) != ".tf" {
			return err
		}
		name, err := filepath.Rel(filepath.Join(root, "examples"), path)
		if err == nil && !tested[filepath.ToSlash(name)] {
			t.Errorf("no test applies examples/%s", filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The commands that the resource's page shows import into the resource's example, in
// every form. What the first apply then changes is in Terraform's state alone, which
// notes that the write-only value comes from a sensitive variable.
func TestImportExample(t *testing.T) {
	v := acctest.Start(t)
	for _, key := range []string{"greeting", "database", "db_password"} {
		v.WritePlain(key, seeded[key])
	}
	dir := filepath.Join(root, "examples", "resources", "helvetisafe_secret")
	text := readFile(t, filepath.Join(dir, "resource.tf"))
	c := newCLI(t, text, exampleEnv(v, text)...)
	commands := 0
	for line := range strings.Lines(readFile(t, filepath.Join(dir, "import.sh"))) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		commands++
		if words[0] != "terraform" {
			t.Fatalf("import.sh has %q, and this test knows the CLI only", line)
		}
		c.run(words[1:]...)
	}
	if out := c.run("state", "list"); commands != 3 || strings.Count(out, "\n") != commands {
		t.Errorf("%d commands imported\n%s", commands, out)
	}
	imported := []string{"-target=helvetisafe_secret.greeting", "-target=helvetisafe_secret.db_password"}
	c.run(append([]string{"apply", "-auto-approve"}, imported...)...)
	if out := c.run(append([]string{"plan"}, imported...)...); !strings.Contains(out, "No changes.") {
		t.Errorf("the plan after the import and an apply:\n%s", out)
	}
	v.NoWrites(t)
}

// exampleEnv gives the variables that an example declares; without a provider
// block of its own, or with an empty one, it also gets the vault's.
func exampleEnv(v *acctest.Vault, text string) []string {
	var env []string
	if !strings.Contains(text, "base_url") {
		env = v.Env(acctest.OAuth, acctest.PEMFile)
	}
	for name, value := range map[string]string{
		"client_id": v.ClientID, "helvetisafe_client_id": v.ClientID,
		"client_secret": v.ClientSecret, "helvetisafe_client_secret": v.ClientSecret,
		"private_key_path": v.PEMPath, "helvetisafe_private_key_path": v.PEMPath,
		"api_token": v.APIToken, "private_key_pem": v.PEM,
		"db_password": "not a password", "api_key": "not a key", "password": "not a password",
	} {
		if name == "password" && strings.Contains(text, "base_url") {
			value = v.Password
		}
		if strings.Contains(text, `variable "`+name+`"`) {
			env = append(env, "TF_VAR_"+name+"="+value)
		}
	}
	return env
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
