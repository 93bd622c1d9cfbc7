package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// saysOn reports whether output of a CLI has the phrases, without the bars that it
// draws beside a diagnostic.
func saysOn(out string, phrases ...string) bool {
	return says(phrases...).MatchString(strings.NewReplacer("│", "", "╷", "", "╵", "").Replace(out))
}

// TestAccSecretProtection: nothing that would delete a protected secret gets through,
// and each way out that the error names works.
func TestAccSecretProtection(t *testing.T) {
	const address = "helvetisafe_secret.test"
	body := func(key, more string) string {
		return block(fmt.Sprintf("key = %q\nvalue = \"v\"\n%s", key, more))
	}
	for name, test := range map[string]struct {
		more    string   // in the block
		prepare []string // a command after the first apply
		config  string   // then, if another
		command []string
		untaint bool
	}{
		"destroy":                     {command: []string{"destroy", "-auto-approve"}},
		"destroy without a refresh":   {command: []string{"destroy", "-auto-approve", "-refresh=false"}},
		"plan of a destroy":           {command: []string{"plan", "-destroy"}},
		"block taken out":             {config: "locals {}\n", command: []string{"apply", "-auto-approve"}},
		"another key":                 {config: body("other", "deletion_protection = true"), command: []string{"apply", "-auto-approve"}},
		"another key and unprotected": {config: body("other", ""), command: []string{"apply", "-auto-approve"}},
		"replace":                     {command: []string{"apply", "-auto-approve", "-replace=" + address}},
		"replace and unprotected":     {config: body("k", ""), command: []string{"apply", "-auto-approve", "-replace=" + address}},
		"replace and adopt": {
			more:    "adopt_existing = true\nlifecycle {\n  create_before_destroy = true\n}",
			command: []string{"apply", "-auto-approve", "-replace=" + address},
		},
		"taint":                   {prepare: []string{"taint", address}, command: []string{"apply", "-auto-approve"}, untaint: true},
		"taint without a refresh": {prepare: []string{"taint", address}, command: []string{"apply", "-auto-approve", "-refresh=false"}, untaint: true},
		"taint and adopt": {
			more: "adopt_existing = true", prepare: []string{"taint", address}, command: []string{"apply", "-auto-approve"}, untaint: true,
		},
		// The plan lets this one through: it can't tell it from another resource that may
		// take over what a removed block lets go.
		"taint and perhaps adopt": {
			prepare: []string{"taint", address}, untaint: true, command: []string{"apply", "-auto-approve"},
			config: body("k", "deletion_protection = true\nadopt_existing = terraform_data.adopts.output") + "resource \"terraform_data\" \"adopts\" {\n  input = true\n}\n",
		},
		"adopted by another block": {
			config:  body("k", "deletion_protection = true") + strings.Replace(body("k", "adopt_existing = true"), `"test"`, `"other"`, 1),
			command: []string{"apply", "-auto-approve"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
			head := required + v.Provider()
			first := head + body("k", "deletion_protection = true\n"+test.more)
			c := newCLI(t, first)
			c.MustRun("apply", "-auto-approve", "-no-color")
			if test.prepare != nil {
				c.MustRun(test.prepare...)
			}
			if test.config != "" {
				c.Write("main.tf", head+test.config)
			}
			v.Server.ResetRequests()
			out, err := c.Run(append(test.command, "-no-color")...)
			if err == nil || !saysOn(out, "The secret is protected from deletion", `the secret "k"`, "deletion_protection is true", "removed {") {
				t.Errorf("it got through, or doesn't say why not (%v):\n%s", err, out)
			}
			if writes := v.Server.Count("create") + v.Server.Count("update") + v.Server.Count("delete"); writes > 0 {
				t.Errorf("%d requests that write", writes)
			}
			if _, there := v.ReadPlain("k"); !there {
				t.Fatal("the secret is lost")
			}
			if list := c.MustRun("state", "list"); !strings.Contains(list, address) {
				t.Fatalf("the state lost it: %q", list)
			}

			if test.untaint {
				c.MustRun("untaint", address)
			}
			c.Write("main.tf", head+body("k", "deletion_protection = false\n"+test.more))
			v.Server.ResetRequests()
			c.MustRun("apply", "-auto-approve", "-no-color")
			v.ExpectCounts(t, map[string]int{"token": 1, "list": 1})
			c.MustRun("destroy", "-auto-approve", "-no-color")
			if keys := v.Server.Keys(); len(keys) > 0 {
				t.Errorf("left: %q", keys)
			}
		})
	}
}

// TestAccSecretProtectionCount: with count, the one whose index goes away is refused.
func TestAccSecretProtectionCount(t *testing.T) {
	v := acctest.Start(t)
	config := func(n int, protected bool) string {
		return required + v.Provider() + block(fmt.Sprintf("count = %d\nkey = \"k${count.index}\"\nvalue = \"v\"\ndeletion_protection = %t", n, protected))
	}
	c := newCLI(t, config(2, true))
	c.MustRun("apply", "-auto-approve", "-no-color")
	c.Write("main.tf", config(1, true))
	out, err := c.Run("apply", "-auto-approve", "-no-color")
	if err == nil || !saysOn(out, "The secret is protected from deletion", `the secret "k1"`) || saysOn(out, `the secret "k0"`) {
		t.Errorf("it got through, or names another (%v):\n%s", err, out)
	}
	if keys := v.Server.Keys(); len(keys) != 2 {
		t.Errorf("left: %q", keys)
	}
	c.Write("main.tf", config(2, false))
	c.MustRun("apply", "-auto-approve", "-no-color")
	c.Write("main.tf", config(1, false))
	c.MustRun("apply", "-auto-approve", "-no-color")
	if keys := v.Server.Keys(); len(keys) != 1 || keys[0] != "k0" {
		t.Errorf("left: %q", keys)
	}
}

// TestAccSecretProtectionLetGo: a removed block takes a protected secret out of the
// state and leaves it, and another block may take it over in the same run.
func TestAccSecretProtectionLetGo(t *testing.T) {
	for name, more := range map[string]string{
		"alone":              "",
		"beside an adoption": "resource \"helvetisafe_secret\" \"new\" {\n  key = \"k\"\n  value = \"v\"\n  adopt_existing = true\n}\n",
		"beside one that turns out to be an adoption": "resource \"terraform_data\" \"adopts\" {\n  input = true\n}\n" +
			"resource \"helvetisafe_secret\" \"new\" {\n  key = \"k\"\n  value = \"v\"\n  adopt_existing = terraform_data.adopts.output\n}\n",
		"beside an import": "import {\n  to = helvetisafe_secret.new\n  id = \"k\"\n}\nresource \"helvetisafe_secret\" \"new\" {\n  key = \"k\"\n  value = \"v\"\n}\n",
	} {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t)
			head := required + v.Provider()
			c := newCLI(t, head+block("key = \"k\"\nvalue = \"v\"\ndeletion_protection = true"))
			c.MustRun("apply", "-auto-approve", "-no-color")
			c.Write("main.tf", head+strings.Replace(removedBlock, "helvetisafe_secret.example", theSecret, 1)+"\n"+more)
			c.MustRun("apply", "-auto-approve", "-no-color")
			if _, there := v.ReadPlain("k"); !there {
				t.Error("the secret is lost")
			}
			if list := c.MustRun("state", "list"); strings.Contains(list, theSecret+"\n") {
				t.Errorf("it is still in the state: %q", list)
			}
		})
	}
}

// TestAccSecretProtectionMovesNothing: what follows version isn't replaced if only
// deletion_protection changes, and nothing is written.
func TestAccSecretProtectionMovesNothing(t *testing.T) {
	for name, value := range map[string]string{
		"value": `value = "v"`, "data": `data = { a = "v" }`, "versioned": "value_wo = \"v\"\nvalue_wo_version = 1",
		"generated": "generate = {\n  length = 9\n}",
	} {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
			config := func(protected string) string {
				return required + v.Provider() + block("key = \"k\"\n"+value+"\n"+protected) +
					"resource \"terraform_data\" \"follows\" {\n  triggers_replace = helvetisafe_secret.test.version\n}\n"
			}
			c := newCLI(t, config(""))
			c.MustRun("apply", "-auto-approve", "-no-color")
			for _, protected := range []string{"deletion_protection = true", "deletion_protection = false"} {
				c.Write("main.tf", config(protected))
				v.Server.ResetRequests()
				out := c.MustRun("apply", "-auto-approve", "-no-color")
				if !saysOn(out, "0 added, 1 changed, 0 destroyed") {
					t.Errorf("it moves more than itself:\n%s", out)
				}
				v.ExpectCounts(t, map[string]int{"token": 1, "list": 1})
			}
			c.MustRun("destroy", "-auto-approve", "-no-color")
		})
	}
}

// TestAccSecretProtectionImport: an import takes the protection from the configuration
// with no request, and it then holds.
func TestAccSecretProtectionImport(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("k", `{"k":"v"}`)
	config := func(protected bool) string {
		return required + v.Provider() + importBlock("k") + block(fmt.Sprintf("key = \"k\"\nvalue = \"v\"\ndeletion_protection = %t", protected))
	}
	c := newCLI(t, config(true))
	if out := c.MustRun("apply", "-auto-approve", "-no-color"); !saysOn(out, "1 imported, 0 added, 1 changed, 0 destroyed") {
		t.Errorf("the import:\n%s", out)
	}
	v.NoWrites(t)
	if out, err := c.Run("destroy", "-auto-approve", "-no-color"); err == nil || !saysOn(out, "The secret is protected from deletion") {
		t.Errorf("it isn't protected (%v):\n%s", err, out)
	}
	c.Write("main.tf", config(false))
	c.MustRun("apply", "-auto-approve", "-no-color")
	v.NoWrites(t)
	c.MustRun("destroy", "-auto-approve", "-no-color")
	if keys := v.Server.Keys(); len(keys) > 0 {
		t.Errorf("left: %q", keys)
	}
}
