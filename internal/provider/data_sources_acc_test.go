package provider

import (
	"encoding/base64"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// reads runs steps that read what is in the vault already, and leaves it there.
func reads(t *testing.T, checks []tfversion.TerraformVersionCheck, steps ...resource.TestStep) {
	t.Helper()
	acctest.ClearEnv(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.FactoriesWithEcho(New("test")),
		TerraformVersionChecks:   checks,
		Steps:                    steps,
	})
}

func shows(address, name string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(name), check)
}

func stringMap(members map[string]string) knownvalue.Check {
	checks := make(map[string]knownvalue.Check, len(members))
	for name, member := range members {
		checks[name] = knownvalue.StringExact(member)
	}
	return knownvalue.MapExact(checks)
}

var stamp = knownvalue.StringRegexp(regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`))

func TestAccSecretDataSource(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("single", `{"single":"s3cr3t"}`)
	v.WritePlain("portal", `{"DB_HOST":"localhost","DB_PORT":5432}`)
	v.WritePlain("bare", "e\u0301")
	reads(t, nil, resource.TestStep{
		Config: v.Provider() + `
			data "helvetisafe_secret" "single" { key = "single" }
			data "helvetisafe_secret" "portal" { key = "portal" }
			data "helvetisafe_secret" "bare"   { key = "bare" }
			output "port" {
			  value     = data.helvetisafe_secret.portal.data["DB_PORT"]
			  sensitive = true
			}`,
		ConfigStateChecks: []statecheck.StateCheck{
			shows("data.helvetisafe_secret.single", "value", knownvalue.StringExact("s3cr3t")),
			shows("data.helvetisafe_secret.single", "data", stringMap(map[string]string{"single": "s3cr3t"})),
			shows("data.helvetisafe_secret.single", "expires_at", knownvalue.Null()),
			shows("data.helvetisafe_secret.portal", "value", knownvalue.StringExact(`{"DB_HOST":"localhost","DB_PORT":5432}`)),
			shows("data.helvetisafe_secret.portal", "data", stringMap(map[string]string{"DB_HOST": "localhost", "DB_PORT": "5432"})),
			// Terraform brings the value to NFC, and leaves its bytes in base64 alone.
			shows("data.helvetisafe_secret.bare", "value", knownvalue.StringExact("é")),
			shows("data.helvetisafe_secret.bare", "value_base64", knownvalue.StringExact(base64.StdEncoding.EncodeToString([]byte("e\u0301")))),
			statecheck.ExpectSensitiveValue("data.helvetisafe_secret.single", tfjsonpath.New("value")),
			statecheck.ExpectSensitiveValue("data.helvetisafe_secret.single", tfjsonpath.New("value_base64")),
			statecheck.ExpectSensitiveValue("data.helvetisafe_secret.single", tfjsonpath.New("data")),
		},
	}, resource.TestStep{
		Config:      v.Provider() + `data "helvetisafe_secret" "gone" { key = "gone" }`,
		ExpectError: regexp.MustCompile(`(?s)no such secret.*"gone"`),
	})
}

func TestAccSecretMetadataDataSource(t *testing.T) {
	v := acctest.Start(t, acctest.Scopes("secrets:list"))
	v.WritePlain("k", "x")
	record, _ := v.Server.Stored("k")
	reads(t, nil, resource.TestStep{
		Config: v.ProviderBlock(acctest.OAuth, acctest.NoKey, `scopes = ["secrets:list"]`) + `
			data "helvetisafe_secret_metadata" "k" { key = "k" }`,
		ConfigStateChecks: []statecheck.StateCheck{
			shows("data.helvetisafe_secret_metadata.k", "created_at", stamp),
			shows("data.helvetisafe_secret_metadata.k", "updated_at", stamp),
			shows("data.helvetisafe_secret_metadata.k", "expires_at", knownvalue.Null()),
			shows("data.helvetisafe_secret_metadata.k", "version", knownvalue.Int64Exact(record.UpdatedAt.UnixMilli())),
		},
	}, resource.TestStep{
		Config: v.ProviderBlock(acctest.OAuth, acctest.NoKey, `scopes = ["secrets:list"]`) + `
			data "helvetisafe_secret_metadata" "gone" { key = "gone" }`,
		ExpectError: regexp.MustCompile(`(?s)no such secret.*"gone"`),
	})
	if n := v.Server.Count("read") + v.Server.Count("org-key"); n > 0 {
		t.Errorf("metadata took %d requests for values and keys", n)
	}
}

func TestAccSecretsDataSource(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("db_user", `{"db_user":"admin"}`)
	v.WritePlain("db_pass", `{"user":"a","pass":1}`)
	v.WritePlain("app", "old text")
	const address = "data.helvetisafe_secrets.test"
	metadata := knownvalue.ObjectExact(map[string]knownvalue.Check{
		"created_at": stamp, "updated_at": stamp, "expires_at": knownvalue.Null(), "version": knownvalue.NotNull(),
	})
	config := func(body string) string {
		return v.Provider() + "data \"helvetisafe_secrets\" \"test\" {\n" + body + "\n}\n"
	}
	reads(t, nil, resource.TestStep{
		Config:      config(`keys = ["app", "gone"]`),
		ExpectError: regexp.MustCompile(`"gone"`),
	}, resource.TestStep{
		Config:      config(`key_regex = "("`),
		ExpectError: regexp.MustCompile(`Invalid key_regex`),
	}, resource.TestStep{
		Config:      config(`expires_before = "tomorrow"`),
		ExpectError: regexp.MustCompile(`Invalid expires_before`),
	}, resource.TestStep{
		Config: config(""),
		ConfigStateChecks: []statecheck.StateCheck{
			shows(address, "secrets", knownvalue.MapExact(map[string]knownvalue.Check{"db_user": metadata, "db_pass": metadata, "app": metadata})),
			shows(address, "values", knownvalue.Null()),
			shows(address, "data", knownvalue.Null()),
		},
	}, resource.TestStep{
		Config: config(`key_prefix = "db_"
			include_values = true`),
		ConfigStateChecks: []statecheck.StateCheck{
			shows(address, "secrets", knownvalue.MapExact(map[string]knownvalue.Check{"db_user": metadata, "db_pass": metadata})),
			shows(address, "values", stringMap(map[string]string{"db_user": "admin", "db_pass": `{"user":"a","pass":1}`})),
			shows(address, "data", knownvalue.MapExact(map[string]knownvalue.Check{
				"db_user": stringMap(map[string]string{"db_user": "admin"}),
				"db_pass": stringMap(map[string]string{"user": "a", "pass": "1"}),
			})),
			statecheck.ExpectSensitiveValue(address, tfjsonpath.New("values")),
			statecheck.ExpectSensitiveValue(address, tfjsonpath.New("data")),
		},
	}, resource.TestStep{
		Config: config(`keys = ["app", "db_user"]
			key_regex = "^d"`),
		ConfigStateChecks: []statecheck.StateCheck{shows(address, "secrets", knownvalue.MapExact(map[string]knownvalue.Check{"db_user": metadata}))},
	})
}

func TestAccOrgKeyDataSource(t *testing.T) {
	v := acctest.Start(t)
	const config = `data "helvetisafe_org_key" "test" {}`
	reads(t, nil, resource.TestStep{
		Config:            v.Provider() + config,
		ConfigStateChecks: []statecheck.StateCheck{shows("data.helvetisafe_org_key.test", "fingerprint", knownvalue.StringExact(v.OrgKey.Fingerprint()))},
	}, resource.TestStep{
		Config: v.Provider(`org_key_fingerprints = ["`+v.OrgKey.Fingerprint()+`"]`) + config,
	}, resource.TestStep{
		Config:      v.Provider(`org_key_fingerprints = ["`+pin+`"]`) + config,
		ExpectError: regexp.MustCompile(`org_key_fingerprints`),
	})
}
