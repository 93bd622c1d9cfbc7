package provider

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// TestParseExpiry takes what RFC 3339 section 5.6 allows, with milliseconds at most,
// and none of what package time takes besides.
func TestParseExpiry(t *testing.T) {
	for text, want := range map[string]string{
		"2099-01-01T00:00:00Z":          "2099-01-01T00:00:00Z",
		"2099-01-01T00:00:00.5Z":        "2099-01-01T00:00:00.5Z",
		"2099-01-01T00:00:00.123-00:00": "2099-01-01T00:00:00.123Z",
		"2099-01-01T00:00:00+23:59":     "2098-12-31T00:01:00Z",
		"9999-12-31T23:59:59.999Z":      "9999-12-31T23:59:59.999Z",
	} {
		got, err := parseExpiry(text)
		if err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "2099-01-01", "2099-01-01T00:00:00", "2099-01-01 00:00:00Z", "2099-01-01t00:00:00z",
		"2099-01-01T1:00:00Z", "2099-01-01T24:00:00Z", "2099-01-01T23:59:60Z", "2099-02-29T00:00:00Z",
		"2099-01-01T00:00:00,5Z", "2099-01-01T00:00:00.Z", "2099-01-01T00:00:00.1234Z", "2099-01-01T00:00:00.0000000000Z",
		"2099-01-01T00:00:00+24:00", "2099-01-01T00:00:00+02:60", "2099-01-01T00:00:00+0200", "2099-01-01T00:00:00Z ",
		"9999-12-31T23:59:59-00:01",
	} {
		if at, err := parseExpiry(text); err == nil {
			t.Errorf("%q was taken for %v", text, at)
		}
	}
}

// TestPastExpiry configures an expiry that is past: the plan warns, so that it doesn't
// stop terraform destroy, which begins with it, and the apply stops before any request.
func TestPastExpiry(t *testing.T) {
	t.Parallel()
	const before = "2001-01-01T00:00:00Z"
	for _, column := range columns() {
		config := configuration(column, "one", attributes{"expires_at": before})
		check := func(t *testing.T, v *acctest.Vault, c *core) {
			t.Helper()
			if out := c.plan(config); len(out.errors) > 0 || !mentions(out.warnings, before) || !mentions(out.warnings, "Move expires_at or remove the block") {
				t.Errorf("the plan: errors %q, warnings %q", out.errors, out.warnings)
			}
			state := c.state
			c.between = v.Server.ResetRequests
			if out := c.apply(config, config); !mentions(out.errors, before) || !mentions(out.errors, "Move expires_at or remove the block") || !mentions(out.errors, "Nothing was written") {
				t.Errorf("the apply: errors %q", out.errors)
			}
			if n := v.Server.Count("create") + v.Server.Count("update") + v.Server.Count("read"); n > 0 {
				t.Errorf("%d requests about the secret", n)
			}
			if !c.state.Equal(state) {
				t.Error("the state has changed")
			}
		}
		t.Run(column+"/create", func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			check(t, v, newCore(t, providerAttributes(v)))
		})
		t.Run(column+"/change", func(t *testing.T) {
			t.Parallel()
			v, c := applied(t, column, nil)
			check(t, v, c)
			c.between = nil
			if out := c.destroy(); len(out.errors) > 0 {
				t.Errorf("the destroy: %q", out.errors)
			}
		})
	}
}

// TestPastExpiryAsItWas changes what needs no request beside an expiry that has passed
// and whose secret the server still has: that isn't stopped.
func TestPastExpiryAsItWas(t *testing.T) {
	t.Parallel()
	soon := time.Now().Add(time.Second).UTC().Format("2006-01-02T15:04:05.000Z")
	v, c := applied(t, colValue, attributes{"expires_at": soon})
	v.Server.Configure(func(o *devserver.Options) { o.Now = func() time.Time { return time.Now().Add(-time.Hour) } })
	time.Sleep(time.Until(helvetisafe.ParseTimestamp(soon).Time) + 10*time.Millisecond)
	mustApply(t, c, configuration(colValue, "one", attributes{"expires_at": soon, "adopt_existing": true}), configuration(colValue, "one", attributes{"expires_at": soon, "adopt_existing": true}))
	if out := c.apply(configuration(colValue, "two", attributes{"expires_at": soon}), configuration(colValue, "two", attributes{"expires_at": soon})); !mentions(out.errors, "Nothing was written") {
		t.Errorf("a write: errors %q", out.errors)
	}
	if out := c.destroy(); len(out.errors) > 0 || len(v.Server.Keys()) > 0 {
		t.Errorf("the destroy: %q", out.errors)
	}
}

func TestTextValidators(t *testing.T) {
	for _, tc := range []struct {
		name  string
		v     textValidator
		text  string
		valid bool
	}{
		{"an expression", isRegexp, "^db_[0-9]+$", true},
		{"an open group", isRegexp, "(", false},
		{"a look-ahead, which RE2 has not", isRegexp, "(?=x)", false},
		{"UTC", isDateTime, "2030-01-31T12:00:00Z", true},
		{"an offset and milliseconds", isDateTime, "2030-01-31T12:00:00.123+02:00", true},
		{"nanoseconds", isDateTime, "2030-01-31T12:00:00.123456789+02:00", false},
		{"an hour of one digit", isDateTime, "2030-01-31T2:00:00Z", false},
		{"a comma", isDateTime, "2030-01-31T12:00:00,5Z", false},
		{"an offset of a day", isDateTime, "2030-01-31T12:00:00+24:00", false},
		{"after the year 9999 in UTC", isDateTime, "9999-12-31T23:00:00-02:00", false},
		{"a date alone", isDateTime, "2030-01-31", false},
		{"something", notEmpty, "x", true},
		{"nothing", notEmpty, "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := tc.v.check(tc.text); (err == nil) != tc.valid {
				t.Errorf("%q: %v", tc.text, err)
			}
			var resp validator.StringResponse
			tc.v.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("x"), ConfigValue: types.StringValue(tc.text)}, &resp)
			line := fmt.Sprintf("\n\n  x = %q", tc.v.example())
			if !tc.valid && !strings.HasSuffix(resp.Diagnostics[0].Detail(), line) || tc.v.check(tc.v.example()) != nil {
				t.Errorf("it doesn't end in a line that passes: %v", resp.Diagnostics)
			}
		})
	}
}
