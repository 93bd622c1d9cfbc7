package helvetisafe

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

func TestTimestampInAStruct(t *testing.T) {
	utc := func(nanosecond int) time.Time { return time.Date(2024, 1, 15, 10, 30, 0, nanosecond, time.UTC) }
	for name, test := range map[string]struct {
		body  string
		want  Timestamp
		text  string
		whole bool
	}{
		"missing":              {body: `{}`},
		"null":                 {body: `{"at":null}`, want: Timestamp{State: Null}},
		"as JavaScript":        {body: `{"at":"2024-01-15T10:30:00.123Z"}`, want: Timestamp{Known, utc(123e6)}, text: "2024-01-15T10:30:00.123Z"},
		"milliseconds of zero": {body: `{"at":"2024-01-15T10:30:00.000Z"}`, want: Timestamp{Known, utc(0)}, text: "2024-01-15T10:30:00.000Z", whole: true},
		"whole second":         {body: `{"at":"2024-01-15T10:30:00Z"}`, want: Timestamp{Known, utc(0)}, text: "2024-01-15T10:30:00.000Z", whole: true},
		"as Python":            {body: `{"at":"2024-01-15T10:30:00.123456+00:00"}`, want: Timestamp{Known, utc(123456e3)}, text: "2024-01-15T10:30:00.123456Z"},
		"other offset":         {body: `{"at":"2024-01-15T12:30:00+02:00"}`, want: Timestamp{Known, utc(0)}, text: "2024-01-15T10:30:00.000Z", whole: true},
		"one digit":            {body: `{"at":"2024-01-15T10:30:00.5Z"}`, want: Timestamp{Known, utc(5e8)}, text: "2024-01-15T10:30:00.500Z"},
		"nanoseconds":          {body: `{"at":"2024-01-15T10:30:00.000000001Z"}`, want: Timestamp{Known, utc(1)}, text: "2024-01-15T10:30:00.000000001Z"},
		"empty":                {body: `{"at":""}`},
		"words":                {body: `{"at":"tomorrow"}`},
		"date only":            {body: `{"at":"2024-01-15"}`},
		"no zone":              {body: `{"at":"2024-01-15T10:30:00"}`},
		"no such day":          {body: `{"at":"2024-02-30T10:30:00Z"}`},
		"year of five digits":  {body: `{"at":"10000-01-01T00:00:00Z"}`},
		"past 9999 by offset":  {body: `{"at":"9999-12-31T23:59:59-23:59"}`},
		"before 0 by offset":   {body: `{"at":"0000-01-01T00:00:00+23:59"}`},
		"a number":             {body: `{"at":1705314600}`},
		"an object":            {body: `{"at":{}}`},
	} {
		t.Run(name, func(t *testing.T) {
			var got struct {
				At Timestamp `json:"at"`
			}
			if err := json.Unmarshal([]byte(test.body), &got); err != nil {
				t.Fatal(err)
			}
			if got.At != test.want || got.At.String() != test.text || got.At.wholeSecond() != test.whole {
				t.Errorf("got %d %v, prints %q, whole second %t", got.At.State, got.At.Time, got.At.String(), got.At.wholeSecond())
			}
		})
	}
}

func TestTimestampEqual(t *testing.T) {
	zone := time.FixedZone("", 7200)
	a := Timestamp{Known, time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	for name, test := range map[string]struct {
		a, b Timestamp
		want bool
	}{
		"itself":           {a, a, true},
		"another zone":     {a, Timestamp{Known, a.Time.In(zone)}, true},
		"another instant":  {a, Timestamp{Known, a.Time.Add(1)}, false},
		"null and null":    {Timestamp{State: Null}, Timestamp{State: Null}, true},
		"null and missing": {Timestamp{State: Null}, Timestamp{}, false},
		"known and null":   {a, Timestamp{State: Null}, false},
		"missing twice":    {Timestamp{}, Timestamp{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if test.a.Equal(test.b) != test.want || test.b.Equal(test.a) != test.want {
				t.Error("wrong")
			}
		})
	}
}

func FuzzTimestamp(f *testing.F) {
	f.Add([]byte(`"2024-01-15T10:30:00.123Z"`))
	f.Add([]byte(`"2024-01-15T10:30:00+00:00"`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var stamp Timestamp
		if err := json.Unmarshal(raw, &stamp); err != nil {
			return
		}
		if (stamp.State == Known) != (stamp.String() != "") {
			t.Fatal("a stamp prints only if it is known")
		}
		if stamp.State != Known {
			return
		}
		var again Timestamp
		if err := json.Unmarshal([]byte(`"`+stamp.String()+`"`), &again); err != nil || !again.Equal(stamp) {
			t.Fatalf("%s reads back as %s", stamp, again)
		}
	})
}

func at(t *testing.T, s string) Timestamp {
	t.Helper()
	when, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return Timestamp{State: Known, Time: when}
}

func TestObservationVouches(t *testing.T) {
	t.Parallel()
	var (
		fraction = at(t, "2026-01-01T00:00:00.123Z")
		whole    = at(t, "2026-01-01T00:00:00Z")
		zeroes   = at(t, "2026-01-01T00:00:00.000Z")
		later    = at(t, "2026-01-01T00:00:00.124Z")
		expiry   = at(t, "2027-01-01T00:00:00Z")
		null     = Timestamp{State: Null}
		missing  = Timestamp{}
	)
	tests := map[string]struct {
		observed Observation
		entry    Metadata
		expires  Timestamp
		want     bool
	}{
		"same stamp with a fraction":          {Observation{Stamp: fraction}, Metadata{UpdatedAt: fraction, ExpiresAt: null}, null, true},
		"later stamp":                         {Observation{Stamp: fraction}, Metadata{UpdatedAt: later, ExpiresAt: null}, null, false},
		"earlier stamp":                       {Observation{Stamp: later}, Metadata{UpdatedAt: fraction, ExpiresAt: null}, null, false},
		"whole second, not settled":           {Observation{Stamp: whole}, Metadata{UpdatedAt: whole, ExpiresAt: null}, null, false},
		"whole second, settled":               {Observation{Stamp: whole, Settled: true}, Metadata{UpdatedAt: whole, ExpiresAt: null}, null, true},
		"zeroes count as a whole second":      {Observation{Stamp: zeroes}, Metadata{UpdatedAt: zeroes, ExpiresAt: null}, null, false},
		"no stamp recorded":                   {Observation{}, Metadata{UpdatedAt: fraction, ExpiresAt: null}, null, false},
		"no stamp in the list":                {Observation{Stamp: fraction}, Metadata{UpdatedAt: missing, ExpiresAt: null}, null, false},
		"null stamp in both":                  {Observation{Stamp: null}, Metadata{UpdatedAt: null, ExpiresAt: null}, null, false},
		"neither has a stamp":                 {Observation{}, Metadata{}, null, false},
		"same expiry":                         {Observation{Stamp: fraction}, Metadata{UpdatedAt: fraction, ExpiresAt: expiry}, expiry, true},
		"expiry gone":                         {Observation{Stamp: fraction}, Metadata{UpdatedAt: fraction, ExpiresAt: null}, expiry, false},
		"expiry not told":                     {Observation{Stamp: fraction}, Metadata{UpdatedAt: fraction}, expiry, false},
		"expiry come":                         {Observation{Stamp: fraction}, Metadata{UpdatedAt: fraction, ExpiresAt: expiry}, null, false},
		"expiry moved":                        {Observation{Stamp: fraction}, Metadata{UpdatedAt: fraction, ExpiresAt: later}, expiry, false},
		"no expiry, and the list tells none":  {Observation{Stamp: fraction}, Metadata{UpdatedAt: fraction}, null, true},
		"settled, but of another whole stamp": {Observation{Stamp: whole, Settled: true}, Metadata{UpdatedAt: expiry, ExpiresAt: null}, null, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.observed.Vouches(test.entry, test.expires); got != test.want {
				t.Errorf("Vouches = %t, want %t", got, test.want)
			}
		})
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	whole, fraction := at(t, "2026-01-01T00:00:05Z"), at(t, "2026-01-01T00:00:05.001Z")
	base := time.Date(2026, 1, 1, 0, 0, 5, 0, time.UTC)
	after := func(seconds int) time.Time { return base.Add(time.Duration(seconds) * time.Second) }
	tests := map[string]struct {
		previous    Observation
		stamp       Timestamp
		shown, seen time.Time
		first       time.Time
		settled     bool
	}{
		"fraction needs no dates":            {Observation{}, fraction, after(0), after(9), time.Time{}, false},
		"first sight":                        {Observation{}, whole, after(0), after(0), after(0), false},
		"seen one second later":              {Observation{}, whole, after(0), after(1), after(0), false},
		"seen two seconds later":             {Observation{}, whole, after(0), after(2), after(0), true},
		"first sight stays the first":        {Observation{Stamp: whole, FirstShown: after(0)}, whole, after(60), after(60), after(0), true},
		"another stamp begins anew":          {Observation{Stamp: at(t, "2026-01-01T00:00:04Z"), FirstShown: after(-1), Settled: true}, whole, after(60), after(60), after(60), false},
		"settled stays settled":              {Observation{Stamp: whole, FirstShown: after(0), Settled: true}, whole, after(1), after(1), after(0), true},
		"no date at first sight":             {Observation{}, whole, time.Time{}, after(9), time.Time{}, false},
		"no date when seen":                  {Observation{}, whole, after(0), time.Time{}, after(0), false},
		"the date runs backwards":            {Observation{Stamp: whole, FirstShown: after(0)}, whole, after(-90), after(-90), after(0), false},
		"the date is far from the stamp":     {Observation{}, whole, after(-9000), after(-9000), after(-9000), false},
		"a first sight without date is made": {Observation{Stamp: whole}, whole, after(3), after(3), after(3), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Observe(test.previous, test.stamp, test.shown, test.seen)
			if !got.Stamp.Equal(test.stamp) || !got.FirstShown.Equal(test.first) || got.Settled != test.settled {
				t.Errorf("Observe = %+v, want first %v, settled %t", got, test.first, test.settled)
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
	value, stamp := 0, Timestamp{State: Known, Time: now}
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
	known, observed := value, Observe(Observation{}, stamp, date(), date())
	for range 400 {
		if rnd.IntN(3) == 0 {
			now = now.Add(time.Duration(rnd.IntN(5000)) * time.Millisecond)
		}
		meddle()
		entry, shown := Metadata{UpdatedAt: stamp, ExpiresAt: Timestamp{State: Null}}, date()
		if observed.Vouches(entry, Timestamp{State: Null}) {
			trusted++
			if known != value {
				t.Fatalf("trusted an old value: whole seconds %t, skew %v, observation %+v", wholeSeconds, skew, observed)
			}
			continue
		}
		meddle()
		known = value
		observed = Observe(observed, entry.UpdatedAt, shown, date())
		meddle()
		if rnd.IntN(5) == 0 { // a write of our own
			now = now.Add(time.Millisecond)
			write()
			known, observed = value, Observe(Observation{}, stamp, date(), date())
		}
	}
	return trusted
}

func TestExpiryOnTheWire(t *testing.T) {
	at := func(nanosecond int, zone *time.Location) Timestamp {
		return expireAt(time.Date(2099, 1, 1, 0, 0, 0, nanosecond, zone))
	}
	for name, test := range map[string]struct {
		expiry Timestamp
		want   string
	}{
		"zero value":               {Timestamp{}, ""},
		"keep":                     {keepExpiry, ""},
		"clear":                    {clearExpiry, "null"},
		"whole second":             {at(0, time.UTC), `"2099-01-01T00:00:00+00:00"`},
		"half a second":            {at(5e8, time.UTC), `"2099-01-01T00:00:00.500000+00:00"`},
		"a millisecond":            {at(1e6, time.UTC), `"2099-01-01T00:00:00.001000+00:00"`},
		"a microsecond":            {at(1e3, time.UTC), `"2099-01-01T00:00:00.000001+00:00"`},
		"less than a microsecond":  {at(999, time.UTC), `"2099-01-01T00:00:00+00:00"`},
		"another zone becomes UTC": {at(0, time.FixedZone("", 2*3600)), `"2098-12-31T22:00:00+00:00"`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(test.expiry.wire()); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
