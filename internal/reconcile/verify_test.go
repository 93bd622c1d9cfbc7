package reconcile

import (
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// TestCompareStamps: whether a listed stamp shows the secret that was planned against. A
// write demands more than a deletion: an equal stamp that could hide a second write, which
// only one on a whole second can, tells it nothing until it has settled.
func TestCompareStamps(t *testing.T) {
	t.Parallel()
	whole := stamp(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	fraction := stamp(whole.Time.Add(5 * time.Millisecond))
	later := stamp(whole.Time.Add(time.Hour))
	var missing helvetisafe.Timestamp
	null := helvetisafe.Timestamp{State: helvetisafe.Null}
	for name, test := range map[string]struct {
		planned, listed helvetisafe.Timestamp
		settled         bool
		deletion, write match
	}{
		"the same":                           {fraction, fraction, false, same, same},
		"another":                            {fraction, later, false, changed, changed},
		"an earlier one":                     {later, fraction, false, changed, changed},
		"the same whole second":              {whole, whole, false, same, unknown},
		"the same whole second, settled":     {whole, whole, true, same, same},
		"another than a whole second":        {whole, later, false, changed, changed},
		"another than a settled one":         {whole, later, true, changed, changed},
		"none planned":                       {missing, fraction, false, unknown, unknown},
		"null planned":                       {null, fraction, false, unknown, unknown},
		"none listed":                        {fraction, missing, false, unknown, unknown},
		"null listed":                        {fraction, null, false, unknown, unknown},
		"none at all":                        {missing, missing, false, unknown, unknown},
		"null in both, which is not a stamp": {null, null, true, unknown, unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listed := helvetisafe.Metadata{Key: "k", UpdatedAt: test.listed}
			if got := compareStamps(test.planned, listed); got != test.deletion {
				t.Errorf("for a deletion %d, want %d", got, test.deletion)
			}
			planned := observation{stamp: test.planned, settled: test.settled}
			if got := compareObserved(planned, listed); got != test.write {
				t.Errorf("for a write %d, want %d", got, test.write)
			}
		})
	}
}
