package helvetisafe

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

func TestTimestampInAStruct(t *testing.T) {
	utc := func(nanosecond int) time.Time { return time.Date(2024, 1, 15, 10, 30, 0, nanosecond, time.UTC) }
	for name, test := range map[string]struct {
		body string
		want Timestamp
		text string
	}{
		"missing":              {body: `{}`},
		"null":                 {body: `{"at":null}`, want: Timestamp{State: Null}},
		"as JavaScript":        {body: `{"at":"2024-01-15T10:30:00.123Z"}`, want: Timestamp{Known, utc(123e6)}, text: "2024-01-15T10:30:00.123Z"},
		"milliseconds of zero": {body: `{"at":"2024-01-15T10:30:00.000Z"}`, want: Timestamp{Known, utc(0)}, text: "2024-01-15T10:30:00.000Z"},
		"whole second":         {body: `{"at":"2024-01-15T10:30:00Z"}`, want: Timestamp{Known, utc(0)}, text: "2024-01-15T10:30:00.000Z"},
		"as Python":            {body: `{"at":"2024-01-15T10:30:00.123456+00:00"}`, want: Timestamp{Known, utc(123456e3)}, text: "2024-01-15T10:30:00.123456Z"},
		"other offset":         {body: `{"at":"2024-01-15T12:30:00+02:00"}`, want: Timestamp{Known, utc(0)}, text: "2024-01-15T10:30:00.000Z"},
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
			if got.At != test.want || got.At.String() != test.text {
				t.Errorf("got %d %v, prints %q", got.At.State, got.At.Time, got.At.String())
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
