package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

const theSecret = "helvetisafe_secret.test"

// block is a resource block with the given body.
func block(body string) string {
	return "resource \"helvetisafe_secret\" \"test\" {\n" + body + "\n}\n"
}

// holds checks the plaintext behind what the server stores.
func holds(v *acctest.Vault, key, want string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		got, ok := v.ReadPlain(key)
		if !ok {
			return fmt.Errorf("the server has no secret %q", key)
		}
		if got != want {
			return fmt.Errorf("the server holds another plaintext of %d bytes for %q, want %d", len(got), key, len(want))
		}
		return nil
	}
}

// empty checks that the server holds nothing at the end.
func empty(v *acctest.Vault) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if keys := v.Server.Keys(); len(keys) > 0 {
			return fmt.Errorf("left on the server: %q", keys)
		}
		return nil
	}
}

// count checks how many requests of a route there were since the last reset.
func count(v *acctest.Vault, route string, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if got := v.Server.Count(route); got != want {
			return fmt.Errorf("%d requests of %s, want %d", got, route, want)
		}
		return nil
	}
}

func attribute(name string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(theSecret, tfjsonpath.New(name), check)
}

func action(a plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(theSecret, a)}}
}

// acceptance runs steps against the vault and checks that nothing is left.
func acceptance(t *testing.T, v *acctest.Vault, checks []tfversion.TerraformVersionCheck, steps ...resource.TestStep) {
	t.Helper()
	acctest.ClearEnv(t)
	for i := range steps {
		if steps[i].Config != "" {
			steps[i].Config = v.Provider() + steps[i].Config
		}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(New("test")),
		TerraformVersionChecks:   checks,
		CheckDestroy:             empty(v),
		Steps:                    steps,
	})
}

// says matches a diagnostic that has the phrases in this order, however the CLI
// breaks its lines.
func says(phrases ...string) *regexp.Regexp {
	patterns := make([]string, len(phrases))
	for i, phrase := range phrases {
		words := strings.Fields(phrase)
		for j, word := range words {
			words[j] = regexp.QuoteMeta(word)
		}
		patterns[i] = strings.Join(words, `\s+`)
	}
	return regexp.MustCompile(`(?s)` + strings.Join(patterns, `.*`))
}

func writeOnly() []tfversion.TerraformVersionCheck {
	return []tfversion.TerraformVersionCheck{acctest.RequireWriteOnly()}
}

func TestAccSecretValue(t *testing.T) {
	v := acctest.Start(t)
	grows := statecheck.CompareValue(compare.ValuesDiffer())
	stays := statecheck.CompareValue(compare.ValuesSame())
	acceptance(t, v, nil,
		resource.TestStep{
			Config: block(`key = "db_password"
				value = "hunter2"`),
			ConfigPlanChecks: action(plancheck.ResourceActionCreate),
			Check:            holds(v, "db_password", `{"db_password":"hunter2"}`),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute("value", knownvalue.StringExact("hunter2")),
				attribute("data", knownvalue.Null()),
				attribute("expires_at", knownvalue.Null()),
				attribute("adopt_existing", knownvalue.Bool(false)),
				attribute("created_at", knownvalue.StringRegexp(regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`))),
				attribute("org_key_fingerprint", knownvalue.StringExact(v.OrgKey.Fingerprint())),
				grows.AddStateValue(theSecret, tfjsonpath.New("version")),
				stays.AddStateValue(theSecret, tfjsonpath.New("created_at")),
			},
		},
		resource.TestStep{
			Config: block(`key = "db_password"
				value = "ünï – \"quoted\"\n</script>"`),
			ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
			Check:            holds(v, "db_password", `{"db_password":"ünï – \"quoted\"\n</script>"}`),
			ConfigStateChecks: []statecheck.StateCheck{
				grows.AddStateValue(theSecret, tfjsonpath.New("version")),
				stays.AddStateValue(theSecret, tfjsonpath.New("created_at")),
			},
		},
		resource.TestStep{
			Config:            block("key = \"db_password\"\nvalue = \"\""),
			Check:             holds(v, "db_password", `{"db_password":""}`),
			ConfigStateChecks: []statecheck.StateCheck{attribute("value", knownvalue.StringExact(""))},
		},
		resource.TestStep{
			ResourceName: theSecret, ImportState: true, ImportStateId: "db_password", ImportStateVerify: true,
			ImportStateVerifyIdentifierAttribute: "key",
			ImportStateVerifyIgnore:              []string{"updated_at", "version"},
		},
		resource.TestStep{
			Config:           block("key = \"db_password_2\"\nvalue = \"other\""),
			ConfigPlanChecks: action(plancheck.ResourceActionReplace),
			Check:            resource.ComposeTestCheckFunc(holds(v, "db_password_2", `{"db_password_2":"other"}`), count(v, "delete", 1)),
		},
	)
}

func TestAccSecretData(t *testing.T) {
	v := acctest.Start(t)
	acceptance(t, v, nil,
		resource.TestStep{
			Config: block(`key = "app"
				data = { DB_HOST = "localhost", DB_PASS = "s3cr3t" }`),
			Check: holds(v, "app", `{"DB_HOST":"localhost","DB_PASS":"s3cr3t"}`),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute("value", knownvalue.Null()),
				attribute("data", knownvalue.MapExact(map[string]knownvalue.Check{
					"DB_HOST": knownvalue.StringExact("localhost"), "DB_PASS": knownvalue.StringExact("s3cr3t"),
				})),
			},
		},
		resource.TestStep{
			// A single member named as the key is still what data asks for, and an
			// object's text in it is not taken apart.
			Config: block(`key = "app"
				data = { app = jsonencode({ a = "b" }) }`),
			Check: holds(v, "app", `{"app":"{\"a\":\"b\"}"}`),
		},
		resource.TestStep{
			Config: block("key = \"app\"\ndata = {}"),
			Check:  holds(v, "app", `{}`),
		},
		resource.TestStep{
			ResourceName: theSecret, ImportState: true, ImportStateId: "data:app", ImportStateVerify: true,
			ImportStateVerifyIdentifierAttribute: "key",
			ImportStateVerifyIgnore:              []string{"updated_at", "version"},
		},
	)
}

func TestAccSecretValueWriteOnly(t *testing.T) {
	v := acctest.Start(t)
	acceptance(t, v, writeOnly(),
		resource.TestStep{
			Config: block(`key = "k"
				value_wo = "one"`),
			Check: holds(v, "k", `{"k":"one"}`),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute("value", knownvalue.Null()), attribute("value_wo", knownvalue.Null()),
			},
		},
		resource.TestStep{
			Config: block(`key = "k"
				value_wo = "two"`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(theSecret, plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue(theSecret, tfjsonpath.New("version")),
				plancheck.ExpectUnknownValue(theSecret, tfjsonpath.New("updated_at")),
			}},
			Check: holds(v, "k", `{"k":"two"}`),
		},
		resource.TestStep{
			// In place to a value of the state and back, and the plaintext goes with it.
			Config: block(`key = "k"
				value = "two"`),
			ConfigPlanChecks:  action(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{attribute("value", knownvalue.StringExact("two"))},
		},
		resource.TestStep{
			PreConfig: v.Server.ResetRequests,
			Config: block(`key = "k"
				value_wo = "two"`),
			ConfigPlanChecks:  action(plancheck.ResourceActionUpdate),
			Check:             resource.ComposeTestCheckFunc(holds(v, "k", `{"k":"two"}`), count(v, "update", 0)),
			ConfigStateChecks: []statecheck.StateCheck{attribute("value", knownvalue.Null())},
		},
	)
}

func TestAccSecretWriteOnlyVersion(t *testing.T) {
	v := acctest.Start(t)
	config := func(value, version string) string {
		return block(fmt.Sprintf("key = \"k\"\nvalue_wo = %q\nvalue_wo_version = %s", value, version))
	}
	acceptance(t, v, writeOnly(),
		resource.TestStep{
			Config: config("one", "1"),
			Check:  holds(v, "k", `{"k":"one"}`),
		},
		resource.TestStep{
			Config:           config("two", "1"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			Check:            holds(v, "k", `{"k":"one"}`),
		},
		resource.TestStep{
			Config:           config("two", "2"),
			ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
			Check:            holds(v, "k", `{"k":"two"}`),
		},
		resource.TestStep{
			// The same under a version of words.
			Config: config("three", `"june"`),
			Check:  holds(v, "k", `{"k":"three"}`),
		},
	)
}

func TestAccSecretDataWriteOnly(t *testing.T) {
	v := acctest.Start(t)
	acceptance(t, v, writeOnly(),
		resource.TestStep{
			Config: block(`key = "app"
				data_wo = { user = "u", pass = "one" }`),
			Check: holds(v, "app", `{"pass":"one","user":"u"}`),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute("data", knownvalue.Null()), attribute("data_wo", knownvalue.Null()),
			},
		},
		resource.TestStep{
			Config: block(`key = "app"
				data_wo = { user = "u", pass = "two" }
				data_wo_version = 1`),
			Check: holds(v, "app", `{"pass":"two","user":"u"}`),
		},
		resource.TestStep{
			Config: block(`key = "app"
				data_wo = { user = "u", pass = "three" }
				data_wo_version = 1`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
	)
}
