package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// TestAccFiveHundred takes 500 secrets at parallelism 10 through their life, while
// tokens end early and some answers are lost. Under the race detector the provider
// is built with it too, and a race ends the process.
func TestAccFiveHundred(t *testing.T) {
	v := acctest.Start(t)
	config := func(round int) string {
		return required + v.ProviderBlock(acctest.OAuth, acctest.Password) + fmt.Sprintf(`
resource "helvetisafe_secret" "value" {
  count = 200
  key   = "value_${count.index}"
  value = "round %[1]d"
}
resource "helvetisafe_secret" "data" {
  count      = 150
  key        = "data_${count.index}"
  data       = { round = "%[1]d" }
  expires_at = "209%[1]d-01-01T00:00:00Z"
}
resource "helvetisafe_secret" "bare" {
  count    = 100
  key      = "bare_${count.index}"
  value_wo = "round %[1]d"
}
resource "helvetisafe_secret" "versioned" {
  count            = 50
  key              = "versioned_${count.index}"
  data_wo          = { round = "%[1]d" }
  data_wo_version  = %[1]d
}
data "helvetisafe_secrets" "all" {
  include_values = true
  depends_on     = [helvetisafe_secret.value]
}
`, round)
	}
	c := newCLI(t, config(1))
	run := func(args ...string) string {
		t.Helper()
		return c.MustRun(append(args, "-no-color", "-parallelism=10")...)
	}
	disturb := func() {
		v.Server.ClearFaults()
		v.Server.AddFault(devserver.Fault{Path: "create", CutAfter: true, Skip: 20, Times: 2})
		v.Server.AddFault(devserver.Fault{Path: "update", Status: 401, Skip: 20, Times: 1})
		v.Server.AddFault(devserver.Fault{Path: "delete", CutAfter: true, Skip: 20, Times: 2})
		v.Server.AddFault(devserver.Fault{Status: 429, RetryAfter: "0", Skip: 100, Times: 2})
	}
	for round := 1; round <= 2; round++ {
		disturb()
		c.Write("main.tf", config(round))
		run("apply", "-auto-approve")
		v.Server.ClearFaults()
		if n := len(v.Server.Keys()); n != 500 {
			t.Fatalf("round %d: %d secrets, want 500", round, n)
		}
		if plain, _ := v.ReadPlain("bare_99"); plain != fmt.Sprintf(`{"bare_99":"round %d"}`, round) {
			t.Errorf("round %d: bare_99 holds something else", round)
		}
		if out := run("plan"); !strings.Contains(out, "No changes") {
			t.Errorf("round %d: the plan after the apply is not empty:\n%s", round, out)
		}
	}
	disturb()
	run("destroy", "-auto-approve")
	if n := len(v.Server.Keys()); n > 0 {
		t.Errorf("%d secrets are left", n)
	}
}
