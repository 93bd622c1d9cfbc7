package rest

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestEndpoint(t *testing.T) {
	for _, row := range []struct{ name, key, want string }{
		{"plain", "db_password", "/prefix/api/v1/secrets/db_password"},
		{"a hyphen", "db-password", "/prefix/api/v1/secrets/db-password"},
		{"a slash", "a/b", "/prefix/api/v1/secrets/a%2Fb"},
		{"climbing with slashes", "../x", "/prefix/api/v1/secrets/..%2Fx"},
		{"a query's characters", "a?b#c", "/prefix/api/v1/secrets/a%3Fb%23c"},
		{"a percent sign", "a%2Fb", "/prefix/api/v1/secrets/a%252Fb"},
		{"a space and umlaut", "ä b", "/prefix/api/v1/secrets/%C3%A4%20b"},
		{"three dots", "...", "/prefix/api/v1/secrets/..."},
		{"a backslash", `a\b`, "/prefix/api/v1/secrets/a%5Cb"},
		{"empty", "", ""},
		{"a dot", ".", ""},
		{"two dots", "..", ""},
		{"a null", "a\x00", ""},
		{"a line end", "a\r\nb", ""},
		{"a C1 control", "a\u0085b", ""},
		{"broken UTF-8", "a\xff", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			base := &url.URL{Scheme: "https", Host: "vault.example.com", Path: "/prefix"}
			u, err := endpoint(base, []string{"api", "v1", "secrets", row.key})
			if row.want == "" {
				if _, ok := errors.AsType[*PathError](err); !ok {
					t.Errorf("endpoint = %v, %v, want a PathError", u, err)
				}
				return
			}
			if err != nil || u.EscapedPath() != row.want {
				t.Errorf("endpoint = %v, %v, want %s", u, err, row.want)
			}
			if base.String() != "https://vault.example.com/prefix" {
				t.Errorf("the base was changed to %v", base)
			}
		})
	}
}

func FuzzEndpoint(f *testing.F) {
	f.Add("db_password")
	f.Add("../../oauth/token")
	f.Add("a?b#c%2F")
	base := &url.URL{Scheme: "https", Host: "vault.example.com", Path: "/prefix"}
	f.Fuzz(func(t *testing.T, key string) {
		u, err := endpoint(base, []string{"api", "v1", "secrets", key})
		if err != nil {
			return
		}
		// What goes out must come in as exactly this one element.
		back, err := url.Parse(u.String())
		if err != nil {
			t.Fatalf("%q: %v", u, err)
		}
		elements := strings.Split(back.EscapedPath(), "/")
		if back.Host != "vault.example.com" || back.RawQuery != "" || back.Fragment != "" || len(elements) != 6 {
			t.Fatalf("%q leads elsewhere", u)
		}
		if got, err := url.PathUnescape(elements[5]); err != nil || got != key {
			t.Errorf("%q comes back as %q, %v", key, got, err)
		}
	})
}
