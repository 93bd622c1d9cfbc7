package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// echo shows in the state what an ephemeral resource gave.
func echo(value string) string {
	return `
		provider "echo" { data = ` + value + ` }
		resource "echo" "test" {}`
}

func echoed(path tfjsonpath.Path, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("echo.test", path, check)
}

func ephemeralOnly() []tfversion.TerraformVersionCheck {
	return []tfversion.TerraformVersionCheck{acctest.RequireEphemeral()}
}

func TestAccSecretEphemeral(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("portal", `{"DB_HOST":"localhost","DB_PORT":5432}`)
	data := tfjsonpath.New("data")
	reads(t, ephemeralOnly(), resource.TestStep{
		Config: v.Provider() + `ephemeral "helvetisafe_secret" "test" { key = "portal" }` + echo("ephemeral.helvetisafe_secret.test"),
		ConfigStateChecks: []statecheck.StateCheck{
			echoed(data.AtMapKey("key"), knownvalue.StringExact("portal")),
			echoed(data.AtMapKey("value"), knownvalue.StringExact(`{"DB_HOST":"localhost","DB_PORT":5432}`)),
			echoed(data.AtMapKey("value_base64"), knownvalue.StringExact("eyJEQl9IT1NUIjoibG9jYWxob3N0IiwiREJfUE9SVCI6NTQzMn0=")),
			echoed(data.AtMapKey("data"), stringMap(map[string]string{"DB_HOST": "localhost", "DB_PORT": "5432"})),
			echoed(data.AtMapKey("expires_at"), knownvalue.Null()),
			echoed(data.AtMapKey("wait_for"), knownvalue.Null()),
		},
	})
}

func TestAccSecretsEphemeral(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("db_user", `{"db_user":"admin"}`)
	v.WritePlain("app", "old text")
	data := tfjsonpath.New("data")
	reads(t, ephemeralOnly(), resource.TestStep{
		Config: v.Provider() + `ephemeral "helvetisafe_secrets" "test" { key_prefix = "db_" }` + echo("ephemeral.helvetisafe_secrets.test"),
		ConfigStateChecks: []statecheck.StateCheck{
			echoed(data.AtMapKey("values"), stringMap(map[string]string{"db_user": "admin"})),
			echoed(data.AtMapKey("data"), knownvalue.ObjectExact(map[string]knownvalue.Check{"db_user": stringMap(map[string]string{"db_user": "admin"})})),
			echoed(data.AtMapKey("secrets").AtMapKey("db_user").AtMapKey("updated_at"), stamp),
		},
	})
}

// TestAccEphemeralWaits: with the version of a secret that is still to be written,
// the value is read after the write, and again after each change.
func TestAccEphemeralWaits(t *testing.T) {
	v := acctest.Start(t)
	config := func(value string) string {
		return v.Provider() + block(`key = "k"
			value_wo = "`+value+`"`) + `
			ephemeral "helvetisafe_secret" "test" {
			  key      = helvetisafe_secret.test.key
			  wait_for = helvetisafe_secret.test.version
			}
			resource "helvetisafe_secret" "copy" {
			  key              = "copy"
			  value_wo         = ephemeral.helvetisafe_secret.test.value
			  value_wo_version = helvetisafe_secret.test.version
			}`
	}
	acctest.ClearEnv(t)
	step := func(value string, action plancheck.ResourceActionType) resource.TestStep {
		return resource.TestStep{
			Config:           config(value),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction("helvetisafe_secret.copy", action)}},
			Check:            holds(v, "copy", `{"copy":"`+value+`"}`),
		}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(New("test")),
		TerraformVersionChecks:   writeOnly(),
		CheckDestroy:             empty(v),
		Steps: []resource.TestStep{
			step("one", plancheck.ResourceActionCreate),
			step("two", plancheck.ResourceActionUpdate),
		},
	})
}

// TestAccEphemeralSecondLook: a secret that this very apply has made is asked for once
// more if the server doesn't show it yet.
func TestAccEphemeralSecondLook(t *testing.T) {
	for name, body := range map[string]string{
		"one":     "ephemeral \"helvetisafe_secret\" \"test\" {\n  key = helvetisafe_secret.test.key\n",
		"several": "ephemeral \"helvetisafe_secrets\" \"test\" {\n  keys = [helvetisafe_secret.test.key]\n",
	} {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t)
			v.Server.AddFault(devserver.Fault{Path: "read", Key: "k", Status: 404, Times: 1})
			value := map[string]string{"one": "value", "several": `values["k"]`}[name]
			acceptance(t, v, writeOnly(), resource.TestStep{
				Config: block("key = \"k\"\nvalue = \"one\"") + body + `  wait_for = helvetisafe_secret.test.version
				}
				resource "helvetisafe_secret" "copy" {
				  key              = "copy"
				  value_wo         = ephemeral.helvetisafe_` + map[string]string{"one": "secret", "several": "secrets"}[name] + `.test.` + value + `
				  value_wo_version = helvetisafe_secret.test.version
				}`,
				Check: holds(v, "copy", `{"copy":"one"}`),
			})
		})
	}
}

// TestAccEphemeralMissing: the error of a secret that isn't there names wait_for, since
// the configuration may be what writes it.
func TestAccEphemeralMissing(t *testing.T) {
	for _, body := range []string{
		"ephemeral \"helvetisafe_secret\" \"test\" {\n  key = \"k\"\n}\n",
		"ephemeral \"helvetisafe_secrets\" \"test\" {\n  keys = [\"k\"]\n}\n",
	} {
		v := acctest.Start(t)
		acctest.ClearEnv(t)
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: acctest.Factories(New("test")),
			TerraformVersionChecks:   ephemeralOnly(),
			Steps: []resource.TestStep{{
				Config:      v.Provider() + body,
				ExpectError: says("pass its version to wait_for", "wait_for = helvetisafe_secret.example.version"),
			}},
		})
	}
}
