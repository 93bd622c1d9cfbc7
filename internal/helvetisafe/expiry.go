package helvetisafe

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Expiry is what a write does to a secret's expiry. The zero value keeps it.
type Expiry struct {
	change bool
	at     time.Time // zero clears
}

// KeepExpiry leaves the expiry as it is: `expiresAt` isn't sent. A secret that is created
// so has none.
func KeepExpiry() Expiry { return Expiry{} }

// ClearExpiry removes the expiry: `expiresAt` is null. The server may ignore or
// refuse that (PROTOCOL.md section 5), so look at the answer.
func ClearExpiry() Expiry { return Expiry{change: true} }

// ExpireAt sets the expiry, to the microsecond.
func ExpireAt(t time.Time) Expiry { return Expiry{change: true, at: t.UTC()} }

// wire is the value of `expiresAt`, nil if it isn't sent. It is spelled as by Python's
// isoformat(), which is what servers have been sent so far: an offset of +00:00, and six
// digits of fraction or none.
func (e Expiry) wire() jsontext.Value {
	switch {
	case !e.change:
		return nil
	case e.at.IsZero():
		return jsontext.Value("null")
	}
	layout := "2006-01-02T15:04:05-07:00"
	if e.at.Nanosecond() >= int(time.Microsecond) {
		layout = "2006-01-02T15:04:05.000000-07:00"
	}
	return jsontext.Value(`"` + e.at.Format(layout) + `"`)
}
