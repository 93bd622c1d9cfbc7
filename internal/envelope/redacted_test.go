package envelope

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const redactedText = "[redacted]"

func TestKeysPrintRedacted(t *testing.T) {
	org, private := countingKey(t), privateKey(t)
	type holder struct{ org, copied any }
	type hidden struct {
		org     *OrgKey
		copied  OrgKey
		private PrivateKey
	}
	values := map[string]any{
		"Org Key": org, "copy of an Org Key": *org, "private key": private, "copy of a private key": *private,
	}
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%e", "%t", "%08.3f"} {
				if got := fmt.Sprintf(verb, value); got != redactedText {
					t.Errorf("%s prints %q", verb, got)
				}
			}
			if got, err := json.Marshal(value); err != nil || string(got) != `"[redacted]"` {
				t.Errorf("JSON %s %v", got, err)
			}
			if got, err := json.Marshal(map[string]any{"k": value}); err != nil || string(got) != `{"k":"[redacted]"}` {
				t.Errorf("JSON %s %v", got, err)
			}
			if got, err := value.(interface{ MarshalText() ([]byte, error) }).MarshalText(); err != nil || string(got) != redactedText {
				t.Errorf("text %s %v", got, err)
			}
			if got := value.(fmt.Stringer).String(); got != redactedText {
				t.Errorf("String gives %q", got)
			}
			for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
				"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
				"JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
			} {
				var log bytes.Buffer
				slog.New(handler(&log)).Info("m", "key", value)
				if !strings.Contains(log.String(), redactedText) {
					t.Errorf("slog %s prints %s", name, log.String())
				}
			}
		})
	}
	// fmt can't call methods on unexported fields: only the pointers inside help.
	secrets := []string{fmt.Sprintf("%v", org.key.raw), fmt.Sprintf("%x", org.key.raw), private.rsa.D.String()}
	for _, value := range []any{hidden{org, *org, *private}, &hidden{org, *org, *private}, holder{*org, *private}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%x"} {
			printed := fmt.Sprintf(verb, value)
			for _, secret := range secrets {
				if strings.Contains(printed, secret) {
					t.Errorf("%s of a %T prints a key", verb, value)
				}
			}
		}
	}
}
