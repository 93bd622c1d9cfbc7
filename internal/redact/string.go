package redact

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
