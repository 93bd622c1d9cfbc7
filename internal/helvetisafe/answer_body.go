package helvetisafe

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decode reads the answer's body into a struct, as decodeObject does.
func (a *answer) decode(into any, options ...json.Options) error {
	switch {
	case !isJSON(a.Header):
		return a.bad("it is not JSON, so it may come from a proxy or a login page")
	case a.TooLarge:
		return a.bad("it is larger than any that the API gives")
	}
	err := decodeObject(a.Body, into, options...)
	if e, ok := errors.AsType[*Error](err); ok {
		e.Request = a.Request
	}
	return err
}

// bad is the error of an answer that can't be used.
func (a *answer) bad(why Reason) error {
	return &Error{Kind: BadAnswer, Reason: why, Request: a.Request}
}

func (a *answer) missing(member string) error {
	e := badMember(member, "is missing")
	e.Request = a.Request
	return e
}

// badMember is the error of an answer a member of which can't be used. Like all errors of
// decodeObject, it doesn't name the request.
func badMember(name, why string) *Error {
	return &Error{Kind: BadAnswer, Reason: BadMember, Detail: fmt.Sprintf("`%s` %s", name, why)}
}

func badObject(why Reason) error { return &Error{Kind: BadAnswer, Reason: why} }

// decodeObject reads one JSON object, with nothing after it, into a struct or a map.
// Names are matched with their case. It refuses text that is not valid Unicode, and a
// name that occurs twice, because readers differ in which of the two they take. Its
// errors are of kind BadAnswer, and don't quote the input.
func decodeObject(raw []byte, into any, options ...json.Options) error {
	if jsontext.Value(raw).Kind() != '{' {
		return badObject("it is not a JSON object")
	}
	if len(raw) > limitSmall && len(options) == 0 {
		if err := checkNames(raw); err != nil {
			return err
		}
		options = append(options, jsontext.AllowDuplicateNames(true))
	}
	err := json.Unmarshal(raw, into, options...)
	known, isKnown := errors.AsType[*Error](err)
	mismatch, isMismatch := errors.AsType[*json.SemanticError](err)
	switch {
	case err == nil:
		return nil
	case isKnown:
		return known
	case isMismatch:
		// The pointer ends in the name of one of our fields: other members are skipped.
		return badMember(mismatch.JSONPointer.LastToken(), "has another type than in the API")
	case errors.Is(err, jsontext.ErrDuplicateName):
		return badObject("a member occurs twice in it")
	case !utf8.Valid(raw):
		return badObject("it is not UTF-8")
	}
	return badObject("its JSON is broken or cut short")
}

// maxMembers bounds the members of a large object: the API's have a handful.
const maxMembers = 1000

// checkNames refuses a name that occurs twice in a large object. The json package would
// look into its members too, and keep all names, which can take fifteen times as much
// memory as the object. What is broken is left to the json package.
func checkNames(raw []byte) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true))
	_, _ = dec.ReadToken() // the brace that the caller has seen
	names := map[string]bool{}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			break
		}
		switch text := name.String(); {
		case names[text]:
			return badObject("a member occurs twice in it")
		case len(names) == maxMembers:
			return badObject("it has more members than any that the API gives")
		default:
			names[text] = true
		}
		if dec.SkipValue() != nil {
			break
		}
	}
	return nil //nolint:nilerr // as said above
}

// base64Bytes is a member in base64: standard alphabet, padding, nothing else (PROTOCOL.md
// section 6). A missing one is nil.
type base64Bytes []byte

// UnmarshalJSONFrom is stricter than the json package: it refuses bits after the end,
// and null.
func (b *base64Bytes) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	text, kind, err := readText(dec)
	if err != nil {
		return err
	}
	if kind != '"' {
		return badMember(dec.StackPointer().LastToken(), "is not a string")
	}
	decoded := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Strict().Decode(decoded, text)
	// Go's decoder skips line ends, which the format doesn't have.
	if err != nil || bytes.ContainsAny(text, "\r\n") {
		return badMember(dec.StackPointer().LastToken(), "is not valid base64")
	}
	*b = decoded[:n]
	return nil
}

// readText reads a value, and decodes it if it is a string. The text is valid until the
// next read.
func readText(dec *jsontext.Decoder) (text []byte, kind jsontext.Kind, err error) {
	raw, err := dec.ReadValue()
	if err != nil || raw.Kind() != '"' {
		return nil, raw.Kind(), err
	}
	text, err = unquote(raw)
	return text, '"', err
}
