package provider

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// expireLater gives a stored secret an expiry, as if somebody else had.
func expireLater(t *testing.T, v *acctest.Vault, key string) {
	t.Helper()
	record, ok := v.Server.Stored(key)
	if !ok {
		t.Fatalf("no secret %q", key)
	}
	at := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	record.ExpiresAt = &at
	v.Server.Put(record)
}

func TestAccSecretConflict(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("k", `{"k": "theirs"}`)
	t.Cleanup(func() { v.Server.Remove("k") })
	for body, want := range map[string][]string{
		`value = "v"`:           {"import {", "id = \"k\"", "adopt_existing = true"},
		`data = { a = "v" }`:    {"import {", "id = \"k\"", "adopt_existing = true"},
		`value_wo = "v"`:        {"import {", "id = \"write-only:k\"", "adopt_existing = true"},
		`data_wo = { a = "v" }`: {"import {", "id = \"write-only:k\"", "adopt_existing = true"},
	} {
		attribute, _, _ := strings.Cut(body, " ")
		t.Run(attribute, func(t *testing.T) {
			acctest.ClearEnv(t)
			var checks []tfversion.TerraformVersionCheck
			if strings.HasSuffix(attribute, "_wo") {
				checks = writeOnly()
			}
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories(New("test")),
				TerraformVersionChecks:   checks,
				Steps: []resource.TestStep{{
					Config: v.Provider() + block("key = \"k\"\n"+body), ExpectError: says(want...),
				}},
			})
		})
	}
	if plain, _ := v.ReadPlain("k"); plain != `{"k": "theirs"}` {
		t.Error("the other secret was touched")
	}
}

func TestAccSecretConflictInvisible(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("k", `{"k": "theirs"}`)
	v.Server.Hide("k")
	acctest.ClearEnv(t)
	for _, adopt := range []string{"", "adopt_existing = true"} {
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: acctest.Factories(New("test")),
			Steps: []resource.TestStep{{
				Config:      v.Provider() + block("key = \"k\"\nvalue = \"v\"\n"+adopt),
				ExpectError: says("this account can't read it"),
			}},
		})
	}
}

func TestAccSecretAdopt(t *testing.T) {
	for name, form := range forms() {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t)
			v.WritePlain("k", `{"k": "theirs"}`)
			expireLater(t, v, "k")
			acceptance(t, v, writeOnly(), resource.TestStep{
				Config: block("key = \"k\"\nadopt_existing = true\n" + form),
				Check:  resource.ComposeTestCheckFunc(expires(v, "k", nil), count(v, "update", 1)),
			})
		})
	}
	t.Run("same already", func(t *testing.T) {
		v := acctest.Start(t)
		v.WritePlain("k", `{"k": "v"}`)
		acceptance(t, v, nil,
			resource.TestStep{
				// It is written all the same, so that its stamp moves.
				Config: block("key = \"k\"\nadopt_existing = true\nvalue = \"v\""),
				Check:  count(v, "update", 1),
			},
			resource.TestStep{
				PreConfig:        v.Server.ResetRequests,
				Config:           block("key = \"k\"\nvalue = \"v\""),
				ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				Check:            count(v, "update", 0),
			},
		)
	})
}

// TestAccSecretReplaceNeverLoses replaces a secret under the same key in every way
// that there is: the secret and what depends on it are there afterwards.
func TestAccSecretReplaceNeverLoses(t *testing.T) {
	const cbd = "lifecycle {\n create_before_destroy = true\n}\n"
	config := func(more string) string {
		return block("key = \"k\"\nvalue = \"v\"\n"+more) + `
resource "helvetisafe_secret" "dependent" {
  key   = "dependent"
  value = helvetisafe_secret.test.value
}
`
	}
	alive := func(v *acctest.Vault) resource.TestCheckFunc {
		return resource.ComposeTestCheckFunc(holds(v, "k", `{"k":"v"}`), holds(v, "dependent", `{"dependent":"v"}`))
	}
	t.Run("destroy first", func(t *testing.T) {
		v := acctest.Start(t)
		acceptance(t, v, nil,
			resource.TestStep{Config: config(""), Check: alive(v)},
			resource.TestStep{Config: config(""), Taint: []string{theSecret}, Check: alive(v)},
		)
	})
	t.Run("create first, adopting", func(t *testing.T) {
		v := acctest.Start(t)
		acceptance(t, v, nil,
			resource.TestStep{Config: config(cbd + "adopt_existing = true"), Check: alive(v)},
			resource.TestStep{
				Config: config(cbd + "adopt_existing = true"), Taint: []string{theSecret},
				Check: resource.ComposeTestCheckFunc(alive(v), count(v, "delete", 0)),
			},
		)
	})
	t.Run("create first", func(t *testing.T) {
		v := acctest.Start(t)
		acceptance(t, v, nil,
			resource.TestStep{Config: config(cbd), Check: alive(v)},
			resource.TestStep{
				Config: config(cbd), Taint: []string{theSecret},
				ExpectError: says("exists already"),
			},
			resource.TestStep{
				PreConfig: func() {
					if plain, ok := v.ReadPlain("k"); !ok || plain != `{"k":"v"}` {
						t.Error("the secret was lost")
					}
				},
				Config: config(cbd + "adopt_existing = true"), Check: alive(v),
			},
		)
	})
	t.Run("renamed in the configuration, adopting", func(t *testing.T) {
		v := acctest.Start(t)
		renamed := func(name string) string {
			return fmt.Sprintf("resource \"helvetisafe_secret\" %q {\n key = \"k\"\n value = \"v\"\n adopt_existing = true\n}\n", name)
		}
		acceptance(t, v, nil,
			resource.TestStep{Config: renamed("before"), Check: holds(v, "k", `{"k":"v"}`)},
			resource.TestStep{Config: renamed("after"), ExpectError: says("A deletion would lose a secret that is kept", "moved {")},
			resource.TestStep{
				Config: renamed("after") + "moved {\n  from = helvetisafe_secret.before\n  to   = helvetisafe_secret.after\n}\n",
				Check:  resource.ComposeTestCheckFunc(holds(v, "k", `{"k":"v"}`), count(v, "delete", 0)),
			},
		)
	})
}
