package helvetisafe

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestParseBaseURL(t *testing.T) {
	for _, row := range []struct {
		name, in  string
		allowHTTP bool
		want      string // "" for an error
	}{
		{"https", "https://vault.example.com", false, "https://vault.example.com"},
		{"upper-case scheme", "HTTPS://vault.example.com", false, "https://vault.example.com"},
		{"a port", "https://vault.example.com:8443", false, "https://vault.example.com:8443"},
		{"a trailing slash", "https://vault.example.com/", false, "https://vault.example.com"},
		{"trailing slashes after a prefix", "https://vault.example.com/a/b///", false, "https://vault.example.com/a/b"},
		{"an escaped prefix", "https://vault.example.com/a%2Fb/", false, "https://vault.example.com/a%2Fb"},
		{"http on localhost", "http://localhost:8200", false, "http://localhost:8200"},
		{"http on 127.0.0.1", "http://127.0.0.1:8200", false, "http://127.0.0.1:8200"},
		{"http on another of 127.0.0.0/8", "http://127.9.9.9", false, "http://127.9.9.9"},
		{"http on ::1", "http://[::1]:8200", false, "http://[::1]:8200"},
		{"http elsewhere", "http://vault.example.com", false, ""},
		{"http elsewhere, allowed", "http://vault.example.com", true, "http://vault.example.com"},
		{"http on a name that begins like loopback", "http://127.0.0.1.example.com", false, ""},
		{"http on localhost's subdomain", "http://localhost.example.com", false, ""},
		{"nothing", "", false, ""},
		{"no scheme", "vault.example.com", false, ""},
		{"a host and port without scheme", "vault.example.com:443", false, ""},
		{"no host", "https://", false, ""},
		{"a port alone", "https://:443", false, ""},
		{"another scheme", "ftp://vault.example.com", true, ""},
		{"opaque", "https:vault.example.com", false, ""},
		{"a user", "https://me@vault.example.com", false, ""},
		{"a user and password", "https://me:marker@vault.example.com", false, ""},
		{"a query", "https://vault.example.com?a=b", false, ""},
		{"an empty query", "https://vault.example.com?", false, ""},
		{"a fragment", "https://vault.example.com#a", false, ""},
		{"an empty fragment", "https://vault.example.com#", false, ""},
		{"dots in the path", "https://vault.example.com/a/../b", false, ""},
		{"escaped dots in the path", "https://vault.example.com/a/%2e%2e/b", false, ""},
		{"a control character", "https://vault.example.com/a%00", false, ""},
		{"a line end", "https://vault.example.com\n", false, ""},
		{"a bad escape", "https://vault.example.com/%zz", false, ""},
		{"a bad port", "https://vault.example.com:port", false, ""},
		{"a port past the last", "https://vault.example.com:65536", false, ""},
		{"port 0", "https://vault.example.com:0", false, ""},
		{"the last port", "https://vault.example.com:65535", false, "https://vault.example.com:65535"},
		{"the path of the API", "https://vault.example.com/api/v1", false, ""},
		{"the path of the API, with a slash", "https://vault.example.com/vault/api/v1/", false, ""},
		{"the path of a request", "https://vault.example.com/api/v1/secrets", false, ""},
		{"a path like the API's", "https://vault.example.com/api/v10", false, "https://vault.example.com/api/v10"},
		{"localhost with a dot", "http://LOCALHOST.:8200", false, "http://LOCALHOST.:8200"},
		{"a short IP address", "http://127.1", true, ""},
		{"an IP address as a number", "https://2130706433", false, ""},
		{"an IP address in hexadecimal", "https://0x7f.0.0.0x1", false, ""},
		{"a name with digits in it", "https://vault7.4you.example.com1", false, "https://vault7.4you.example.com1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			u, err := parseBaseURL(row.in, row.allowHTTP)
			if row.want != "" {
				if err != nil || u.String() != row.want {
					t.Errorf("parseBaseURL = %v, %v, want %s", u, err, row.want)
				}
				return
			}
			var bad *ConfigError
			if !errors.As(err, &bad) || bad.Attribute != "base_url" {
				t.Fatalf("err = %v, want a ConfigError about base_url", err)
			}
			if strings.Contains(err.Error(), "marker") {
				t.Error("the error holds the password")
			}
		})
	}
}

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
			base, err := parseBaseURL("https://vault.example.com/prefix/", false)
			if err != nil {
				t.Fatal(err)
			}
			u, err := endpoint(base, secretPath(row.key))
			if row.want == "" {
				var bad *InvalidKeyError
				if !errors.As(err, &bad) {
					t.Errorf("endpoint = %v, %v, want an InvalidKeyError", u, err)
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
	base, err := parseBaseURL("https://vault.example.com/prefix", false)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, key string) {
		u, err := endpoint(base, secretPath(key))
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

func TestCheckKey(t *testing.T) {
	for _, row := range []struct {
		name, key string
		ok        bool
	}{
		{"letters, digits, underscore", "aZ_09", true},
		{"one digit", "1", true},
		{"empty", "", false},
		{"a hyphen", "db-password", false},
		{"a slash", "a/b", false},
		{"a letter outside of ASCII", "ä", false},
		{"a line end, which Python's $ lets pass", "a\n", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := checkKey(row.key)
			var bad *InvalidKeyError
			if row.ok != (err == nil) || !row.ok && !errors.As(err, &bad) {
				t.Errorf("checkKey = %v", err)
			}
		})
	}
}
