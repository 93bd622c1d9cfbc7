package provider

import "testing"

// TestProtections: which of what a run sees of one key clash, whichever comes first.
func TestProtections(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		seen  []seen
		clash bool
	}{
		"an update":                              {[]seen{seenRefreshed, seenKept}, false},
		"a replacement":                          {[]seen{seenRefreshed, seenKept, seenCreated}, true},
		"a replacement without a refresh":        {[]seen{seenKept, seenCreated}, true},
		"a replacement that adopts":              {[]seen{seenKept, seenAdopted}, true},
		"a tainted one":                          {[]seen{seenRefreshed, seenCreated}, true},
		"let go, and adopted":                    {[]seen{seenRefreshed, seenAdopted}, false},
		"created":                                {[]seen{seenCreated}, false},
		"created and adopted, nothing protected": {[]seen{seenCreated, seenAdopted}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forward, backward := new(protections), new(protections)
			var there, back bool
			for i := range test.seen {
				there = forward.note("k", test.seen[i])
				back = backward.note("k", test.seen[len(test.seen)-1-i])
				forward.note("other", seenCreated)
				backward.note("other", seenCreated)
			}
			if there != test.clash || back != test.clash {
				t.Errorf("clash %t, and %t in the other order; want %t", there, back, test.clash)
			}
		})
	}
}
