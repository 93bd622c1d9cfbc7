package devserver

import (
	"net/http"
	"strings"
	"testing"
)

// TestRefusals holds what a careful server refuses, and which of those requests count as
// violations, since no correct client sends them.
func TestRefusals(t *testing.T) {
	const secrets, one = "/api/v1/secrets", "/api/v1/secrets/there"
	value, nonce := sealed(7)
	body := func(text string) string { return strings.NewReplacer("VALUE", value, "NONCE", nonce).Replace(text) }
	const violation, fine = true, false
	tests := []struct {
		name         string
		method, path string
		body         string
		headers      []string
		status       int
		violation    bool
	}{
		{"unknown path", "GET", "/api/v2/secrets", "", nil, 404, violation},
		{"root", "GET", "/", "", nil, 404, violation},
		{"slash at the end", "GET", secrets + "/", "", nil, 404, violation},
		{"double slash", "GET", "/api//v1/secrets", "", nil, 404, violation},
		{"dot", "GET", secrets + "/.", "", nil, 404, violation},
		{"dots", "DELETE", secrets + "/..", "", nil, 404, violation},
		{"path below a secret", "GET", one + "/x", "", nil, 404, violation},
		{"escaped slash", "GET", secrets + "/a%2Fb", "", nil, 404, fine},
		{"any key in a read", "GET", secrets + "/a-b%20%C3%A4", "", nil, 404, fine},
		{"any key in a delete", "DELETE", secrets + "/a-b", "", nil, 404, fine},
		{"put on the collection", "PUT", secrets, body(`{"value":"VALUE","nonce":"NONCE"}`), nil, 405, violation},
		{"post on a secret", "POST", one, body(`{"value":"VALUE","nonce":"NONCE"}`), nil, 405, violation},
		{"delete on the collection", "DELETE", secrets, "", nil, 405, violation},
		{"head", "HEAD", secrets, "", nil, 405, violation},
		{"get a token", "GET", "/oauth/token", "", nil, 405, violation},
		{"query", "GET", secrets + "?page=2", "", nil, 400, violation},
		{"body on a read", "GET", one, "{}", nil, 400, violation},
		{"body on a delete", "DELETE", one, "{}", nil, 400, violation},
		{"no credentials", "GET", one, "", []string{"X-Aegis-Token", ""}, 401, violation},
		{"two credentials", "GET", one, "", []string{"Authorization", "Bearer portal"}, 400, violation},
		{"basic", "GET", one, "", []string{"X-Aegis-Token", "", "Authorization", "Basic YTpi"}, 401, violation},
		{"wrong token", "GET", one, "", []string{"X-Aegis-Token", "other"}, 401, fine},
		{"expired or unknown access token", "GET", one, "", []string{"X-Aegis-Token", "", "Authorization", "Bearer x"}, 401, fine},

		{"created", "POST", secrets, body(`{"key":"new_1","value":"VALUE","nonce":"NONCE"}`), nil, 201, fine},
		{"content type with charset", "POST", secrets, body(`{"key":"k","value":"VALUE","nonce":"NONCE"}`), []string{"Content-Type", "application/json; charset=utf-8"}, 201, fine},
		{"no content type", "POST", secrets, body(`{"key":"k","value":"VALUE","nonce":"NONCE"}`), []string{"Content-Type", ""}, 400, violation},
		{"form content type", "POST", secrets, body(`{"key":"k","value":"VALUE","nonce":"NONCE"}`), []string{"Content-Type", "application/x-www-form-urlencoded"}, 400, violation},
		{"unknown member", "POST", secrets, body(`{"key":"k","value":"VALUE","nonce":"NONCE","expires_at":null}`), nil, 400, violation},
		{"other case", "POST", secrets, body(`{"Key":"k","value":"VALUE","nonce":"NONCE"}`), nil, 400, violation},
		{"member twice", "POST", secrets, body(`{"key":"k","key":"k","value":"VALUE","nonce":"NONCE"}`), nil, 400, violation},
		{"no key", "POST", secrets, body(`{"value":"VALUE","nonce":"NONCE"}`), nil, 400, violation},
		{"key in an update", "PUT", one, body(`{"key":"there","value":"VALUE","nonce":"NONCE"}`), nil, 400, violation},
		{"null value", "PUT", one, body(`{"value":null,"nonce":"NONCE"}`), nil, 400, violation},
		{"number", "PUT", one, body(`{"value":1,"nonce":"NONCE"}`), nil, 400, violation},
		{"no body", "PUT", one, "", []string{"Content-Type", "application/json"}, 400, violation},
		{"array", "PUT", one, `[]`, nil, 400, violation},
		{"cut JSON", "PUT", one, body(`{"value":"VALUE","nonce":"NONCE"`), nil, 400, violation},
		{"two objects", "PUT", one, body(`{"value":"VALUE","nonce":"NONCE"}{}`), nil, 400, violation},
		{"no UTF-8", "PUT", one, "{\"value\":\"\xff\",\"nonce\":\"\"}", nil, 400, violation},
		{"hyphen in the key", "POST", secrets, body(`{"key":"a-b","value":"VALUE","nonce":"NONCE"}`), nil, 400, violation},
		{"empty key", "POST", secrets, body(`{"key":"","value":"VALUE","nonce":"NONCE"}`), nil, 400, violation},
		{"hyphen in an update", "PUT", secrets + "/a-b", body(`{"value":"VALUE","nonce":"NONCE"}`), nil, 400, violation},
		{"nonce of 11 bytes", "PUT", one, body(`{"value":"VALUE","nonce":"AAAAAAAAAAAAAAA="}`), nil, 400, violation},
		{"nonce of 16 bytes", "PUT", one, body(`{"value":"VALUE","nonce":"AAAAAAAAAAAAAAAAAAAAAA=="}`), nil, 400, violation},
		{"value shorter than a tag", "PUT", one, body(`{"value":"AAAAAAAAAAAAAAAAAAAA","nonce":"NONCE"}`), nil, 400, violation},
		{"value without padding", "PUT", one, body(`{"value":"AAAAAAAAAAAAAAAAAAAAAAA","nonce":"NONCE"}`), nil, 400, violation},
		{"value in base64url", "PUT", one, body(`{"value":"-_-_AAAAAAAAAAAAAAAAAAAAAAAA","nonce":"NONCE"}`), nil, 400, violation},
		{"value with line breaks", "PUT", one, body(`{"value":"AAAAAAAAAAAA\nAAAAAAAAAAAAAAAA","nonce":"NONCE"}`), nil, 400, violation},
		{"value with stray bits", "PUT", one, body(`{"value":"AAAAAAAAAAAAAAAAAAAAAAAAAAB=","nonce":"NONCE"}`), nil, 400, violation},
		{"nonce of another ciphertext", "PUT", one, `{"value":"AAAAAAAAAAAAAAAAAAAAAAAAAAAA","nonce":"AQEBAQEBAQEBAQEB"}`, nil, 400, violation},
		{"same ciphertext again", "PUT", one, change(1), nil, 200, fine},
		{"expiry with Z", "PUT", one, body(`{"value":"VALUE","nonce":"NONCE","expiresAt":"2099-01-01T00:00:00Z"}`), nil, 400, violation},
		{"expiry in milliseconds", "PUT", one, body(`{"value":"VALUE","nonce":"NONCE","expiresAt":"2099-01-01T00:00:00.123+00:00"}`), nil, 400, violation},
		{"expiry without offset", "PUT", one, body(`{"value":"VALUE","nonce":"NONCE","expiresAt":"2099-01-01T00:00:00"}`), nil, 400, violation},
		{"expiry empty", "PUT", one, body(`{"value":"VALUE","nonce":"NONCE","expiresAt":""}`), nil, 400, violation},
		{"expiry a number", "PUT", one, body(`{"value":"VALUE","nonce":"NONCE","expiresAt":4070908800}`), nil, 400, violation},
		{"expiry that is no date", "PUT", one, body(`{"value":"VALUE","nonce":"NONCE","expiresAt":"2099-02-30T00:00:00+00:00"}`), nil, 400, violation},
		{"expiry past", "PUT", one, body(`{"value":"VALUE","nonce":"NONCE","expiresAt":"2001-01-01T00:00:00+00:00"}`), nil, 400, fine},
		{"expiry past on create", "POST", secrets, body(`{"key":"k","value":"VALUE","nonce":"NONCE","expiresAt":"2026-03-04T05:06:07+00:00"}`), nil, 400, fine},
		{"too large", "PUT", one, `{"value":"` + strings.Repeat("A", DefaultMaxBody) + `"}`, nil, 413, fine},
		{"too large in other units", "POST", secrets, strings.Repeat(" ", DefaultMaxBody+1), nil, 413, fine},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			r.want(201, "POST", secrets, creation("there", 1))
			before, _ := r.Stored("there")
			resp, got, err := r.try(tt.method, tt.path, tt.body, tt.headers...)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.status {
				t.Errorf("%d, want %d: %s", resp.StatusCode, tt.status, got)
			}
			if found := len(r.Violations()) > 0; found != tt.violation {
				t.Errorf("violations %q, want one: %v", r.Violations(), tt.violation)
			}
			if log := r.Requests(); (log[len(log)-1].Violation != "") != tt.violation {
				t.Error("the log says otherwise")
			}
			if resp.StatusCode == http.StatusMethodNotAllowed && resp.Header.Get("Allow") == "" {
				t.Error("405 without Allow")
			}
			if resp.StatusCode >= 400 {
				if after, _ := r.Stored("there"); after != before || len(r.Keys()) != 1 {
					t.Error("refused, and yet something changed")
				}
			}
		})
	}
}

func TestOptionsAreChecked(t *testing.T) {
	tests := map[string]Options{
		"account without credentials": {Accounts: []Account{{}}},
		"unknown scope":               {Accounts: []Account{{APIToken: "t", Scopes: []string{"secrets:all"}}}},
		"prefix without slash":        {PathPrefix: "x"},
		"prefix with slash at end":    {PathPrefix: "/x/"},
	}
	for name, o := range tests {
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestPathPrefix(t *testing.T) {
	r := newRig(t, func(o *Options) { o.PathPrefix = "/vault" })
	r.want(201, "POST", "/api/v1/secrets", creation("k", 1))
	r.want(200, "GET", "/api/v1/secrets/k", "")
	r.url = strings.TrimSuffix(r.url, "/vault")
	r.want(404, "GET", "/api/v1/secrets/k", "")
}
