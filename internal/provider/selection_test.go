package provider

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

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

func setOf(keys ...string) types.Set {
	elements := make([]attr.Value, len(keys))
	for i, key := range keys {
		elements[i] = types.StringValue(key)
	}
	return types.SetValueMust(types.StringType, elements)
}

func TestSelection(t *testing.T) {
	list := listOf(t, `
		{"key": "db_user", "created_at": "2024-01-15T10:30:00.000Z", "updated_at": "2024-02-15T10:30:00.250Z", "expires_at": null},
		{"key": "app", "created_at": null, "updated_at": null},
		{"key": "db_pass", "created_at": "2024-01-15T10:30:00.000Z", "expires_at": "2030-01-01T00:00:00.000Z"},
		{"key": "old_db", "created_at": "2024-01-15T10:30:00.000Z", "expires_at": "2029-12-31T23:00:00.000Z"}`)
	for _, tc := range []struct {
		name   string
		filter selectionModel
		want   []string
		err    []string
	}{
		{name: "all, in order", want: []string{"app", "db_pass", "db_user", "old_db"}},
		{name: "keys", filter: selectionModel{Keys: setOf("db_user", "app")}, want: []string{"app", "db_user"}},
		{name: "no keys", filter: selectionModel{Keys: setOf()}, want: nil},
		{name: "a key that is missing", filter: selectionModel{Keys: setOf("app", "nope", "gone")}, err: []string{`"gone", "nope"`}},
		{name: "a key that is missing and would be filtered out", filter: selectionModel{Keys: setOf("nope"), KeyPrefix: types.StringValue("x")}, err: []string{`"nope"`}},
		{name: "prefix", filter: selectionModel{KeyPrefix: types.StringValue("db_")}, want: []string{"db_pass", "db_user"}},
		{name: "empty prefix", filter: selectionModel{KeyPrefix: types.StringValue("")}, want: []string{"app", "db_pass", "db_user", "old_db"}},
		{name: "regular expression anywhere", filter: selectionModel{KeyRegex: types.StringValue("db")}, want: []string{"db_pass", "db_user", "old_db"}},
		{name: "regular expression at the start", filter: selectionModel{KeyRegex: types.StringValue("^db")}, want: []string{"db_pass", "db_user"}},
		{name: "expiry", filter: selectionModel{ExpiresBefore: types.StringValue("2030-01-01T00:00:00Z")}, want: []string{"old_db"}},
		{name: "expiry in another zone", filter: selectionModel{ExpiresBefore: types.StringValue("2030-01-01T01:00:00.001+01:00")}, want: []string{"db_pass", "old_db"}},
		{
			name:   "all filters",
			filter: selectionModel{Keys: setOf("db_pass", "db_user", "app"), KeyPrefix: types.StringValue("db"), KeyRegex: types.StringValue("pass$"), ExpiresBefore: types.StringValue("2031-01-01T00:00:00Z")},
			want:   []string{"db_pass"},
		},
		{
			name:   "filters that exclude each other",
			filter: selectionModel{KeyPrefix: types.StringValue("app"), KeyRegex: types.StringValue("^db")},
			want:   nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var diags diag.Diagnostics
			entries, err := newSelection(&tc.filter, &diags).of(list)
			if diags.HasError() {
				t.Fatal(diags)
			}
			if len(tc.err) > 0 {
				if err == nil || !strings.Contains(err.Error(), tc.err[0]) {
					t.Fatalf("the error is %v, want it to name %s", err, tc.err[0])
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, entry := range entries {
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
	newSelection(&selectionModel{KeyRegex: types.StringValue("("), ExpiresBefore: types.StringValue("soon")}, &diags)
	if diags.ErrorsCount() != 2 {
		t.Errorf("%d errors, want one for each filter: %v", diags.ErrorsCount(), diags)
	}
}

func TestSelectionRefusesNoKey(t *testing.T) {
	for name, element := range map[string]types.String{"null": types.StringNull(), "empty": types.StringValue("")} {
		var diags diag.Diagnostics
		keys := types.SetValueMust(types.StringType, []attr.Value{types.StringValue("k"), element})
		newSelection(&selectionModel{Keys: keys}, &diags)
		if diags.ErrorsCount() != 1 || !strings.Contains(diags[0].Detail(), "keys has an element that is null or empty") {
			t.Errorf("%s: %v", name, diags)
		}
	}
}

func TestStampVersion(t *testing.T) {
	at := time.Date(2024, 1, 15, 10, 30, 0, int(250*time.Millisecond), time.UTC)
	known := helvetisafe.Timestamp{State: helvetisafe.Known, Time: at}
	earlier := helvetisafe.Timestamp{State: helvetisafe.Known, Time: at.Add(-time.Hour)}
	for _, tc := range []struct {
		name  string
		entry helvetisafe.Metadata
		want  types.Int64
	}{
		{"updated", helvetisafe.Metadata{CreatedAt: earlier, UpdatedAt: known}, types.Int64Value(at.UnixMilli())},
		{"created only", helvetisafe.Metadata{CreatedAt: known, UpdatedAt: helvetisafe.Timestamp{State: helvetisafe.Null}}, types.Int64Value(at.UnixMilli())},
		{"neither", helvetisafe.Metadata{}, types.Int64Null()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := stampVersion(tc.entry); !got.Equal(tc.want) {
				t.Errorf("version %v, want %v", got, tc.want)
			}
		})
	}
}

func TestTextValidators(t *testing.T) {
	for _, tc := range []struct {
		name  string
		v     textValidator
		text  string
		valid bool
	}{
		{"an expression", isRegexp, "^db_[0-9]+$", true},
		{"an open group", isRegexp, "(", false},
		{"a look-ahead, which RE2 has not", isRegexp, "(?=x)", false},
		{"UTC", isDateTime, "2030-01-31T12:00:00Z", true},
		{"an offset and milliseconds", isDateTime, "2030-01-31T12:00:00.123+02:00", true},
		{"nanoseconds", isDateTime, "2030-01-31T12:00:00.123456789+02:00", false},
		{"an hour of one digit", isDateTime, "2030-01-31T2:00:00Z", false},
		{"a comma", isDateTime, "2030-01-31T12:00:00,5Z", false},
		{"an offset of a day", isDateTime, "2030-01-31T12:00:00+24:00", false},
		{"after the year 9999 in UTC", isDateTime, "9999-12-31T23:00:00-02:00", false},
		{"a date alone", isDateTime, "2030-01-31", false},
		{"something", notEmpty, "x", true},
		{"nothing", notEmpty, "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := tc.v.check(tc.text); (err == nil) != tc.valid {
				t.Errorf("%q: %v", tc.text, err)
			}
		})
	}
}
