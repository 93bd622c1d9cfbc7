// Package redact has the types that print as [redacted]: what holds a secret embeds
// Redacted, or is a String.
package redact

import (
	"fmt"
	"io"
	"log/slog"
)

const redactedText = "[redacted]"

// Redacted makes a struct that embeds it print as [redacted] under every verb of
// fmt, in JSON, as text and in slog. If the struct is an unexported field of
// another, fmt can't call its methods and walks its fields instead: so a
// secret belongs behind a pointer field, of which fmt prints only the address.
type Redacted struct{}

// Format implements fmt.Formatter, which fmt asks before anything else.
func (Redacted) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedText) }

// String implements fmt.Stringer, for callers other than fmt.
func (Redacted) String() string { return redactedText }

// MarshalJSON implements json.Marshaler.
func (Redacted) MarshalJSON() ([]byte, error) { return []byte(`"` + redactedText + `"`), nil }

// MarshalText implements encoding.TextMarshaler.
func (Redacted) MarshalText() ([]byte, error) { return []byte(redactedText), nil }

// LogValue implements slog.LogValuer.
func (Redacted) LogValue() slog.Value { return slog.StringValue(redactedText) }

// String is a string that prints as [redacted] under every verb of fmt, in JSON, as
// text and in slog. The zero value is the empty string.
type String struct {
	Redacted
	value *string // a pointer, for what Redacted says about fields
}

// NewString wraps a string.
func NewString(value string) String { return String{value: &value} }

// Reveal returns the string.
func (s String) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether the string is empty.
func (s String) IsZero() bool { return s.Reveal() == "" }
