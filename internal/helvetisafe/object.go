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
	if !utf8.Valid(raw) {
		return nil, errors.New("it is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("it is no JSON object")
	}
	o := object{}
	for dec.More() {
		t, err := dec.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, errBroken
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, errBroken
		}
		if _, twice := o[name]; twice {
			return nil, errors.New("a member occurs twice in it")
		}
		o[name] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, errBroken
	}
	if len(bytes.Trim(raw[dec.InputOffset():], " \t\r\n")) > 0 {
		return nil, errors.New("something follows the JSON object")
	}
	return o, nil
}

var errBroken = errors.New("its JSON is broken or cut short")

// text is a member that is a string.
func (o object) text(name string) (string, bool) {
	raw := o[name]
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	return s, true
}

// binary is a member in base64: standard alphabet, padding, nothing else
// (PROTOCOL.md, "Cryptography").
func (o object) binary(name string) ([]byte, error) {
	s, ok := o.text(name)
	if !ok {
		return nil, fmt.Errorf("`%s` is missing or no string", name)
	}
	// Go's decoder skips line ends, which the format doesn't have.
	raw, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") {
		return nil, fmt.Errorf("`%s` is no valid base64", name)
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
