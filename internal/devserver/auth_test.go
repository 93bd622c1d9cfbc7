package devserver

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestTokenEndpoint(t *testing.T) {
	good := url.Values{"grant_type": {"client_credentials"}, "client_id": {"client"}, "client_secret": {"hush"}, "scope": {all}}
	with := func(name string, values ...string) string {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		form[name] = values
		return form.Encode()
	}
	form := []string{"X-Aegis-Token", "", "Content-Type", "application/x-www-form-urlencoded"}
	tests := []struct {
		name      string
		body      string
		headers   []string
		status    int
		code      string
		violation bool
	}{
		{"good", good.Encode(), form, 200, "", false},
		{"charset", good.Encode(), []string{"X-Aegis-Token", "", "Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"}, 200, "", false},
		{"wrong secret", with("client_secret", "x"), form, 401, "invalid_client", false},
		{"unknown client", with("client_id", "x"), form, 401, "invalid_client", false},
		{"unknown scope", with("scope", "secrets:all"), form, 400, "invalid_scope", false},
		{"no scope", with("scope"), form, 400, "invalid_request", true},
		{"no secret", with("client_secret", ""), form, 400, "invalid_request", true},
		{"other grant", with("grant_type", "password"), form, 400, "unsupported_grant_type", true},
		{"unknown field", with("audience", "x"), form, 400, "invalid_request", true},
		{"field twice", with("scope", all, all), form, 400, "invalid_request", true},
		{"malformed", good.Encode() + "&x=%zz", form, 400, "invalid_request", true},
		{"JSON", `{"grant_type":"client_credentials"}`, []string{"X-Aegis-Token", ""}, 400, "invalid_request", true},
		{"secret in a header too", good.Encode(), append([]string{"Authorization", "Basic YTpi"}, form...), 400, "invalid_request", true},
		{"API token too", good.Encode(), form[2:], 400, "invalid_request", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			resp, members := r.do("POST", "/oauth/token", tt.body, tt.headers...)
			if code, _ := members["error"].(string); resp.StatusCode != tt.status || code != tt.code {
				t.Errorf("%d %q, want %d %q", resp.StatusCode, code, tt.status, tt.code)
			}
			if tt.status != 200 && members["error_description"] == "" {
				t.Error("no error_description")
			}
			if found := len(r.Violations()) > 0; found != tt.violation {
				t.Errorf("violations %q, want one: %v", r.Violations(), tt.violation)
			}
			for _, v := range r.Violations() {
				if strings.Contains(v, "hush") {
					t.Error("a violation holds the client secret")
				}
			}
		})
	}
}

func TestTokenLifetime(t *testing.T) {
	r := newRig(t, func(o *Options) { o.TokenTTL = time.Minute })
	_, members := r.token(all)
	if members["expires_in"] != 60.0 || members["token_type"] != "Bearer" || members["scope"] != all {
		t.Errorf("%v %v %v", members["expires_in"], members["token_type"], members["scope"])
	}
	headers := r.bearer(all)
	r.clock.add(time.Minute - 1)
	r.want(200, "GET", "/api/v1/secrets", "", headers...)
	r.clock.add(1)
	r.want(401, "GET", "/api/v1/secrets", "", headers...)

	headers = r.bearer(all)
	if len(r.Tokens()) == 0 {
		t.Error("no tokens")
	}
	r.RevokeTokens()
	r.want(401, "GET", "/api/v1/secrets", "", headers...)
	r.want(200, "GET", "/api/v1/secrets", "", r.bearer(all)...)
	r.want(401, "GET", "/api/v1/secrets", "", "X-Aegis-Token", strings.TrimPrefix(r.bearer(all)[3], "Bearer "))
	r.noViolations()
}

func TestScopes(t *testing.T) {
	calls := []struct{ scope, method, path, body string }{
		{"credentials:read", "GET", "/api/v1/credentials/private-key", ""},
		{"credentials:read", "GET", "/api/v1/credentials/org-key", ""},
		{"secrets:list", "GET", "/api/v1/secrets", ""},
		{"secrets:write", "POST", "/api/v1/secrets", creation("k", 1)},
		{"secrets:write", "PUT", "/api/v1/secrets/k", change(2)},
		{"secrets:read", "GET", "/api/v1/secrets/k", ""},
		{"secrets:delete", "DELETE", "/api/v1/secrets/k", ""},
	}
	for _, scope := range strings.Fields(all) {
		r := newRig(t)
		r.Put(Record{Key: "k"})
		headers := r.bearer(scope)
		limited := newRig(t, func(o *Options) { o.Accounts[0].Scopes = []string{scope} })
		limited.Put(Record{Key: "k"})
		if _, members := limited.token(all); members["scope"] != scope {
			t.Errorf("granted %v to an account with %s", members["scope"], scope)
		}
		for _, call := range calls {
			for _, by := range []struct {
				rig     *rig
				headers []string
			}{{r, headers}, {limited, nil}} {
				resp, _ := by.rig.do(call.method, call.path, call.body, by.headers...)
				if forbidden := resp.StatusCode == http.StatusForbidden; forbidden != (call.scope != scope) {
					t.Errorf("%s %s with %s: %d", call.method, call.path, scope, resp.StatusCode)
				}
			}
		}
	}
	r := newRig(t, func(o *Options) { o.Accounts[0].Scopes = []string{} })
	if resp, members := r.token(all); resp.StatusCode != http.StatusBadRequest || members["error"] != "invalid_scope" {
		t.Errorf("an account without scopes: %d %v", resp.StatusCode, members["error"])
	}
}

func TestAPITokenHeader(t *testing.T) {
	tests := []struct {
		name          string
		mode          APITokenHeader
		aegis, bearer int
	}{
		{"X-Aegis-Token", XAegisToken, 200, 401},
		{"Bearer", Bearer, 401, 200},
		{"both", Both, 200, 200},
		{"neither", Neither, 401, 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, func(o *Options) { o.APITokenHeader = tt.mode })
			r.want(tt.aegis, "GET", "/api/v1/secrets", "")
			r.want(tt.bearer, "GET", "/api/v1/secrets", "", "X-Aegis-Token", "", "Authorization", "Bearer portal")
			r.want(200, "GET", "/api/v1/secrets", "", r.bearer(all)...)
			r.noViolations()
		})
	}
}
