package interop

import (
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
)

// TestInteropPrivateKeyForms holds that the provider takes every form of
// HELVETISAFE_PRIVATE_KEY_PEM that the published client takes.
func TestInteropPrivateKeyForms(t *testing.T) {
	requirePython(t)
	v := acctest.Start(t)
	whole := strings.TrimSpace(v.PEM)
	certificate := strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: make([]byte, 100)})))
	replaced := func(with string) string { return strings.ReplaceAll(whole, "\n", with) }
	settings := map[string]string{"base_url": v.URL, "api_token": v.APIToken, "private_key_pem": whole}
	client := connectPython(t, settings)
	taken := 0
	for name, text := range map[string]string{
		"as it is": whole, "a line end at the end": whole + "\n", "Windows line ends": replaced("\r\n"), "carriage returns": replaced("\r"),
		"spaces for line ends": replaced(" "), "tabs for line ends": replaced("\t"), "no line ends": replaced(""), "no-break spaces": replaced("\u00a0"),
		"spelled out": replaced(`\n`), "quotes": `"` + whole + `"`, "quotes and spelled out": `"` + replaced(`\n`) + `"`, "single quotes": "'" + whole + "'",
		"certificate glued in front": certificate + whole, "certificate glued behind": whole + certificate, "twice": whole + whole,
		"a byte-order mark": "\ufeff" + whole, "indented": "  " + replaced("\n  "), "text around": "a key\n" + whole + "\nits end", "blank lines": replaced("\n\n"),
		"vertical tabs": replaced("\v"), "base64": base64.StdEncoding.EncodeToString([]byte(whole)), "no padding": strings.ReplaceAll(whole, "=", ""),
		"a header": strings.Replace(whole, "-----\n", "-----\nComment: x\n\n", 1), "quoted lines": "> " + replaced("\n> "),
	} {
		settings["private_key_pem"] = text
		if err := client.call("connect", map[string]any{"settings": settings}, nil); err != nil {
			continue
		}
		taken++
		if _, err := envelope.ParsePEM([]byte(text)); err != nil {
			t.Errorf("%s: the client takes it, the provider doesn't: %v", name, err)
		}
	}
	if taken < 12 {
		t.Errorf("the client took %d forms, so this test shows little", taken)
	}
}
