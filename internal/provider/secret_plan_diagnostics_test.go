package provider

import (
	"testing"

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
