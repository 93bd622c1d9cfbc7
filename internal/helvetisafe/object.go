package helvetisafe

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// object is a JSON object of an answer. Unlike a struct, it matches names with
// their case.
type object map[string]json.RawMessage

// parseObject takes one JSON object in UTF-8 and nothing after it. It refuses a
// name that occurs twice: readers differ in which one they take. Its errors don't
// quote the input.
func parseObject(raw []byte) (object, error) {
	raw = bytes.Trim(raw, jsonSpace)
	switch {
	case !utf8.Valid(raw):
		return nil, errors.New("it is not UTF-8")
	case len(raw) == 0 || raw[0] != '{':
		return nil, errors.New("it is no JSON object")
	case !json.Valid(raw):
		return nil, errors.New("its JSON is broken or cut short")
	}
	return scanObject(raw)
}

// scanObject takes a valid JSON object without space around it. A json.Decoder for
// each of the 10,000 objects in a list would cost ten times as much.
func scanObject(raw []byte) (object, error) {
	o := make(object, 4)
	for i := 1; raw[i] != '}'; {
		if isJSONSpace(raw[i]) || raw[i] == ',' {
			i++
			continue
		}
		end := valueEnd(raw, i)
		name, ok := unquote(raw[i:end])
		if !ok {
			return nil, errors.New("a member of it has no name")
		}
		if _, twice := o[name]; twice {
			return nil, errors.New("a member occurs twice in it")
		}
		for i = end; isJSONSpace(raw[i]) || raw[i] == ':'; i++ {
		}
		end = valueEnd(raw, i)
		o[name] = raw[i:end]
		i = end
	}
	return o, nil
}

// scanArray gives the elements of a valid JSON array without space around it.
func scanArray(raw []byte) []json.RawMessage {
	var elements []json.RawMessage
	for i := 1; raw[i] != ']'; {
		if isJSONSpace(raw[i]) || raw[i] == ',' {
			i++
			continue
		}
		end := valueEnd(raw, i)
		elements = append(elements, raw[i:end])
		i = end
	}
	return elements
}

// valueEnd is where the value that begins at i ends, in valid JSON.
func valueEnd(raw []byte, i int) int {
	depth, inString := 0, false
	for start := i; i < len(raw); i++ {
		switch c := raw[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			if inString = !inString; !inString && depth == 0 {
				return i + 1
			}
		case inString:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth == 0 { // the end of what holds a number, true, false or null
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case depth == 0 && i > start && (c == ',' || isJSONSpace(c)):
			return i
		}
	}
	return len(raw)
}

func isJSONSpace(c byte) bool { return strings.IndexByte(jsonSpace, c) >= 0 }

// text is a member that is a string.
func (o object) text(name string) (string, bool) { return unquote(o[name]) }

// unquote decodes a valid JSON value where it is a string.
func unquote(raw []byte) (s string, ok bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), true
	}
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// binary is a member in base64: standard alphabet, padding, nothing else
// (PROTOCOL.md, "Cryptography").
func (o object) binary(name string) ([]byte, error) {
	s, ok := o.text(name)
	if !ok {
		return nil, fmt.Errorf("`%s` is missing or no string; report it to the server's operator", name)
	}
	// Go's decoder skips line ends, which the format doesn't have.
	raw, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") {
		return nil, fmt.Errorf("`%s` is no valid base64; report it to the server's operator", name)
	}
	return raw, nil
}

// object is the answer's body, where it can be used at all.
func (a *answer) object(name string) (object, error) {
	if !isJSON(a.header) {
		return nil, &ResponseError{Request: name, detail: "it is not JSON, so it may come from a proxy or a login page; check `base_url` and any proxy in between"}
	}
	if a.tooLarge {
		return nil, &ResponseError{Request: name, detail: "it is larger than any that the API gives; check `base_url` and any proxy in between"}
	}
	o, err := parseObject(a.body)
	if err != nil {
		return nil, &ResponseError{Request: name, detail: err.Error() + "; check `base_url` and any proxy in between"}
	}
	return o, nil
}
