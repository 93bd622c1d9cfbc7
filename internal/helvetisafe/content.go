package helvetisafe

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// Content is what a secret holds (PROTOCOL.md section 13). It prints as [redacted].
// What is written is valid UTF-8, as Terraform's strings always are.
type Content struct {
	redact.Redacted
	Value  string            // one value, under the secret's key or as bare text
	Fields map[string]string // the fields of an object, if that is not nil: there may be none
}

// IsFields reports whether the content is fields, not one value.
func (c Content) IsFields() bool { return c.Fields != nil }

// plaintext is what is encrypted to store the content under a key: {"<key>":"<value>"},
// or the fields in the order of their names. It leaves <, > and & as they are, because
// the text may be read by hand. It can't fail: the only reason to, invalid UTF-8, is
// replaced.
func (c Content) plaintext(key string) []byte {
	members := c.Fields
	if !c.IsFields() {
		members = map[string]string{key: c.Value}
	}
	text, _ := json.Marshal(members, json.Deterministic(true), jsontext.AllowInvalidUTF8(true), jsontext.EscapeForJS(true))
	return text
}

// valueMACLabel separates the key of value fingerprints from every other use of
// the Org Key (HKDF's info, RFC 5869 section 3.2).
const valueMACLabel = "helvetisafe terraform value fingerprint v1"

// ValueMAC is the keyed fingerprint of a content: the first 16 bytes of
// HMAC-SHA256, under a key that HKDF derives from the Org Key, of salt, key, form
// and content (PROTOCOL.md section 14). Whoever has the Org Key can tell from it
// whether two contents are the same; nobody else learns anything. The caller brings
// the content to Unicode's NFC. It loads the Org Key.
func (c *Client) ValueMAC(ctx context.Context, salt []byte, key string, content Content) (mac [16]byte, err error) {
	k, err := c.orgKey(ctx)
	if err != nil {
		return mac, err
	}
	sum, err := k.MAC(valueMACLabel, macMessage(salt, key, content))
	if err != nil {
		return mac, &Error{Kind: BadCiphertext, Key: key, Reason: "the fingerprint of the value can't be computed: {detail}", Detail: err.Error()}
	}
	copy(mac[:], sum)
	return mac, nil
}

// macMessage is the message of a value's fingerprint (PROTOCOL.md section 14): salt, key,
// form and content. The length of each string and the number of fields come before them,
// so that two different inputs never make the same message.
func macMessage(salt []byte, key string, content Content) []byte {
	var m []byte
	add := func(s string) {
		m = binary.BigEndian.AppendUint64(m, uint64(len(s)))
		m = append(m, s...)
	}
	add(string(salt))
	add(key)
	if !content.IsFields() {
		m = append(m, 'v')
		add(content.Value)
		return m
	}
	m = append(m, 'f')
	m = binary.BigEndian.AppendUint64(m, uint64(len(content.Fields)))
	for _, name := range slices.Sorted(maps.Keys(content.Fields)) {
		add(name)
		add(content.Fields[name])
	}
	return m
}

// Plaintext is the plaintext of a secret that was read, and the key that it was read
// under: what the text means depends on both. It prints as [redacted].
type Plaintext struct {
	redact.Redacted
	text *parsedText
}

type parsedText struct {
	key, plaintext string

	// members are those of the JSON object that the plaintext is; nil if it is none. Names
	// are matched exactly, and the last of several equal ones stands, as in the Python
	// client.
	members map[string]member
	badName bool // a name that is not valid Unicode isn't in members
}

// member is a string, or the JSON text of anything else, without white space and with
// its digits as stored.
type member struct {
	text     string
	isString bool
	err      error // of a string with half of a surrogate pair, which is not text
}

// parsePlaintext takes a decrypted plaintext of the secret key, which it copies. The
// error is of kind BadContent.
func parsePlaintext(key string, plaintext []byte) (Plaintext, error) {
	if !utf8.Valid(plaintext) {
		return Plaintext{}, &Error{Kind: BadContent, Key: key, Reason: "it is not UTF-8"}
	}
	text, err := parseText(key, string(plaintext))
	return Plaintext{text: text}, err
}

// Value is what a reader of the key takes (PROTOCOL.md section 11): the member of that
// name if the plaintext is a JSON object with one, else the plaintext as it is. A member
// that isn't a string becomes its JSON text, without white space and with its digits as
// stored. The error is of kind BadContent.
func (p Plaintext) Value() (string, error) {
	if m, ok := p.text.members[p.text.key]; ok {
		return m.text, m.err
	}
	return p.text.plaintext, nil
}

// Fields are the secret's fields (PROTOCOL.md section 12), flattened: a single value
// that is itself the text of a JSON object gives that object's members, so that what
// the Python client writes with json.dumps reads like what the portal writes. A text
// that is not an object is one field of the key's name. The error is of kind BadContent.
func (p Plaintext) Fields() (map[string]string, error) {
	if m, ok := p.text.only(); ok && m.isString {
		if m.err != nil {
			return nil, m.err
		}
		inner, err := parseText(p.text.key, m.text)
		if err != nil {
			return nil, err
		}
		if inner.members != nil {
			return inner.fields()
		}
	}
	if p.text.members == nil {
		return map[string]string{p.text.key: p.text.plaintext}, nil
	}
	return p.text.fields()
}

// Stored is what is really stored, never flattened (PROTOCOL.md section 13). An
// object whose one member is the key is a value, unless asFields says that any object is
// fields; any other object is fields. A text that is not an object is a value. The error is
// of kind BadContent.
func (p Plaintext) Stored(asFields bool) (Content, error) {
	if p.text.members == nil {
		return Content{Value: p.text.plaintext}, nil
	}
	if m, ok := p.text.only(); ok && !asFields {
		return Content{Value: m.text}, m.err
	}
	fields, err := p.text.fields()
	return Content{Fields: fields}, err
}

// only returns the member of the key's name, if the object has no other.
func (t *parsedText) only() (m member, ok bool) {
	m, ok = t.members[t.key]
	return m, ok && len(t.members) == 1 && !t.badName
}

// fields are all members.
func (t *parsedText) fields() (map[string]string, error) {
	if t.badName {
		return nil, t.loneSurrogate()
	}
	fields := make(map[string]string, len(t.members))
	for name, m := range t.members {
		if m.err != nil {
			return nil, m.err
		}
		fields[name] = m.text
	}
	return fields, nil
}

func (t *parsedText) loneSurrogate() error {
	return &Error{Kind: BadContent, Key: t.key, Reason: `it holds half of a surrogate pair (such as \ud83d), which doesn't stand for a character`}
}

// maxDepth is how deep the json package reads; it calls deeper JSON invalid.
const maxDepth = 10000

// parseText takes a text in UTF-8, which may be a JSON object or not.
func parseText(key, plaintext string) (*parsedText, error) {
	t := &parsedText{key: key, plaintext: plaintext}
	// Half of a surrogate pair passes here, because nested in a member it is part of a JSON
	// text. Names and members that are strings are checked one by one.
	raw := []byte(plaintext)
	defer clear(raw)
	err := json.Unmarshal(raw, t, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok && strings.Count(string(syntax.JSONPointer), "/") >= maxDepth {
		// If this counted as not JSON, the whole object would be the value.
		return nil, &Error{Kind: BadContent, Key: key, Reason: Reason(fmt.Sprintf("its JSON is nested deeper than %d levels", maxDepth))}
	}
	if err != nil {
		t.members, t.badName = nil, false
	}
	return t, nil
}

var errNotObject = errors.New("not a JSON object")

// UnmarshalJSONFrom reads the members of an object.
func (t *parsedText) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		return errNotObject
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	t.members = map[string]member{}
	for dec.PeekKind() != '}' {
		raw, err := dec.ReadValue()
		if err != nil {
			return err
		}
		unquoted, badName := unquote(raw)
		name := string(unquoted)
		if raw, err = dec.ReadValue(); err != nil {
			return err
		}
		if badName != nil {
			t.badName = true
			continue
		}
		t.members[name] = t.newMember(raw)
	}
	_, err := dec.ReadToken()
	return err
}

func (t *parsedText) newMember(raw jsontext.Value) member {
	if raw.Kind() != '"' {
		compact := raw.Clone()
		_ = compact.Compact() // valid JSON
		return member{text: string(compact)}
	}
	text, err := unquote(raw)
	if err != nil {
		return member{isString: true, err: t.loneSurrogate()}
	}
	return member{text: string(text), isString: true}
}

// unquote decodes a JSON string. The error says that it holds half of a surrogate pair.
func unquote(raw jsontext.Value) ([]byte, error) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], nil
	}
	return jsontext.AppendUnquote(nil, raw)
}
