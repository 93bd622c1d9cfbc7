package helvetisafe

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

func TestNewValidates(t *testing.T) {
	good := func() Config {
		return Config{
			BaseURL: "https://vault.example.com",
			Auth:    ClientCredentials{ClientID: "a", ClientSecret: redact.NewString("b")},
		}
	}
	for _, row := range []struct {
		name    string
		change  func(*Config)
		setting Setting // "-" for no error
	}{
		{"the least", func(*Config) {}, "-"},
		{"an API token", func(c *Config) { c.Auth = APIToken{redact.NewString("t")} }, "-"},
		{"a pin", func(c *Config) { c.OrgKeyFingerprints = []string{otherFingerprint} }, "-"},
		{"an unknown key", func(c *Config) { c.Key = KeySource{Err: errors.New("x")} }, "-"},
		{"a file that doesn't exist", func(c *Config) { c.Key = KeySource{Path: "/nonexistent"} }, "-"},
		{"no URL", func(c *Config) { c.BaseURL = "" }, SettingBaseURL},
		{"no credentials", func(c *Config) { c.Auth = nil }, "Config.Auth"},
		{"no client id", func(c *Config) { c.Auth = ClientCredentials{ClientSecret: redact.NewString("MARKER")} }, SettingClientID},
		{"a blank client secret", func(c *Config) { c.Auth = ClientCredentials{ClientID: "a", ClientSecret: redact.NewString(" \n")} }, SettingClientSecret},
		{"a scope that is two", func(c *Config) {
			c.Auth = ClientCredentials{ClientID: "a", ClientSecret: redact.NewString("b"), Scopes: []string{"secrets:read secrets:list"}}
		}, SettingScopes},
		{"an empty scope", func(c *Config) {
			c.Auth = ClientCredentials{ClientID: "a", ClientSecret: redact.NewString("b"), Scopes: []string{""}}
		}, SettingScopes},
		{"no token", func(c *Config) { c.Auth = APIToken{} }, SettingAPIToken},
		{"a blank token", func(c *Config) { c.Auth = APIToken{redact.NewString(" \t")} }, SettingAPIToken},
		{"a token with a line end", func(c *Config) { c.Auth = APIToken{redact.NewString("MARKER\n")} }, SettingAPIToken},
		{"a token with another character", func(c *Config) { c.Auth = APIToken{redact.NewString("MARKER…")} }, SettingAPIToken},
		{"a blank PEM", func(c *Config) { c.Key = KeySource{PEM: redact.NewString("\n")} }, SettingPrivateKeyPEM},
		{"a pin without its prefix", func(c *Config) { c.OrgKeyFingerprints = []string{otherFingerprint[7:]} }, SettingOrgKeyFingerprints},
		{"a short pin", func(c *Config) { c.OrgKeyFingerprints = []string{otherFingerprint[:20]} }, SettingOrgKeyFingerprints},
		{"a pin with padding", func(c *Config) { c.OrgKeyFingerprints = []string{otherFingerprint + "=="} }, SettingOrgKeyFingerprints},
		{"an empty pin", func(c *Config) { c.OrgKeyFingerprints = []string{""} }, SettingOrgKeyFingerprints},
		{"a negative time-out", func(c *Config) { c.RequestTimeout = -time.Second }, SettingRequestTimeout},
		{"negative retries", func(c *Config) { c.MaxRetries = -1 }, SettingMaxRetries},
	} {
		t.Run(row.name, func(t *testing.T) {
			cfg := good()
			row.change(&cfg)
			c, err := New(cfg)
			if row.setting == "-" {
				if err != nil || c.rest.Timeout != DefaultRequestTimeout {
					t.Errorf("New = %v", err)
				}
				return
			}
			var bad *Error
			if !as(err, BadConfig, &bad) || bad.Setting != row.setting || !strings.Contains(err.Error(), string(row.setting)) {
				t.Fatalf("err = %v", err)
			}
			if strings.Contains(err.Error(), "MARKER") {
				t.Error("the error holds the value")
			}
		})
	}
}

func TestConfigPrintsNoSecret(t *testing.T) {
	cfg := Config{
		Auth: ClientCredentials{ClientID: "a", ClientSecret: redact.NewString("MARKER")},
		Key:  KeySource{Password: redact.NewString("MARKER")},
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if strings.Contains(fmt.Sprintf(verb, cfg), "MARKER") || strings.Contains(fmt.Sprintf(verb, APIToken{redact.NewString("MARKER")}), "MARKER") || strings.Contains(fmt.Sprintf(verb, KeySource{PEM: redact.NewString("MARKER")}), "MARKER") {
			t.Errorf("%s prints a secret", verb)
		}
	}
}

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
			var bad *Error
			if !as(err, BadConfig, &bad) || bad.Setting != SettingBaseURL {
				t.Fatalf("err = %v, want one about the base URL", err)
			}
			if strings.Contains(err.Error(), "marker") {
				t.Error("the error holds the password")
			}
		})
	}
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
			if row.ok != (err == nil) || !row.ok && !Is(err, InvalidKey) {
				t.Errorf("checkKey = %v", err)
			}
		})
	}
}
