package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// importBlock imports into the test's resource.
func importBlock(id string) string {
	return fmt.Sprintf("import {\n  to = helvetisafe_secret.test\n  id = %q\n}\n", id)
}

// TestAccSecretImport imports each stored form by each kind of ID, with the
// configuration that fits: the only thing to do is then the import itself.
func TestAccSecretImport(t *testing.T) {
	tests := map[string]struct {
		plaintext, id, body string
		writeOnly           bool
		check               statecheck.StateCheck
	}{
		"single value":       {`{"k": "v"}`, "k", `value = "v"`, false, attribute("value", knownvalue.StringExact("v"))},
		"several fields":     {`{"a": "1", "b": "2"}`, "k", `data = { a = "1", b = "2" }`, false, attribute("value", knownvalue.Null())},
		"own key and others": {`{"k": "1", "b": "2"}`, "k", `data = { k = "1", b = "2" }`, false, attribute("value", knownvalue.Null())},
		"member not string":  {`{"port": 5432, "on": true}`, "k", `data = { port = "5432", on = "true" }`, false, attribute("value", knownvalue.Null())},
		"bare text":          {`legacy`, "k", `value = "legacy"`, false, attribute("data", knownvalue.Null())},
		"empty object":       {`{}`, "k", `data = {}`, false, attribute("value", knownvalue.Null())},
		"forced data":        {`{"k": "v"}`, "data:k", `data = { k = "v" }`, false, attribute("value", knownvalue.Null())},
		"write-only value":   {`{"k": "v"}`, "write-only:k", `value_wo = "v"`, true, attribute("value", knownvalue.Null())},
		"write-only fields":  {`{"a": "1"}`, "write-only:k", `data_wo = { a = "1" }`, true, attribute("data", knownvalue.Null())},
	}
	for name, test := range tests {
		for _, expiry := range []string{"", "expires_at = \"2099-01-01T00:00:00Z\""} {
			t.Run(name+"/"+expiry, func(t *testing.T) {
				v := acctest.Start(t)
				v.WritePlain("k", test.plaintext)
				if expiry != "" {
					expireLater(t, v, "k")
				}
				checks := []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_5_0)}
				if test.writeOnly {
					checks = append(checks, writeOnly()...)
				}
				acceptance(t, v, checks, resource.TestStep{
					Config:            importBlock(test.id) + block("key = \"k\"\n"+test.body+"\n"+expiry),
					ConfigPlanChecks:  action(plancheck.ResourceActionNoop),
					ConfigStateChecks: []statecheck.StateCheck{test.check},
					Check:             count(v, "update", 0),
				})
			})
		}
	}
}

func TestAccSecretImportVersion(t *testing.T) {
	for name, test := range map[string]struct {
		id, value string
		updates   int
	}{
		"write-only, same value":  {"write-only:k", "v", 0},
		"write-only, other value": {"write-only:k", "w", 1},
		"by key, same value":      {"k", "v", 0},
		"by key, other value":     {"k", "w", 1},
	} {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t)
			v.WritePlain("k", `{"k": "v"}`)
			acceptance(t, v, writeOnly(), resource.TestStep{
				Config: importBlock(test.id) + block(fmt.Sprintf("key = \"k\"\nvalue_wo = %q\nvalue_wo_version = 1\nadopt_existing = true", test.value)),
				Check:  count(v, "update", test.updates),
				ConfigStateChecks: []statecheck.StateCheck{
					attribute("value_wo_version", knownvalue.StringExact("1")), attribute("value", knownvalue.Null()),
				},
			})
		})
	}
}

func TestAccSecretImportInvalid(t *testing.T) {
	for name, test := range map[string]struct {
		plaintext, id string
		want          []string
	}{
		"no such secret":  {"", "k", []string{"non-existent"}},
		"hyphen":          {`{"k": "v"}`, "db-password", []string{"letters (a to z, A to Z), digits and underscores"}},
		"unknown prefix":  {`{"k": "v"}`, "raw:k", []string{"data or write-only"}},
		"data of a text":  {`legacy`, "data:k", []string{"not an object with members"}},
		"climbing":        {`{"k": "v"}`, "../k", []string{"letters (a to z, A to Z), digits and underscores"}},
		"no valid string": {`{"k": "\ud83d"}`, "k", []string{"Unicode"}},
	} {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t)
			if test.plaintext != "" {
				v.WritePlain("k", test.plaintext)
				t.Cleanup(func() { v.Server.Remove("k") })
			}
			acctest.ClearEnv(t)
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories(New("test")),
				TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_5_0)},
				Steps: []resource.TestStep{{
					Config:      v.Provider() + importBlock(test.id) + block("key = \"k\"\nvalue = \"v\""),
					ExpectError: says(test.want...),
				}},
			})
		})
	}
}

func TestAccSecretImportByIdentity(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("k", `{"k": "v"}`)
	acceptance(t, v, []tfversion.TerraformVersionCheck{acctest.RequireIdentity()},
		resource.TestStep{
			Config: "import {\n  to = helvetisafe_secret.test\n  identity = { key = \"k\" }\n}\n" +
				block("key = \"k\"\nvalue = \"v\""),
			ConfigPlanChecks: action(plancheck.ResourceActionNoop),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectIdentity(theSecret, map[string]knownvalue.Check{"key": knownvalue.StringExact("k")}),
			},
		},
	)
}

// TestAccSecretIdentity has the framework write the import block for the identity.
func TestAccSecretIdentity(t *testing.T) {
	v := acctest.Start(t)
	acceptance(t, v, []tfversion.TerraformVersionCheck{acctest.RequireIdentity()},
		resource.TestStep{
			Config: block("key = \"k\"\nvalue = \"v\""),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectIdentity(theSecret, map[string]knownvalue.Check{"key": knownvalue.StringExact("k")}),
				statecheck.ExpectIdentityValueMatchesState(theSecret, tfjsonpath.New("key")),
			},
		},
		resource.TestStep{
			ResourceName: theSecret, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity,
		},
	)
}
