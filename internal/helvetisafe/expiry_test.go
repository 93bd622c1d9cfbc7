package helvetisafe

import (
	"testing"
	"time"
)

func TestExpiryOnTheWire(t *testing.T) {
	at := func(nanosecond int, zone *time.Location) Expiry {
		return ExpireAt(time.Date(2099, 1, 1, 0, 0, 0, nanosecond, zone))
	}
	for name, test := range map[string]struct {
		expiry Expiry
		want   string
	}{
		"zero value":               {Expiry{}, ""},
		"keep":                     {KeepExpiry(), ""},
		"clear":                    {ClearExpiry(), "null"},
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
