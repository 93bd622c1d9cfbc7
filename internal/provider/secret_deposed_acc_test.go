package provider

import (
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// TestAccDeposedLooksFirst applies a saved plan that deletes what a failed deletion has
// left behind. Terraform plans that deletion once more while it applies, and what was
// written elsewhere in between must not be taken for planned then.
func TestAccDeposedLooksFirst(t *testing.T) {
	w := newWorkspace(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
	another := strings.Replace(named("a", createFirst), `"k"`, `"k2"`, 1)
	w.configure(named("a", createFirst))
	w.apply()
	w.v.Server.AddFault(devserver.Fault{Path: "delete", Status: 403})
	w.configure(another)
	if out, err := w.Run("apply", "-auto-approve", "-no-color"); err == nil {
		t.Fatalf("the deletion didn't fail:\n%s", out)
	}
	w.v.Server.ClearFaults()

	w.MustRun("plan", "-out=plan", "-no-color")
	w.v.WritePlain("k", otherWrite)
	w.refuse([]string{"changed since the plan", "nothing was deleted"}, "apply", "plan")
	if plain, _ := w.v.ReadPlain("k"); plain != otherWrite {
		t.Error("the other write was lost")
	}
	// The next plan knows of it, and warns.
	if out := w.apply(); !saysOn(out, "written elsewhere since") {
		t.Errorf("the plan doesn't warn:\n%s", out)
	}
	if keys := w.v.Server.Keys(); len(keys) != 1 || keys[0] != "k2" {
		t.Errorf("on the server: %q", keys)
	}
}

// TestAccTaintedWithAnotherKey has a tainted object, whose secret was written elsewhere
// since, get another key. No plan tells the provider of the old key then, so the deletion
// is refused for good, and the error has the way out.
func TestAccTaintedWithAnotherKey(t *testing.T) {
	w := newWorkspace(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
	w.configure(named("a", ""))
	w.apply()
	w.MustRun("taint", "helvetisafe_secret.a")
	w.v.WritePlain("k", `{"k": "v"}`)
	w.configure(strings.Replace(named("a", ""), `"k"`, `"k2"`, 1))
	for range 2 {
		w.refuse([]string{"changed since the plan", "nothing was deleted", "terraform untaint"}, applyAll...)
		w.alive()
		w.MustRun("apply", "-refresh-only", "-auto-approve", "-no-color")
	}
	w.MustRun("untaint", "helvetisafe_secret.a")
	w.apply()
	if keys := w.v.Server.Keys(); len(keys) != 1 || keys[0] != "k2" {
		t.Errorf("on the server: %q", keys)
	}
}

// TestAccReplacedAfterAWrite: a plan that deletes what was written elsewhere since the
// last apply says so. With -replace the provider isn't asked for a deletion at first, and
// Terraform drops what it warns of later; so the drift has to tell.
func TestAccReplacedAfterAWrite(t *testing.T) {
	for name, test := range map[string]struct {
		prepare []string
		key     string
	}{
		"another key": {key: "k2"},
		"tainted":     {key: "k", prepare: []string{"taint", "helvetisafe_secret.a"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkspace(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
			config := strings.Replace(named("a", "value_wo_version = 1"), "value =", "value_wo =", 1)
			w.configure(config)
			w.apply()
			if test.prepare != nil {
				w.MustRun(test.prepare...)
			}
			w.v.WritePlain("k", otherWrite)
			w.configure(strings.Replace(config, `"k"`, `"`+test.key+`"`, 1))
			for _, more := range []string{"-refresh=true", "-refresh=false"} {
				if more == "-refresh=false" && test.prepare != nil {
					continue // nothing tells the provider of a tainted object then
				}
				out := w.MustRun("plan", "-no-color", more)
				if n := strings.Count(out, "The secret was written elsewhere since"); n != 1 {
					t.Errorf("%s: %d warnings, want 1:\n%s", more, n, out)
				}
			}
			if test.prepare == nil {
				w.configure(config)
				if out := w.MustRun("plan", "-no-color", "-replace=helvetisafe_secret.a"); !saysOn(out, "unless this plan replaces the secret") {
					t.Errorf("the plan of a replacement says that the value stays:\n%s", out)
				}
			}
		})
	}
}
