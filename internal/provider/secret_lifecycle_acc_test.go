package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// TestAccSecretIgnoreChanges ignores the value in the configuration: what is
// stored stays, also when only the expiry changes.
func TestAccSecretIgnoreChanges(t *testing.T) {
	for name, test := range map[string]struct{ attribute, first, second, want string }{
		"value":    {"value", `value = "one"`, `value = "two"`, `{"k":"one"}`},
		"data":     {"data", `data = { a = "one" }`, `data = { a = "two" }`, `{"a":"one"}`},
		"value_wo": {"value_wo", `value_wo = "one"`, `value_wo = "two"`, `{"k":"one"}`},
		"data_wo":  {"data_wo", `data_wo = { a = "one" }`, `data_wo = { a = "two" }`, `{"a":"one"}`},
		"version":  {"value_wo_version", "value_wo = \"one\"\nvalue_wo_version = 1", "value_wo = \"two\"\nvalue_wo_version = 2", `{"k":"one"}`},
	} {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t)
			config := func(value, expiry string) string {
				return block(fmt.Sprintf("key = \"k\"\n%s\n%s\nlifecycle {\n  ignore_changes = [%s]\n}", value, expiry, test.attribute))
			}
			at := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
			acceptance(
				t, v, writeOnly(),
				resource.TestStep{Config: config(test.first, ""), Check: holds(v, "k", test.want)},
				resource.TestStep{
					Config:           config(test.second, ""),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
				},
				resource.TestStep{
					Config:           config(test.second, `expires_at = "2099-01-01T00:00:00Z"`),
					ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
					Check:            resource.ComposeTestCheckFunc(holds(v, "k", test.want), expires(v, "k", &at)),
				},
			)
		})
	}
}

// TestAccSecretIgnoreField ignores one field of data: a change of another is written
// with the field as it is stored, and not as the configuration has it.
func TestAccSecretIgnoreField(t *testing.T) {
	v := acctest.Start(t)
	config := func(a, b string) string {
		return block(fmt.Sprintf("key = \"k\"\ndata = { a = %q, b = %q }\nlifecycle {\n  ignore_changes = [data[\"a\"]]\n}", a, b))
	}
	acceptance(
		t, v, nil,
		resource.TestStep{Config: config("1", "1"), Check: holds(v, "k", `{"a":"1","b":"1"}`)},
		resource.TestStep{Config: config("2", "2"), Check: holds(v, "k", `{"a":"1","b":"2"}`)},
		resource.TestStep{
			Config:           config("3", "2"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
	)
}

// TestAccSecretUnknown takes the value from something that is known only when it
// is applied: it is written if it then differs, and only then.
func TestAccSecretUnknown(t *testing.T) {
	for name, form := range map[string]string{"value": "value = %s", "data": "data = { a = %s }"} {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t)
			config := func(trigger, value string) string {
				return fmt.Sprintf("resource \"terraform_data\" \"source\" {\n  triggers_replace = %q\n  input = %q\n}\n", trigger, value) +
					block("key = \"k\"\n"+fmt.Sprintf(form, "terraform_data.source.output"))
			}
			acceptance(
				t, v, nil,
				resource.TestStep{Config: config("1", "one")},
				resource.TestStep{
					PreConfig: v.Server.ResetRequests,
					Config:    config("2", "one"),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectUnknownValue(theSecret, tfjsonpath.New("version")),
					}},
					Check: count(v, "update", 0),
				},
				resource.TestStep{Config: config("3", "two"), Check: count(v, "update", 1)},
			)
		})
	}
}

// TestAccSecretVersionFeeds passes the version of one secret to another's: the
// second is written when the first is.
func TestAccSecretVersionFeeds(t *testing.T) {
	v := acctest.Start(t)
	config := func(value string) string {
		return block(fmt.Sprintf("key = \"k\"\nvalue_wo = %q", value)) + fmt.Sprintf(`
resource "helvetisafe_secret" "copy" {
  key              = "copy"
  value_wo         = %q
  value_wo_version = helvetisafe_secret.test.version
}
`, value)
	}
	acceptance(
		t, v, writeOnly(),
		resource.TestStep{Config: config("one"), Check: holds(v, "copy", `{"copy":"one"}`)},
		resource.TestStep{Config: config("two"), Check: holds(v, "copy", `{"copy":"two"}`)},
		resource.TestStep{
			Config:           config("two"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
	)
}

// TestAccSecretExpired lets a secret expire: the plan tells that from a deletion.
func TestAccSecretExpired(t *testing.T) {
	v := acctest.Start(t)
	c := newCLI(t, "")                                                      // builds the provider, which takes a while
	end := time.Now().Add(8 * time.Second).Truncate(time.Millisecond).UTC() // time to apply before
	soon := end.Format("2006-01-02T15:04:05.000Z")
	c.Write("main.tf", required+v.Provider()+block(fmt.Sprintf("key = \"k\"\nvalue = \"v\"\nexpires_at = %q", soon)))
	c.MustRun("apply", "-auto-approve", "-no-color")
	time.Sleep(time.Until(end) + 100*time.Millisecond)
	out := c.MustRun("plan", "-no-color")
	if !says("has expired").MatchString(out) || !says(soon, "Move expires_at or remove the block").MatchString(out) {
		t.Errorf("the plan doesn't say that the secret expired:\n%s", out)
	}
	v.Server.ResetRequests()
	if out, err := c.Run("apply", "-auto-approve", "-no-color"); err == nil || !saysOn(out, soon, "Nothing was written") || v.Server.Count("create") > 0 {
		t.Errorf("the apply doesn't stop before it writes (%v):\n%s", err, out)
	}
	c.Write("main.tf", required+v.Provider()+block("key = \"k\"\nvalue = \"v\""))
	c.MustRun("apply", "-auto-approve", "-no-color")
	if plain, _ := v.ReadPlain("k"); plain != `{"k":"v"}` {
		t.Error("the secret was not made again")
	}
}

// TestAccSecretWarnings shows on the CLI what a plan warns of, without a value.
func TestAccSecretWarnings(t *testing.T) {
	const value = "vAlUe-5d2e"
	v := acctest.Start(t)
	provider := required + v.Provider()
	write := func(value string) string { return block(fmt.Sprintf("key = \"k\"\nvalue_wo = %q", value)) }
	c := newCLI(t, provider+write(value+"-one"))
	c.MustRun("apply", "-auto-approve", "-no-color")
	expect := func(step, configuration string, phrases ...string) {
		t.Helper()
		c.Write("main.tf", provider+configuration)
		out := c.MustRun("plan", "-no-color")
		if !says(phrases...).MatchString(strings.ReplaceAll(out, "│", "")) {
			t.Errorf("%s: it doesn't say %q:\n%s", step, phrases, out)
		}
		if strings.Contains(out, value) {
			t.Errorf("%s: it shows a value:\n%s", step, out)
		}
	}
	expect("another value", write(value+"-two"), "differs from what is stored, so the apply writes it")
	v.WritePlain("k", `{"k": "`+value+`-elsewhere"}`)
	expect("drift", write(value+"-one"), "was changed outside of this configuration, so the apply writes value_wo again")
	v.WritePlain("other", `{"other": "`+value+`"}`)
	expect("adoption", write(value+"-one")+"resource \"helvetisafe_secret\" \"other\" {\n  key = \"other\"\n  value_wo = \"x\"\n  adopt_existing = true\n}\n",
		"An existing secret will be taken over")
}

// TestAccSecretGeneratedConfiguration has the CLI write the block of an imported
// secret: it leaves the value out, and the error says what to fill in.
func TestAccSecretGeneratedConfiguration(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("k", `{"k": "v"}`)
	// Terraform 1.16 takes the provider for HashiCorp's if there is no resource block yet.
	c := newCLI(t, required+v.Provider()+strings.Replace(importBlock("k"), "{", "{\n  provider = helvetisafe", 1))
	out, err := c.Run("plan", "-no-color", "-generate-config-out=generated.tf")
	generated, readErr := os.ReadFile(filepath.Join(c.Dir, "generated.tf"))
	if readErr != nil || !strings.Contains(string(generated), `key`) {
		t.Fatalf("nothing was generated: %v\n%s", readErr, out)
	}
	if err == nil {
		return // a CLI that writes sensitive values out has nothing to fill in
	}
	if !says("Exactly one of value, value_wo, data, data_wo and generate", "fill one of them in").MatchString(strings.ReplaceAll(out, "│", "")) {
		t.Errorf("the error doesn't say what to fill in:\n%s", out)
	}
}
