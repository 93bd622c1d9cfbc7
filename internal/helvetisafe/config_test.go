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
		{"an unknown key", func(c *Config) { c.Key = UnavailableKey{errors.New("x")} }, "-"},
		{"a file that doesn't exist", func(c *Config) { c.Key = PEMFile{"/nonexistent"} }, "-"},
		{"no URL", func(c *Config) { c.BaseURL = "" }, SettingBaseURL},
		{"no credentials", func(c *Config) { c.Auth = nil }, ""},
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
		{"an empty path", func(c *Config) { c.Key = PEMFile{} }, SettingPrivateKeyPath},
		{"a blank PEM", func(c *Config) { c.Key = PEMText{redact.NewString("\n")} }, SettingPrivateKeyPEM},
		{"an empty password", func(c *Config) { c.Key = Password{} }, SettingPassword},
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
		Key:  Password{redact.NewString("MARKER")},
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if strings.Contains(fmt.Sprintf(verb, cfg), "MARKER") || strings.Contains(fmt.Sprintf(verb, APIToken{redact.NewString("MARKER")}), "MARKER") || strings.Contains(fmt.Sprintf(verb, PEMText{redact.NewString("MARKER")}), "MARKER") {
			t.Errorf("%s prints a secret", verb)
		}
	}
}
