package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// TestAccOrdinaryReplacement replaces a secret in each way that one owner allows.
func TestAccOrdinaryReplacement(t *testing.T) {
	const (
		address  = "helvetisafe_secret.a"
		adopting = "adopt_existing = true"
	)
	replace := func(w *workspace) { w.apply("-replace=" + address) }
	taint := func(w *workspace) { w.MustRun("taint", address); w.apply() }
	unrefreshed := func(w *workspace) { w.MustRun("taint", address); w.apply("-refresh=false") }
	for _, test := range []struct {
		name, more string
		act        func(w *workspace)
	}{
		{"replace", "", replace},
		{"replace, adopting", adopting, replace},
		{"replace, adopting, new first", adopting + createFirst, replace},
		{"taint", "", taint},
		{"taint, adopting", adopting, taint},
		{"taint, adopting, new first", adopting + createFirst, taint},
		{"taint, unrefreshed", "", unrefreshed},
		{"taint, adopting, new first, unrefreshed", adopting + createFirst, unrefreshed},
		{"taint, rewritten elsewhere", "", func(w *workspace) {
			w.v.WritePlain("k", `{"k": "v"}`)
			taint(w)
		}},
		{"replace, rewritten elsewhere, new first", adopting + createFirst, func(w *workspace) {
			w.v.WritePlain("k", `{"k": "v"}`)
			replace(w)
		}},
		{"replace, unrefreshed, rewritten elsewhere", "", func(w *workspace) {
			w.v.WritePlain("k", `{"k": "v"}`)
			w.apply("-replace="+address, "-refresh=false")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
			w.configure(named("a", test.more))
			w.apply()
			before, _ := w.v.Server.Stored("k")
			test.act(w)
			if after, ok := w.v.Server.Stored("k"); !ok || after.Nonce == before.Nonce {
				t.Errorf("there: %v, and not made anew", ok)
			}
			w.unchanged()
		})
	}
}

// unchanged fails the test if a plan shows a change.
func (w *workspace) unchanged() {
	w.T.Helper()
	if out := w.MustRun("plan", "-no-color"); !strings.Contains(out, "No changes") {
		w.T.Errorf("the plan is not empty:\n%s", out)
	}
}

// TestAccOrdinaryKey changes the key of a secret, which leaves the old one deleted, also
// if that was written elsewhere meanwhile.
func TestAccOrdinaryKey(t *testing.T) {
	for _, order := range []string{"", createFirst} {
		for _, elsewhere := range []bool{false, true} {
			t.Run(fmt.Sprintf("new first %v, rewritten elsewhere %v", order != "", elsewhere), func(t *testing.T) {
				t.Parallel()
				w := newWorkspace(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
				w.configure(named("a", order))
				w.apply()
				if elsewhere {
					w.v.WritePlain("k", `{"k": "v"}`)
				}
				w.configure(strings.Replace(named("a", order), `"k"`, `"other"`, 1))
				w.apply()
				if keys := w.v.Server.Keys(); len(keys) != 1 || keys[0] != "other" {
					t.Errorf("on the server: %q", keys)
				}
				w.unchanged()
			})
		}
	}
	// If the deletion failed, the old object is deposed, and the next apply deletes it.
	t.Run("the deletion fails", func(t *testing.T) {
		t.Parallel()
		w := newWorkspace(t)
		w.configure(named("a", createFirst))
		w.apply()
		w.v.Server.AddFault(devserver.Fault{Path: "delete", Status: 403})
		w.configure(strings.Replace(named("a", createFirst), `"k"`, `"other"`, 1))
		w.refuse([]string{"deposed", "before the key is changed back"}, applyAll...)
		w.v.Server.ClearFaults()
		w.configure(named("a", createFirst))
		w.refuse([]string{"A deletion would lose a secret that is kept", "apply once with the key that the state has"}, applyAll...)
		w.alive()
		w.configure(strings.Replace(named("a", createFirst), `"k"`, `"other"`, 1))
		w.apply()
		w.configure(named("a", createFirst))
		w.apply()
		w.alive()
		w.unchanged()
	})
}

// TestAccOrdinaryLettingGo lets a secret go beside an import or an adoption of it, which
// keeps it, and takes away instances and blocks, which deletes theirs.
func TestAccOrdinaryLettingGo(t *testing.T) {
	const removed = "removed {\n  from = helvetisafe_secret.a\n  lifecycle {\n    destroy = false\n  }\n}\n"
	for name, takeOver := range map[string]string{
		"imported": named("b", "") + "import {\n  to = helvetisafe_secret.b\n  id = \"k\"\n}\n",
		"adopted":  named("b", "adopt_existing = true"),
	} {
		t.Run("removed and "+name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.configure(named("a", ""))
			w.apply()
			w.configure(takeOver, removed)
			w.apply()
			w.alive()
			if keys := w.keysInState(); len(keys) != 1 {
				t.Errorf("in the state: %q", keys)
			}
			w.unchanged()
		})
	}
	t.Run("destroy = true", func(t *testing.T) {
		t.Parallel()
		w := newWorkspace(t)
		w.configure(named("a", ""))
		w.apply()
		w.configure(strings.Replace(removed, "false", "true", 1))
		w.apply()
		if keys := w.v.Server.Keys(); len(keys) > 0 {
			t.Errorf("on the server: %q", keys)
		}
	})
}

// TestAccOrdinaryRotatedElsewhere rotates secrets elsewhere and then deletes them: by a
// destroy, by taking out their blocks, by a smaller count, and tainted.
func TestAccOrdinaryRotatedElsewhere(t *testing.T) {
	many := func(n int, form string) string {
		return fmt.Sprintf("resource \"helvetisafe_secret\" \"many\" {\n  count = %d\n  key = \"k${count.index}\"\n  %s\n}\n", n, form)
	}
	for name, form := range map[string]string{"value": `value = "v"`, "write-only": "value_wo = \"v\"\n  value_wo_version = 1"} {
		for end, test := range map[string]struct {
			act  func(w *workspace)
			left int
		}{
			"destroyed":              {func(w *workspace) { w.MustRun("destroy", "-auto-approve", "-no-color") }, 0},
			"destroyed, unrefreshed": {func(w *workspace) { w.MustRun("destroy", "-auto-approve", "-no-color", "-refresh=false") }, 0},
			"taken out":              {func(w *workspace) { w.configure(); w.apply() }, 0},
			"fewer":                  {func(w *workspace) { w.configure(many(1, form)); w.apply() }, 1},
			"tainted":                {func(w *workspace) { w.MustRun("taint", "helvetisafe_secret.many[1]"); w.apply() }, 3},
		} {
			t.Run(name+"/"+end, func(t *testing.T) {
				t.Parallel()
				w := newWorkspace(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
				w.configure(many(3, form))
				w.apply()
				for i := range 3 {
					w.v.WritePlain(fmt.Sprint("k", i), `{"k": "elsewhere"}`)
				}
				test.act(w)
				if keys := w.v.Server.Keys(); len(keys) != test.left {
					t.Errorf("on the server: %q", keys)
				}
			})
		}
	}
}

// TestAccOrdinaryTest writes, changes, renames and cleans up in terraform test. If the test
// file has the provider block, Terraform 1.13 and later has one provider process for all
// that the file plans and applies.
func TestAccOrdinaryTest(t *testing.T) {
	const runs = `
run "create" {
  assert {
    condition     = helvetisafe_secret.a.key == "k"
    error_message = "another key"
  }
}
run "change" {
  variables {
    value = "two"
  }
  assert {
    condition     = helvetisafe_secret.a.value == "two"
    error_message = "another value"
  }
}
run "rename" {
  variables {
    key = "other"
  }
}
run "back" {
}
`
	for _, inTest := range []bool{false, true} {
		t.Run(fmt.Sprintf("provider block in the test file: %v", inTest), func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			block, test := w.v.Provider(), runs
			if inTest {
				block, test = "", block+runs
			}
			w.Write("main.tf", required+block+`
variable "key" {
  default = "k"
}
variable "value" {
  default = "one"
}
resource "helvetisafe_secret" "a" {
  key   = var.key
  value = var.value
}
`)
			w.Write("main.tftest.hcl", test)
			w.MustRun("test", "-no-color")
			if keys := w.v.Server.Keys(); len(keys) > 0 {
				t.Errorf("left on the server: %q", keys)
			}
			if creates, updates := w.v.Server.Count("create"), w.v.Server.Count("update"); creates != 3 || updates != 1 {
				t.Errorf("%d creates and %d updates, want 3 and 1", creates, updates)
			}
		})
	}
}
