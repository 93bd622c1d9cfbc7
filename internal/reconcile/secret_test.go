package reconcile

import (
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// TestExpiryMoves: whether an expiry is sent, from what an answer shows to what is wanted.
func TestExpiryMoves(t *testing.T) {
	t.Parallel()
	var missing helvetisafe.Timestamp
	null := helvetisafe.Timestamp{State: helvetisafe.Null}
	early := stamp(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	late := stamp(early.Time.Add(time.Hour))
	sameInstant := stamp(early.Time.In(time.FixedZone("", 3600)))
	for name, test := range map[string]struct {
		from, to helvetisafe.Timestamp
		moves    bool
	}{
		"set":                              {null, early, true},
		"set, and none is shown":           {missing, early, true},
		"moved":                            {early, late, true},
		"the same":                         {early, early, false},
		"the same, spelled otherwise":      {early, sameInstant, false},
		"removed":                          {early, null, true},
		"never there":                      {null, null, false},
		"none wanted, and none is shown":   {missing, null, false},
		"not known yet":                    {null, missing, true},
		"not known yet, there is one":      {early, missing, true},
		"not known yet, and none is shown": {missing, missing, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change := expiryChange{from: test.from, to: test.to}
			if got := change.moves(); got != test.moves {
				t.Errorf("moves: %t, want %t", got, test.moves)
			}
			sent := missing
			if test.moves {
				sent = test.to
			}
			if got := change.request(); !got.Equal(sent) {
				t.Errorf("sends %v, want %v", got, sent)
			}
		})
	}
}

// TestSameContent: contents are the same in any form of Unicode, and no name hides another.
func TestSameContent(t *testing.T) {
	t.Parallel()
	const composed, decomposed = "\u00e4", "a\u0308"
	for name, test := range map[string]struct {
		a, b *helvetisafe.Content
		same bool
	}{
		"one value":                    {one("a"), one("a"), true},
		"another value":                {one("a"), one("b"), false},
		"a value in another form":      {one(composed), one(decomposed), true},
		"fields":                       {fields("a", "1", "b", "2"), fields("b", "2", "a", "1"), true},
		"another field":                {fields("a", "1"), fields("a", "1", "b", "2"), false},
		"a field in another form":      {fields("a", composed), fields("a", decomposed), true},
		"a name in another form":       {fields(composed, "1"), fields(decomposed, "1"), true},
		"both forms of a name":         {fields(composed, "1", decomposed, "2"), fields(composed, "1"), false},
		"both forms, exchanged":        {fields(composed, "1", decomposed, "2"), fields(composed, "2", decomposed, "1"), false},
		"a value and a field":          {one("1"), fields("k", "1"), false},
		"an empty value, and no field": {one(""), fields(), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := sameContent(*test.a, *test.b); got != test.same {
				t.Errorf("the same: %t, want %t", got, test.same)
			}
			if got := sameContent(*test.b, *test.a); got != test.same {
				t.Errorf("the other way round: %t, want %t", got, test.same)
			}
		})
	}
}

// TestVersionGrows: version grows with each write, whatever the server's clock does.
func TestVersionGrows(t *testing.T) {
	t.Parallel()
	now := stamp(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s := new(Secret)
	for _, step := range []struct {
		name    string
		stamp   helvetisafe.Timestamp
		version int64
	}{
		{"the first", now, now.Time.UnixMilli()},
		{"at the same time", now, now.Time.UnixMilli() + 1},
		{"by a clock set back", stamp(now.Time.Add(-time.Hour)), now.Time.UnixMilli() + 2},
		{"without a stamp", helvetisafe.Timestamp{}, now.Time.UnixMilli() + 3},
		{"later", stamp(now.Time.Add(time.Hour)), now.Time.Add(time.Hour).UnixMilli()},
	} {
		if s.touch(step.stamp); s.Version != step.version {
			t.Errorf("%s: version %d, want %d", step.name, s.Version, step.version)
		}
	}
	if want := stamp(now.Time.Add(time.Hour)); !s.UpdatedAt.Equal(want) {
		t.Errorf("updated_at %v, want %v", s.UpdatedAt, want)
	}
}
