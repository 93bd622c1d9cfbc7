package provider

import (
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

func TestParseImportID(t *testing.T) {
	for _, tc := range []struct {
		name, id string
		form     reconcile.ImportForm
		key      string
	}{
		{"key", "db_password", reconcile.ImportStored, "db_password"},
		{"data", "data:db", reconcile.ImportData, "db"},
		{"write-only", "write-only:db", reconcile.ImportWriteOnly, "db"},
		{"a key named like a form", "data", reconcile.ImportStored, "data"},
		{"empty", "", "", ""},
		{"form alone", "data:", "", ""},
		{"the inner name of a form", "stored:db", "", ""},
		{"another prefix", "value:db", "", ""},
		{"two prefixes", "data:write-only:db", "", ""},
		{"another case", "Data:db", "", ""},
		{"a line end", "db\n", "", ""},
		{"a space", "data: db", "", ""},
		{"a path", "data:../db", "", ""},
		{"another alphabet", "clé", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			form, key, err := parseImportID(tc.id)
			if form != tc.form || key != tc.key || (err == nil) != (tc.key != "") {
				t.Errorf("parseImportID(%q) = %q, %q, %v", tc.id, form, key, err)
			}
		})
	}
}

// FuzzParseImportID: what is taken is a key as create takes it, and puts together
// again to what was given.
func FuzzParseImportID(f *testing.F) {
	for _, id := range []string{"db", "data:db", "write-only:db"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		form, key, err := parseImportID(id)
		if err != nil {
			if form != "" || key != "" {
				t.Errorf("an error, and yet %q, %q", form, key)
			}
			return
		}
		whole := key
		if form != reconcile.ImportStored {
			whole = string(form) + ":" + key
		}
		if whole != id || !helvetisafe.ValidKey(key) || strings.ContainsAny(key, ":/\n") {
			t.Errorf("parseImportID(%q) = %q, %q", id, form, key)
		}
	})
}
