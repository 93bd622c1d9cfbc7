package provider

import (
	"errors"
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// pins is the provider attribute that names Org Keys.
func pins(fingerprints ...string) string {
	return fmt.Sprintf("org_key_fingerprints = %s", hclList(fingerprints))
}

func hclList(items []string) string {
	list := "["
	for _, item := range items {
		list += fmt.Sprintf("%q, ", item)
	}
	return list + "]"
}

// steps runs steps whose configurations are complete.
func steps(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	acctest.ClearEnv(t)
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(New("test")), Steps: steps})
}

// TestAccOrgKeyPinned: with a pin, nothing is read, written or deleted under another
// key.
func TestAccOrgKeyPinned(t *testing.T) {
	v := acctest.Start(t)
	const other = "SHA256:AAAAAAAAAAAAAAAAAAAAAA"
	one := block("key = \"k\"\nvalue = \"v\"")
	steps(
		t,
		resource.TestStep{
			Config:      v.Provider(pins(other)) + one,
			ExpectError: says("org_key_fingerprints"),
		},
		resource.TestStep{
			PreConfig: func() {
				if n := v.Server.Count("create"); n > 0 {
					t.Errorf("%d creates under a key that is not pinned", n)
				}
			},
			Config:            v.Provider(pins(other, v.OrgKey.Fingerprint())) + one,
			ConfigStateChecks: []statecheck.StateCheck{attribute("org_key_fingerprint", knownvalue.StringExact(v.OrgKey.Fingerprint()))},
		},
		resource.TestStep{
			// An unchanged secret needs no Org Key; a change of the expiry alone does.
			Config:      v.Provider(pins(other)) + block("key = \"k\"\nvalue = \"v\"\nexpires_at = \"2099-01-01T00:00:00Z\""),
			ExpectError: says("org_key_fingerprints"),
		},
		resource.TestStep{
			PreConfig: func() {
				if n := v.Server.Count("update"); n > 0 {
					t.Errorf("%d updates under a key that is not pinned", n)
				}
			},
			Config:      v.Provider(pins(other)) + one + "data \"helvetisafe_secret\" \"k\" {\n  key = \"k\"\n}\n",
			ExpectError: says("org_key_fingerprints"),
		},
		resource.TestStep{
			// List and metadata need no Org Key.
			Config: v.Provider(pins(other)) + "data \"helvetisafe_secret_metadata\" \"k\" {\n  key = \"k\"\n}\n" + one,
		},
		resource.TestStep{
			Config:      v.Provider(pins(other)) + one,
			Destroy:     true,
			ExpectError: regexp.MustCompile(`(?s)The Org Key is not the expected one.*demands a look`),
		},
		resource.TestStep{
			PreConfig: func() {
				if n := v.Server.Count("delete"); n > 0 {
					t.Errorf("%d deletions under a key that is not pinned", n)
				}
			},
			Config: v.Provider() + one, // for the destroy after the test
		},
	)
}

// TestAccOrgKeyReplaced: without a pin, a replaced Org Key is refused until it is
// named, and naming both is the way through a rotation.
func TestAccOrgKeyReplaced(t *testing.T) {
	v := acctest.Start(t)
	before := v.OrgKey.Fingerprint()
	config := func(value string) string { return block(fmt.Sprintf("key = \"k\"\nvalue = %q", value)) }
	var both []string
	steps(
		t,
		resource.TestStep{Config: v.Provider() + config("one")},
		resource.TestStep{
			PreConfig: func() {
				v.RotateOrgKey(t)
				both = []string{before, v.OrgKey.Fingerprint()}
				v.Server.ResetRequests()
			},
			Config:      v.Provider() + config("two"),
			ExpectError: says("org_key_fingerprints"),
		},
		resource.TestStep{
			PreConfig: func() {
				if n := v.Server.Count("update"); n > 0 {
					t.Errorf("%d updates under another Org Key", n)
				}
				t.Setenv("HELVETISAFE_ORG_KEY_FINGERPRINTS", both[0]+","+both[1])
			},
			Config: v.Provider() + config("two"),
			Check:  holds(v, "k", `{"k":"two"}`),
		},
	)
}

// TestAccOrgKeyReplacedGenerated: under a replaced Org Key no value is made until that
// key is named, and then only the one that was asked for.
func TestAccOrgKeyReplacedGenerated(t *testing.T) {
	v := acctest.Start(t)
	before := v.OrgKey.Fingerprint()
	var first string
	config := func(version string) string {
		return v.Provider() + block(fmt.Sprintf("key = \"k\"\ngenerate = {\n  length = 20\n}\ngenerate_version = %q", version))
	}
	steps(
		t,
		resource.TestStep{Config: config("1")},
		resource.TestStep{
			PreConfig: func() {
				first, _ = v.ReadPlain("k")
				v.RotateOrgKey(t)
				v.Server.ResetRequests()
			},
			Config:      config("2"),
			ExpectError: says("org_key_fingerprints"),
		},
		resource.TestStep{
			PreConfig: func() {
				if n := v.Server.Count("update"); n > 0 {
					t.Errorf("%d updates under another Org Key", n)
				}
				t.Setenv("HELVETISAFE_ORG_KEY_FINGERPRINTS", before+","+v.OrgKey.Fingerprint())
			},
			Config:           config("1"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
		resource.TestStep{
			PreConfig: func() {
				if now, _ := v.ReadPlain("k"); now != first {
					t.Error("another value, and none was asked for")
				}
			},
			Config: config("2"),
			Check: func(*terraform.State) error {
				if now, _ := v.ReadPlain("k"); now == first {
					return errors.New("the value was not made anew")
				}
				return nil
			},
			ConfigStateChecks: []statecheck.StateCheck{attribute("org_key_fingerprint", knownvalue.StringFunc(func(got string) error {
				if got != v.OrgKey.Fingerprint() {
					return fmt.Errorf("it is %s", got)
				}
				return nil
			}))},
		},
	)
}

// TestAccAnotherVault points the provider at another vault: its 404 must not plan
// to make the secrets there.
func TestAccAnotherVault(t *testing.T) {
	for name, form := range forms() {
		t.Run(name, func(t *testing.T) {
			right, wrong := acctest.Start(t), acctest.Start(t)
			config := block("key = \"k\"\n" + form)
			acctest.ClearEnv(t)
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories(New("test")),
				TerraformVersionChecks:   writeOnly(),
				Steps: []resource.TestStep{
					{Config: right.Provider() + config},
					{Config: wrong.Provider() + config, ExpectError: says("another vault", "base_url")},
					{
						Config:           right.Provider() + config,
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
					},
				},
			})
			if n := wrong.Server.Count("create"); n > 0 {
				t.Errorf("%d creates in the other vault", n)
			}
		})
	}
}

// TestAccDeletedElsewhere: in the same vault, it is planned again.
func TestAccDeletedElsewhere(t *testing.T) {
	for name, form := range forms() {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t)
			config := block("key = \"k\"\n" + form)
			acceptance(
				t, v, writeOnly(),
				resource.TestStep{Config: config},
				resource.TestStep{
					PreConfig:        func() { v.Server.Remove("k") },
					Config:           config,
					ConfigPlanChecks: action(plancheck.ResourceActionCreate),
				},
			)
		})
	}
}
