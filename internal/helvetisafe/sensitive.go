package helvetisafe

import "github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"

// Redacted makes a struct that embeds it print as [redacted], as envelope.Redacted
// says: for the structs of a caller that hold what was read or is written.
type Redacted = envelope.Redacted

// Sensitive is a string that prints as [redacted] under every verb of fmt, in
// JSON, as text and in slog. The zero value is the empty string.
type Sensitive struct {
	envelope.Redacted
	value *string // a pointer, for what envelope.Redacted says about fields
}

// NewSensitive wraps a string.
func NewSensitive(value string) Sensitive { return Sensitive{value: &value} }

// Reveal returns the string.
func (s Sensitive) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether the string is empty.
func (s Sensitive) IsZero() bool { return s.Reveal() == "" }
