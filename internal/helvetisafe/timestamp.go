package helvetisafe

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// TimestampState says whether an answer has a stamp.
type TimestampState int

// The states of a Timestamp. Any stamp of any answer may be missing or null
// (PROTOCOL.md section 4), and a missing one is not a cleared one.
const (
	Missing TimestampState = iota // not in the answer
	Null                          // in the answer, as JSON null
	Known                         // Time holds it
)

// Timestamp is a stamp of an answer. The zero value is a Missing one, which is
// what a struct field keeps if the JSON object has no such member.
//
// A write takes one too, for the expiry. Missing leaves it as it is (a secret that is
// created has none), and Known sets it, to the microsecond. Null removes it: the server may
// ignore or refuse that (PROTOCOL.md section 5), so look at the answer.
type Timestamp struct {
	State TimestampState
	Time  time.Time // UTC, if Known; zero otherwise
}

// UnmarshalJSONFrom takes null, and a date-time with or without a fraction, with Z or an
// offset (PROTOCOL.md section 4). A stamp that can't be read is Missing, like one that
// isn't there: whoever needs the stamp then reads the secret itself.
func (t *Timestamp) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*t = Timestamp{}
	text, kind, err := readText(dec)
	if err != nil {
		return err
	}
	if kind == 'n' {
		t.State = Null
		return nil
	}
	parsed, err := time.Parse(time.RFC3339, string(text))
	parsed = parsed.UTC()
	if err == nil && parsed.Year() >= 0 && parsed.Year() <= 9999 { // by its offset; no layout reads other years back
		*t = Timestamp{State: Known, Time: parsed}
	}
	return nil
}

// Equal reports whether both have the same state and, if Known, the same instant.
func (t Timestamp) Equal(other Timestamp) bool {
	return t.State == other.State && (t.State != Known || t.Time.Equal(other.Time))
}

// String returns the stamp in UTC as JavaScript prints it, with milliseconds
// (2024-01-15T10:30:00.000Z), and with more digits only if the server sent them. It is
// "" if the stamp isn't Known.
func (t Timestamp) String() string {
	if t.State != Known {
		return ""
	}
	layout := "2006-01-02T15:04:05.000Z"
	if t.Time.Nanosecond()%int(time.Millisecond) != 0 {
		layout = "2006-01-02T15:04:05.999999999Z"
	}
	return t.Time.UTC().Format(layout)
}

// wholeSecond reports whether a Known stamp has no fraction of a second. Then the server
// may keep none, and two writes within that second would look alike.
func (t Timestamp) wholeSecond() bool {
	return t.State == Known && t.Time.Nanosecond() == 0
}

// wire is the stamp as the value of `expiresAt`, nil if it isn't sent. It is spelled as by
// Python's isoformat(), which is what servers have been sent so far: an offset of +00:00,
// and six digits of fraction or none.
func (t Timestamp) wire() jsontext.Value {
	switch t.State {
	case Missing:
		return nil
	case Null:
		return jsontext.Value("null")
	}
	at, layout := t.Time.UTC(), "2006-01-02T15:04:05-07:00"
	if at.Nanosecond() >= int(time.Microsecond) {
		layout = "2006-01-02T15:04:05.000000-07:00"
	}
	return jsontext.Value(`"` + at.Format(layout) + `"`)
}

// shownBy reports whether an expiry that was read back shows that the one sent was taken.
func (t Timestamp) shownBy(read Timestamp) bool {
	switch t.State {
	case Missing:
		return true
	case Null:
		return read.State != Known
	}
	// Servers keep milliseconds, and some only seconds.
	return read.State == Known && read.Time.Sub(t.Time).Abs() < time.Second
}

// racyWindow is the time between the first sight of a stamp and the sight of a value,
// by the server's Date header, from which on the stamp can vouch for the value. It is
// for stamps on a whole second: a second write in that second would get the same stamp.
// Date counts whole seconds, so a difference of two means that more than one second has
// really passed, and no further write can get that stamp.
const racyWindow = 2 * time.Second

// Observation ties the last seen value of a secret to the server's stamp of its last
// write, so that a later list can show that nothing has changed. It follows git's
// racy-index rule: a stamp that could hide a second write is not trusted.
type Observation struct {
	// Stamp is the updated_at that a list, or the answer to a write, showed before the
	// value was last seen. It vouches for the value only if it is Known.
	Stamp Timestamp
	// FirstShown is the Date of the answer that first showed a Stamp on a whole
	// second. It is zero for other stamps, and if the answer had no Date.
	FirstShown time.Time
	// Settled says that the value was seen at least 2 s after FirstShown.
	Settled bool
}

// Observe records that a value was seen in an answer dated seen, after stamp had
// been shown by an answer dated shown. A stamp that previous already holds keeps
// its first sighting. Zero dates, missing from the answers, never settle a stamp.
func Observe(previous Observation, stamp Timestamp, shown, seen time.Time) Observation {
	next := Observation{Stamp: stamp}
	if !stamp.wholeSecond() {
		return next
	}
	next.FirstShown = shown
	if previous.Stamp.Equal(stamp) {
		if previous.Settled {
			return previous
		}
		if !previous.FirstShown.IsZero() {
			next.FirstShown = previous.FirstShown
		}
	}
	next.Settled = !next.FirstShown.IsZero() && !seen.IsZero() && seen.Sub(next.FirstShown) >= racyWindow
	return next
}

// Vouches reports whether entry, from a list, shows that the value is still the one
// observed and that the expiry is still expires. The stamp must be the same and unable to
// hide a second write, and the expiry must be the same instant. A list that doesn't show
// an expiry vouches only for a secret that has none.
func (o Observation) Vouches(entry Metadata, expires Timestamp) bool {
	if o.Stamp.State != Known || !o.Stamp.Equal(entry.UpdatedAt) {
		return false
	}
	if o.Stamp.wholeSecond() && !o.Settled {
		return false
	}
	if expires.State == Known {
		return entry.ExpiresAt.Equal(expires)
	}
	return entry.ExpiresAt.State != Known
}
