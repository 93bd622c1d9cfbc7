package provider

import (
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// TestAside: a warning of a write says what becomes of fields, and that the new value is
// empty, and nothing else.
func TestAside(t *testing.T) {
	for _, f := range []reconcile.Form{reconcile.FormValueWO, reconcile.FormDataWO} {
		for _, reshapes := range []bool{true, false} {
			for _, empty := range []bool{true, false} {
				got := []string{aside(f, reconcile.Verdict{Reshapes: reshapes, Empty: empty})}
				if mentions(got, "is empty") != empty || mentions(got, "become one value") != (reshapes && !f.Fields()) ||
					mentions(got, "becomes fields") != (reshapes && f.Fields()) {
					t.Errorf("%s, reshapes %t, empty %t: it says %q", f, reshapes, empty, got)
				}
			}
		}
	}
}

// TestPlanWarns of what the user should know before the apply.
func TestPlanWarns(t *testing.T) {
	t.Parallel()
	soon := time.Now().Add(expiresSoon - time.Hour).UTC().Format(time.RFC3339)
	later := time.Now().Add(expiresSoon + time.Hour).UTC().Format(time.RFC3339)
	for name, test := range map[string]struct {
		config attributes
		says   string
	}{
		"adoption":                      {attributes{"adopt_existing": true}, "will be taken over"},
		"adoption of an empty value":    {attributes{"adopt_existing": true, "value": ""}, "The new value is empty"},
		"an adoption not known yet":     {attributes{"adopt_existing": unknown}, "may be taken over"},
		"no adoption":                   {attributes{}, ""},
		"adoption of nothing":           {attributes{"adopt_existing": true, "key": "other"}, ""},
		"nothing, not known yet":        {attributes{"adopt_existing": unknown, "key": "other"}, ""},
		"expires soon":                  {attributes{"expires_at": soon}, "expires within a week"},
		"expires later":                 {attributes{"expires_at": later}, ""},
		"a line break at the end":       {attributes{"value": "line\n"}, "ends in a line break"},
		"a line break of Windows":       {attributes{"value": "line\r\n"}, "ends in a line break"},
		"a text of lines":               {attributes{"value": "a\nb\n"}, ""},
		"a line break at the end (w/o)": {attributes{"value": nil, "value_wo": "line\n"}, "value_wo of the secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			v.WritePlain("k", `{"k": "theirs"}`)
			out := newCore(t, providerAttributes(v)).plan(configuration(colValue, "one", test.config))
			if len(out.errors) > 0 || test.says == "" && len(out.warnings) > 0 || !mentions(out.warnings, test.says) {
				t.Errorf("errors %q, warnings %q, want %q", out.errors, out.warnings, test.says)
			}
		})
	}
}
