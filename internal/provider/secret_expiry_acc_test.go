package provider

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// expires checks the expiry on the server; nil is none.
func expires(v *acctest.Vault, key string, want *time.Time) resource.TestCheckFunc {
	return func(*terraform.State) error {
		record, ok := v.Server.Stored(key)
		switch {
		case !ok:
			return fmt.Errorf("the server has no secret %q", key)
		case (record.ExpiresAt == nil) != (want == nil), want != nil && !record.ExpiresAt.Equal(*want):
			return fmt.Errorf("the server has the expiry %v, want %v", record.ExpiresAt, want)
		}
		return nil
	}
}

// forms are the resource's value in each form, for behaviour that all share.
func forms() map[string]string {
	return map[string]string{
		"value":    `value = "v"`,
		"data":     `data = { a = "v" }`,
		"value_wo": `value_wo = "v"`,
		"version":  "value_wo = \"v\"\nvalue_wo_version = 1",
		"data_wo":  `data_wo = { a = "v" }`,
		"generate": "generate = {\n  length = 8\n}",
	}
}

func TestAccSecretExpiry(t *testing.T) {
	first := time.Date(2099, 1, 1, 0, 0, 0, 500_000_000, time.UTC)
	second := time.Date(2098, 6, 1, 12, 0, 0, 0, time.UTC)
	for name, form := range forms() {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t)
			var before devserver.Record
			remember := func(*terraform.State) error { before, _ = v.Server.Stored("k"); return nil }
			sameCiphertext := func(*terraform.State) error {
				if after, _ := v.Server.Stored("k"); after.Value != before.Value || after.Nonce != before.Nonce {
					return fmt.Errorf("the ciphertext was written anew for a change of the expiry alone")
				}
				return nil
			}
			config := func(expiry string) string {
				if expiry != "" {
					expiry = fmt.Sprintf("expires_at = %q", expiry)
				}
				return block("key = \"k\"\n" + form + "\n" + expiry)
			}
			acceptance(t, v, writeOnly(),
				resource.TestStep{
					Config: config("2099-01-01T02:00:00.5+02:00"),
					Check:  resource.ComposeTestCheckFunc(expires(v, "k", &first), remember),
					ConfigStateChecks: []statecheck.StateCheck{
						attribute("expires_at", knownvalue.StringExact("2099-01-01T02:00:00.5+02:00")),
					},
				},
				resource.TestStep{
					Config:           config("2099-01-01T00:00:00.500Z"),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
				},
				resource.TestStep{
					Config:           config("2098-06-01T12:00:00Z"),
					ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
					Check:            resource.ComposeTestCheckFunc(expires(v, "k", &second), sameCiphertext),
				},
				resource.TestStep{
					Config:           config(""),
					ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
					Check:            resource.ComposeTestCheckFunc(expires(v, "k", nil), sameCiphertext),
					ConfigStateChecks: []statecheck.StateCheck{
						attribute("expires_at", knownvalue.Null()),
					},
				},
			)
		})
	}
}

func TestAccSecretExpiryKept(t *testing.T) {
	for name, behaviour := range map[string]devserver.ClearExpiry{"ignored": devserver.IgnoresNull, "refused": devserver.RefusesNull} {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t)
			v.Server.Configure(func(o *devserver.Options) { o.ClearExpiry = behaviour })
			acceptance(t, v, nil,
				resource.TestStep{Config: block("key = \"k\"\nvalue = \"v\"\nexpires_at = \"2099-01-01T00:00:00Z\"")},
				resource.TestStep{
					Config:      block("key = \"k\"\nvalue = \"v\""),
					ExpectError: says("did not remove the expiry", "later date", "-replace"),
				},
				resource.TestStep{
					// The state kept the real expiry, so a later date is a plain change.
					Config:           block("key = \"k\"\nvalue = \"v\"\nexpires_at = \"2100-01-01T00:00:00Z\""),
					ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				},
			)
		})
	}
}

func TestAccSecretExpiryInvalid(t *testing.T) {
	for name, test := range map[string]struct {
		expiry string
		want   []string
	}{
		"past":         {"2001-01-01T00:00:00Z", []string{"2001-01-01T00:00:00Z", "Move expires_at or remove the block"}},
		"no date":      {"next year", []string{"expires_at", "RFC 3339"}},
		"microseconds": {"2099-01-01T00:00:00.123456Z", []string{"more digits than milliseconds"}},
		"no zone":      {"2099-01-01T00:00:00", []string{"expires_at", "RFC 3339"}},
		"comma":        {"2099-01-01T00:00:00,5Z", []string{"expires_at", "RFC 3339"}},
		"after 9999":   {"9999-12-31T23:59:59-01:00", []string{"expires_at", "after the year 9999"}},
	} {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t)
			acceptance(t, v, nil, resource.TestStep{
				Config:      block(fmt.Sprintf("key = \"k\"\nvalue = \"v\"\nexpires_at = %q", test.expiry)),
				ExpectError: says(test.want...),
			})
			if n := v.Server.Count("create"); n > 0 {
				t.Errorf("%d creates", n)
			}
		})
	}
}
