package provider

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

const (
	createFirst    = "\n  lifecycle {\n    create_before_destroy = true\n  }"
	destroyNothing = "To destroy everything, run terraform destroy -refresh=false"
)

// named is a resource block of the key k.
func named(name, more string) string {
	return fmt.Sprintf("resource \"helvetisafe_secret\" %q {\n  key = \"k\"\n  value = \"v\"\n  %s\n}\n", name, more)
}

// aliased is the provider block as an alias.
func aliased(v *acctest.Vault, alias string) string {
	return strings.Replace(v.Provider(), "{", fmt.Sprintf("{\n  alias = %q", alias), 1)
}

// workspace is a CLI in a folder whose configuration changes.
type workspace struct {
	*cli
	v *acctest.Vault
}

func newWorkspace(t *testing.T, options ...acctest.Option) *workspace {
	t.Helper()
	v := acctest.Start(t, options...)
	return &workspace{cli: newCLI(t, ""), v: v}
}

// configure writes the configuration.
func (w *workspace) configure(blocks ...string) {
	w.Write("main.tf", required+w.v.Provider()+strings.Join(blocks, "\n"))
}

func (w *workspace) apply(args ...string) string {
	w.T.Helper()
	return w.MustRun(append([]string{"apply", "-auto-approve", "-no-color"}, args...)...)
}

// refuse fails the test if the command works, or doesn't say why not.
func (w *workspace) refuse(phrases []string, args ...string) {
	w.T.Helper()
	out, err := w.Run(append(args, "-no-color")...)
	for _, phrase := range phrases {
		if err == nil || !saysOn(out, phrase) {
			w.T.Errorf("%s: %v, want an error that says %q:\n%s", args[0], err, phrase, out)
		}
	}
}

// alive fails the test if the secret isn't there any more.
func (w *workspace) alive() {
	w.T.Helper()
	if _, ok := w.v.ReadPlain("k"); !ok {
		w.T.Error("the secret was lost")
	}
}

var applyAll = []string{"apply", "-auto-approve"}

// TestAccOwnerDeposed replaces an adopted secret with create_before_destroy while what
// depends on it fails: the old object stays behind, and its deletion would delete the
// live secret.
func TestAccOwnerDeposed(t *testing.T) {
	w := newWorkspace(t)
	config := func(command, more string) {
		w.configure(named("a", "adopt_existing = true"+createFirst), fmt.Sprintf(`
resource "terraform_data" "dependent" {
  triggers_replace = [helvetisafe_secret.a.version]
  provisioner "local-exec" {
    command = %q
  }
}
`, command), more)
	}
	config("exit 0", "")
	w.apply()
	config("exit 1", "")
	if out, err := w.Run("apply", "-auto-approve", "-no-color", "-replace=helvetisafe_secret.a"); err == nil {
		t.Fatalf("nothing failed half-way:\n%s", out)
	}
	config("exit 0", "")
	w.refuse([]string{"A deletion would lose a secret that is kept", `"k"`, "deposed", "terraform state rm", "import {", destroyNothing}, applyAll...)
	w.refuse([]string{destroyNothing}, "destroy", "-auto-approve")
	w.alive()

	// The way out that the error names.
	w.MustRun("state", "rm", "helvetisafe_secret.a")
	config("exit 0", "import {\n  to = helvetisafe_secret.a\n  id = \"k\"\n}\n")
	w.apply()
	w.alive()
	config("exit 0", "")
	// Newer CLIs may still have an old object of what depends on the secret.
	if out := w.MustRun("plan", "-no-color"); strings.Contains(out, "# helvetisafe_secret.") {
		t.Errorf("the plan after the way out changes the secret:\n%s", out)
	}
	w.alive()
}

// TestAccOwnerDeposedDestroyed destroys everything if an old object stayed behind.
func TestAccOwnerDeposedDestroyed(t *testing.T) {
	w := newWorkspace(t)
	config := func(command string) {
		w.configure(named("a", "adopt_existing = true"+createFirst), fmt.Sprintf(`
resource "terraform_data" "dependent" {
  triggers_replace = [helvetisafe_secret.a.version]
  provisioner "local-exec" {
    command = %q
  }
}
`, command))
	}
	config("exit 0")
	w.apply()
	config("exit 1")
	_, _ = w.Run("apply", "-auto-approve", "-no-color", "-replace=helvetisafe_secret.a") // fails half-way, as the provisioner says
	config("exit 0")
	everything := []string{"destroy", "-auto-approve", "-no-color", "-refresh=false", "-parallelism=1"}
	if out, err := w.Run(everything...); err != nil {
		// Where Terraform deletes the old object first, the adoption is a write after the
		// one that it knows.
		if !saysOn(out, "changed since the plan") {
			t.Errorf("destroy: %v\n%s", err, out)
		}
		w.MustRun(everything...)
	}
	if keys := w.v.Server.Keys(); len(keys) > 0 {
		t.Errorf("left on the server: %q", keys)
	}
}

// TestAccOwnerRenamedAcrossAliases adopts under another name and provider alias, and
// deletes the old resource afterwards: what depends on it forces the order.
func TestAccOwnerRenamedAcrossAliases(t *testing.T) {
	w := newWorkspace(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
	dependent := func(name string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"dependent\" {\n  input = helvetisafe_secret.%s.version\n  triggers_replace = %q%s\n}\n", name, name, createFirst)
	}
	w.configure(aliased(w.v, "y"), named("a", ""), dependent("a"))
	w.apply()
	w.configure(aliased(w.v, "y"), named("b", "provider = helvetisafe.y\n  adopt_existing = true"), dependent("b"))
	w.refuse([]string{"changed since the plan", "another provider alias", "removed {"}, applyAll...)
	w.alive()
	// The next plan tells of the adoption, which is a write from elsewhere.
	if out := w.MustRun("plan", "-no-color"); !saysOn(out, "written elsewhere since", "removed {") {
		t.Errorf("the plan doesn't warn:\n%s", out)
	}
	w.MustRun("state", "rm", "helvetisafe_secret.a")
	w.apply()
	w.alive()
}

// TestAccOwnerRenamed renames a block without a moved block, in each way in which the
// new one may get the secret: the plan is refused in time, and with moved nothing happens.
func TestAccOwnerRenamed(t *testing.T) {
	adopting := named("b", "adopt_existing = true")
	lost := []string{"A deletion would lose a secret that is kept", `"k"`, "moved {", "for_each", destroyNothing}
	for name, rename := range map[string]func(w *workspace){
		"adopted with a target": func(w *workspace) {
			w.configure(adopting)
			w.apply("-target=helvetisafe_secret.b")
		},
		"adopted": func(w *workspace) { w.configure(adopting) },
		"created": func(w *workspace) { w.configure(named("b", "")) },
		"imported": func(w *workspace) {
			w.configure(named("b", ""), "import {\n  to = helvetisafe_secret.b\n  id = \"k\"\n}\n")
		},
		"refreshed": func(w *workspace) { w.configure(adopting); _, _ = w.Run("refresh", "-no-color") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkspace(t)
			w.configure(named("a", ""))
			w.apply()
			rename(w)
			w.v.Server.ResetRequests()
			w.refuse(lost, applyAll...)
			w.refuse(lost, append(applyAll, "-refresh=false")...)
			if n := w.v.Server.Count("delete") + w.v.Server.Count("create") + w.v.Server.Count("update"); n > 0 {
				t.Errorf("%d writes", n)
			}
			w.alive()
		})
	}
	t.Run("moved", func(t *testing.T) {
		w := newWorkspace(t)
		w.configure(named("a", ""))
		w.apply()
		w.v.Server.ResetRequests()
		w.configure(adopting, "moved {\n  from = helvetisafe_secret.a\n  to   = helvetisafe_secret.b\n}\n")
		w.apply()
		if n := w.v.Server.Count("delete") + w.v.Server.Count("create") + w.v.Server.Count("update"); n > 0 {
			t.Errorf("%d writes", n)
		}
		w.alive()
	})
}

// TestAccOwnerTwice has two resources with one key, from the start or afterwards.
func TestAccOwnerTwice(t *testing.T) {
	two := []string{"Two resources have the same key", `"k"`, "destroy = false", destroyNothing}
	t.Run("two creates", func(t *testing.T) {
		w := newWorkspace(t)
		w.configure(named("a", "adopt_existing = true"), named("b", "adopt_existing = true"))
		w.refuse(two, applyAll...)
		if n := w.v.Server.Count("create"); n > 0 {
			t.Errorf("%d creates", n)
		}
	})
	t.Run("an import of what is managed", func(t *testing.T) {
		w := newWorkspace(t)
		w.configure(named("a", ""))
		w.apply()
		w.configure(named("a", ""), named("b", ""), "import {\n  to = helvetisafe_secret.b\n  id = \"k\"\n}\n")
		w.refuse(two, applyAll...)
		w.alive()
	})
	t.Run("both in the state", func(t *testing.T) {
		w := newWorkspace(t)
		w.configure(named("a", ""))
		w.apply()
		w.configure(named("a", ""), named("b", ""))
		w.MustRun("import", "-no-color", "helvetisafe_secret.b", "k")
		w.refuse(two, applyAll...)
		w.refuse(two, "destroy", "-auto-approve")
		w.MustRun("destroy", "-auto-approve", "-no-color", "-refresh=false")
		if keys := w.v.Server.Keys(); len(keys) > 0 {
			t.Errorf("left on the server: %q", keys)
		}
	})
	t.Run("adopted beside the one that has it", func(t *testing.T) {
		w := newWorkspace(t)
		w.configure(named("a", ""))
		w.apply()
		w.configure(named("a", ""), strings.Replace(named("b", "adopt_existing = true"), `"v"`, `"w"`, 1))
		if out := w.MustRun("plan", "-no-color"); !saysOn(out, "may be taken over", "moved {") {
			t.Errorf("the plan doesn't warn:\n%s", out)
		}
	})
}

// TestAccDeleteLooksFirst applies stale plans, and deletes without a refresh if
// base_url leads elsewhere.
func TestAccDeleteLooksFirst(t *testing.T) {
	t.Run("a saved plan", func(t *testing.T) {
		for name, disturb := range map[string]func(v *acctest.Vault){
			"changed":   func(v *acctest.Vault) { v.WritePlain("k", otherWrite) },
			"made anew": func(v *acctest.Vault) { v.Server.Remove("k"); v.WritePlain("k", otherWrite) },
		} {
			t.Run(name, func(t *testing.T) {
				w := newWorkspace(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
				w.configure(named("a", ""))
				w.apply()
				w.MustRun("plan", "-destroy", "-out=plan", "-no-color")
				disturb(w.v)
				w.refuse([]string{"changed since the plan", "-refresh-only", "nothing was deleted"}, "apply", "plan")
				if plain, _ := w.v.ReadPlain("k"); plain != otherWrite {
					t.Error("the other write was lost")
				}
				w.MustRun("apply", "-refresh-only", "-auto-approve", "-no-color")
				w.MustRun("destroy", "-auto-approve", "-no-color")
				if keys := w.v.Server.Keys(); len(keys) > 0 {
					t.Errorf("left on the server: %q", keys)
				}
			})
		}
	})
	for name, there := range map[string]bool{"of the same key": true, "without the key": false} {
		t.Run("another vault "+name, func(t *testing.T) {
			w := newWorkspace(t)
			w.configure(named("a", ""))
			w.apply()
			other := acctest.Start(t)
			says := []string{"This is another vault", "nothing was deleted"}
			if there {
				other.WritePlain("k", otherWrite)
				says = []string{"changed since the plan"}
			}
			w.Write("main.tf", required+other.Provider()+named("a", ""))
			w.refuse(says, "destroy", "-auto-approve", "-refresh=false")
			if _, ok := other.ReadPlain("k"); ok != there {
				t.Error("the other vault's secret was deleted")
			}
			w.alive()
			if keys := w.keysInState(); len(keys) != 1 {
				t.Errorf("in the state: %q", keys)
			}
		})
	}
}

// TestAccExpiredDestroyed destroys a workspace after one of its secrets has expired.
func TestAccExpiredDestroyed(t *testing.T) {
	w := newWorkspace(t)
	end := time.Now().Add(8 * time.Second).Truncate(time.Millisecond).UTC() // time to apply before
	w.configure(named("a", fmt.Sprintf("expires_at = %q", end.Format("2006-01-02T15:04:05.000Z"))),
		"resource \"helvetisafe_secret\" \"other\" {\n  key = \"other\"\n  value = \"v\"\n}\n")
	w.apply()
	time.Sleep(time.Until(end) + 100*time.Millisecond)
	w.MustRun("destroy", "-auto-approve", "-no-color")
	if keys := append(w.v.Server.Keys(), w.keysInState()...); len(keys) > 0 {
		t.Errorf("left: %q", keys)
	}
}

// TestAccForeignNotFound has something in between answer 404 for the API: nothing
// leaves the state, whether a part of the API is hidden or all of it.
func TestAccForeignNotFound(t *testing.T) {
	foreign := func(path string) devserver.Fault {
		return devserver.Fault{Path: path, Status: 404, Edit: func([]byte) []byte { return []byte(`{"message": "no Route matched with those values"}`) }}
	}
	for name, test := range map[string]struct {
		fault devserver.Fault
		says  string
	}{
		"for a deletion":        {foreign("delete"), "404"},
		"for a read":            {foreign("read"), "404"},
		"for the list":          {foreign("list"), "404"},
		"for all of the API":    {foreign("/api/*/*"), "404"},
		"the API's, yet listed": {devserver.Fault{Path: "delete", Status: 404}, "but still lists it"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkspace(t)
			w.configure(named("a", ""))
			w.apply()
			w.v.Server.AddFault(test.fault)
			if name == "for all of the API" {
				w.v.Server.AddFault(foreign("/api/*/*/*"))
			}
			if name == "for a read" {
				w.v.WritePlain("k", `{"k": "v"}`) // so that it is read
			}
			w.refuse([]string{test.says}, "destroy", "-auto-approve")
			w.v.Server.ClearFaults()
			if keys := w.keysInState(); len(keys) != 1 {
				t.Errorf("in the state: %q", keys)
			}
			w.alive()
			w.MustRun("destroy", "-auto-approve", "-no-color")
			if keys := w.v.Server.Keys(); len(keys) > 0 {
				t.Errorf("left on the server: %q", keys)
			}
		})
	}
}

// TestAccCreateOnceMore has the key be taken for a moment.
func TestAccCreateOnceMore(t *testing.T) {
	w := newWorkspace(t)
	w.v.Server.AddFault(devserver.Fault{Path: "create", Status: 409, Times: 1})
	w.configure(named("a", ""))
	w.apply()
	w.alive()
}
