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
		name      string
		change    func(*Config)
		attribute string // "-" for no error
	}{
		{"the least", func(*Config) {}, "-"},
		{"an API token", func(c *Config) { c.Auth = APIToken{redact.NewString("t")} }, "-"},
		{"a pin", func(c *Config) { c.OrgKeyFingerprints = []string{otherFingerprint} }, "-"},
		{"an unknown key", func(c *Config) { c.Key = UnavailableKey{"password"} }, "-"},
		{"a file that doesn't exist", func(c *Config) { c.Key = PEMFile{"/nonexistent"} }, "-"},
		{"no URL", func(c *Config) { c.BaseURL = "" }, "base_url"},
		{"no credentials", func(c *Config) { c.Auth = nil }, ""},
		{"no client id", func(c *Config) { c.Auth = ClientCredentials{ClientSecret: redact.NewString("MARKER")} }, "client_id"},
		{"a blank client secret", func(c *Config) { c.Auth = ClientCredentials{ClientID: "a", ClientSecret: redact.NewString(" \n")} }, "client_secret"},
		{"a scope that is two", func(c *Config) {
			c.Auth = ClientCredentials{ClientID: "a", ClientSecret: redact.NewString("b"), Scopes: []string{"secrets:read secrets:list"}}
		}, "scopes"},
		{"an empty scope", func(c *Config) {
			c.Auth = ClientCredentials{ClientID: "a", ClientSecret: redact.NewString("b"), Scopes: []string{""}}
		}, "scopes"},
		{"no token", func(c *Config) { c.Auth = APIToken{} }, "api_token"},
		{"a blank token", func(c *Config) { c.Auth = APIToken{redact.NewString(" \t")} }, "api_token"},
		{"a token with a line end", func(c *Config) { c.Auth = APIToken{redact.NewString("MARKER\n")} }, "api_token"},
		{"a token with another character", func(c *Config) { c.Auth = APIToken{redact.NewString("MARKER…")} }, "api_token"},
		{"an empty path", func(c *Config) { c.Key = PEMFile{} }, "private_key_path"},
		{"a blank PEM", func(c *Config) { c.Key = PEMText{redact.NewString("\n")} }, "private_key_pem"},
		{"an empty password", func(c *Config) { c.Key = Password{} }, "password"},
		{"a pin without its prefix", func(c *Config) { c.OrgKeyFingerprints = []string{otherFingerprint[7:]} }, "org_key_fingerprints"},
		{"a short pin", func(c *Config) { c.OrgKeyFingerprints = []string{otherFingerprint[:20]} }, "org_key_fingerprints"},
		{"a pin with padding", func(c *Config) { c.OrgKeyFingerprints = []string{otherFingerprint + "=="} }, "org_key_fingerprints"},
		{"an empty pin", func(c *Config) { c.OrgKeyFingerprints = []string{""} }, "org_key_fingerprints"},
		{"a negative time-out", func(c *Config) { c.RequestTimeout = -time.Second }, "request_timeout"},
		{"negative retries", func(c *Config) { c.MaxRetries = -1 }, "max_retries"},
	} {
		t.Run(row.name, func(t *testing.T) {
			cfg := good()
			row.change(&cfg)
			c, err := New(cfg)
			if row.attribute == "-" {
				if err != nil || c.rest.Timeout != DefaultRequestTimeout {
					t.Errorf("New = %v", err)
				}
				return
			}
			var bad *ConfigError
			if !errors.As(err, &bad) || bad.Attribute != row.attribute || !strings.Contains(err.Error(), "`"+row.attribute) {
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
		Key:  Password{redact.NewString("MARKER")},
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if strings.Contains(fmt.Sprintf(verb, cfg), "MARKER") || strings.Contains(fmt.Sprintf(verb, APIToken{redact.NewString("MARKER")}), "MARKER") || strings.Contains(fmt.Sprintf(verb, PEMText{redact.NewString("MARKER")}), "MARKER") {
			t.Errorf("%s prints a secret", verb)
		}
	}
}
