package provider

import (
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// TestAside: a warning of a write says what becomes of fields, and that the new value is
// empty, and nothing else.
func TestAside(t *testing.T) {
	for _, reshapes := range []reconcile.Reshaping{reconcile.ReshapesNothing, reconcile.FieldsIntoValue, reconcile.ValueIntoFields} {
		for _, empty := range []bool{true, false} {
			got := []string{aside(reconcile.Verdict{Reshapes: reshapes, Empty: empty})}
			if mentions(got, "is empty") != empty || mentions(got, "become one value") != (reshapes == reconcile.FieldsIntoValue) ||
				mentions(got, "becomes fields") != (reshapes == reconcile.ValueIntoFields) {
				t.Errorf("reshaping %d, empty %t: it says %q", reshapes, empty, got)
			}
		}
	}
}
