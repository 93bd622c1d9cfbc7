package devserver

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Sizes of what is encrypted, in bytes (PROTOCOL.md section 6).
const (
	nonceSize = 12
	tagSize   = 16
)

// The ways in which a request can name an expiry.
type expiryChange int

const (
	expiryMissing expiryChange = iota
	expiryNull
	expirySet
)

// incoming is the body of a create or an update.
type incoming struct {
	key, value, nonce string
	expiry            expiryChange
	expiresAt         time.Time
}

// decodeSecret reads the body of a write. It refuses a body without the demanded
// members, and one with any other member except expiresAt.
func (s *Server) decodeSecret(c *call, demanded []string) (incoming, reply, bool) {
	in, what := decodeBody(c.header.Get("Content-Type"), c.entry.Body, demanded)
	if what == "" && slices.Contains(demanded, "key") && !validKey(in.key) && (in.key == "" || !s.options.TakesAnyKey) {
		what = "a key outside [a-zA-Z0-9_]+"
	}
	if what != "" {
		return in, s.refuse(c.entry, what), false
	}
	if in.expiry == expiryNull && s.options.ClearExpiry == RefusesNull {
		return in, failure(http.StatusBadRequest, "expiresAt must be a date"), false
	}
	if in.expiry == expirySet && !s.options.TakesPastExpiry && !in.expiresAt.After(s.options.now()) {
		return in, failure(http.StatusBadRequest, "expiresAt is in the past"), false
	}
	// Two ciphertexts under one nonce give away the XOR of their plaintexts and the
	// authentication key (NIST SP 800-38D, 8.3). Sending the same ciphertext again is fine.
	sum := sha256.Sum256([]byte(in.value))
	if before, ok := s.nonces[in.nonce]; ok && before != sum {
		return in, s.refuse(c.entry, "a nonce that was used before, with another ciphertext"), false
	}
	s.nonces[in.nonce] = sum
	return in, reply{}, true
}

// decodeBody checks what can be checked of a write without the server's state. It says
// what is wrong, "" for nothing.
func decodeBody(contentType string, body []byte, demanded []string) (incoming, string) {
	var in incoming
	if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != "application/json" {
		return in, "the content type is not application/json"
	}
	members, err := decodeObject(body)
	if err != nil {
		return in, err.Error()
	}
	for name := range members {
		if name != "expiresAt" && !slices.Contains(demanded, name) {
			return in, "a member that this request doesn't have"
		}
	}
	text := map[string]string{}
	for _, name := range demanded {
		raw, ok := members[name]
		if !ok {
			return in, "no member " + name
		}
		if len(raw) == 0 || raw[0] != '"' {
			return in, "the member " + name + " is not a string"
		}
		var value string
		if err := json.Unmarshal(raw, &value); err != nil {
			return in, "the member " + name + " is not a string"
		}
		text[name] = value
	}
	in.key, in.value, in.nonce = text["key"], text["value"], text["nonce"]
	if size, ok := decodedSize(in.value); !ok || size < tagSize {
		return in, "the value is not the base64 of a ciphertext with its tag"
	}
	if size, ok := decodedSize(in.nonce); !ok || size != nonceSize {
		return in, "the nonce is not the base64 of 12 bytes"
	}
	return decodeExpiry(in, members["expiresAt"])
}

func decodeExpiry(in incoming, raw json.RawMessage) (incoming, string) {
	switch {
	case raw == nil:
		return in, ""
	case string(raw) == "null":
		in.expiry = expiryNull
		return in, ""
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return in, "expiresAt is neither a string nor null"
	}
	t, ok := parseIsoformat(text)
	if !ok {
		return in, "expiresAt is not what Python's isoformat() prints for a time with an offset"
	}
	in.expiry, in.expiresAt = expirySet, t
	return in, ""
}

// parseIsoformat reads what the published client sends: no fraction or six digits of
// it, and an offset in hours and minutes, never Z. Like a JavaScript Date, the result
// keeps milliseconds.
func parseIsoformat(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05-07:00", "2006-01-02T15:04:05.000000-07:00"} {
		// time.Parse would take a fraction that the layout doesn't have, and a comma.
		if len(text) != len(layout) {
			continue
		}
		t, err := time.Parse(layout, text)
		if err == nil && t.Format(layout) == text {
			return t.UTC().Truncate(time.Millisecond), true
		}
	}
	return time.Time{}, false
}

// decodeObject splits a JSON object into its members. Unlike encoding/json into a
// struct it tells names that differ in case, and refuses one that stands twice.
func decodeObject(body []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("the body is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("the body is not a JSON object")
	}
	members := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, errors.New("the body is malformed JSON")
		}
		if _, twice := members[name]; twice {
			return nil, errors.New("the body has a member twice")
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, errors.New("the body is malformed JSON")
		}
		members[name] = raw
	}
	if _, err := d.Token(); err != nil {
		return nil, errors.New("the body is malformed JSON")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the body goes on after its JSON object")
	}
	return members, nil
}

// createdKey is the key in a create's body for the request log, "" if there is none.
func createdKey(body []byte) string {
	members, err := decodeObject(body)
	if err != nil {
		return ""
	}
	var key string
	if json.Unmarshal(members["key"], &key) != nil {
		return ""
	}
	return key
}

// decodedSize is the size of base64 text in bytes after decoding: standard alphabet,
// padded, without the line breaks that encoding/base64 skips.
func decodedSize(text string) (int, bool) {
	if strings.ContainsAny(text, "\r\n") {
		return 0, false
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	return len(raw), err == nil
}

// validKey is the pattern of PROTOCOL.md section 15.
func validKey(key string) bool {
	for i := range len(key) {
		b := key[i]
		if b != '_' && (b < '0' || b > '9') && (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') {
			return false
		}
	}
	return key != ""
}
