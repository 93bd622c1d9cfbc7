package provider

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// leakStep is a command of the leak scan, with what comes before it.
type leakStep struct {
	name    string
	prepare func()
	config  string // beside what every step has; "" keeps the one before
	args    []string
	fails   bool
	inState bool // the step puts a value where the documentation says: into the state
}

// TestAccLeaksOfOperations is the leak scan for what TestAccLeaks doesn't do: every
// kind of object, import, adoption, and the errors of conflicts, lost answers,
// hostile servers and wrong keys.
func TestAccLeaksOfOperations(t *testing.T) {
	v := acctest.Start(t)
	const variables = "variable \"secret\" {\n  ephemeral = true\n}\n"
	env := append(v.Env(acctest.OAuth, acctest.Password), "TF_LOG=TRACE", "TF_LOG_PATH=trace.log", "TF_VAR_secret="+marker+"-one")
	c := newCLI(t, required+variables, env...)
	apply, plan := []string{"apply", "-auto-approve", "-no-color"}, []string{"plan", "-no-color"}
	wo := func(more string) string { return block("key = \"k\"\nvalue_wo = var.secret\n" + more) }
	fault := func(f devserver.Fault) func() { return func() { v.Server.AddFault(f) } }
	// What a server says of itself is repeated nowhere.
	telling := func(status int) func() {
		return fault(devserver.Fault{Status: status, Edit: func([]byte) []byte {
			return []byte(`{"error": "` + marker + `", "error_description": "` + marker + `"}`)
		}})
	}
	before := "" // the Org Key that is replaced
	steps := []leakStep{
		{name: "a conflict", prepare: func() { v.WritePlain("k", `{"k": "`+marker+`-theirs"}`) }, config: wo(""), args: apply, fails: true},
		{name: "an import block", config: "import {\n  to = helvetisafe_secret.test\n  id = \"write-only:k\"\n}\n" + wo(""), args: apply},
		{name: "a refresh", args: []string{"apply", "-refresh-only", "-auto-approve", "-no-color"}},
		{name: "an expiry alone", config: wo("expires_at = \"2099-01-01T00:00:00Z\""), args: apply},
		{name: "no expiry", config: wo(""), args: apply},
		{name: "a version", config: wo("value_wo_version = 1"), args: apply},
		{name: "a value changed since the plan", prepare: func() {
			c.Write("main.tf", required+variables+"provider \"helvetisafe\" {}\n"+wo("value_wo_version = 2"))
			c.MustRun("plan", "-no-color", "-out=plan.bin")
			v.WritePlain("k", `{"k": "`+marker+`-elsewhere"}`)
		}, args: []string{"apply", "-no-color", "plan.bin"}, fails: true},
		{name: "ephemeral resources", config: wo("value_wo_version = 2") + `
ephemeral "helvetisafe_secret" "one" {
  key = helvetisafe_secret.test.key
}
ephemeral "helvetisafe_secrets" "all" {
  keys = [helvetisafe_secret.test.key]
}
`, args: apply},
		{name: "data without values", config: wo("value_wo_version = 2") + `
data "helvetisafe_secret_metadata" "one" {
  key = helvetisafe_secret.test.key
}
data "helvetisafe_secrets" "all" {}
data "helvetisafe_org_key" "this" {}
`, args: apply},
		{name: "a lost answer", prepare: func() {
			v.Server.AddFault(devserver.Fault{Path: "create", CutAfter: true, Times: 1})
			v.Server.AddFault(devserver.Fault{Path: "read", Status: 403, Key: "lost"})
		}, config: wo("value_wo_version = 2") + strings.ReplaceAll(block("key = \"lost\"\nvalue_wo = var.secret"), "\"test\"", "\"lost\""), args: apply, fails: true},
		{name: "adoption", config: wo("value_wo_version = 2") + strings.ReplaceAll(block("key = \"lost\"\nadopt_existing = true\nvalue_wo = var.secret"), "\"test\"", "\"lost\""), args: apply},
		{
			name: "no Unicode", prepare: func() { v.WritePlain("broken", `{"broken": "`+marker+`\ud83d"}`) },
			config: "data \"helvetisafe_secret\" \"broken\" {\n  key = \"broken\"\n}\n", args: plan, fails: true,
		},
		{name: "a ciphertext that was changed", prepare: func() {
			record, _ := v.Server.Stored("broken")
			record.Value = "AAAA" + record.Value[4:]
			v.Server.Put(record)
		}, args: plan, fails: true},
		{name: "a wrong password", prepare: func() { c.Env = append(c.Env, "HELVETISAFE_PASSWORD="+marker+"-password") }, args: plan, fails: true},
		{name: "a PEM that is none", prepare: func() { c.Env = append(c.Env, "HELVETISAFE_PASSWORD=", "HELVETISAFE_PRIVATE_KEY_PEM="+marker+"-pem") }, args: plan, fails: true},
		{name: "another Org Key", prepare: func() {
			c.Env = append(c.Env, "HELVETISAFE_PRIVATE_KEY_PEM=", "HELVETISAFE_PASSWORD="+v.Password)
			v.Server.Remove("broken")
			before = v.OrgKey.Fingerprint()
			v.RotateOrgKey(t)
		}, config: wo("value_wo_version = 3"), args: apply, fails: true},
		{name: "values in data sources", prepare: func() {
			c.Env = append(c.Env, "HELVETISAFE_ORG_KEY_FINGERPRINTS="+before+","+v.OrgKey.Fingerprint())
		}, config: `
data "helvetisafe_secret" "one" {
  key = "k"
}
data "helvetisafe_secrets" "all" {
  include_values = true
}
removed {
  from = helvetisafe_secret.test
  lifecycle {
    destroy = false
  }
}
removed {
  from = helvetisafe_secret.lost
  lifecycle {
    destroy = false
  }
}
`, args: apply, inState: true},
		{name: "what is shown of a state", args: []string{"show", "-no-color"}, inState: true},
	}
	for _, status := range []int{400, 401, 403, 404, 409, 413, 500} {
		steps = append(steps, leakStep{
			name: fmt.Sprintf("a server that answers %d with a secret", status), prepare: telling(status),
			config: "data \"helvetisafe_secret\" \"one\" {\n  key = \"k\"\n}\n", args: plan, fails: true, inState: true,
		})
	}
	for _, step := range steps {
		if step.prepare != nil {
			step.prepare()
		}
		if step.config != "" {
			c.Write("main.tf", required+variables+"provider \"helvetisafe\" {\n  max_retries = 1\n}\n"+step.config)
		}
		out, err := c.Run(step.args...)
		if step.fails != (err != nil) {
			t.Errorf("%s: %v\n%s", step.name, err, out)
		}
		scanAll(t, v, c, step.name, out)
		leakMarkers(v).ExpectNotUnder(t, c.Dir, func(path string) bool {
			return step.inState && strings.HasPrefix(filepath.Base(path), "terraform.tfstate")
		})
		v.Server.ClearFaults()
	}
}
