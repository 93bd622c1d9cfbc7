package reconcile

import (
	"fmt"
	"testing"
)

var names = [wants]string{Keeps: "keeps", Creates: "creates", Adopts: "adopts", MayAdopt: "may adopt", Replaces: "replaces", Destroys: "destroys", Leaves: "leaves", Imports: "imports"}

// TestOwnersPairs has two objects want one key, in both orders: whoever comes second
// is told, and what each pair comes to is written out here once more.
func TestOwnersPairs(t *testing.T) {
	t.Parallel()
	fine := map[string]bool{
		"keeps replaces": true, "keeps imports": true, "replaces imports": true, // one object that is replaced, or imported
		"destroys destroys": true, "destroys leaves": true, "leaves leaves": true,
	}
	overwrites := map[string]bool{"keeps adopts": true, "adopts imports": true}
	two := map[string]bool{
		"keeps keeps": true, "creates creates": true, "creates adopts": true, "adopts adopts": true, "imports imports": true,
		"keeps creates": true, "creates imports": true, "creates replaces": true, "adopts replaces": true, "replaces replaces": true,
		"keeps may adopt": true, "creates may adopt": true, "adopts may adopt": true, "may adopt may adopt": true, "may adopt replaces": true, "may adopt imports": true,
	}
	for a := range wants {
		for b := range wants {
			pair := names[min(a, b)] + " " + names[max(a, b)]
			want := Loses
			switch {
			case fine[pair]:
				want = Fine
			case overwrites[pair]:
				want = Overwrites
			case two[pair]:
				want = TwoOwners
			}
			t.Run(names[a]+" then "+names[b], func(t *testing.T) {
				t.Parallel()
				var r Run
				if first := r.CountWant("k", a, false); first.Outcome != Fine {
					t.Errorf("the first comes to %d", first.Outcome)
				}
				if other := r.CountWant("other", b, false); other.Outcome != Fine {
					t.Errorf("another key comes to %d", other.Outcome)
				}
				second := r.CountWant("k", b, false)
				if second.Outcome != want || want != Fine && second.Other != a {
					t.Errorf("the second comes to %d with %s, want %d with %s", second.Outcome, names[second.Other], want, names[a])
				}
			})
		}
	}
}

// TestOwnersOfARun goes through what Terraform asks of one key in one walk.
func TestOwnersOfARun(t *testing.T) {
	t.Parallel()
	type step struct {
		want    Want
		outcome Outcome
	}
	for name, steps := range map[string][]step{
		"a replacement":                            {{Keeps, Fine}, {Replaces, Fine}},
		"an adoption beside one that has it":       {{Keeps, Fine}, {Adopts, Overwrites}},
		"an import":                                {{Imports, Fine}, {Keeps, Fine}},
		"an import that is replaced":               {{Imports, Fine}, {Keeps, Fine}, {Replaces, Fine}},
		"an import beside one that has it":         {{Keeps, Fine}, {Imports, Fine}, {Keeps, TwoOwners}},
		"an import, and then one that has it":      {{Imports, Fine}, {Keeps, Fine}, {Keeps, TwoOwners}},
		"an import under another key":              {{Imports, Fine}, {Leaves, Loses}},
		"a replacement beside another block":       {{Keeps, Fine}, {Replaces, Fine}, {Creates, TwoOwners}},
		"a deletion beside a replacement":          {{Keeps, Fine}, {Replaces, Fine}, {Destroys, Loses}},
		"two deletions, and then one that keeps":   {{Destroys, Fine}, {Destroys, Fine}, {Keeps, Loses}},
		"the worst counts":                         {{Keeps, Fine}, {Destroys, Loses}, {Adopts, Loses}},
		"one that was refused is counted all same": {{Keeps, Fine}, {Keeps, TwoOwners}, {Destroys, Loses}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r Run
			for i, s := range steps {
				if got := r.CountWant("k", s.want, false); got.Outcome != s.outcome {
					t.Errorf("step %d, %s: %d, want %d", i, names[s.want], got.Outcome, s.outcome)
				}
			}
		})
	}
}

// TestOwnersMade applies a replacement that creates first: the old object is planned
// for its destruction after the new one was made, and before that it isn't.
func TestOwnersMade(t *testing.T) {
	t.Parallel()
	for _, how := range []Want{Creates, Adopts} {
		t.Run(names[how], func(t *testing.T) {
			t.Parallel()
			var r Run
			r.CountWant("k", how, false)
			if r.Made("k") {
				t.Error("a plan counts as made")
			}
			if got := r.CountWant("k", Destroys, false); got.Outcome != Loses {
				t.Errorf("a deletion of what is only planned comes to %d", got.Outcome)
			}
			r.MarkMade("k")
			if got := r.CountWant("k", Destroys, false); got.Outcome != Fine || !r.Made("k") || r.Made("other") {
				t.Errorf("a deletion of what was made comes to %d", got.Outcome)
			}
			if got := r.CountWant("k", Leaves, false); got.Outcome != Loses {
				t.Errorf("one that leaves what was made comes to %d", got.Outcome)
			}
		})
	}
	t.Run("a deletion of what was made isn't noted", func(t *testing.T) {
		t.Parallel()
		var r Run
		r.MarkMade("k")
		r.CountWant("k", Destroys, false)
		if got := r.CountWant("k", Keeps, false); got.Outcome != Fine {
			t.Errorf("one that keeps it comes to %d", got.Outcome)
		}
	})
}

// TestOwnersOfManyWalks has one walk after another want a key. What an earlier one wanted
// counts for nothing; what is protected stays so.
func TestOwnersOfManyWalks(t *testing.T) {
	t.Parallel()
	r := Run{ManyWalks: true}
	for a := range wants {
		for b := range wants {
			r.CountWant("k", a, false)
			r.MarkMade("k")
			if got := r.CountWant("k", b, true); got.Outcome != Fine || got.Protected != (b == Destroys || b == Leaves) {
				t.Errorf("%s, then %s: outcome %d, protected %v", names[a], names[b], got.Outcome, got.Protected)
			}
		}
	}
}

// TestOwnersUnknownUntilApply has a key become known during the apply, when only what
// that apply changes is counted: an object that keeps the key shows there.
func TestOwnersUnknownUntilApply(t *testing.T) {
	t.Parallel()
	var r Run
	if r.keeps("k") {
		t.Error("nobody keeps it yet")
	}
	r.CountWant("k", Keeps, false) // an update that this apply makes
	if got := r.CountWant("k", Adopts, false); got.Outcome != Overwrites || !r.keeps("k") {
		t.Errorf("a key that became known comes to %d", got.Outcome)
	}
	if got := r.CountWant("k", Creates, false); got.Outcome != TwoOwners {
		t.Errorf("a second one comes to %d", got.Outcome)
	}
}

// TestOwnersAtOnce counts from many goroutines, as Terraform plans: exactly one of
// them is first.
func TestOwnersAtOnce(t *testing.T) {
	t.Parallel()
	var r Run
	first := make(chan bool)
	const objects = 50
	for range objects {
		go func() { first <- r.CountWant("k", Keeps, false).Outcome == Fine }()
	}
	n := 0
	for range objects {
		if <-first {
			n++
		}
	}
	if n != 1 {
		t.Error(fmt.Sprint(n, " objects were first"))
	}
}

// TestOwnersBothInTheState has two objects of the state with one key, of which one is
// tainted: that one is planned as a create alone, and deleted all the same.
func TestOwnersBothInTheState(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]Want{{Keeps, Adopts}, {Adopts, Keeps}, {Keeps, Creates}, {Creates, Keeps}} {
		var r Run
		r.noteRefreshed("k", lastSeen{}, false)
		r.CountWant("k", pair[0], false)
		r.noteRefreshed("k", lastSeen{}, false)
		if got := r.CountWant("k", pair[1], false); got.Outcome != TwoOwners {
			t.Errorf("%s and %s come to %d", names[pair[0]], names[pair[1]], got.Outcome)
		}
	}
}

// TestProtections: which of what a run sees of one key with a protected secret clash,
// whichever comes first.
func TestProtections(t *testing.T) {
	t.Parallel()
	refreshed := func(r *Run, key string) bool { return r.noteRefreshed(key, lastSeen{}, true) }
	wanted := func(w Want, protected bool) func(*Run, string) bool {
		return func(r *Run, key string) bool { return r.CountWant(key, w, protected).Protected }
	}
	kept, created, adopted, mayAdopt := wanted(Keeps, true), wanted(Creates, false), wanted(Adopts, false), wanted(MayAdopt, false)
	for name, test := range map[string]struct {
		seen  []func(r *Run, key string) (clash bool)
		clash bool
	}{
		"an update":                              {[]func(*Run, string) bool{refreshed, kept}, false},
		"a replacement":                          {[]func(*Run, string) bool{refreshed, kept, created}, true},
		"a replacement without a refresh":        {[]func(*Run, string) bool{kept, created}, true},
		"a replacement that adopts":              {[]func(*Run, string) bool{kept, adopted}, true},
		"a replacement that may adopt":           {[]func(*Run, string) bool{kept, mayAdopt}, true},
		"a replacement of this object":           {[]func(*Run, string) bool{kept, wanted(Replaces, false)}, true},
		"a tainted one":                          {[]func(*Run, string) bool{refreshed, created}, true},
		"let go, and adopted":                    {[]func(*Run, string) bool{refreshed, adopted}, false},
		"let go, and perhaps adopted":            {[]func(*Run, string) bool{refreshed, mayAdopt}, false},
		"created":                                {[]func(*Run, string) bool{created}, false},
		"created and adopted, nothing protected": {[]func(*Run, string) bool{created, adopted}, false},
		"kept and created, nothing protected":    {[]func(*Run, string) bool{wanted(Keeps, false), created}, false},
		"deleted":                                {[]func(*Run, string) bool{wanted(Destroys, true)}, true},
		"deleted for another key":                {[]func(*Run, string) bool{wanted(Leaves, true)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forward, backward := new(Run), new(Run)
			var there, back bool
			for i := range test.seen {
				there = test.seen[i](forward, "k")
				back = test.seen[len(test.seen)-1-i](backward, "k")
				created(forward, "other")
				created(backward, "other")
			}
			if there != test.clash || back != test.clash {
				t.Errorf("clash %t, and %t in the other order; want %t", there, back, test.clash)
			}
		})
	}
}
