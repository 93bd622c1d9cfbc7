package helvetisafe

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth is how deep the json package reads; it calls deeper JSON invalid.
const maxDepth = 10000

// members are those of the JSON object that a plaintext is. Names are matched exactly,
// and the last of several equal ones stands, as in the Python client.
type members struct {
	isObject bool
	values   map[string]member
	badName  bool // a name that is not valid Unicode isn't in values
}

// member is a string, or the JSON text of anything else, without white space and with
// its digits as stored.
type member struct {
	text     string
	isString bool
	valid    bool // false for a string with half of a surrogate pair, which is not text
}

// only returns the member, if the object has no other.
func (m members) only(name string) (found member, ok bool) {
	found, ok = m.values[name]
	return found, ok && len(m.values) == 1 && !m.badName
}

// parseMembers takes a text in UTF-8, which may or may not be JSON. The error says why it
// is not a JSON object.
func parseMembers(text string) (members, error) {
	if !strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") {
		return members{}, errNotObject
	}
	// The decoder lets half of a surrogate pair pass, because nested in a member it is
	// part of a JSON text. Members that are strings are checked below.
	dec := jsontext.NewDecoder(bytes.NewBufferString(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := dec.ReadToken(); err != nil {
		return members{}, err
	}
	m := members{isObject: true, values: map[string]member{}}
	for dec.PeekKind() != '}' {
		raw, err := dec.ReadValue()
		if err != nil {
			return members{}, err
		}
		unquoted, badName := unquote(raw)
		name := string(unquoted)
		if raw, err = dec.ReadValue(); err != nil {
			return members{}, err
		}
		if badName != nil {
			m.badName = true
			continue
		}
		m.values[name] = newMember(raw)
	}
	if _, err := dec.ReadToken(); err != nil {
		return members{}, err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return members{}, errNotObject
	}
	return m, nil
}

var errNotObject = errors.New("not one JSON object")

func newMember(raw jsontext.Value) member {
	if raw.Kind() == '"' {
		text, err := unquote(raw)
		return member{text: string(text), isString: true, valid: err == nil}
	}
	compact := raw.Clone()
	_ = compact.Compact() // valid JSON
	return member{text: string(compact), valid: true}
}

// unquote decodes a JSON string. The error says that it holds half of a surrogate pair.
func unquote(raw jsontext.Value) ([]byte, error) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], nil
	}
	return jsontext.AppendUnquote(nil, raw)
}
