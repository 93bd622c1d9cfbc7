package reconcile

import (
	"maps"
	"math/rand/v2"
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
		observed  observation
		updatedAt helvetisafe.Timestamp
		empty     bool
	}{
		"as the state has it":            {observation{stamp: fraction}, fraction, true},
		"another than the state has":     {observation{stamp: fraction}, whole, false},
		"none in the state":              {observation{stamp: fraction}, missing, false},
		"a whole second":                 {observation{stamp: whole, firstShown: whole.Time}, whole, false},
		"a whole second that settled":    {observation{stamp: whole, firstShown: whole.Time, settled: true}, whole, false},
		"no stamp, and one in the state": {observation{}, fraction, false},
		"no stamp at all":                {observation{}, missing, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := Record{Stamp: "2000-01-01T00:00:00.000Z", FirstShown: 1, Settled: true} // must all go
			before.setObservation(test.observed, test.updatedAt)
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

func at(t *testing.T, s string) helvetisafe.Timestamp {
	t.Helper()
	when, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return helvetisafe.Timestamp{State: helvetisafe.Known, Time: when}
}

func TestObservationVouches(t *testing.T) {
	t.Parallel()
	var (
		fraction = at(t, "2026-01-01T00:00:00.123Z")
		whole    = at(t, "2026-01-01T00:00:00Z")
		zeroes   = at(t, "2026-01-01T00:00:00.000Z")
		later    = at(t, "2026-01-01T00:00:00.124Z")
		expiry   = at(t, "2027-01-01T00:00:00Z")
		null     = helvetisafe.Timestamp{State: helvetisafe.Null}
		missing  = helvetisafe.Timestamp{}
	)
	tests := map[string]struct {
		observed observation
		entry    helvetisafe.Metadata
		expires  helvetisafe.Timestamp
		want     bool
	}{
		"same stamp with a fraction":          {observation{stamp: fraction}, helvetisafe.Metadata{UpdatedAt: fraction, ExpiresAt: null}, null, true},
		"later stamp":                         {observation{stamp: fraction}, helvetisafe.Metadata{UpdatedAt: later, ExpiresAt: null}, null, false},
		"earlier stamp":                       {observation{stamp: later}, helvetisafe.Metadata{UpdatedAt: fraction, ExpiresAt: null}, null, false},
		"whole second, not settled":           {observation{stamp: whole}, helvetisafe.Metadata{UpdatedAt: whole, ExpiresAt: null}, null, false},
		"whole second, settled":               {observation{stamp: whole, settled: true}, helvetisafe.Metadata{UpdatedAt: whole, ExpiresAt: null}, null, true},
		"zeroes count as a whole second":      {observation{stamp: zeroes}, helvetisafe.Metadata{UpdatedAt: zeroes, ExpiresAt: null}, null, false},
		"no stamp recorded":                   {observation{}, helvetisafe.Metadata{UpdatedAt: fraction, ExpiresAt: null}, null, false},
		"no stamp in the list":                {observation{stamp: fraction}, helvetisafe.Metadata{UpdatedAt: missing, ExpiresAt: null}, null, false},
		"null stamp in both":                  {observation{stamp: null}, helvetisafe.Metadata{UpdatedAt: null, ExpiresAt: null}, null, false},
		"neither has a stamp":                 {observation{}, helvetisafe.Metadata{}, null, false},
		"same expiry":                         {observation{stamp: fraction}, helvetisafe.Metadata{UpdatedAt: fraction, ExpiresAt: expiry}, expiry, true},
		"expiry gone":                         {observation{stamp: fraction}, helvetisafe.Metadata{UpdatedAt: fraction, ExpiresAt: null}, expiry, false},
		"expiry not told":                     {observation{stamp: fraction}, helvetisafe.Metadata{UpdatedAt: fraction}, expiry, false},
		"expiry come":                         {observation{stamp: fraction}, helvetisafe.Metadata{UpdatedAt: fraction, ExpiresAt: expiry}, null, false},
		"expiry moved":                        {observation{stamp: fraction}, helvetisafe.Metadata{UpdatedAt: fraction, ExpiresAt: later}, expiry, false},
		"no expiry, and the list tells none":  {observation{stamp: fraction}, helvetisafe.Metadata{UpdatedAt: fraction}, null, true},
		"settled, but of another whole stamp": {observation{stamp: whole, settled: true}, helvetisafe.Metadata{UpdatedAt: expiry, ExpiresAt: null}, null, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.observed.vouches(test.entry, test.expires); got != test.want {
				t.Errorf("vouches = %t, want %t", got, test.want)
			}
		})
	}
}

func TestWholeSecond(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		stamp helvetisafe.Timestamp
		want  bool
	}{
		"missing":              {},
		"null":                 {helvetisafe.Timestamp{State: helvetisafe.Null}, false},
		"whole":                {at(t, "2024-01-15T10:30:00Z"), true},
		"milliseconds of zero": {at(t, "2024-01-15T10:30:00.000Z"), true},
		"with an offset":       {at(t, "2024-01-15T12:30:00+02:00"), true},
		"milliseconds":         {at(t, "2024-01-15T10:30:00.123Z"), false},
		"one digit":            {at(t, "2024-01-15T10:30:00.5Z"), false},
		"a nanosecond":         {at(t, "2024-01-15T10:30:00.000000001Z"), false},
	} {
		if got := wholeSecond(test.stamp); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	whole, fraction := at(t, "2026-01-01T00:00:05Z"), at(t, "2026-01-01T00:00:05.001Z")
	base := time.Date(2026, 1, 1, 0, 0, 5, 0, time.UTC)
	after := func(seconds int) time.Time { return base.Add(time.Duration(seconds) * time.Second) }
	tests := map[string]struct {
		previous    observation
		stamp       helvetisafe.Timestamp
		shown, seen time.Time
		first       time.Time
		settled     bool
	}{
		"fraction needs no dates":            {observation{}, fraction, after(0), after(9), time.Time{}, false},
		"first sight":                        {observation{}, whole, after(0), after(0), after(0), false},
		"seen one second later":              {observation{}, whole, after(0), after(1), after(0), false},
		"seen two seconds later":             {observation{}, whole, after(0), after(2), after(0), true},
		"first sight stays the first":        {observation{stamp: whole, firstShown: after(0)}, whole, after(60), after(60), after(0), true},
		"another stamp begins anew":          {observation{stamp: at(t, "2026-01-01T00:00:04Z"), firstShown: after(-1), settled: true}, whole, after(60), after(60), after(60), false},
		"settled stays settled":              {observation{stamp: whole, firstShown: after(0), settled: true}, whole, after(1), after(1), after(0), true},
		"no date at first sight":             {observation{}, whole, time.Time{}, after(9), time.Time{}, false},
		"no date when seen":                  {observation{}, whole, after(0), time.Time{}, after(0), false},
		"the date runs backwards":            {observation{stamp: whole, firstShown: after(0)}, whole, after(-90), after(-90), after(0), false},
		"the date is far from the stamp":     {observation{}, whole, after(-9000), after(-9000), after(-9000), false},
		"a first sight without date is made": {observation{stamp: whole}, whole, after(3), after(3), after(3), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := observe(test.previous, test.stamp, test.shown, test.seen)
			if !got.stamp.Equal(test.stamp) || !got.firstShown.Equal(test.first) || got.settled != test.settled {
				t.Errorf("observe = %+v, want first %v, settled %t", got, test.first, test.settled)
			}
		})
	}
}

// TestObservationMissesNoChange plays a server, a reader and somebody else who
// writes between any two steps, with stamps in milliseconds and in whole seconds
// and a Date clock that is off either way. Each write has a tick of its own. The
// reader must never trust a list while the value it knows is an old one.
func TestObservationMissesNoChange(t *testing.T) {
	t.Parallel()
	for _, wholeSeconds := range []bool{false, true} {
		for _, skew := range []time.Duration{0, 90 * time.Second, -90 * time.Second, 400 * time.Millisecond, -700 * time.Millisecond} {
			trusted := 0
			for seed := range uint64(40) {
				trusted += play(t, rand.New(rand.NewPCG(seed, 7)), wholeSeconds, skew)
			}
			if trusted == 0 {
				t.Errorf("whole seconds %t, skew %v: no list was ever trusted, so this proved nothing", wholeSeconds, skew)
			}
		}
	}
}

// play runs 400 refreshes and returns how many of them trusted the list.
func play(t *testing.T, rnd *rand.Rand, wholeSeconds bool, skew time.Duration) (trusted int) {
	t.Helper()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	value, stamp := 0, helvetisafe.TimestampOf(now)
	date := func() time.Time { return now.Add(skew).Truncate(time.Second) }
	write := func() {
		value++
		stamp.Time = now.Truncate(time.Millisecond)
		if wholeSeconds {
			stamp.Time = now.Truncate(time.Second)
		}
	}
	meddle := func() {
		for rnd.IntN(4) == 0 {
			now = now.Add(time.Duration(1+rnd.IntN(700)) * time.Millisecond)
			write()
		}
		now = now.Add(time.Duration(1+rnd.IntN(900)) * time.Millisecond)
	}
	write()
	known, observed := value, observe(observation{}, stamp, date(), date())
	for range 400 {
		if rnd.IntN(3) == 0 {
			now = now.Add(time.Duration(rnd.IntN(5000)) * time.Millisecond)
		}
		meddle()
		entry, shown := helvetisafe.Metadata{UpdatedAt: stamp, ExpiresAt: helvetisafe.Timestamp{State: helvetisafe.Null}}, date()
		if observed.vouches(entry, helvetisafe.Timestamp{State: helvetisafe.Null}) {
			trusted++
			if known != value {
				t.Fatalf("trusted an old value: whole seconds %t, skew %v, observation %+v", wholeSeconds, skew, observed)
			}
			continue
		}
		meddle()
		known = value
		observed = observe(observed, entry.UpdatedAt, shown, date())
		meddle()
		if rnd.IntN(5) == 0 { // a write of our own
			now = now.Add(time.Millisecond)
			write()
			known, observed = value, observe(observation{}, stamp, date(), date())
		}
	}
	return trusted
}
