package helvetisafe

import (
	"encoding/json"
	"strconv"
	"strings"
)

// maxDepth is encoding/json's limit: it calls deeper JSON invalid. We must tell that
// from text that is no JSON, or a reader would get the whole object for a value.
const maxDepth = 10000

// members are those of the JSON object that a plaintext is. Names are matched
// exactly, and the last of several equal ones stands, as in the Python client;
// encoding/json would match a struct's names without their case.
type members struct {
	isObject bool
	values   map[string]string // JSON text by decoded name
	badName  bool              // a name that is no valid Unicode isn't in values
}

// only returns the JSON text of the member, where the object has no other.
func (m members) only(name string) (raw string, ok bool) {
	raw, ok = m.values[name]
	return raw, ok && len(m.values) == 1 && !m.badName
}

// parseMembers takes a text in UTF-8, whether JSON or not. ok is false where it is
// nested too deep to tell.
func parseMembers(text string) (m members, ok bool) {
	if !strings.HasPrefix(strings.TrimLeft(text, jsonSpace), "{") {
		return members{}, true
	}
	if !json.Valid([]byte(text)) {
		return members{}, !tooDeep(text)
	}
	// The text is valid from here on, so nothing below can fail.
	m = members{isObject: true, values: map[string]string{}}
	dec := json.NewDecoder(strings.NewReader(text))
	_, _ = dec.Token()
	for dec.More() {
		start := dec.InputOffset()
		_, _ = dec.Token()
		// Token decodes a lone surrogate to U+FFFD without a word: take the source.
		name, valid := decodeString(strings.TrimLeft(text[start:dec.InputOffset()], jsonSpace+","))
		var value json.RawMessage
		_ = dec.Decode(&value)
		if !valid {
			m.badName = true
			continue
		}
		m.values[name] = string(value)
	}
	return m, true
}

const jsonSpace = " \t\r\n" // RFC 8259 section 2

// decodeString decodes a valid JSON string with its quotes; ok is false where it
// escapes half of a surrogate pair, which encoding/json would turn into U+FFFD.
func decodeString(raw string) (s string, ok bool) {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++ // what is escaped
		unit, isUnit := codeUnit(raw[i-1:])
		if !isUnit {
			continue
		}
		i += 4
		switch {
		case unit >= 0xDC00 && unit <= 0xDFFF:
			return "", false
		case unit >= 0xD800 && unit <= 0xDBFF:
			low, isUnit := codeUnit(raw[i+1:])
			if !isUnit || low < 0xDC00 || low > 0xDFFF {
				return "", false
			}
			i += 6
		}
	}
	err := json.Unmarshal([]byte(raw), &s)
	return s, err == nil
}

// codeUnit reads the UTF-16 code unit of a \uXXXX that s begins with.
func codeUnit(s string) (unit uint64, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(s[2:6], 16, 16)
	return unit, err == nil
}

// tooDeep reports whether brackets outside strings are nested deeper than maxDepth.
func tooDeep(text string) bool {
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}
