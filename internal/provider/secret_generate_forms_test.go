package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// TestGenerateForms moves a secret from each other form to generate and back, in
// place.
func TestGenerateForms(t *testing.T) {
	t.Parallel()
	for _, column := range chosen() {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			v, c := applied(t, column, nil)
			generated := configuration(colGenerated, "1", nil)
			mustApply(t, c, generated, generated)
			if len(valueOf(t, v)) != 24 || c.get(c.state, "rotated_at") == "" || c.get(c.state, "value") != "" {
				t.Error("no value was generated, or the state still has the old one")
			}
			settled(t, c, generated)
			back := configuration(column, "two", nil)
			mustApply(t, c, back, back)
			if plain, _ := v.ReadPlain("k"); !strings.Contains(plain, `"two"`) || c.get(c.state, "rotated_at") != "" {
				t.Error("the other form was not written, or rotated_at stays")
			}
			settled(t, c, back)
			if n := v.Server.Count("create") + v.Server.Count("delete"); n != 0 {
				t.Errorf("%d requests to create or delete", n)
			}
		})
	}
}

// TestGenerateImport records the recipe and the version of what was imported, whatever
// its age, and notices from then on what others write.
func TestGenerateImport(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"write-only:k", "k"} {
		for name, bare := range map[string]bool{"with stamps": false, "without a list": true} {
			t.Run(id+"/"+name, func(t *testing.T) {
				t.Parallel()
				time := new(clock)
				v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.ListForbidden = bare }))
				v.WritePlain("k", `{"k": "theirs"}`)
				c := newCore(t, providerAttributes(v))
				c.now = time.now
				time.pass(100)
				if out := c.importSecret(id); len(out.errors) > 0 {
					t.Fatal(out.errors)
				}
				config := configuration(colGenerated, "7", rotating(30))
				out := mustApply(t, c, config, config)
				if !mentions(out.warnings, "makes no new value") {
					t.Errorf("the plan doesn't warn that the value stays: %q", out.warnings)
				}
				if mentions(out.warnings, "due") || v.Server.Count("update") != 0 || valueOf(t, v) != "theirs" {
					t.Errorf("the import rotated: %q", out.warnings)
				}
				if c.get(c.state, "rotated_at") == "" || strings.Contains(c.state.String(), "theirs") {
					t.Error("no rotated_at, or the state still has the value")
				}
				due := "write" // by the age of its last write
				if bare {
					due = "none" // which nobody knows: it counts from the import
				}
				if out := c.plan(config); c.action(out) != due {
					t.Errorf("the plan after the import is %s, want %s", c.action(out), due)
				}
				v.WritePlain("k", `{"k": "elsewhere"}`)
				time.pass(-100)
				if out := c.plan(config); c.action(out) != "none" || !mentions(out.warnings, "A generated value was changed elsewhere") {
					t.Errorf("a change elsewhere: %s, %q", c.action(out), out.warnings)
				}
				time.pass(200)
				mustApply(t, c, config, config)
				if len(valueOf(t, v)) != 24 {
					t.Error("the next rotation made no value")
				}
			})
		}
	}
}

// TestGenerateIgnored: with ignore_changes another recipe and another version plan
// nothing, and an expiry moves without a new value.
func TestGenerateIgnored(t *testing.T) {
	t.Parallel()
	v, c := applied(t, colGenerated, nil)
	value := valueOf(t, v)
	c.ignore = []string{"generate", "generate_version"}
	config := configuration(colGenerated, "two", attributes{"generate": attributes{"bytes": int64(3)}})
	settled(t, c, config)
	config["expires_at"] = "2099-01-01T00:00:00Z"
	mustApply(t, c, config, config)
	if valueOf(t, v) != value {
		t.Error("what is ignored made a new value")
	}
	settled(t, c, config)
}

// TestGenerateAgain makes a value anew if the secret was removed elsewhere.
func TestGenerateAgain(t *testing.T) {
	t.Parallel()
	v, c := applied(t, colGenerated, nil)
	value := valueOf(t, v)
	v.Server.Remove("k")
	config := configuration(colGenerated, "one", nil)
	mustApply(t, c, config, config)
	if again := valueOf(t, v); len(again) != 24 || again == value {
		t.Error("no new value was made")
	}
	settled(t, c, config)
}

// TestGenerateWithoutDecision: if the plan's decision is lost, nothing is
// overwritten.
func TestGenerateWithoutDecision(t *testing.T) {
	t.Parallel()
	v, c := applied(t, colGenerated, nil)
	value := valueOf(t, v)
	server := c.start()
	config := configuration(colGenerated, "two", nil)
	out, _ := c.planOnce(server, config, outcome{})
	resp, err := server.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: secretType, PriorState: c.dynamic(c.object, c.state), PlannedState: c.dynamic(c.object, out.planned),
		Config: c.dynamic(c.object, c.value(c.object, config)), PlannedPrivate: c.private, PlannedIdentity: c.identity,
	})
	if err != nil || len(resp.Diagnostics) > 0 || valueOf(t, v) != value {
		t.Errorf("the value was overwritten, or %v, %s", err, fmt.Sprint(len(resp.Diagnostics)))
	}
}
