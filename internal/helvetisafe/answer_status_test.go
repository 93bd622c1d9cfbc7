package helvetisafe

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

func TestClassify(t *testing.T) {
	const ours, json, html = `{"error":"` + marker + `"}`, "application/json", "text/html"
	for _, row := range []struct {
		name, kind, body string
		want             class
		statuses         []int
	}{
		{"success, whatever the form", html, "<html>", done, []int{200, 201, 204, 299}},
		{"the API's own refusal", json, ours, refused, []int{400, 401, 403, 404, 405, 407, 409, 410, 413, 418, 422, 501, 505, 511}},
		{"with other members", json, `{"code":1,"error":"x","details":[]}`, refused, []int{403, 404, 409}},
		{"with a charset", "application/json; charset=utf-8", ours, refused, []int{404}},
		{"with a parameter without a value", "application/json; charset", ours, refused, []int{404}},
		{"as a problem", "application/problem+json", ours, refused, []int{404}},
		{"without a content type", "", ours, refused, []int{404}},
		{"a rate limit, whatever the form", html, "<html>", rateLimited, []int{429}},
		{"the API's own trouble", json, ours, transient, []int{408, 499, 500, 502, 503, 504, 507, 508, 509, 520, 521, 522, 523, 524, 525, 526, 527, 530, 561, 599}},
		{"a gateway's trouble", html, "<html>", transient, []int{408, 499, 500, 502, 503, 504, 507, 520, 524, 530}},
		{"a page", html, "<html>", foreign, []int{400, 401, 403, 404, 405, 407, 409, 410, 413, 421, 451, 501, 505, 511, 600, 999}},
		{"a page with the API's body", html, ours, foreign, []int{403, 404, 409}},
		{"Kong, AWS", json, `{"message":"x"}`, foreign, []int{401, 403, 404, 409}},
		{"an error that is no string", json, `{"error":{"code":404}}`, foreign, []int{404}},
		{"an error that is null", json, `{"error":null}`, foreign, []int{404}},
		{"an error in another case", json, `{"Error":"x"}`, foreign, []int{404}},
		{"an array", json, `[{"error":"x"}]`, foreign, []int{404}},
		{"two of them", json, ours + ours, foreign, []int{404}},
		{"no JSON", json, marker, foreign, []int{403, 404}},
		{"nothing", json, "", foreign, []int{401, 403, 404, 409}},
	} {
		for _, status := range row.statuses {
			a := &answer{Status: status, Header: http.Header{"Content-Type": {row.kind}}, Body: []byte(row.body)}
			if got := classify(a); got != row.want {
				t.Errorf("%s: %d is %d, want %d", row.name, status, got, row.want)
			}
		}
	}
	large := jsonAnswer(404, ours)
	large.TooLarge = true
	if got := classify(large); got != foreign {
		t.Errorf("a body without end: %d", got)
	}
}

func TestStatusError(t *testing.T) {
	read := request{Request: rest.Request{Method: http.MethodGet, Path: secretPath("k")}, scope: scopeRead, key: "k"}
	create := request{Request: rest.Request{Method: http.MethodPost, Path: pathSecrets}, scope: scopeWrite, key: "k", size: 12345}
	orgKey := get(pathOrgKey, scopeCredentials, limitSmall)
	const api, page = "application/json", "text/html"
	for _, row := range []struct {
		name   string
		req    request
		status int
		kind   string
		want   Kind
		says   string
	}{
		{"403", read, 403, api, Forbidden, "secrets:read"},
		{"404 on a secret", read, 404, api, NotFound, `"k"`},
		{"404 on create", create, 404, api, Refused, "no HelvetiSafe API at this address"},
		{"404 on a key", orgKey, 404, api, Refused, "no Org Key"},
		{"409 on create", create, 409, api, Conflict, `a secret "k" exists`},
		{"409 on read", read, 409, api, Refused, "409"},
		{"413", create, 413, api, TooLarge, "12345 bytes"},
		{"429", read, 429, api, RateLimited, "5 attempts"},
		{"500", read, 500, api, Failed, "5 attempts"},
		{"500 as a page", read, 500, page, Failed, "5 attempts"},
		{"524", read, 524, api, Failed, "5 attempts"},
		{"400", create, 400, api, Refused, "400 on POST /api/v1/secrets"},
		{"418", read, 418, api, Refused, "418"},
		{"501", read, 501, api, Refused, "doesn't accept the request"},
		{"a gateway's 400", read, 400, page, Foreign, "client certificate"},
		{"a gateway's 401", read, 401, page, Foreign, "a login of its own"},
		{"a gateway's 403", read, 403, page, Foreign, "a firewall or proxy"},
		{"a gateway's 404", read, 404, page, Foreign, "no route to the API"},
		{"a gateway's 404 on create", create, 404, page, Foreign, "no route to the API"},
		{"a gateway's 404 on a key", orgKey, 404, page, Foreign, "no route to the API"},
		{"a gateway's 407", read, 407, page, Foreign, "credentials of its own"},
		{"a gateway's 409 on create", create, 409, page, Foreign, "refuses the request"},
		{"a gateway's 413", create, 413, page, Foreign, "refuses requests of this size"},
		{"a gateway's 501", read, 501, page, Foreign, "refuses the request"},
		{"a gateway's 502", read, 502, page, Foreign, "5 attempts"},
		{"a network's 511", read, 511, page, Foreign, "wants a login"},
		{"a gateway's 524", read, 524, page, Foreign, "5 attempts"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := &answer{Status: row.status, Header: http.Header{"Content-Type": {row.kind}}, Body: []byte(`{"error":"` + marker + `"}`)}
			err := statusError(testCall(row.req), a)
			if !Is(err, row.want) {
				t.Fatalf("err = %v", err)
			}
			if !strings.Contains(err.Error(), row.says) || !strings.Contains(err.Error(), row.req.Name()) {
				t.Errorf("it says %q, not %q", err, row.says)
			}
			if strings.Contains(err.Error(), marker) {
				t.Error("it holds the body")
			}
		})
	}
}

// testCall is a call that was tried five times.
func testCall(req request) *call {
	c := &rest.Client{Config: rest.Config{Base: &url.URL{Scheme: "https", Host: "vault.example.com"}}}
	k := &call{c: &Client{rest: c}, req: req, Call: c.Call(req.Request)}
	k.Attempts = 5
	return k
}

func TestPlainHTTPOnAnHTTPSPort(t *testing.T) {
	k := testCall(get(pathSecrets, scopeList, limitSecret))
	k.c.rest.Base.Scheme = "http"
	err := statusError(k, &answer{Status: 400, Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte(marker)})
	if err == nil || !strings.Contains(err.Error(), "its port is for HTTPS") {
		t.Errorf("err = %v", err)
	}
}

// TestGatewayProduct: a product is named only if its headers do, and by our word.
func TestGatewayProduct(t *testing.T) {
	for _, row := range []struct{ header, value, want string }{
		{"Server", "cloudflare", "Cloudflare"},
		{"CF-RAY", marker, "Cloudflare"},
		{"Server", "nginx/1.27.3 " + marker, "nginx"},
		{"Server", "kong/3.9.0", "Kong"},
		{"Server", "awselb/2.0", "AWS"},
		{"X-Amzn-Errortype", "ForbiddenException", "AWS"},
		{"Server", marker, ""},
		{"Server", "", ""},
	} {
		if got := gatewayProduct(http.Header{http.CanonicalHeaderKey(row.header): {row.value}}); got != row.want {
			t.Errorf("%s: %s is %q, want %q", row.header, row.value, got, row.want)
		}
	}
	a := &answer{Status: 403, Header: http.Header{"Server": {"nginx"}}}
	if err := statusError(testCall(get(pathSecrets, scopeList, limitSecret)), a); !strings.Contains(err.Error(), "(its headers name nginx)") {
		t.Errorf("it says %q", err)
	}
}

func TestTokenError(t *testing.T) {
	const (
		page  = "text/html"
		json  = "application/json"
		creds = "ClientCredentials"
	)
	for _, row := range []struct {
		name       string
		status     int
		kind, body string
		want       Kind
		says       string
	}{
		{"wrong client", 401, json, `{"error":"invalid_client","error_description":"` + marker + `"}`, Unauthorized, creds},
		{"wrong client, with 400", 400, json, `{"error":"invalid_client"}`, Unauthorized, creds},
		{"wrong client, with 200", 200, json, `{"error":"invalid_client"}`, Unauthorized, creds},
		{"wrong client, as some services say it", 403, json, `{"error":"access_denied"}`, Unauthorized, creds},
		{"scope", 400, json, `{"error":"invalid_scope"}`, Unauthorized, "scopes that are asked for"},
		{"grant", 400, json, `{"error":"unauthorized_client"}`, Unauthorized, "may not use client credentials"},
		{"another grant", 400, json, `{"error":"unsupported_grant_type"}`, Unauthorized, "may not use client credentials"},
		{"a request that isn't understood", 400, json, `{"error":"invalid_request"}`, Refused, "not with an error code that is about the credentials"},
		{"the API's 401, where the address is wrong", 401, json, `{"error":"` + marker + `"}`, Refused, "not with an error code that is about the credentials"},
		{"the API's 403", 403, json, `{"error":"` + marker + `"}`, Refused, "not with an error code that is about the credentials"},
		{"trouble, with 400", 400, json, `{"error":"temporarily_unavailable"}`, Failed, "5 attempts"},
		{"trouble, with 200", 200, json, `{"error":"server_error"}`, Failed, "5 attempts"},
		{"trouble, with 503", 503, json, `{"error":"temporarily_unavailable"}`, Failed, "5 attempts"},
		{"a limit", 429, json, `{"error":"invalid_client"}`, RateLimited, "rate"},
		{"no such path", 404, json, `{"error":"` + marker + `"}`, Refused, "no HelvetiSafe API at this address"},
		{"no such path, a gateway's", 404, json, `{"message":"` + marker + `"}`, Foreign, "no route to the API"},
		{"a port for HTTPS, or a client certificate wanted", 400, page, marker, Foreign, "client certificate"},
		{"a login of a reverse proxy's", 401, page, marker, Foreign, "a login of its own"},
		{"a firewall", 403, page, `{"error":"invalid_client"}`, Foreign, "firewall"},
		{"a gateway", 502, page, marker, Foreign, "5 attempts"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := &answer{Status: row.status, Header: http.Header{"Content-Type": {row.kind}}, Body: []byte(row.body)}
			err := tokenError(testCall(request{Request: rest.Request{Method: http.MethodPost, Path: pathToken}}), a)
			if !Is(err, row.want) {
				t.Fatalf("err = %v", err)
			}
			if !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), marker) {
				t.Errorf("it says %q", err)
			}
			if row.says != creds && strings.Contains(err.Error(), creds) {
				t.Errorf("it blames the credentials: %v", err)
			}
		})
	}
	if err := tokenError(testCall(request{}), jsonAnswer(200, `{"access_token":"t","error":null}`)); err != nil {
		t.Errorf("a token: %v", err)
	}
}
