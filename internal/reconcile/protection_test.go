package reconcile

import "testing"

// TestProtections: which of what a run sees of one key clash, whichever comes first.
func TestProtections(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		seen  []Saw
		clash bool
	}{
		"an update":                              {[]Saw{SawRefreshed, SawKept}, false},
		"a replacement":                          {[]Saw{SawRefreshed, SawKept, SawCreated}, true},
		"a replacement without a refresh":        {[]Saw{SawKept, SawCreated}, true},
		"a replacement that adopts":              {[]Saw{SawKept, SawAdopted}, true},
		"a tainted one":                          {[]Saw{SawRefreshed, SawCreated}, true},
		"let go, and adopted":                    {[]Saw{SawRefreshed, SawAdopted}, false},
		"created":                                {[]Saw{SawCreated}, false},
		"created and adopted, nothing protected": {[]Saw{SawCreated, SawAdopted}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forward, backward := new(Protections), new(Protections)
			var there, back bool
			for i := range test.seen {
				there = forward.Note("k", test.seen[i])
				back = backward.Note("k", test.seen[len(test.seen)-1-i])
				forward.Note("other", SawCreated)
				backward.Note("other", SawCreated)
			}
			if there != test.clash || back != test.clash {
				t.Errorf("clash %t, and %t in the other order; want %t", there, back, test.clash)
			}
		})
	}
}
