package helvetisafe

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// Form is how a secret is stored (PROTOCOL.md section 11).
type Form int

// The forms of a stored secret.
const (
	FormValue  Form = iota // one value, under the secret's key or as bare text
	FormFields             // an object of several fields
)

// StoredContent is what a secret holds, by its form. It prints as [redacted].
type StoredContent struct {
	redact.Redacted
	Form   Form
	Value  string            // for FormValue
	Fields map[string]string // for FormFields; never nil there
}

// Content is the plaintext of a secret, and the key that it was read under or is
// written under: what the text means depends on both. It prints as [redacted].
type Content struct {
	redact.Redacted
	text *contentText // nil is the empty text
}

type contentText struct {
	key, plaintext string

	parse   sync.Once // by the first caller that asks for the members
	parsed  members
	tooDeep bool
}

// ContentError says that a plaintext is not valid text.
type ContentError struct {
	Key    string // the secret
	detail string
}

func (e *ContentError) Error() string {
	return fmt.Sprintf("the secret %q can't be read as text: %s; write it again as valid Unicode", e.Key, e.detail)
}

// NewValue is a secret of one value: {"<key>":"<value>"}. Both are valid UTF-8, as
// Terraform's strings always are.
func NewValue(key, value string) Content {
	return Content{text: &contentText{key: key, plaintext: marshalFields(map[string]string{key: value})}}
}

// NewFields is a secret of several fields, in the order of their names. All strings
// are valid UTF-8, as Terraform's always are.
func NewFields(fields map[string]string) Content {
	if fields == nil {
		fields = map[string]string{}
	}
	return Content{text: &contentText{plaintext: marshalFields(fields)}}
}

// marshalFields sorts the names, and leaves <, > and & as they are, because the text
// may be read by hand. It can't fail: the only reason to, invalid UTF-8, is replaced.
func marshalFields(fields map[string]string) string {
	text, _ := json.Marshal(fields, json.Deterministic(true), jsontext.AllowInvalidUTF8(true), jsontext.EscapeForJS(true))
	return string(text)
}

// parseContent takes a decrypted plaintext of the secret key, which it copies. The
// error is a *ContentError if it isn't UTF-8.
func parseContent(key string, plaintext []byte) (Content, error) {
	if !utf8.Valid(plaintext) {
		return Content{}, &ContentError{Key: key, detail: "it is not UTF-8"}
	}
	return Content{text: &contentText{key: key, plaintext: string(plaintext)}}, nil
}

func (c Content) get() *contentText {
	if c.text == nil {
		return new(contentText)
	}
	return c.text
}

// plaintext is a copy of what is encrypted.
func (c Content) plaintext() []byte { return []byte(c.get().plaintext) }

// Value is what a reader of the key takes (PROTOCOL.md section 11): the member of that
// name if the plaintext is a JSON object with one, else the plaintext as it is. A member
// that isn't a string becomes its JSON text, without white space and with its digits as
// stored. The error is a *ContentError.
func (c Content) Value() (string, error) {
	t := c.get()
	m, err := t.members()
	if err != nil {
		return "", err
	}
	member, ok := m.values[t.key]
	if !ok {
		return t.plaintext, nil
	}
	return t.textOf(member)
}

// Fields are the secret's fields (PROTOCOL.md section 12), flattened: a single value
// that is itself the text of a JSON object gives that object's members, so that what
// the Python client writes with json.dumps reads like what the portal writes. A text
// that is not an object is one field of the key's name. The error is a *ContentError.
func (c Content) Fields() (map[string]string, error) {
	t := c.get()
	m, err := t.members()
	if err != nil {
		return nil, err
	}
	if !m.isObject {
		return map[string]string{t.key: t.plaintext}, nil
	}
	if member, ok := m.only(t.key); ok && member.isString {
		value, err := t.textOf(member)
		if err != nil {
			return nil, err
		}
		inner := &contentText{key: t.key, plaintext: value}
		im, err := inner.members()
		if err != nil {
			return nil, err
		}
		if im.isObject {
			return inner.fields(im)
		}
	}
	return t.fields(m)
}

// Stored is what is really stored, never flattened (PROTOCOL.md section 13). With
// FormValue, which an import uses too, an object whose one member is the key is a value,
// and any other object is fields. With FormFields any object is fields. A text that is
// not an object is a value. The error is a *ContentError.
func (c Content) Stored(prefer Form) (StoredContent, error) {
	t := c.get()
	m, err := t.members()
	if err != nil {
		return StoredContent{}, err
	}
	if !m.isObject {
		return StoredContent{Value: t.plaintext}, nil
	}
	if member, ok := m.only(t.key); ok && prefer == FormValue {
		value, err := t.textOf(member)
		return StoredContent{Value: value}, err
	}
	fields, err := t.fields(m)
	if err != nil {
		return StoredContent{}, err
	}
	return StoredContent{Form: FormFields, Fields: fields}, nil
}

// fields are all members.
func (t *contentText) fields(m members) (map[string]string, error) {
	if m.badName {
		return nil, t.loneSurrogate()
	}
	fields := make(map[string]string, len(m.values))
	for name, member := range m.values {
		value, err := t.textOf(member)
		if err != nil {
			return nil, err
		}
		fields[name] = value
	}
	return fields, nil
}

// textOf is what a reader gets of a member.
func (t *contentText) textOf(m member) (string, error) {
	if !m.valid {
		return "", t.loneSurrogate()
	}
	return m.text, nil
}

func (t *contentText) loneSurrogate() *ContentError {
	return &ContentError{Key: t.key, detail: `it holds half of a surrogate pair (such as \ud83d), which doesn't stand for a character`}
}

// members reads the plaintext, which is valid UTF-8 and may be JSON or not.
func (t *contentText) members() (members, error) {
	t.parse.Do(func() {
		var err error
		t.parsed, err = parseMembers(t.plaintext)
		var syntax *jsontext.SyntacticError
		t.tooDeep = errors.As(err, &syntax) && strings.Count(string(syntax.JSONPointer), "/") >= maxDepth
	})
	if t.tooDeep {
		// If this counted as not JSON, the whole object would be the value.
		return members{}, &ContentError{Key: t.key, detail: fmt.Sprintf("its JSON is nested deeper than %d levels", maxDepth)}
	}
	return t.parsed, nil
}
