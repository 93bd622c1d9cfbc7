package docs

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// examples holds the configurations of the guides.
var examples = filepath.Join(root, "examples", "guides")

// start makes a vault and the CLI for an example, with the vault in its environment.
func start(t *testing.T, example string, env ...string) (*acctest.Vault, *cli) {
	t.Helper()
	v := acctest.Start(t)
	return v, newCLI(t, example, append(v.Env(acctest.OAuth, acctest.PEMFile), env...)...)
}

// holds fails the test if the vault doesn't hold a plaintext.
func holds(t *testing.T, v *acctest.Vault, key, want string) {
	t.Helper()
	if got, ok := v.ReadPlain(key); !ok || got != want {
		t.Errorf("the vault holds %q as %s, want %q", got, key, want)
	}
}

const database = `{"DB_PASS":"` + secret + `","DB_USER":"app"}`

// Secrets of other vaults come in, follow their source, and leave no trace.
func TestFromOthers(t *testing.T) {
	for _, other := range []string{"vault", "aws", "onepassword"} {
		t.Run(other, func(t *testing.T) {
			v, c := start(t, "from-"+other, "TF_VAR_onepassword_vault=uuid")
			c.apply()
			holds(t, v, "database", database)
			c.settled()
			noTrace(t, c, secret)

			c.Env = append(c.Env, "STANDIN_SECRET=rotated-there")
			if out := c.apply(); !strings.Contains(out, "A write-only value will be written") {
				t.Errorf("no warning of the write:\n%s", out)
			}
			holds(t, v, "database", strings.ReplaceAll(database, secret, "rotated-there"))
			c.settled()
			noTrace(t, c, "rotated-there")
		})
	}
}

// Secrets go out to others, follow a change, and leave no trace.
func TestToOthers(t *testing.T) {
	for _, other := range []string{"to-vault", "to-aws", "to-onepassword", "kubernetes"} {
		t.Run(other, func(t *testing.T) {
			v, c := start(t, other, "TF_VAR_onepassword_vault=uuid")
			v.WritePlain("database", database)
			c.apply()
			if got := c.given(); strings.Count(got, secret) != 1 {
				t.Errorf("the other side was given %q", got)
			}
			c.settled()
			noTrace(t, c, secret)

			v.WritePlain("database", strings.ReplaceAll(database, secret, "rotated-here"))
			c.apply()
			if got := c.given(); strings.Count(got, "rotated-here") != 1 {
				t.Errorf("after the change the other side was given %q", got)
			}
			c.settled()
			noTrace(t, c, "rotated-here")
		})
	}
}

// A single value that is JSON text stays whole in one key, as the guide shows it, and
// flattened it has none of the secret's name, as the guide says.
func TestKubernetesJSON(t *testing.T) {
	v, c := start(t, "kubernetes-json")
	v.WritePlain("service_account", `{"service_account":"{\"email\":\"app@example.com\",\"private_key\":\"`+secret+`\"}"}`)
	c.apply()
	if got := c.given(); !strings.Contains(got, "service-account.json") || !strings.Contains(got, `\"email\"`) {
		t.Errorf("the other side was given %q", got)
	}
	c.settled()
	noTrace(t, c, secret)

	c.Write("main.tf", required+`data "helvetisafe_secret" "flat" {
  key = "service_account"
}

output "fields" {
  value = nonsensitive(keys(data.helvetisafe_secret.flat.data))
}
`)
	c.apply()
	if out := strings.Join(strings.Fields(c.run("output", "-json", "fields")), ""); out != `["email","private_key"]` {
		t.Errorf("the fields are %s", out)
	}
}

// noTrace looks for a value in the state, its backups and a saved plan.
func noTrace(t *testing.T, c *cli, value string) {
	t.Helper()
	c.run("plan", "-out=saved.tfplan")
	if err := os.Remove(c.log()); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	acctest.NewMarkers(map[string]string{"the value": value}).ExpectNotUnder(t, c.Dir, nil)
}

// stored is the one member of a single-value secret.
func stored(t *testing.T, v *acctest.Vault, key string) string {
	t.Helper()
	var object map[string]string
	plain, ok := v.ReadPlain(key)
	if !ok || json.Unmarshal([]byte(plain), &object) != nil {
		t.Fatalf("the vault has no single value %s", key)
	}
	return object[key]
}

// A generated password reaches the database in the same apply, once; with another
// version, so does a new one, and a database that failed to take it takes the stored
// password later. That it falls due by its age is shown in internal/provider, where the
// clock can be set.
func TestRotation(t *testing.T) {
	v, c := start(t, "rotation")
	c.apply()
	first := stored(t, v, "db_password")
	if got := c.given(); len(first) != 32 || !strings.Contains(got, first) {
		t.Errorf("the vault and the database have different passwords")
	}
	c.settled()
	c.apply()
	if stored(t, v, "db_password") != first {
		t.Error("rotated before its time")
	}
	noTrace(t, c, first)

	main := readFile(t, filepath.Join(c.Dir, "main.tf"))
	c.Write("main.tf", strings.Replace(main, "  generate = {", "  generate_version = 2\n  generate = {", 1))
	c.run("apply", "-auto-approve", "-target=helvetisafe_secret.db_password") // the database is left out
	second := stored(t, v, "db_password")
	if second == first {
		t.Error("not rotated")
	}
	c.apply()
	if got := c.given(); !strings.Contains(got, second) || stored(t, v, "db_password") != second {
		t.Error("the database doesn't have the stored password")
	}
	c.settled()
	noTrace(t, c, second)
}

// A value from elsewhere comes with its date, reaches the database in the same apply,
// and a database that failed to take it takes the stored one later.
func TestRotationElsewhere(t *testing.T) {
	v, c := start(t, "rotation-elsewhere", "STANDIN_NOW=2026-01-01T00:00:00Z")
	c.apply()
	first := stored(t, v, "db_password")
	if got := c.given(); !strings.HasPrefix(first, "random-") || !strings.Contains(got, first) {
		t.Errorf("the vault and the database have different passwords")
	}
	c.settled()
	c.apply() // another random password, and nothing to write
	if stored(t, v, "db_password") != first {
		t.Error("rotated before its time")
	}

	c.Env = append(c.Env, "STANDIN_NOW=2026-02-01T00:00:00Z")
	c.run("apply", "-auto-approve", "-target=helvetisafe_secret.db_password") // the database is left out
	second := stored(t, v, "db_password")
	if second == first {
		t.Error("not rotated")
	}
	c.apply()
	if got := c.given(); !strings.Contains(got, second) || stored(t, v, "db_password") != second {
		t.Error("the database doesn't have the stored password")
	}
	c.settled()
	noTrace(t, c, second)
}

// The move is made in place and takes the value out of the state, not out of the
// backup.
func TestValueToValueWO(t *testing.T) {
	v, c := start(t, "value-to-value-wo/before", "TF_VAR_db_password="+secret)
	c.apply()
	if !strings.Contains(c.state(), secret) {
		t.Error("the state doesn't hold the value, and the guide says that it does")
	}
	before, _ := v.Server.Stored("db_password")
	c.use("value-to-value-wo/after")
	if out := c.run("plan"); !strings.Contains(out, "0 to add, 1 to change, 0 to destroy") {
		t.Errorf("not in place:\n%s", out)
	}
	c.apply()
	if strings.Contains(c.state(), secret) {
		t.Error("the state still holds the value")
	}
	if after, _ := v.Server.Stored("db_password"); after.Value != before.Value {
		t.Error("the secret was written, and the guide says that it isn't")
	}
	if !strings.Contains(readFile(t, filepath.Join(c.Dir, "terraform.tfstate.backup")), secret) {
		t.Error("the backup doesn't hold the value, and the guide says that it does")
	}
	c.settled()
}

// vault is what the tests of imports take over: a single value and fields.
var vault = map[string]string{"db_password": `{"db_password":"` + secret + `"}`, "db_main": database}

func TestImportForEach(t *testing.T) {
	v, c := start(t, "importing/for-each")
	for key, plain := range vault {
		v.WritePlain(key, plain)
	}
	v.WritePlain("other", `{"other":"x"}`)
	if out := c.run("plan"); !strings.Contains(out, "2 to import, 0 to add, 0 to change, 0 to destroy") {
		t.Errorf("not an import of two:\n%s", out)
	}
	c.apply()
	v.NoWrites(t)
	c.settled()
	noTrace(t, c, secret)
	if out := c.run("output", "keys"); !strings.Contains(out, `"db_main"`) || strings.Contains(out, "other") {
		t.Errorf("the keys are %s", out)
	}
}

func TestImportLoop(t *testing.T) {
	v, c := start(t, "importing/loop")
	for key, plain := range vault {
		v.WritePlain(key, plain)
	}
	// Nobody can create such keys by the API, but a list may have them.
	pwned := filepath.Join(c.Dir, "pwned")
	there, _ := v.Server.Stored("db_main")
	for _, key := range []string{"db_*", "db_a b", `db_x"]`, "db_$(touch " + pwned + ")", "db_;touch " + pwned, "db_\x1b]52;c;cHduZWQ=\x07", "-db_"} {
		v.Server.Put(devserver.Record{Key: key, Value: there.Value, Nonce: there.Nonce})
	}
	script := exec.Command("sh", "import.sh")
	// The script says terraform, whatever the CLI's file is called.
	bin := t.TempDir()
	if err := os.Symlink(c.Path, filepath.Join(bin, "terraform")); err != nil {
		t.Fatal(err)
	}
	script.Dir, script.Env = c.Dir, append(c.Env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	if out, err := script.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out := c.run("state", "list"); strings.Count(out, "helvetisafe_secret.vault[") != len(vault) {
		t.Errorf("other secrets than those two are in the state:\n%s", out)
	}
	if _, err := os.Stat(pwned); err == nil {
		t.Error("a key was run as a command")
	}
	c.settled()
	v.NoWrites(t)
}

// TestImportLoopChecksKeys: whatever the configuration lets through, the loop imports
// nothing but keys.
func TestImportLoopChecksKeys(t *testing.T) {
	dir, said := t.TempDir(), filepath.Join(t.TempDir(), "said")
	fake := "#!/bin/sh\nif [ \"$1\" = output ]; then printf 'db_a\\ndb_*\\ndb_a b\\n\\ndb_\\303\\251\\n$(touch pwned)\\n-x\\ndb_Z9'; else echo \"$@\" >>\"$SAID\"; fi\n"
	if err := os.WriteFile(filepath.Join(dir, "terraform"), []byte(fake), 0o700); err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Abs(filepath.Join(root, "examples", "guides", "importing", "loop", "import.sh"))
	if err != nil {
		t.Fatal(err)
	}
	script := exec.Command("sh", path)
	script.Dir, script.Env = dir, append(os.Environ(), "SAID="+said, "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	if out, err := script.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := "apply -auto-approve -target=data.helvetisafe_secrets.vault\n" +
		"import helvetisafe_secret.vault[\"db_a\"] data:db_a\nimport helvetisafe_secret.vault[\"db_Z9\"] data:db_Z9\n"
	if got := readFile(t, said); got != want {
		t.Errorf("it ran\n%s", got)
	}
}

func TestPythonClient(t *testing.T) {
	v, c := start(t, "python-client", "TF_VAR_database_password="+secret)
	c.apply()
	holds(t, v, "database_password", `{"database_password":"`+secret+`"}`)
	if out := c.run("output", "expiries"); !strings.Contains(out, `"temp_token" = "2099-01-31T00:00:00.000Z"`) {
		t.Errorf("the list is %s", out)
	}
	c.settled()
	noTrace(t, c, secret)
	c.run("destroy", "-auto-approve")
	if keys := v.Server.Keys(); len(keys) > 0 {
		t.Errorf("destroy left %q", keys)
	}
}
