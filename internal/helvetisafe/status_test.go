package helvetisafe

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestStatusError(t *testing.T) {
	read := request{method: http.MethodGet, path: secretPath("k"), scope: scopeRead, key: "k"}
	create := request{method: http.MethodPost, path: pathSecrets, scope: scopeWrite, key: "k", size: 12345}
	orgKey := get(pathOrgKey, scopeCredentials, limitSmall)
	for _, row := range []struct {
		name   string
		req    request
		status int
		kind   string
		as     any
		says   string
	}{
		{"403", read, 403, "application/json", new(*ForbiddenError), "secrets:read"},
		{"403 of something else", read, 403, "text/html", new(*ForbiddenError), "proxy"},
		{"404 on a secret", read, 404, "application/json", new(*NotFoundError), `"k"`},
		{"404 of something else", read, 404, "text/html", new(*ResponseError), "base_url"},
		{"404 on create", create, 404, "application/json", new(*APIError), "base_url"},
		{"404 on a key", orgKey, 404, "application/json", new(*APIError), "`private_key_pem`"},
		{"404 on a key, of something else", orgKey, 404, "text/html", new(*APIError), "base_url"},
		{"409 on create", create, 409, "application/json", new(*ConflictError), "import"},
		{"409 on read", read, 409, "application/json", new(*APIError), "409"},
		{"413", create, 413, "application/json", new(*APIError), "12345 bytes"},
		{"429", read, 429, "application/json", new(*RateLimitError), "5 attempts"},
		{"500", read, 500, "application/json", new(*APIError), "5 attempts"},
		{"400", create, 400, "application/json", new(*APIError), "400 on POST /api/v1/secrets"},
		{"418", read, 418, "application/json", new(*APIError), "418"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := &answer{status: row.status, header: http.Header{"Content-Type": {row.kind}}, body: []byte(`{"error":"` + marker + `"}`)}
			err := statusError(&call{req: row.req, attempts: 5}, a)
			if !errors.As(err, row.as) {
				t.Fatalf("err = %T", err)
			}
			if !strings.Contains(err.Error(), row.says) || !strings.Contains(err.Error(), row.req.name()) {
				t.Errorf("it says %q, not %q", err, row.says)
			}
			if strings.Contains(err.Error(), marker) {
				t.Error("it holds the body")
			}
		})
	}
}

func TestTokenStatusError(t *testing.T) {
	for _, row := range []struct {
		name   string
		status int
		body   string
		code   string
		says   string
	}{
		{"wrong client", 401, `{"error":"invalid_client","error_description":"` + marker + `"}`, "invalid_client", "`client_secret`"},
		{"scope", 400, `{"error":"invalid_scope"}`, "invalid_scope", "`scopes`"},
		{"grant", 400, `{"error":"unauthorized_client"}`, "unauthorized_client", "portal"},
		{"a code of no RFC", 401, `{"error":"` + marker + `"}`, "", "`client_secret`"},
		{"no JSON", 403, marker, "", "`client_secret`"},
	} {
		t.Run(row.name, func(t *testing.T) {
			k := &call{req: request{method: http.MethodPost, path: pathToken}}
			err := tokenStatusError(k, jsonAnswer(row.status, row.body))
			var auth *AuthError
			if !errors.As(err, &auth) || auth.Code != row.code || auth.Status != row.status {
				t.Fatalf("err = %#v", err)
			}
			if !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), marker) {
				t.Errorf("it says %q", err)
			}
		})
	}
	k := &call{req: request{method: http.MethodPost, path: pathToken}}
	var limited *RateLimitError
	if err := tokenStatusError(k, jsonAnswer(429, `{}`)); !errors.As(err, &limited) {
		t.Errorf("429: %T", err)
	}
	var api *APIError
	if err := tokenStatusError(k, jsonAnswer(404, `{}`)); !errors.As(err, &api) {
		t.Errorf("404: %T", err)
	}
}
