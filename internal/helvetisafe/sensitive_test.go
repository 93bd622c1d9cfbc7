package helvetisafe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSensitive(t *testing.T) {
	for name, test := range map[string]struct {
		value Sensitive
		want  string
	}{
		"zero":  {Sensitive{}, ""},
		"empty": {NewSensitive(""), ""},
		"text":  {NewSensitive("hunter2"), "hunter2"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.value.Reveal() != test.want || test.value.IsZero() != (test.want == "") {
				t.Errorf("reveals %q, IsZero %t", test.value.Reveal(), test.value.IsZero())
			}
		})
	}
}

func TestSecretTypesPrintRedacted(t *testing.T) {
	const marker = "marker-f00d"
	var (
		sensitive = NewSensitive(marker)
		content   = NewValue("k", marker)
		stored    = StoredContent{Form: FormFields, Value: marker, Fields: map[string]string{marker: marker}}
	)
	for name, value := range map[string]any{
		"Sensitive": sensitive, "pointer to a Sensitive": &sensitive,
		"Content": content, "pointer to a Content": &content,
		"StoredContent": stored, "pointer to a StoredContent": &stored,
		"Config":  Config{Auth: APIToken{Token: sensitive}, Key: Password{Password: sensitive}},
		"in maps": map[string]any{"a": sensitive, "b": []Content{content}, "c": &stored},
	} {
		t.Run(name, func(t *testing.T) {
			var printed strings.Builder
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "% 20.3f"} {
				fmt.Fprintf(&printed, verb+"\n", value)
			}
			var log bytes.Buffer
			slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", value)
			slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", value)
			raw, err := json.Marshal(value)
			if err != nil && name != "Config" { // a Config holds a func
				t.Error(err)
			}
			all := printed.String() + log.String() + string(raw)
			for _, leak := range []string{marker, fmt.Sprintf("%x", marker), fmt.Sprintf("%X", marker), fmt.Sprintf("%d", []byte(marker))} {
				if strings.Contains(all, leak) {
					t.Error("the secret is printed")
				}
			}
			if !strings.Contains(all, "[redacted]") {
				t.Error("nothing says that something is left out")
			}
		})
	}
	// fmt can't call methods on unexported fields: only the pointers inside help.
	type hidden struct {
		sensitive Sensitive
		content   Content
	}
	if printed := fmt.Sprintf("%v %+v %#v", hidden{sensitive, content}, hidden{sensitive, content}, &hidden{sensitive, content}); strings.Contains(printed, marker) {
		t.Error("a struct that hides the secret prints it")
	}
}
