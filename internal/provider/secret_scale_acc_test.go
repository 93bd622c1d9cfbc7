package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// TestAccRequestsOfARun counts what each provider process of a run asks: one token
// and one Org Key however many secrets there are, and few connections.
func TestAccRequestsOfARun(t *testing.T) {
	v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
	config := required + v.Provider() + `
resource "helvetisafe_secret" "many" {
  count = 50
  key   = "many_${count.index}"
  value = "value ${count.index}"
}
`
	c := newCLI(t, config)
	check := func(step string, most map[string]int) {
		t.Helper()
		for route, n := range most {
			if got := v.Server.Count(route); got > n {
				t.Errorf("%s: %d requests of %s, want at most %d", step, got, route, n)
			}
		}
		if n := v.Server.Connections(); n > 12 {
			t.Errorf("%s: %d connections, want at most 12", step, n)
		}
		v.Server.ResetRequests()
	}
	c.MustRun("apply", "-auto-approve", "-no-color")
	check("apply", map[string]int{"token": 1, "org-key": 1, "create": 50, "list": 0, "read": 0})
	if out := c.MustRun("plan", "-no-color"); !strings.Contains(out, "No changes") {
		t.Errorf("the plan after the apply is not empty:\n%s", out)
	}
	check("plan", map[string]int{"token": 1, "org-key": 0, "list": 1, "read": 0, "private-key": 0})
	c.Write("main.tf", strings.Replace(config, "\"value ", "\"another ", 1))
	c.MustRun("apply", "-auto-approve", "-no-color")
	// The process that applies asks once more whether anything has changed since.
	check("apply of changes", map[string]int{"token": 2, "org-key": 1, "list": 2, "read": 0, "update": 50})
	c.MustRun("destroy", "-auto-approve", "-no-color")
	// A destroy refreshes in one process, plans in the next, whose list shows what may be
	// deleted, and applies in a third, where deletions that wait share a list.
	check("destroy", map[string]int{"token": 3, "org-key": 0, "list": 2 + 50/3, "read": 0, "delete": 50})
}

// TestAccManyAtOnce makes 200 secrets of all forms at parallelism 50, with count,
// for_each and a module, in two instances of the provider: another auth mode and
// another vault.
func TestAccManyAtOnce(t *testing.T) {
	one, two := acctest.Start(t), acctest.Start(t)
	alias := strings.Replace(two.ProviderBlock(acctest.Token, acctest.Password), "{", "{\n  alias = \"other\"", 1)
	c := newCLI(t, required+one.Provider()+alias+`
resource "helvetisafe_secret" "counted" {
  count = 80
  key   = "counted_${count.index}"
  value = "value ${count.index}"
}
resource "helvetisafe_secret" "each" {
  for_each = toset([for i in range(60) : tostring(i)])
  provider = helvetisafe.other
  key      = "each_${each.key}"
  data     = { number = each.key }
}
module "more" {
  source    = "./more"
  count     = 2
  base      = "more_${count.index}"
  providers = { helvetisafe = helvetisafe.other }
}
`)
	if err := os.Mkdir(filepath.Join(c.Dir, "more"), 0o700); err != nil {
		t.Fatal(err)
	}
	c.Write("more/main.tf", required+`
variable "base" { type = string }
resource "helvetisafe_secret" "this" {
  count = 30
  key   = "${var.base}_${count.index}"
  value = var.base
}
`)
	c.MustRun("get")
	c.MustRun("apply", "-auto-approve", "-no-color", "-parallelism=50")
	if a, b := len(one.Server.Keys()), len(two.Server.Keys()); a != 80 || b != 120 {
		t.Errorf("%d and %d secrets, want 80 and 120", a, b)
	}
	if plain, _ := two.ReadPlain("each_7"); plain != `{"number":"7"}` {
		t.Error("each_7 holds something else")
	}
	if out := c.MustRun("plan", "-no-color", "-parallelism=50"); !strings.Contains(out, "No changes") {
		t.Errorf("the plan after the apply is not empty:\n%s", out)
	}
	c.MustRun("destroy", "-auto-approve", "-no-color", "-parallelism=50")
	if n := len(one.Server.Keys()) + len(two.Server.Keys()); n > 0 {
		t.Errorf("%d secrets are left", n)
	}
}
