package helvetisafe

import (
	"bytes"
	jsonv1 "encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestDecodeObject(t *testing.T) {
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
		{"half of a surrogate pair", `{"a":"\ud83d"}`, false},
		{"broken UTF-8", "{\"a\":\"\xff\"}", false},
		{"nested beyond reason", `{"a":` + strings.Repeat("[", 1_000_000) + strings.Repeat("]", 1_000_000) + `}`, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			var o map[string]jsontext.Value
			err := decodeObject([]byte(row.in), &o)
			if (err == nil) != row.ok {
				t.Errorf("decodeObject = %v, %v", len(o), err)
			}
		})
	}
}

func TestDecodeObjectMembers(t *testing.T) {
	for _, row := range []struct {
		name, in, want string
		ok             bool
	}{
		{"another case", `{"Key":"x"}`, "", true},
		{"a string", `{"key":"x"}`, "x", true},
		{"a number", `{"key":1}`, "", false},
		{"null", `{"key":null}`, "", true},
		{"escaped", `{"key":"\u0061"}`, "a", true},
		{"missing", `{}`, "", true},
		{"among others", `{"other":{"key":1},"key":"x"}`, "x", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got struct {
				Key string `json:"key"`
			}
			if err := decodeObject([]byte(row.in), &got); got.Key != row.want || (err == nil) != row.ok {
				t.Errorf("decodeObject = %q, %v", got.Key, err)
			}
		})
	}
}

func TestBase64Bytes(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"padded", `"YQ=="`, "a"},
		{"empty", `""`, ""},
		{"both of the standard alphabet's signs", `"+/+/"`, "\xfb\xff\xbf"},
		{"escaped", `"\u002b\/+\/"`, "\xfb\xff\xbf"},
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
			var got struct {
				V base64Bytes `json:"v"`
			}
			err := decodeObject([]byte(`{"v":`+row.in+`}`), &got)
			if row.want == "error" {
				var e *Error
				if !as(err, BadAnswer, &e) || e.Reason != BadMember || !strings.HasPrefix(e.Detail, "`v` ") {
					t.Errorf("decoded %q, %v, want an error that names the member", got.V, err)
				}
				return
			}
			if err != nil || string(got.V) != row.want || got.V == nil {
				t.Errorf("decoded %q, %v, want %q", got.V, err, row.want)
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

func FuzzDecodeObject(f *testing.F) {
	f.Add([]byte(`{"keys":[{"key":"a"}]}`))
	f.Add([]byte(`{"a":1,"a":2}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var o map[string]jsontext.Value
		if err := decodeObject(raw, &o); err != nil {
			return
		}
		var reference map[string]jsonv1.RawMessage
		if err := jsonv1.Unmarshal(raw, &reference); err != nil || len(o) != len(reference) {
			t.Fatalf("encoding/json sees %d members, %v; this sees %d", len(reference), err, len(o))
		}
		for name, value := range reference {
			if !bytes.Equal(bytes.Trim(value, " \t\r\n"), o[name]) {
				t.Fatalf("the member %q differs", name)
			}
		}
		var typed struct {
			Text   string      `json:"a"`
			Binary base64Bytes `json:"b"`
			Stamp  Timestamp   `json:"c"`
		}
		_ = decodeObject(raw, &typed)
	})
}

// TestManyMembersTakeNoMemory: a large answer can be made of small members. To know
// their names apart takes fifteen times its size, for each of the reads at once.
func TestManyMembersTakeNoMemory(t *testing.T) {
	var many strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&many, `"_%x":0,`, i)
	}
	for name, body := range map[string]string{
		"in the answer":   `{` + many.String() + `"key":"k","value":"AAAAAAAAAAAAAAAAAAAAAAAAAAA=","nonce":"AAAAAAAAAAAAAAAA"}`,
		"inside a member": `{"other":{` + many.String() + `"x":0},"key":"k","value":"AAAAAAAAAAAAAAAAAAAAAAAAAAA=","nonce":"AAAAAAAAAAAAAAAA"}`,
	} {
		t.Run(name, func(t *testing.T) {
			a := jsonAnswer(200, body)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := parseSecret(a, "k")
			runtime.ReadMemStats(&after)
			if name == "inside a member" {
				if err != nil {
					t.Error(err)
				}
			} else {
				unusable(t, err)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
				t.Errorf("%d bytes for an answer of %d", took, len(body))
			}
		})
	}
	large := strings.Repeat("A", 100_000)
	_, err := parseSecret(jsonAnswer(200, `{"key":"k","key":"k","value":"`+large+`","nonce":"AAAAAAAAAAAAAAAA"}`), "k")
	if err == nil || !strings.Contains(err.Error(), "a member occurs twice") {
		t.Errorf("a name twice in a large answer: %v", err)
	}
}
