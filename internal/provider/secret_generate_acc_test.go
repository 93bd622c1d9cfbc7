package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// follower is a consumer of a generated value: it is written when the value is, and
// reads it without keeping it.
const follower = `
ephemeral "helvetisafe_secret" "test" {
  key      = helvetisafe_secret.test.key
  wait_for = helvetisafe_secret.test.version
}

resource "helvetisafe_secret" "copy" {
  key              = "copy"
  value_wo         = ephemeral.helvetisafe_secret.test.value
  value_wo_version = helvetisafe_secret.test.version
}
`

// TestAccGenerateFollowed lets thirty rotations fall due, one after the other: each
// new value is on both sides after one apply, and no plan is left.
func TestAccGenerateFollowed(t *testing.T) {
	clock := new(clock)
	v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.Now = clock.now }))
	acctest.ClearEnv(t)
	seen := map[string]bool{}
	followed := func(*terraform.State) error {
		value := valueOf(t, v)
		if seen[value] || len(value) != 32 {
			return fmt.Errorf("no new value was made")
		}
		seen[value] = true
		if plain, _ := v.ReadPlain("copy"); plain != fmt.Sprintf(`{"copy":%q}`, value) {
			return fmt.Errorf("the consumer has another value")
		}
		return nil
	}
	config := v.Provider() + block("key = \"k\"\ngenerate = {\n  length = 32\n  special = false\n  rotation_days = 30\n}") + follower
	steps := []resource.TestStep{{Config: config, Check: followed}}
	for range 30 {
		steps = append(steps, resource.TestStep{
			PreConfig: func() { clock.pass(30) },
			Config:    config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(theSecret, tfjsonpath.New("version")),
				plancheck.ExpectUnknownValue(theSecret, tfjsonpath.New("rotated_at")),
				plancheck.ExpectResourceAction("helvetisafe_secret.copy", plancheck.ResourceActionUpdate),
			}},
			Check: followed,
		})
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(func() provider.Provider { return &helvetisafeProvider{version: "test", now: clock.now} }),
		TerraformVersionChecks:   writeOnly(),
		CheckDestroy:             empty(v),
		Steps:                    steps,
	})
	if !t.Skipped() && len(seen) != 31 {
		t.Errorf("%d values, want 31", len(seen))
	}
}

// TestAccGenerate takes a generated secret through its life on the CLI. What is made
// when is in TestGenerate… and TestPlanMatrix; here, what the CLI takes of it.
func TestAccGenerate(t *testing.T) {
	v := acctest.Start(t)
	last := ""
	renewed := func(want bool) resource.TestCheckFunc {
		return func(*terraform.State) error {
			value := valueOf(t, v)
			before := last
			last = value
			if renewed := value != before; renewed != want {
				return fmt.Errorf("a new value: %t, want %t", renewed, want)
			}
			return nil
		}
	}
	generate := func(recipe, more string) string {
		return block("key = \"k\"\ngenerate = {\n" + recipe + "\n}\n" + more)
	}
	none := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	acceptance(t, v, []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_5_0)},
		resource.TestStep{
			Config: generate("length = 20", ""), Check: renewed(true),
			ConfigStateChecks: []statecheck.StateCheck{attribute("value", knownvalue.Null()), attribute("rotated_at", knownvalue.NotNull())},
		},
		resource.TestStep{Config: generate("length = 20", ""), ConfigPlanChecks: none, Check: renewed(false)},
		resource.TestStep{
			Config: generate("length = 20\nupper = true\nmin_lower = 0", ""), Check: resource.ComposeTestCheckFunc(renewed(false), count(v, "update", 0)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectKnownValue(theSecret, tfjsonpath.New("version"), knownvalue.NotNull())}},
		},
		resource.TestStep{Config: generate("bytes = 20\nencoding = \"hex\"", ""), Check: renewed(true)},
		resource.TestStep{Config: generate("bytes = 20\nencoding = \"hex\"", "generate_version = 2"), Check: renewed(true)},
		resource.TestStep{
			Config: generate("bytes = 20\nencoding = \"hex\"", "generate_version = 2\nexpires_at = \"2099-01-01T00:00:00Z\""), Check: renewed(false),
		},
		resource.TestStep{
			PreConfig: func() { v.WritePlain("k", `{"k": "elsewhere"}`) },
			Config:    generate("bytes = 20\nencoding = \"hex\"", "generate_version = 2\nexpires_at = \"2099-01-01T00:00:00Z\""),
			Check:     holds(v, "k", `{"k": "elsewhere"}`),
		},
		resource.TestStep{Config: generate("length = 20", "generate_version = 3"), Check: renewed(true)},
		resource.TestStep{
			Config:           generate("length = 99", "generate_version = 4\nlifecycle {\n  ignore_changes = [generate, generate_version]\n}"),
			ConfigPlanChecks: none, Check: renewed(false),
		},
		resource.TestStep{
			PreConfig: func() { v.Server.Remove("k") },
			Config:    generate("length = 20", "generate_version = 3"), Check: renewed(true),
		},
		resource.TestStep{Config: block("key = \"k\"\nvalue = \"typed\""), Check: holds(v, "k", `{"k":"typed"}`)},
		resource.TestStep{Config: generate("length = 20", ""), Check: renewed(true), ConfigStateChecks: []statecheck.StateCheck{attribute("value", knownvalue.Null())}},
	)
}

// TestAccGenerateImport imports a secret into generate: the recipe is recorded, and
// nothing is written.
func TestAccGenerateImport(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("k", `{"k": "theirs"}`)
	config := block("key = \"k\"\ngenerate = {\n  length = 20\n  rotation_days = 30\n}\ngenerate_version = 1")
	acceptance(t, v, []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_5_0)},
		resource.TestStep{
			Config: importBlock("write-only:k") + config,
			Check:  resource.ComposeTestCheckFunc(holds(v, "k", `{"k": "theirs"}`), count(v, "update", 0)),
		},
		resource.TestStep{Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
	)
}

// TestAccGenerateAdopt takes over a secret that exists: with a new value, always.
func TestAccGenerateAdopt(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("k", `{"k": "theirs"}`)
	acceptance(t, v, nil, resource.TestStep{
		Config: block("key = \"k\"\nadopt_existing = true\ngenerate = {\n  length = 20\n}"),
		Check: func(*terraform.State) error {
			if len(valueOf(t, v)) != 20 {
				return fmt.Errorf("the value was not generated")
			}
			return nil
		},
	})
}

// TestAccGenerateNeverShown looks for generated values in everything that comes out:
// plan files, state and its backups, the trace log, output, and what is sent.
func TestAccGenerateNeverShown(t *testing.T) {
	v := acctest.Start(t)
	env := append(v.Env(acctest.OAuth, acctest.PEMFile), "TF_LOG=TRACE", "TF_LOG_PATH=trace.log")
	c := newCLI(t, required, env...)
	values := v.Markers() // letters and digits only: JSON would spell other characters another way
	scan := func(step, out string) {
		t.Helper()
		if _, there := v.Server.Stored("k"); there {
			values.Add("the value of "+step, []byte(valueOf(t, v)))
		}
		values.ExpectNotIn(t, "the output of "+step, []byte(out))
		values.ExpectNotUnder(t, c.Dir, nil)
		log, err := os.ReadFile(filepath.Join(c.Dir, "trace.log"))
		if err != nil || len(log) < 1000 {
			t.Fatalf("no trace log: %v", err)
		}
		for _, request := range v.Server.Requests() {
			if request.Route != "token" {
				values.ExpectNotIn(t, "a request of "+request.Route, request.Body)
			}
		}
	}
	write := func(more string) {
		t.Helper()
		c.Write("main.tf", required+"provider \"helvetisafe\" {\n  max_retries = 1\n}\n"+block("key = \"k\"\ngenerate = {\n  length = 32\n  special = false\n  rotation_days = 30\n}\n"+more)+follower)
	}
	write("")
	scan("the create", c.MustRun("apply", "-auto-approve", "-no-color"))
	write("generate_version = 2")
	scan("a saved plan", c.MustRun("plan", "-no-color", "-out=plan.bin"))
	scan("its apply", c.MustRun("apply", "-no-color", "plan.bin"))
	scan("the state", c.MustRun("show", "-json"))
	write("generate_version = 2\nexpires_at = \"2099-01-01T00:00:00Z\"")
	scan("an expiry alone", c.MustRun("apply", "-auto-approve", "-no-color"))
	v.WritePlain("k", `{"k": "elsewhere-4711-elsewhere"}`)
	scan("a drift", c.MustRun("plan", "-no-color"))
	for name, status := range map[string]int{"a refusal": 403, "a server that fails": 500, "HTML": 200} {
		write("generate_version = \"" + name + "\"")
		v.FailWith(status)
		out, err := c.Run("apply", "-auto-approve", "-no-color")
		v.Server.ClearFaults()
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		scan(name, out)
	}
	scan("the destroy", c.MustRun("destroy", "-auto-approve", "-no-color"))
}
