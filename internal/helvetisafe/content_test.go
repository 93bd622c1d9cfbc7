package helvetisafe

import (
	"encoding/hex"
	"encoding/json"
	"maps"
	"strings"
	"testing"
)

type fields = map[string]string

// Each row is a plaintext and all that is made of it. value and fields are what
// readers take (PROTOCOL.md sections 11 and 12), the others what is stored
// (section 13): a nil map says that it is stored as a value.
var contentRows = map[string]struct {
	plaintext string
	value     string
	fields    fields
	asValue   fields // stored, a value preferred
	asFields  fields // stored, fields preferred
	stored    string // the stored value, where asValue is nil
}{
	"one value":             {`{"k":"v"}`, "v", fields{"k": "v"}, nil, fields{"k": "v"}, "v"},
	"empty value":           {`{"k":""}`, "", fields{"k": ""}, nil, fields{"k": ""}, ""},
	"white space":           {" \t\r\n{ \"k\" : \"v\" } \n", "v", fields{"k": "v"}, nil, fields{"k": "v"}, "v"},
	"escapes":               {`{"\u006b":"\ud83d\udd10\u00e4\n\"\\\/"}`, "🔐ä\n\"\\/", fields{"k": "🔐ä\n\"\\/"}, nil, fields{"k": "🔐ä\n\"\\/"}, "🔐ä\n\"\\/"},
	"backslash before u":    {`{"k":"\\ud83d"}`, `\ud83d`, fields{"k": `\ud83d`}, nil, fields{"k": `\ud83d`}, `\ud83d`},
	"escaped U+FFFD":        {`{"k":"\ufffd"}`, "\ufffd", fields{"k": "\ufffd"}, nil, fields{"k": "\ufffd"}, "\ufffd"},
	"number":                {`{"k":42}`, "42", fields{"k": "42"}, nil, fields{"k": "42"}, "42"},
	"digits stay":           {`{"k":12345678901234567890.10}`, "12345678901234567890.10", fields{"k": "12345678901234567890.10"}, nil, fields{"k": "12345678901234567890.10"}, "12345678901234567890.10"},
	"exponent stays":        {`{"k":1E400}`, "1E400", fields{"k": "1E400"}, nil, fields{"k": "1E400"}, "1E400"},
	"null":                  {`{"k":null}`, "null", fields{"k": "null"}, nil, fields{"k": "null"}, "null"},
	"array":                 {`{"k":[1, "a" ]}`, `[1,"a"]`, fields{"k": `[1,"a"]`}, nil, fields{"k": `[1,"a"]`}, `[1,"a"]`},
	"object in a member":    {`{"k":{"a": "<b>"}}`, `{"a":"<b>"}`, fields{"k": `{"a":"<b>"}`}, nil, fields{"k": `{"a":"<b>"}`}, `{"a":"<b>"}`},
	"JSON text of fields":   {`{"k":"{\"a\": \"b\", \"n\": 5432}"}`, `{"a": "b", "n": 5432}`, fields{"a": "b", "n": "5432"}, nil, fields{"k": `{"a": "b", "n": 5432}`}, `{"a": "b", "n": 5432}`},
	"JSON text of a field":  {`{"k":"{\"k\": \"{}\"}"}`, `{"k": "{}"}`, fields{"k": "{}"}, nil, fields{"k": `{"k": "{}"}`}, `{"k": "{}"}`},
	"JSON text of no field": {`{"k":"{}"}`, "{}", fields{}, nil, fields{"k": "{}"}, "{}"},
	"JSON text of an array": {`{"k":"[1]"}`, "[1]", fields{"k": "[1]"}, nil, fields{"k": "[1]"}, "[1]"},
	"JSON text, broken":     {`{"k":"{\"a\""}`, `{"a"`, fields{"k": `{"a"`}, nil, fields{"k": `{"a"`}, `{"a"`},
	"JSON text, and others": {`{"k":"{\"a\":\"b\"}","o":""}`, `{"a":"b"}`, fields{"k": `{"a":"b"}`, "o": ""}, fields{"k": `{"a":"b"}`, "o": ""}, fields{"k": `{"a":"b"}`, "o": ""}, ""},
	"several fields":        {`{"a":"b","c":5432}`, `{"a":"b","c":5432}`, fields{"a": "b", "c": "5432"}, fields{"a": "b", "c": "5432"}, fields{"a": "b", "c": "5432"}, ""},
	"own key among fields":  {`{"k":"v","o":"w"}`, "v", fields{"k": "v", "o": "w"}, fields{"k": "v", "o": "w"}, fields{"k": "v", "o": "w"}, ""},
	"one field, other name": {`{"a":"b"}`, `{"a":"b"}`, fields{"a": "b"}, fields{"a": "b"}, fields{"a": "b"}, ""},
	"one field, JSON text":  {`{"a":"{\"b\":1}"}`, `{"a":"{\"b\":1}"}`, fields{"a": `{"b":1}`}, fields{"a": `{"b":1}`}, fields{"a": `{"b":1}`}, ""},
	"other case":            {`{"K":"v"}`, `{"K":"v"}`, fields{"K": "v"}, fields{"K": "v"}, fields{"K": "v"}, ""},
	"both cases":            {`{"k":"v","K":"w"}`, "v", fields{"k": "v", "K": "w"}, fields{"k": "v", "K": "w"}, fields{"k": "v", "K": "w"}, ""},
	"a name twice":          {`{"k":"first","k":"last"}`, "last", fields{"k": "last"}, nil, fields{"k": "last"}, "last"},
	"a name twice, escaped": {`{"k":"first","\u006B":"last"}`, "last", fields{"k": "last"}, nil, fields{"k": "last"}, "last"},
	"empty name":            {`{"":"v"}`, `{"":"v"}`, fields{"": "v"}, fields{"": "v"}, fields{"": "v"}, ""},
	"empty object":          {`{}`, "{}", fields{}, fields{}, fields{}, ""},
	"surrogate in a nested": {`{"k":{"a":"\ud83d"}}`, `{"a":"\ud83d"}`, fields{"k": `{"a":"\ud83d"}`}, nil, fields{"k": `{"a":"\ud83d"}`}, `{"a":"\ud83d"}`},
	"empty text":            {"", "", fields{"k": ""}, nil, nil, ""},
	"bare text":             {"hunter2", "hunter2", fields{"k": "hunter2"}, nil, nil, "hunter2"},
	"bare text with spaces": {" x \n", " x \n", fields{"k": " x \n"}, nil, nil, " x \n"},
	"JSON string":           {`"\ud83d"`, `"\ud83d"`, fields{"k": `"\ud83d"`}, nil, nil, `"\ud83d"`},
	"JSON array":            {`[{"k":"v"}]`, `[{"k":"v"}]`, fields{"k": `[{"k":"v"}]`}, nil, nil, `[{"k":"v"}]`},
	"two objects":           {`{"k":"v"}{"k":"w"}`, `{"k":"v"}{"k":"w"}`, fields{"k": `{"k":"v"}{"k":"w"}`}, nil, nil, `{"k":"v"}{"k":"w"}`},
	"broken object":         {`{"k": `, `{"k": `, fields{"k": `{"k": `}, nil, nil, `{"k": `},
	"trailing comma":        {`{"k":"v",}`, `{"k":"v",}`, fields{"k": `{"k":"v",}`}, nil, nil, `{"k":"v",}`},
	"template":              {"{{ .Secret }}", "{{ .Secret }}", fields{"k": "{{ .Secret }}"}, nil, nil, "{{ .Secret }}"},
}

func TestContent(t *testing.T) {
	for name, row := range contentRows {
		t.Run(name, func(t *testing.T) {
			c, err := parsePlaintext("k", []byte(row.plaintext))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := c.Value(); err != nil || got != row.value {
				t.Errorf("Value: %q %v", got, err)
			}
			if got, err := c.Fields(); err != nil || !maps.Equal(got, row.fields) || got == nil {
				t.Errorf("Fields: %q %v", got, err)
			}
			for asFields, want := range map[bool]fields{false: row.asValue, true: row.asFields} {
				got, err := c.Stored(asFields)
				if err != nil {
					t.Fatal(err)
				}
				wantValue := row.stored
				if want != nil {
					wantValue = ""
				}
				if got.IsFields() != (want != nil) || got.Value != wantValue || !maps.Equal(got.Fields, want) {
					t.Errorf("Stored, as fields %t: %q, %q", asFields, got.Value, got.Fields)
				}
			}
			if c.text.plaintext != row.plaintext {
				t.Error("another plaintext")
			}
		})
	}
}

func TestContentRefusals(t *testing.T) {
	deep := strings.Repeat(`{"k":`, maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1)
	const value, fieldsBit, stored = 1, 2, 4 // which of the three must refuse it
	for name, test := range map[string]struct {
		plaintext string
		refused   int
	}{
		"high half":                 {`{"k":"\ud83d"}`, value | fieldsBit | stored},
		"low half":                  {`{"k":"\uDD10"}`, value | fieldsBit | stored},
		"halves in the wrong order": {`{"k":"\udd10\ud83d"}`, value | fieldsBit | stored},
		"half, then text":           {`{"k":"\ud83dx"}`, value | fieldsBit | stored},
		"half, then an escape":      {`{"k":"\ud83d\n"}`, value | fieldsBit | stored},
		"half, then another":        {`{"k":"\ud83d\ud83d\udd10"}`, value | fieldsBit | stored},
		"half after a pair":         {`{"k":"\ud83d\udd10\udd10"}`, value | fieldsBit | stored},
		"half after a backslash":    {`{"k":"\\\ud83d"}`, value | fieldsBit | stored},
		"half in another member":    {`{"k":"v","o":"\ud83d"}`, fieldsBit | stored},
		"half in another name":      {`{"k":"v","\ud83d":"w"}`, fieldsBit | stored},
		"half in the only name":     {`{"\ud83d":"w"}`, fieldsBit | stored},
		"half in an inner value":    {`{"k":"{\"a\":\"\\ud83d\"}"}`, fieldsBit},
		"half in an inner name":     {`{"k":"{\"\\ud83d\":1}"}`, fieldsBit},
		"nested too deep":           {deep, value | fieldsBit | stored},
		"text nested too deep":      {`{"k":` + quote(deep) + `}`, fieldsBit},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := parsePlaintext("k", []byte(test.plaintext))
			check := func(what string, err error, refused bool) {
				if Is(err, BadContent) != refused || (err == nil) == refused {
					t.Errorf("%s: %v", what, err)
				}
			}
			if err != nil {
				check("none can be had", err, test.refused == value|fieldsBit|stored)
				return
			}
			_, err = c.Value()
			check("Value", err, test.refused&value != 0)
			_, err = c.Fields()
			check("Fields", err, test.refused&fieldsBit != 0)
			_, err = c.Stored(false)
			check("Stored", err, test.refused&stored != 0)
		})
	}
}

func quote(s string) string {
	raw, _ := json.Marshal(s)
	return string(raw)
}

func TestParseContentRefusesWhatIsNotUTF8(t *testing.T) {
	for name, plaintext := range map[string]string{
		"Latin-1": "p\xe4ss", "cut": "\xf0\x9f\x94", "encoded surrogate": "\xed\xa0\xbd", "in JSON": "{\"k\":\"\xff\"}", "overlong": "\xc0\x80",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parsePlaintext("k", []byte(plaintext))
			var bad *Error
			if !as(err, BadContent, &bad) || bad.Key != "k" || strings.Contains(err.Error(), plaintext) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestPlaintext(t *testing.T) {
	for name, test := range map[string]struct {
		content Content
		want    string
	}{
		"value":          {Content{Value: "v"}, `{"k":"v"}`},
		"nothing":        {Content{Value: ""}, `{"k":""}`},
		"HTML stays":     {Content{Value: "</script>&"}, `{"k":"</script>&"}`},
		"escapes":        {Content{Value: "\"\\\n\x00ä🔐"}, `{"k":"\"\\\n\u0000ä🔐"}`},
		"ends in a line": {Content{Value: "v\n"}, `{"k":"v\n"}`},
		"JSON text":      {Content{Value: `{"a":1}`}, `{"k":"{\"a\":1}"}`},
		"fields, sorted": {Content{Fields: fields{"b": "2", "a": "<1>"}}, `{"a":"<1>","b":"2"}`},
		"no fields":      {Content{Fields: fields{}}, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(test.content.plaintext("k")); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestMACMessage(t *testing.T) {
	for name, test := range map[string]struct {
		content Content
		want    string
	}{
		"value":  {Content{Value: "v"}, "00000000000000025a5a" + "00000000000000016b" + "76" + "000000000000000176"},
		"fields": {Content{Fields: map[string]string{"b": "", "a": "1"}}, "00000000000000025a5a" + "00000000000000016b" + "66" + "0000000000000002" + "000000000000000161" + "000000000000000131" + "000000000000000162" + "0000000000000000"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := hex.EncodeToString(macMessage([]byte("ZZ"), "k", test.content)); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// Inputs that a careless encoding would take for each other.
func TestMACMessageIsInjective(t *testing.T) {
	type input struct {
		salt, key string
		content   Content
	}
	fields := func(names ...string) Content {
		sc := Content{Fields: map[string]string{}}
		for i := 0; i < len(names); i += 2 {
			sc.Fields[names[i]] = names[i+1]
		}
		return sc
	}
	seen := map[string]int{}
	for i, in := range []input{
		{"", "", Content{}},
		{"", "", fields()},
		{"a", "b", Content{Value: "c"}},
		{"ab", "", Content{Value: "c"}},
		{"a", "bc", Content{}},
		{"", "abc", Content{}},
		{"a", "b", fields("c", "")},
		{"a", "b", fields("", "c")},
		{"a", "b", fields("x", "y", "z", "")},
		{"a", "b", fields("x", "yz", "", "")},
		{"a", "b", fields("x", "y")},
		{"a", "b", Content{Value: `{"x":"y"}`}},
		{"a", "b", Content{Value: "\x00\x00\x00\x00\x00\x00\x00\x01c"}},
	} {
		message := string(macMessage([]byte(in.salt), in.key, in.content))
		if before, twice := seen[message]; twice {
			t.Errorf("inputs %d and %d make the same message", before, i)
		}
		seen[message] = i
	}
}
