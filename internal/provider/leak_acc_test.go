package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// marker is in every secret of the leak scan, and nowhere else.
const marker = "mArKeR-7f3a"

// leakMarkers are all that must not come out: what is in the values, and what the
// account keeps secret, as it is by now.
func leakMarkers(v *acctest.Vault) *acctest.Markers {
	m := v.Markers()
	m.Add("a value", []byte(marker))
	return m
}

// TestAccLeaks drives every operation, success and failure, with all logs on, and
// looks for the secrets in all that comes out.
func TestAccLeaks(t *testing.T) {
	for _, auth := range []acctest.Auth{acctest.OAuth, acctest.Token} {
		for _, key := range []acctest.Key{acctest.PEMFile, acctest.PEMText, acctest.Password} {
			t.Run(fmt.Sprintf("%v/%v", auth, key), func(t *testing.T) { scanOne(t, auth, key) })
		}
	}
}

// scanAll looks into a command's output, into the trace log so far, and into what
// the server was sent.
func scanAll(t *testing.T, v *acctest.Vault, c *cli, step, out string) {
	t.Helper()
	m := leakMarkers(v)
	m.ExpectNotIn(t, "the output of "+step, []byte(out))
	log, err := os.ReadFile(filepath.Join(c.Dir, "trace.log"))
	if err != nil || len(log) < 1000 {
		t.Fatalf("no trace log: %v", err)
	}
	m.ExpectNotIn(t, "the trace log of "+step, log)
	for _, request := range v.Server.Requests() {
		if request.Route != "token" { // where the client secret belongs
			m.ExpectNotIn(t, "the body of a request of "+request.Route, request.Body)
		}
		m.ExpectNotIn(t, "a request's path", []byte(request.Path))
	}
}

func scanOne(t *testing.T, auth acctest.Auth, key acctest.Key) {
	t.Helper()
	v := acctest.Start(t)
	env := append(v.Env(auth, key), "TF_LOG=TRACE", "TF_LOG_PATH=trace.log",
		"TF_VAR_secret="+marker+"-one", "TF_VAR_other="+marker+"-two")
	provider := "provider \"helvetisafe\" {\n  max_retries = 1\n}\n"
	variables := "variable \"secret\" {\n  sensitive = true\n}\nvariable \"other\" {\n  sensitive = true\n}\n"
	// Terraform writes other variables into a saved plan.
	ephemeral := strings.ReplaceAll(variables, "sensitive", "ephemeral")
	c := newCLI(t, required+provider+variables, env...)
	scan := func(step, out string) { scanAll(t, v, c, step, out) }
	body := func(name, attributes string) string {
		return fmt.Sprintf("resource \"helvetisafe_secret\" %q {\n  key = %q\n  %s\n}\n", name, name, attributes)
	}
	writeOnly := body("wo", "value_wo = var.secret") + body("versioned", "data_wo = { a = var.secret }\n  data_wo_version = 1")
	read := "data \"helvetisafe_secret\" \"read\" {\n  key = helvetisafe_secret.plain.key\n}\n"

	c.Write("main.tf", required+provider+ephemeral+writeOnly)
	scan("a write-only apply", c.MustRun("apply", "-auto-approve", "-no-color"))
	leakMarkers(v).ExpectNotUnder(t, c.Dir, nil)
	scan("a plan", c.MustRun("plan", "-no-color", "-out=plan.bin"))
	leakMarkers(v).ExpectNotUnder(t, c.Dir, nil)

	c.Write("main.tf", required+provider+variables+writeOnly+body("plain", "value = var.secret")+body("fields", "data = { a = var.secret }")+read)
	scan("an apply", c.MustRun("apply", "-auto-approve", "-no-color"))
	state, err := os.ReadFile(filepath.Join(c.Dir, "terraform.tfstate"))
	if err != nil || !strings.Contains(string(state), marker) {
		t.Errorf("value, data and the data source belong in the state, and are not there: %v", err)
	}
	// Drift, with its warnings; then failures of every kind.
	v.WritePlain("wo", `{"wo": "`+marker+`-elsewhere"}`)
	v.WritePlain("plain", `{"plain": "`+marker+`-elsewhere"}`)
	scan("a plan of drift", c.MustRun("plan", "-no-color"))
	c.Env = append(c.Env, "TF_VAR_secret="+marker+"-three")
	failures := map[string]func(){
		"a server that fails": func() { v.FailWith(500) },
		"a refusal":           func() { v.FailWith(403) },
		"HTML":                func() { v.FailWith(200) },
		"no such secret":      func() { v.FailWith(404) },
		"bad credentials":     func() { v.FailWith(401) },
	}
	for name, fail := range failures {
		fail()
		out, _ := c.Run("apply", "-auto-approve", "-no-color")
		scan(name, out)
		v.Server.ClearFaults()
	}
	bad := body("two", "value = var.secret\n  value_wo = var.other") + body("bad-key", "value = var.secret") +
		body("past", "value = \""+marker+"-literal\"\n  expires_at = \"2001-01-01T00:00:00Z\"")
	c.Write("bad.tf", bad)
	out, err := c.Run("plan", "-no-color")
	if err == nil {
		t.Error("the bad configuration was accepted")
	}
	scan("a bad configuration", out)
	if err := os.Remove(filepath.Join(c.Dir, "bad.tf")); err != nil {
		t.Fatal(err)
	}
	scan("a destroy", c.MustRun("destroy", "-auto-approve", "-no-color"))
	// The state and its backup hold what the documentation puts there.
	leakMarkers(v).ExpectNotUnder(t, c.Dir, func(path string) bool {
		return strings.HasPrefix(filepath.Base(path), "terraform.tfstate")
	})
}

// TestAccProtocolDataWarning: what no provider can keep secrets out of is told
// once, however many resources and aliases there are: Terraform runs each alias as a
// process of its own, and folds warnings of one headline.
func TestAccProtocolDataWarning(t *testing.T) {
	v := acctest.Start(t)
	config := required + v.Provider() + v.Provider("alias = \"other\"")
	for i := range 4 {
		alias := []string{"", "provider = helvetisafe.other"}[i%2]
		config += fmt.Sprintf("resource \"helvetisafe_secret\" \"s%[1]d\" {\n  key = \"s%[1]d\"\n  value = \"v\"\n  %[2]s\n}\n", i, alias)
	}
	c := newCLI(t, config)
	const name = "TF_LOG_SDK_PROTO_DATA_DIR"
	if out := c.MustRun("plan", "-no-color"); strings.Contains(out, name) {
		t.Error("a warning of what isn't set")
	}
	c.Env = append(c.Env, name+"="+t.TempDir())
	for _, args := range [][]string{{"plan"}, {"apply", "-auto-approve"}} {
		if out := c.MustRun(append(args, "-no-color")...); strings.Count(out, name) != 1 {
			t.Errorf("%s: %d warnings, want one:\n%s", args[0], strings.Count(out, name), out)
		}
	}
}
