package helvetisafe

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzContent holds our reading of a plaintext against a simpler one by
// encoding/json, which agrees wherever there is no surrogate escape, and demands
// that what is read is valid and survives being written.
func FuzzContent(f *testing.F) {
	for _, row := range contentRows {
		f.Add("k", []byte(row.plaintext))
	}
	f.Fuzz(func(t *testing.T, key string, plaintext []byte) {
		c, err := parsePlaintext(key, plaintext)
		if err != nil {
			if !Is(err, BadContent) || utf8.Valid(plaintext) && !strings.Contains(err.Error(), "nested deeper") {
				t.Fatalf("got %v", err)
			}
			return
		}
		value, valueErr := c.Value()
		all, fieldsErr := c.Fields()
		asValue, storedErr := c.Stored(false)
		_, asFieldsErr := c.Stored(true)
		for _, err := range []error{valueErr, fieldsErr, storedErr, asFieldsErr} {
			if err != nil && !Is(err, BadContent) {
				t.Fatalf("%v is no *ContentError", err)
			}
		}
		if valueErr == nil && !utf8.ValidString(value) {
			t.Fatal("the value is no UTF-8")
		}
		if !strings.Contains(strings.ToLower(string(plaintext)), `\ud`) && valueErr == nil {
			if want := simpleValue(key, string(plaintext)); value != want {
				t.Fatalf("got %q, want %q", value, want)
			}
		}
		if fieldsErr == nil && all == nil {
			t.Fatal("no fields and no error")
		}
		if storedErr == nil && utf8.ValidString(key) {
			roundTrip(t, key, asValue)
		}
	})
}

// simpleValue is the reader's rule as the Python client has it.
func simpleValue(key, plaintext string) string {
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(plaintext), &members) != nil {
		return plaintext
	}
	raw, ok := members[key]
	if !ok {
		return plaintext
	}
	var text string
	if raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
		return text
	}
	var compact bytes.Buffer
	_ = json.Compact(&compact, raw)
	return compact.String()
}

func roundTrip(t *testing.T, key string, stored Content) {
	t.Helper()
	read, err := parsePlaintext(key, stored.plaintext(key))
	if err != nil {
		t.Fatal(err)
	}
	again, err := read.Stored(stored.IsFields())
	if err != nil || again.IsFields() != stored.IsFields() || again.Value != stored.Value || !maps.Equal(again.Fields, stored.Fields) {
		t.Fatalf("%q %q reads back as %q %q, %v", stored.Value, stored.Fields, again.Value, again.Fields, err)
	}
}

func TestReferenceClientValues(t *testing.T) {
	raw, err := os.ReadFile("../envelope/testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var reference struct {
		Secrets []struct {
			Name      string
			Plaintext string
			Response  struct{ Key string }
			Value     json.RawMessage `json:"client_value"`
		}
	}
	if err := json.Unmarshal(raw, &reference); err != nil {
		t.Fatal(err)
	}
	if len(reference.Secrets) != 24 {
		t.Fatalf("%d secrets", len(reference.Secrets))
	}
	for _, s := range reference.Secrets {
		t.Run(s.Name, func(t *testing.T) {
			c, err := parsePlaintext(s.Response.Key, []byte(s.Plaintext))
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Value()
			if err != nil {
				t.Fatal(err)
			}
			want, raw := any(nil), s.Value
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			if text, isString := want.(string); isString {
				if got != text {
					t.Error("another value than the client's")
				}
				return
			}
			// The client gives these as Python values; we give their JSON text.
			var ours any
			if err := json.Unmarshal([]byte(got), &ours); err != nil {
				t.Fatal(err)
			}
			a, _ := json.Marshal(ours)
			b, _ := json.Marshal(want)
			if string(a) != string(b) {
				t.Error("another value than the client's")
			}
		})
	}
}
