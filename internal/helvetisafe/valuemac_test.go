package helvetisafe

import (
	"encoding/hex"
	"testing"
)

func TestMACMessage(t *testing.T) {
	for name, test := range map[string]struct {
		content StoredContent
		want    string
	}{
		"value":  {StoredContent{Value: "v"}, "00000000000000025a5a" + "00000000000000016b" + "76" + "000000000000000176"},
		"fields": {StoredContent{Form: FormFields, Fields: map[string]string{"b": "", "a": "1"}}, "00000000000000025a5a" + "00000000000000016b" + "66" + "0000000000000002" + "000000000000000161" + "000000000000000131" + "000000000000000162" + "0000000000000000"},
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
		content   StoredContent
	}
	fields := func(names ...string) StoredContent {
		sc := StoredContent{Form: FormFields, Fields: map[string]string{}}
		for i := 0; i < len(names); i += 2 {
			sc.Fields[names[i]] = names[i+1]
		}
		return sc
	}
	seen := map[string]int{}
	for i, in := range []input{
		{"", "", StoredContent{}},
		{"", "", fields()},
		{"a", "b", StoredContent{Value: "c"}},
		{"ab", "", StoredContent{Value: "c"}},
		{"a", "bc", StoredContent{}},
		{"", "abc", StoredContent{}},
		{"a", "b", fields("c", "")},
		{"a", "b", fields("", "c")},
		{"a", "b", fields("x", "y", "z", "")},
		{"a", "b", fields("x", "yz", "", "")},
		{"a", "b", fields("x", "y")},
		{"a", "b", StoredContent{Value: `{"x":"y"}`}},
		{"a", "b", StoredContent{Value: "\x00\x00\x00\x00\x00\x00\x00\x01c"}},
	} {
		message := string(macMessage([]byte(in.salt), in.key, in.content))
		if before, twice := seen[message]; twice {
			t.Errorf("inputs %d and %d make the same message", before, i)
		}
		seen[message] = i
	}
}
