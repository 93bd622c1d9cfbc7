package helvetisafe

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestParseObject(t *testing.T) {
	for _, row := range []struct {
		name, in string
		ok       bool
	}{
		{"empty", `{}`, true},
		{"members of all kinds", `{"a":1,"b":"x","c":null,"d":[{}],"e":{"e":{}}}`, true},
		{"space around", " \r\n\t{ \"a\" : 1 } \n", true},
		{"names that differ in case only", `{"key":1,"Key":2}`, true},
		{"the same name twice", `{"key":1,"key":1}`, false},
		{"the same name twice, escaped", `{"key":1,"k\u0065y":2}`, false},
		{"nothing", ``, false},
		{"null", `null`, false},
		{"an array", `[]`, false},
		{"a string", `"a"`, false},
		{"HTML", `<!doctype html><html></html>`, false},
		{"cut short in a value", `{"a":"b`, false},
		{"cut short after a value", `{"a":"b"`, false},
		{"cut short after a name", `{"a"`, false},
		{"a trailing comma", `{"a":1,}`, false},
		{"something after it", `{} {}`, false},
		{"a brace after it", `{}}`, false},
		{"a name that is none", `{1:1}`, false},
		{"broken UTF-8", "{\"a\":\"\xff\"}", false},
		{"nested beyond reason", `{"a":` + strings.Repeat("[", 1_000_000) + strings.Repeat("]", 1_000_000) + `}`, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			o, err := parseObject([]byte(row.in))
			if (err == nil) != row.ok {
				t.Errorf("parseObject = %v, %v", len(o), err)
			}
		})
	}
}

func TestObjectText(t *testing.T) {
	o, err := parseObject([]byte(`{"Key":"x","number":1,"null":null,"escaped":"\u0061"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, want string
		ok         bool
	}{
		{"key", "", false}, // names are matched with their case
		{"Key", "x", true},
		{"number", "", false},
		{"null", "", false},
		{"escaped", "a", true},
		{"missing", "", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got, ok := o.text(row.name); got != row.want || ok != row.ok {
				t.Errorf("text = %q, %v", got, ok)
			}
		})
	}
}

func TestObjectBinary(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"padded", `"YQ=="`, "a"},
		{"empty", `""`, ""},
		{"both of the standard alphabet's signs", `"+/+/"`, "\xfb\xff\xbf"},
		{"no padding", `"YQ"`, "error"},
		{"URL alphabet", `"-_-_"`, "error"},
		{"a line end, which Go's decoder skips", `"YQ==\n"`, "error"},
		{"a line end inside", `"Y\nQ=="`, "error"},
		{"a space", `"YQ== "`, "error"},
		{"bits after the end", `"YR=="`, "error"},
		{"padding inside", `"YQ==YQ=="`, "error"},
		{"too much padding", `"YQ==="`, "error"},
		{"another character", `"Y*=="`, "error"},
		{"a number", `1`, "error"},
		{"null", `null`, "error"},
	} {
		t.Run(row.name, func(t *testing.T) {
			o, err := parseObject([]byte(`{"v":` + row.in + `}`))
			if err != nil {
				t.Fatal(err)
			}
			raw, err := o.binary("v")
			if row.want == "error" {
				if err == nil {
					t.Errorf("binary = %q, want an error", raw)
				}
				return
			}
			if err != nil || string(raw) != row.want {
				t.Errorf("binary = %q, %v, want %q", raw, err, row.want)
			}
		})
	}
}

func TestIsJSON(t *testing.T) {
	for _, row := range []struct {
		kind string
		want bool
	}{
		{"application/json", true},
		{"application/json; charset=utf-8", true},
		{"Application/JSON", true},
		{"application/problem+json", true},
		{"", true},
		{"text/html; charset=utf-8", false},
		{"text/json", false},
		{"application/jsonp", false},
		{"application/octet-stream", false},
		{"; charset=utf-8", false},
	} {
		t.Run(row.kind, func(t *testing.T) {
			h := http.Header{}
			if row.kind != "" {
				h.Set("Content-Type", row.kind)
			}
			if got := isJSON(h); got != row.want {
				t.Errorf("isJSON(%q) = %v", row.kind, got)
			}
		})
	}
}

func FuzzParseObject(f *testing.F) {
	f.Add([]byte(`{"keys":[{"key":"a"}]}`))
	f.Add([]byte(`{"a":1,"a":2}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := parseObject(raw)
		var reference map[string]json.RawMessage
		bad := json.Unmarshal(raw, &reference)
		if err != nil {
			return
		}
		if bad != nil || len(o) != len(reference) {
			t.Fatalf("encoding/json sees %d members, %v; this sees %d", len(reference), bad, len(o))
		}
		for name, value := range reference {
			if !bytes.Equal(bytes.Trim(value, jsonSpace), o[name]) {
				t.Fatalf("the member %q differs", name)
			}
		}
		for name := range o {
			o.text(name)
			_, _ = o.binary(name)
			o.timestamp(name)
		}
	})
}
