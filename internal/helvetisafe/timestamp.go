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

// TimestampOf is the stamp of an instant.
func TimestampOf(at time.Time) Timestamp { return Timestamp{State: Known, Time: at.UTC()} }

// ParseTimestamp reads a date-time with or without a fraction, with Z or an offset
// (PROTOCOL.md section 4), and so what String writes. A stamp that can't be read is Missing,
// like one that isn't there: whoever needs the stamp then reads the secret itself.
func ParseTimestamp(text string) Timestamp {
	at, err := time.Parse(time.RFC3339, text)
	at = at.UTC()
	if err != nil || at.Year() < 0 || at.Year() > 9999 { // by its offset; no layout reads other years back
		return Timestamp{}
	}
	return TimestampOf(at)
}

// UnmarshalJSONFrom takes null, and what ParseTimestamp reads.
func (t *Timestamp) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	text, kind, err := readText(dec)
	*t = ParseTimestamp(string(text))
	if kind == 'n' {
		t.State = Null
	}
	return err
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
