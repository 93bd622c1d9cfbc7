package provider

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// clipboard is a key that sets the clipboard of many terminals to "pwned" (OSC 52).
const clipboard = "\x1b]52;c;cHduZWQ=\x07"

func TestShown(t *testing.T) {
	long := "\u200b" + strings.Repeat("é", 100)
	for _, tc := range []struct {
		name           string
		keys           []string
		shown, leftOut []string
		named          bool
	}{
		{name: "plain", keys: []string{"a_1", "Z", "a-b", "a b", "é", "鍵", "🔑"}, shown: []string{"a_1", "Z", "a-b", "a b", "é", "鍵", "🔑"}},
		{name: "an escape sequence", keys: []string{"a", clipboard}, shown: []string{"a"}, leftOut: []string{`"\x1b]52;c;cHduZWQ=\a"`}},
		{name: "C1 controls", keys: []string{"\u009b31m"}, leftOut: []string{`"\u009b31m"`}},
		{name: "line ends", keys: []string{"a\nb", "a\rb", "a\u2028b", "a\tb", "a\x7fb"}, leftOut: []string{`"a\nb"`, `"a\rb"`, `"a\u2028b"`, `"a\tb"`, `"a\x7fb"`}},
		{name: "another direction", keys: []string{"a\u202eb", "a\u2066b"}, leftOut: []string{`"a\u202eb"`, `"a\u2066b"`}},
		{name: "no width", keys: []string{"a\u200bb", "a\ufeff", "a\u00adb"}, leftOut: []string{`"a\u200bb"`, `"a\ufeff"`, `"a\u00adb"`}},
		{name: "tags", keys: []string{"a\U000e0041"}, leftOut: []string{`"a\U000e0041"`}},
		{name: "another space", keys: []string{"a\u00a0b"}, leftOut: []string{`"a\u00a0b"`}},
		{name: "one in NFC", keys: []string{"é", "e\u0301", "o\u0308"}, shown: []string{"o\u0308"}, leftOut: []string{`"\u00e9"`, `"e\u0301"`}},
		{name: "long", keys: []string{long}, leftOut: []string{`\u00e9"...`}},
		{name: "named", keys: []string{clipboard, "é", "e\u0301"}, shown: []string{clipboard, "é", "e\u0301"}, named: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var entries []helvetisafe.Metadata
			wanted := &selection{}
			for _, key := range tc.keys {
				entries = append(entries, helvetisafe.Metadata{Key: key})
			}
			if tc.named {
				wanted.keys = map[string]bool{}
			}
			var diags diag.Diagnostics
			var shown []string
			for _, entry := range wanted.shown(entries, &diags) {
				shown = append(shown, entry.Key)
			}
			if !slices.Equal(shown, tc.shown) {
				t.Errorf("shown %q, want %q", shown, tc.shown)
			}
			if len(diags) > 1 || (len(diags) == 1) != (len(tc.leftOut) > 0) || diags.HasError() {
				t.Fatalf("%d diagnostics: %v", len(diags), diags)
			}
			for _, quoted := range tc.leftOut {
				if text := diags[0].Detail(); !strings.Contains(text, quoted) || hasHidden(text) || !isASCII(text) || len(text) > 700 {
					t.Errorf("the warning doesn't quote %s, or not safely: %q", quoted, text)
				}
			}
		})
	}
}

// putKeys stores a secret under keys that the API takes from nobody.
func putKeys(v *acctest.Vault, keys ...string) {
	v.WritePlain("plain", `{"plain":"v"}`)
	there, _ := v.Server.Stored("plain")
	for _, key := range keys {
		v.Server.Put(devserver.Record{Key: key, Value: there.Value, Nonce: there.Nonce})
	}
}

// TestListResourceShowsNoControls: `terraform query` prints what is listed as it is.
func TestListResourceShowsNoControls(t *testing.T) {
	v := acctest.Start(t)
	putKeys(v, clipboard, "a\u202eb")
	results, out := newListRPC(t, v).list(nil, true, 1, 0)
	if !slices.Equal(names(results), []string{"plain"}) {
		t.Errorf("listed %q", names(results))
	}
	if len(out.errors) > 0 || len(out.warnings) != 1 || !mentions(out.warnings, `"\x1b]52;c;cHduZWQ=\a", "a\u202eb"`) {
		t.Errorf("errors %q, warnings %q", out.errors, out.warnings)
	}
}

// TestAccImportShowsNoControls: neither does an import of all that is listed, nor an
// output, and the terminal sees no control character of a key.
func TestAccImportShowsNoControls(t *testing.T) {
	v := acctest.Start(t)
	putKeys(v, clipboard, "a\u202eb", "e\u0301", "é")
	c := newCLI(t, required+v.Provider()+`
data "helvetisafe_secrets" "all" {
  include_values = true
}

ephemeral "helvetisafe_secrets" "all" {}

import {
  for_each = data.helvetisafe_secrets.all.secrets
  to       = helvetisafe_secret.all[each.key]
  id       = each.key
}

resource "helvetisafe_secret" "all" {
  for_each = data.helvetisafe_secrets.all.secrets
  key      = each.key
  value    = data.helvetisafe_secrets.all.values[each.key]
}

output "keys" {
  value = join(",", keys(data.helvetisafe_secrets.all.secrets))
}
`)
	out := c.mustRun("apply", "-auto-approve", "-no-color")
	if strings.ContainsAny(out, "\x1b\x07\u202e") || !strings.Contains(out, `keys = "plain"`) || !strings.Contains(out, "1 imported, 0 added") {
		t.Errorf("%q", out)
	}
	if !strings.Contains(strings.Join(strings.Fields(out), ""), `"\x1b]52;c;cHduZWQ=\a","a\u202eb","e\u0301","\u00e9"`) {
		t.Errorf("the warning doesn't quote what was left out:\n%q", out)
	}
}
