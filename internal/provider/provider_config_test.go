package provider

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// pin is a fingerprint of the right form.
const pin = "SHA256:AAAAAAAAAAAAAAAAAAAAAA"

// blockOf makes the provider block out of attributes.
func blockOf(t *testing.T, set attributes) tftypes.Value {
	t.Helper()
	return (&core{t: t}).value(providerSchema().Type().TerraformType(t.Context()).(tftypes.Object), set)
}

// configureFrom resolves and checks as Configure does.
func configureFrom(t *testing.T, set attributes, env map[string]string) (*settings, []string) {
	t.Helper()
	var diags diag.Diagnostics
	s := resolve(blockOf(t, set), func(name string) (string, bool) {
		value, set := env[name]
		return value, set
	}, true, &diags)
	s.newClient()
	var texts []string
	for _, d := range diags.Errors() {
		texts = append(texts, d.Summary()+": "+d.Detail())
	}
	return s, texts
}

// describe tells what the client would be made of.
func describe(s *settings) string {
	var auth, key string
	switch a := s.config.Auth.(type) {
	case helvetisafe.ClientCredentials:
		auth = fmt.Sprintf("oauth %s/%s %v", a.ClientID, a.ClientSecret.Reveal(), a.Scopes)
	case helvetisafe.APIToken:
		auth = "token " + a.Token.Reveal()
	}
	switch k := s.config.Key; {
	case k.Path != "":
		key = "file " + k.Path
	case !k.PEM.IsZero():
		key = "pem " + k.PEM.Reveal()
	case !k.Password.IsZero():
		key = "password " + k.Password.Reveal()
	case k.Err != nil:
		if pending, ok := errors.AsType[*helvetisafe.Error](k.Err); ok && pending.Reason == pendingKey {
			key = "waiting for " + pending.Detail
		}
	}
	return strings.TrimSpace(auth + "; " + key)
}

func TestResolveCredentials(t *testing.T) {
	oauthEnv := map[string]string{"HELVETISAFE_CLIENT_ID": "env-id", "HELVETISAFE_CLIENT_SECRET": "env-secret"}
	tokenEnv := map[string]string{"HELVETISAFE_API_TOKEN": "env-token"}
	both := map[string]string{"HELVETISAFE_CLIENT_ID": "env-id", "HELVETISAFE_CLIENT_SECRET": "env-secret", "HELVETISAFE_API_TOKEN": "env-token", "HELVETISAFE_PASSWORD": "env-password"}
	for _, tc := range []struct {
		name    string
		block   attributes
		env     map[string]string
		want    string
		pending string
		err     []string
	}{
		{name: "credentials in the block", block: attributes{"client_id": "id", "client_secret": "secret"}, want: "oauth id/secret [];"},
		{name: "credentials in the environment", env: oauthEnv, want: "oauth env-id/env-secret [];"},
		{name: "half from each", block: attributes{"client_id": "id"}, env: oauthEnv, want: "oauth id/env-secret [];"},
		{name: "an attribute beats its variable", block: attributes{"client_secret": "secret"}, env: oauthEnv, want: "oauth env-id/secret [];"},
		{name: "scopes in the block", block: attributes{"scopes": []string{"secrets:read", "secrets:list"}}, env: oauthEnv, want: "oauth env-id/env-secret [secrets:read secrets:list];"},
		{
			name: "scopes in the environment", env: map[string]string{"HELVETISAFE_CLIENT_ID": "i", "HELVETISAFE_CLIENT_SECRET": "s", "HELVETISAFE_SCOPES": " secrets:read  secrets:list "},
			want: "oauth i/s [secrets:read secrets:list];",
		},
		{name: "blank scopes in the environment", env: map[string]string{"HELVETISAFE_CLIENT_ID": "i", "HELVETISAFE_CLIENT_SECRET": "s", "HELVETISAFE_SCOPES": "  "}, want: "oauth i/s [];"},
		{name: "scopes choose no mode", block: attributes{"scopes": []string{"secrets:read"}}, env: tokenEnv, want: "token env-token;"},
		{name: "token in the block", block: attributes{"api_token": "token"}, want: "token token;"},
		{name: "token in the environment", env: tokenEnv, want: "token env-token;"},
		{name: "block's token over the environment's credentials", block: attributes{"api_token": "token"}, env: oauthEnv, want: "token token;"},
		{name: "block's credentials over the environment's token", block: attributes{"client_id": "id", "client_secret": "secret"}, env: tokenEnv, want: "oauth id/secret [];"},
		{name: "half in the block, rest in the environment, beside a token there", block: attributes{"client_id": "id"}, env: both, want: "oauth id/env-secret []; password env-password"},
		{name: "unknown id over the environment's token", block: attributes{"client_id": unknown, "client_secret": "s"}, env: tokenEnv, want: ";", pending: "client_id"},
		{name: "unknown secret", block: attributes{"client_id": "id", "client_secret": unknown}, want: ";", pending: "client_secret"},
		{name: "unknown token", block: attributes{"api_token": unknown}, env: oauthEnv, want: ";", pending: "api_token"},
		{name: "unknown token that may be null beside an id", block: attributes{"api_token": unknown, "client_id": "id", "client_secret": "s"}, want: ";", pending: "api_token"},
		{name: "unknown scopes", block: attributes{"scopes": unknown}, env: oauthEnv, want: "oauth env-id/env-secret [];", pending: "scopes"},
		{name: "unknown scopes beside a token", block: attributes{"scopes": unknown, "api_token": "token"}, want: "token token;"},
		{name: "an empty variable is unset", env: map[string]string{"HELVETISAFE_API_TOKEN": "token", "HELVETISAFE_CLIENT_ID": ""}, want: "token token;"},

		{name: "none", err: []string{"client_id", "client_secret", "api_token", "HELVETISAFE_API_TOKEN"}},
		{name: "id alone", block: attributes{"client_id": "id"}, err: []string{"`client_secret` is not set", "HELVETISAFE_CLIENT_SECRET"}},
		{name: "secret alone", block: attributes{"client_secret": "s"}, err: []string{"`client_id` is not set", "HELVETISAFE_CLIENT_ID"}},
		{name: "id alone in the environment", env: map[string]string{"HELVETISAFE_CLIENT_ID": "i"}, err: []string{"`client_secret` is not set"}},
		{name: "both modes in the block", block: attributes{"client_id": "id", "api_token": "token"}, err: []string{"`client_id` and `api_token`"}},
		{name: "secret and token in the block", block: attributes{"client_secret": "s", "api_token": "token"}, err: []string{"`client_secret` and `api_token`"}},
		{name: "both modes in the environment", env: both, err: []string{"HELVETISAFE_CLIENT_ID" + " and " + "HELVETISAFE_API_TOKEN"}},
		{name: "empty token", block: attributes{"api_token": ""}, env: oauthEnv, err: []string{"`api_token` is empty"}},
		{name: "blank token", block: attributes{"api_token": "  "}, err: []string{"`api_token`"}},
		{name: "blank token in the environment", env: map[string]string{"HELVETISAFE_API_TOKEN": " "}, err: []string{"`api_token`", "HELVETISAFE_API_TOKEN"}},
		{name: "empty id", block: attributes{"client_id": "", "client_secret": "s"}, err: []string{"`client_id` is empty"}},
		{name: "blank secret", block: attributes{"client_id": "id", "client_secret": " "}, err: []string{"`client_secret`"}},
		{name: "empty scopes", block: attributes{"scopes": []string{}}, env: oauthEnv, err: []string{"`scopes` is empty"}},
		{name: "empty scope", block: attributes{"scopes": []string{""}}, env: oauthEnv, err: []string{"`scopes`"}},
		{name: "two scopes in one", block: attributes{"scopes": []string{"a b"}}, env: oauthEnv, err: []string{"`scopes`"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			block := attributes{"base_url": "https://vault.example.com"}
			for name, value := range tc.block {
				block[name] = value
			}
			s, errs := configureFrom(t, block, tc.env)
			expectResolved(t, s, errs, tc.want, tc.pending, tc.err)
		})
	}
}

func TestResolveKeySource(t *testing.T) {
	for _, tc := range []struct {
		name  string
		block attributes
		env   map[string]string
		want  string
		err   []string
	}{
		{name: "none", want: ""},
		{name: "file", block: attributes{"private_key_path": "key.pem"}, want: "file key.pem"},
		{name: "text", block: attributes{"private_key_pem": "pem"}, want: "pem pem"},
		{name: "password", block: attributes{"password": "word"}, want: "password word"},
		{name: "file in the environment", env: map[string]string{"HELVETISAFE_PRIVATE_KEY_PATH": "env.pem"}, want: "file env.pem"},
		{name: "text in the environment", env: map[string]string{"HELVETISAFE_PRIVATE_KEY_PEM": "env"}, want: "pem env"},
		{name: "password in the environment", env: map[string]string{"HELVETISAFE_PASSWORD": "env"}, want: "password env"},
		{name: "attribute over its variable", block: attributes{"password": "word"}, env: map[string]string{"HELVETISAFE_PASSWORD": "env"}, want: "password word"},
		{name: "attribute over another source's variable", block: attributes{"private_key_pem": "pem"}, env: map[string]string{"HELVETISAFE_PASSWORD": "env", "HELVETISAFE_PRIVATE_KEY_PATH": "x"}, want: "pem pem"},
		{name: "unknown over another source's variable", block: attributes{"password": unknown}, env: map[string]string{"HELVETISAFE_PRIVATE_KEY_PATH": "x"}, want: "waiting for password"},
		{name: "unknown beside a known one", block: attributes{"password": unknown, "private_key_path": "x"}, want: "waiting for password"},
		{name: "two unknown", block: attributes{"password": unknown, "private_key_pem": unknown}, want: "waiting for private_key_pem"},
		{name: "unknown pins", block: attributes{"private_key_path": "x", "org_key_fingerprints": unknown}, want: "waiting for org_key_fingerprints"},
		{name: "unknown pins without a source", block: attributes{"org_key_fingerprints": unknown}, want: ""},
		{name: "known pins", block: attributes{"private_key_path": "x", "org_key_fingerprints": []string{pin}}, want: "file x"},
		{name: "pins in the environment", env: map[string]string{"HELVETISAFE_PRIVATE_KEY_PATH": "x", "HELVETISAFE_ORG_KEY_FINGERPRINTS": pin + " , " + pin}, want: "file x"},

		{name: "two in the block", block: attributes{"private_key_path": "x", "password": "word"}, err: []string{"`private_key_path` and `password`"}},
		{name: "three in the block", block: attributes{"private_key_path": "x", "private_key_pem": "pem", "password": "word"}, err: []string{"`private_key_path` and `private_key_pem` and `password`"}},
		{name: "two in the environment", env: map[string]string{"HELVETISAFE_PRIVATE_KEY_PEM": "env", "HELVETISAFE_PASSWORD": "env"}, err: []string{"HELVETISAFE_PRIVATE_KEY_PEM" + " and " + "HELVETISAFE_PASSWORD"}},
		{name: "empty password", block: attributes{"password": ""}, err: []string{"`password` is empty"}},
		{name: "empty path", block: attributes{"private_key_path": ""}, err: []string{"`private_key_path` is empty"}},
		{name: "blank text", block: attributes{"private_key_pem": " \n"}, err: []string{"`private_key_pem`"}},
		{name: "empty pins", block: attributes{"org_key_fingerprints": []string{}}, err: []string{"`org_key_fingerprints` is empty"}},
		{name: "pin without a prefix", block: attributes{"org_key_fingerprints": []string{pin[7:]}}, err: []string{"`org_key_fingerprints`"}},
		{name: "pin that is too short", block: attributes{"org_key_fingerprints": []string{pin[:28]}}, err: []string{"`org_key_fingerprints`"}},
		{name: "pin with padding", block: attributes{"org_key_fingerprints": []string{pin + "=="}}, err: []string{"`org_key_fingerprints`"}},
		{name: "second pin is none", block: attributes{"org_key_fingerprints": []string{pin, "x"}}, err: []string{"`org_key_fingerprints` holds an entry that is not a fingerprint"}},
		{name: "pins in the environment with a blank one", env: map[string]string{"HELVETISAFE_ORG_KEY_FINGERPRINTS": pin + ","}, err: []string{"not a fingerprint", "HELVETISAFE_ORG_KEY_FINGERPRINTS"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			block := attributes{"base_url": "https://vault.example.com", "api_token": "token"}
			for name, value := range tc.block {
				block[name] = value
			}
			s, errs := configureFrom(t, block, tc.env)
			expectResolved(t, s, errs, strings.TrimSpace("token token; "+tc.want), "", tc.err)
		})
	}
}

// expectResolved checks what was resolved, or that the one error says all of parts.
func expectResolved(t *testing.T, s *settings, errs []string, want, pending string, parts []string) {
	t.Helper()
	if len(parts) > 0 {
		if len(errs) != 1 {
			t.Fatalf("%d errors, want one: %q", len(errs), errs)
		}
		for _, part := range parts {
			if !strings.Contains(errs[0], part) {
				t.Errorf("the error %q does not say %q", errs[0], part)
			}
		}
		return
	}
	if len(errs) > 0 {
		t.Fatalf("errors: %q", errs)
	}
	if got := describe(s); got != want {
		t.Errorf("resolved to %q, want %q", got, want)
	}
	if got := strings.Join(s.pending, " "); got != pending {
		t.Errorf("waits for %q, want %q", got, pending)
	}
}

func TestResolveRest(t *testing.T) {
	for _, tc := range []struct {
		name  string
		block attributes
		env   map[string]string
		want  func(s *settings) bool // nil if err says something
		err   []string
	}{
		{name: "defaults", want: func(s *settings) bool {
			return s.config.RequestTimeout == 30*time.Second && s.config.MaxRetries == 4 && !s.fullRefresh && !s.config.AllowHTTP && s.config.Roots == nil
		}},
		{name: "timeout", block: attributes{"request_timeout": "1m30s"}, env: map[string]string{"HELVETISAFE_REQUEST_TIMEOUT": "5s"}, want: func(s *settings) bool { return s.config.RequestTimeout == 90*time.Second }},
		{name: "timeout in the environment", env: map[string]string{"HELVETISAFE_REQUEST_TIMEOUT": "5s"}, want: func(s *settings) bool { return s.config.RequestTimeout == 5*time.Second }},
		{name: "no retries", block: attributes{"max_retries": 0}, env: map[string]string{"HELVETISAFE_MAX_RETRIES": "9"}, want: func(s *settings) bool { return s.config.MaxRetries == 0 }},
		{name: "retries in the environment", env: map[string]string{"HELVETISAFE_MAX_RETRIES": "9"}, want: func(s *settings) bool { return s.config.MaxRetries == 9 }},
		{name: "full refresh", block: attributes{"full_refresh": true}, want: func(s *settings) bool { return s.fullRefresh }},
		{name: "full refresh off over the environment", block: attributes{"full_refresh": false}, env: map[string]string{"HELVETISAFE_FULL_REFRESH": "true"}, want: func(s *settings) bool { return !s.fullRefresh }},
		{name: "full refresh in the environment", env: map[string]string{"HELVETISAFE_FULL_REFRESH": "1"}, want: func(s *settings) bool { return s.fullRefresh }},
		{name: "unknown full refresh reads everything", block: attributes{"full_refresh": unknown}, want: func(s *settings) bool { return s.fullRefresh && len(s.pending) == 0 }},
		{name: "http for loopback", block: attributes{"base_url": "http://127.0.0.1:8200/x/"}, want: func(s *settings) bool { return !s.config.AllowHTTP }},
		{name: "http allowed", block: attributes{"base_url": "http://vault.example.com", "allow_http": true}, want: func(s *settings) bool { return s.config.AllowHTTP }},
		{name: "http allowed by the environment", block: attributes{"base_url": "http://vault.example.com"}, env: map[string]string{"HELVETISAFE_ALLOW_HTTP": "true"}, want: func(s *settings) bool { return s.config.AllowHTTP }},
		{name: "address in the environment", block: attributes{"base_url": nil}, env: map[string]string{"HELVETISAFE_BASE_URL": "https://env.example.com"}, want: func(s *settings) bool { return s.config.BaseURL == "https://env.example.com" }},
		{name: "unknown address", block: attributes{"base_url": unknown}, env: map[string]string{"HELVETISAFE_BASE_URL": "https://env.example.com"}, want: waitsFor("base_url")},
		{name: "unknown timeout", block: attributes{"request_timeout": unknown}, want: waitsFor("request_timeout")},
		{name: "unknown retries", block: attributes{"max_retries": unknown}, want: waitsFor("max_retries")},
		{name: "unknown permission for http", block: attributes{"base_url": "http://vault.example.com", "allow_http": unknown}, want: waitsFor("allow_http")},
		{name: "unknown CA", block: attributes{"ca_cert_pem": unknown}, env: map[string]string{"HELVETISAFE_CA_CERT_PATH": "gone"}, want: waitsFor("ca_cert_pem")},
		{name: "unknown CA file", block: attributes{"ca_cert_path": unknown}, want: waitsFor("ca_cert_path")},

		{name: "no address", block: attributes{"base_url": nil}, err: []string{"`base_url` is not set", "HELVETISAFE_BASE_URL"}},
		{name: "http", block: attributes{"base_url": "http://vault.example.com"}, err: []string{"`base_url`", "allow_http"}},
		{name: "no scheme", block: attributes{"base_url": "vault.example.com"}, err: []string{"`base_url`"}},
		{name: "user info", block: attributes{"base_url": "https://u:hunter2@vault.example.com"}, err: []string{"`base_url`"}},
		{name: "query", block: attributes{"base_url": "https://vault.example.com?a=b"}, err: []string{"`base_url`"}},
		{name: "http in the environment", block: attributes{"base_url": nil}, env: map[string]string{"HELVETISAFE_BASE_URL": "http://vault.example.com"}, err: []string{"`base_url`", "HELVETISAFE_BASE_URL"}},
		{name: "timeout without a unit", block: attributes{"request_timeout": "30"}, err: []string{"`request_timeout`", "30s"}},
		{name: "timeout of zero", block: attributes{"request_timeout": "0s"}, err: []string{"`request_timeout`"}},
		{name: "negative timeout in the environment", env: map[string]string{"HELVETISAFE_REQUEST_TIMEOUT": "-1s"}, err: []string{"`request_timeout`", "HELVETISAFE_REQUEST_TIMEOUT"}},
		{name: "negative retries", block: attributes{"max_retries": -1}, err: []string{"`max_retries`"}},
		{name: "a fraction of a retry", block: attributes{"max_retries": 1.5}, err: []string{"`max_retries` is not a whole number"}},
		{name: "too many retries for a number", block: attributes{"max_retries": int64(1) << 40}, err: []string{"`max_retries`"}},
		{name: "retries in words", env: map[string]string{"HELVETISAFE_MAX_RETRIES": "four"}, err: []string{"`max_retries`", "HELVETISAFE_MAX_RETRIES"}},
		{name: "full refresh in words", env: map[string]string{"HELVETISAFE_FULL_REFRESH": "yes"}, err: []string{"`full_refresh`", "HELVETISAFE_FULL_REFRESH"}},
		{name: "allow http in words", env: map[string]string{"HELVETISAFE_ALLOW_HTTP": "on"}, err: []string{"`allow_http`", "HELVETISAFE_ALLOW_HTTP"}},
		{name: "two CAs", block: attributes{"ca_cert_pem": "x", "ca_cert_path": "y"}, err: []string{"`ca_cert_pem` and `ca_cert_path`"}},
		{name: "no CA in the text", block: attributes{"ca_cert_pem": "x"}, err: []string{"`ca_cert_pem`"}},
		{name: "no CA file", block: attributes{"ca_cert_path": filepath.Join("no", "such.pem")}, err: []string{"The file that `ca_cert_path` names", "no such file"}},
		{name: "no CA file from the environment", env: map[string]string{"HELVETISAFE_CA_CERT_PATH": "no-such.pem"}, err: []string{"The file that `ca_cert_path` names", "HELVETISAFE_CA_CERT_PATH"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			block := attributes{"base_url": "https://vault.example.com", "api_token": "token"}
			for name, value := range tc.block {
				block[name] = value
			}
			s, errs := configureFrom(t, block, tc.env)
			if tc.want != nil && len(errs) == 0 && !tc.want(s) {
				t.Errorf("resolved wrongly: %q, waiting for %q", describe(s), s.pending)
			}
			expectResolved(t, s, errs, describe(s), strings.Join(s.pending, " "), tc.err)
			for _, text := range errs {
				if strings.Contains(text, "hunter2") {
					t.Error("the error holds a secret")
				}
			}
		})
	}
}

func waitsFor(attribute string) func(*settings) bool {
	return func(s *settings) bool { return len(s.pending) == 1 && s.pending[0] == attribute }
}
