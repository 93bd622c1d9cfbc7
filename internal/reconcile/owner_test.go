package reconcile

import (
	"fmt"
	"testing"
)

var names = [wants]string{Keeps: "keeps", Creates: "creates", Adopts: "adopts", Replaces: "replaces", Destroys: "destroys", Leaves: "leaves", Imports: "imports"}

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
				var o Owners
				if first := o.Claim("k", a); first.Outcome != Fine {
					t.Errorf("the first comes to %d", first.Outcome)
				}
				if other := o.Claim("other", b); other.Outcome != Fine {
					t.Errorf("another key comes to %d", other.Outcome)
				}
				second := o.Claim("k", b)
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
			var o Owners
			for i, s := range steps {
				if got := o.Claim("k", s.want); got.Outcome != s.outcome {
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
			var o Owners
			o.Claim("k", how)
			if o.Made("k") {
				t.Error("a plan counts as made")
			}
			if got := o.Claim("k", Destroys); got.Outcome != Loses {
				t.Errorf("a deletion of what is only planned comes to %d", got.Outcome)
			}
			o.MarkMade("k")
			if got := o.Claim("k", Destroys); got.Outcome != Fine || !o.Made("k") || o.Made("other") {
				t.Errorf("a deletion of what was made comes to %d", got.Outcome)
			}
			if got := o.Claim("k", Leaves); got.Outcome != Loses {
				t.Errorf("one that leaves what was made comes to %d", got.Outcome)
			}
		})
	}
	t.Run("a deletion of what was made isn't noted", func(t *testing.T) {
		t.Parallel()
		var o Owners
		o.MarkMade("k")
		o.Claim("k", Destroys)
		if got := o.Claim("k", Keeps); got.Outcome != Fine {
			t.Errorf("one that keeps it comes to %d", got.Outcome)
		}
	})
}

// TestOwnersUnknownUntilApply has a key become known during the apply, when only what
// that apply changes is counted: an object that keeps the key shows there.
func TestOwnersUnknownUntilApply(t *testing.T) {
	t.Parallel()
	var o Owners
	if o.Keeps("k") {
		t.Error("nobody keeps it yet")
	}
	o.Claim("k", Keeps) // an update that this apply makes
	if got := o.Claim("k", Adopts); got.Outcome != Overwrites || !o.Keeps("k") {
		t.Errorf("a key that became known comes to %d", got.Outcome)
	}
	if got := o.Claim("k", Creates); got.Outcome != TwoOwners {
		t.Errorf("a second one comes to %d", got.Outcome)
	}
}

// TestOwnersAtOnce counts from many goroutines, as Terraform plans: exactly one of
// them is first.
func TestOwnersAtOnce(t *testing.T) {
	t.Parallel()
	var o Owners
	first := make(chan bool)
	const objects = 50
	for range objects {
		go func() { first <- o.Claim("k", Keeps).Outcome == Fine }()
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
		var o Owners
		o.Refreshed("k")
		o.Claim("k", pair[0])
		o.Refreshed("k")
		if got := o.Claim("k", pair[1]); got.Outcome != TwoOwners {
			t.Errorf("%s and %s come to %d", names[pair[0]], names[pair[1]], got.Outcome)
		}
	}
}

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
