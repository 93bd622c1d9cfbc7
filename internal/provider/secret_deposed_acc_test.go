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
	if out, err := w.run("apply", "-auto-approve", "-no-color"); err == nil {
		t.Fatalf("the deletion didn't fail:\n%s", out)
	}
	w.v.Server.ClearFaults()

	w.mustRun("plan", "-out=plan", "-no-color")
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
	w.mustRun("taint", "helvetisafe_secret.a")
	w.v.WritePlain("k", `{"k": "v"}`)
	w.configure(strings.Replace(named("a", ""), `"k"`, `"k2"`, 1))
	for range 2 {
		w.refuse([]string{"changed since the plan", "nothing was deleted", "terraform untaint"}, applyAll...)
		w.alive()
		w.mustRun("apply", "-refresh-only", "-auto-approve", "-no-color")
	}
	w.mustRun("untaint", "helvetisafe_secret.a")
	w.apply()
	if keys := w.v.Server.Keys(); len(keys) != 1 || keys[0] != "k2" {
		t.Errorf("on the server: %q", keys)
	}
}
