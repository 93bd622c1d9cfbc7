package provider

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// listOf gives the client's reading of a list answer.
func listOf(t *testing.T, entries string) *helvetisafe.Listing {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"keys": [%s]}`, entries)
	}))
	defer server.Close()
	client, err := helvetisafe.New(helvetisafe.Config{BaseURL: server.URL, Auth: helvetisafe.APIToken{Token: redact.NewString("t")}})
	if err != nil {
		t.Fatal(err)
	}
	list, err := client.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// filtersOf is the configuration of a data source that selects secrets.
func filtersOf(t *testing.T, set attributes) map[string]tftypes.Value {
	t.Helper()
	var diags diag.Diagnostics
	object := datasourceschema.Schema{Attributes: secretsAttributes("")}.Type().TerraformType(t.Context()).(tftypes.Object)
	return attributesOf((&core{t: t}).value(object, set), &diags)
}

func TestSelection(t *testing.T) {
	list := listOf(t, `
		{"key": "db_user", "created_at": "2024-01-15T10:30:00.000Z", "updated_at": "2024-02-15T10:30:00.250Z", "expires_at": null},
		{"key": "app", "created_at": null, "updated_at": null},
		{"key": "db_pass", "created_at": "2024-01-15T10:30:00.000Z", "expires_at": "2030-01-01T00:00:00.000Z"},
		{"key": "old_db", "created_at": "2024-01-15T10:30:00.000Z", "expires_at": "2029-12-31T23:00:00.000Z"}`)
	for _, tc := range []struct {
		name   string
		filter attributes
		want   []string
		absent []string
	}{
		{name: "all, in order", want: []string{"app", "db_pass", "db_user", "old_db"}},
		{name: "keys", filter: attributes{"keys": []string{"db_user", "app"}}, want: []string{"app", "db_user"}},
		{name: "no keys", filter: attributes{"keys": []string{}}, want: nil},
		{name: "a key that is missing", filter: attributes{"keys": []string{"app", "nope", "gone"}}, absent: []string{"gone", "nope"}},
		{name: "a key that is missing and would be filtered out", filter: attributes{"keys": []string{"nope"}, "key_prefix": "x"}, absent: []string{"nope"}},
		{name: "prefix", filter: attributes{"key_prefix": "db_"}, want: []string{"db_pass", "db_user"}},
		{name: "empty prefix", filter: attributes{"key_prefix": ""}, want: []string{"app", "db_pass", "db_user", "old_db"}},
		{name: "regular expression anywhere", filter: attributes{"key_regex": "db"}, want: []string{"db_pass", "db_user", "old_db"}},
		{name: "regular expression at the start", filter: attributes{"key_regex": "^db"}, want: []string{"db_pass", "db_user"}},
		{name: "expiry", filter: attributes{"expires_before": "2030-01-01T00:00:00Z"}, want: []string{"old_db"}},
		{name: "expiry in another zone", filter: attributes{"expires_before": "2030-01-01T01:00:00.001+01:00"}, want: []string{"db_pass", "old_db"}},
		{
			name:   "all filters",
			filter: attributes{"keys": []string{"db_pass", "db_user", "app"}, "key_prefix": "db", "key_regex": "pass$", "expires_before": "2031-01-01T00:00:00Z"},
			want:   []string{"db_pass"},
		},
		{
			name:   "filters that exclude each other",
			filter: attributes{"key_prefix": "app", "key_regex": "^db"},
			want:   nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var diags diag.Diagnostics
			wanted := newSelection(filtersOf(t, tc.filter), &diags)
			if diags.HasError() {
				t.Fatal(diags)
			}
			if absent := wanted.absent(list); !slices.Equal(absent, tc.absent) {
				t.Fatalf("%q are absent, want %q", absent, tc.absent)
			}
			if len(tc.absent) > 0 {
				return
			}
			var got []string
			for _, entry := range wanted.pick(list) {
				got = append(got, entry.Key)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("took %q, want %q", got, tc.want)
			}
		})
	}
}

func TestSelectionOfUnvalidatedText(t *testing.T) {
	var diags diag.Diagnostics
	newSelection(filtersOf(t, attributes{"key_regex": "(", "expires_before": "soon"}), &diags)
	if diags.ErrorsCount() != 2 {
		t.Fatalf("%d errors, want one for each filter: %v", diags.ErrorsCount(), diags)
	}
	for i, line := range []string{"\n\n  key_regex = \"", "\n\n  expires_before = \""} {
		if !strings.Contains(diags[i].Detail(), line) {
			t.Errorf("it has no line to write: %s", diags[i].Detail())
		}
	}
}

func TestSelectionRefusesNoKey(t *testing.T) {
	for name, element := range map[string]any{"null": nil, "empty": ""} {
		var diags diag.Diagnostics
		keys := []tftypes.Value{tftypes.NewValue(tftypes.String, "k"), tftypes.NewValue(tftypes.String, element)}
		newSelection(filtersOf(t, attributes{"keys": keys}), &diags)
		if diags.ErrorsCount() != 1 || !strings.Contains(diags[0].Detail(), "keys has an element that is null or empty") {
			t.Errorf("%s: %v", name, diags)
		}
	}
}

// clipboard is a key that sets the clipboard of many terminals to "pwned" (OSC 52).
const clipboard = "\x1b]52;c;cHduZWQ=\x07"

func TestWithoutHidden(t *testing.T) {
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
			for _, entry := range wanted.withoutHidden(entries, &diags) {
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
	out := c.MustRun("apply", "-auto-approve", "-no-color")
	if strings.ContainsAny(out, "\x1b\x07\u202e") || !strings.Contains(out, `keys = "plain"`) || !strings.Contains(out, "1 imported, 0 added") {
		t.Errorf("%q", out)
	}
	if !strings.Contains(strings.Join(strings.Fields(out), ""), `"\x1b]52;c;cHduZWQ=\a","a\u202eb","e\u0301","\u00e9"`) {
		t.Errorf("the warning doesn't quote what was left out:\n%q", out)
	}
}
