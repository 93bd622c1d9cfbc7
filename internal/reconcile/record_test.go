package reconcile

import (
	"maps"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// TestRecordObservation: an observation comes back as it was written down, and takes no
// place in private state where the state says the same.
func TestRecordObservation(t *testing.T) {
	t.Parallel()
	whole := stamp(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	fraction := stamp(whole.Time.Add(5 * time.Millisecond))
	var missing helvetisafe.Timestamp
	for name, test := range map[string]struct {
		observed  helvetisafe.Observation
		updatedAt helvetisafe.Timestamp
		empty     bool
	}{
		"as the state has it":            {helvetisafe.Observation{Stamp: fraction}, fraction, true},
		"another than the state has":     {helvetisafe.Observation{Stamp: fraction}, whole, false},
		"none in the state":              {helvetisafe.Observation{Stamp: fraction}, missing, false},
		"a whole second":                 {helvetisafe.Observation{Stamp: whole, FirstShown: whole.Time}, whole, false},
		"a whole second that settled":    {helvetisafe.Observation{Stamp: whole, FirstShown: whole.Time, Settled: true}, whole, false},
		"no stamp, and one in the state": {helvetisafe.Observation{}, fraction, false},
		"no stamp at all":                {helvetisafe.Observation{}, missing, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := Record{Stamp: "2000-01-01T00:00:00.000Z", FirstShown: 1, Settled: true} // must all go
			before.observe(test.observed, test.updatedAt)
			if got := before.observation(test.updatedAt); got != test.observed {
				t.Errorf("got %v, want %v", got, test.observed)
			}
			if empty := before == (Record{}); empty != test.empty {
				t.Errorf("nothing recorded: %t, want %t", empty, test.empty)
			}
		})
	}
}

// TestRecordInForm: one value and one field that is named like the key are stored alike, so
// each compares with a fingerprint of the other.
func TestRecordInForm(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ofFields      bool
		content, want *helvetisafe.Content
	}{
		"a value with a value":         {false, one("a"), one("a")},
		"a value with fields":          {true, one("a"), fields("k", "a")},
		"the key's field with a value": {false, fields("k", "a"), one("a")},
		"the key's field with fields":  {true, fields("k", "a"), fields("k", "a")},
		"another field with a value":   {false, fields("b", "a"), fields("b", "a")},
		"several fields with a value":  {false, fields("k", "a", "b", "c"), fields("k", "a", "b", "c")},
		"no fields with a value":       {false, fields(), fields()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Record{Fields: test.ofFields}.inForm("k", *test.content)
			if got.IsFields() != test.want.IsFields() || got.Value != test.want.Value || !maps.Equal(got.Fields, test.want.Fields) {
				t.Error("another content than wanted")
			}
		})
	}
}

// TestRecordDamaged: a fingerprint that can't be read is none.
func TestRecordDamaged(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "AAAA", "not base64", "////////////////////////////////////////////////////////////////"} {
		if _, ok := (Record{Fingerprint: text}).fingerprint(); ok {
			t.Errorf("%q was read", text)
		}
	}
}
