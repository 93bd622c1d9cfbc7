package devserver

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a server's clock that a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// rig is a server on loopback with one account.
type rig struct {
	*Server
	t     *testing.T
	clock *clock
	url   string
	http  *http.Client
}

func newRig(t *testing.T, change ...func(*Options)) *rig {
	t.Helper()
	c := &clock{t: time.Date(2026, 3, 4, 5, 6, 7, 89_000_000, time.UTC)}
	o := Options{Now: c.now, Accounts: []Account{{
		ClientID: "client", ClientSecret: "hush", APIToken: "portal",
		EncryptedPrivateKey: []byte("wrapped private key"), PrivateKeyNonce: []byte("nonce"), PrivateKeySalt: []byte("salt"),
		PrivateKeyTag: []byte("tag"), EncryptedOrgKey: []byte("wrapped Org Key"),
	}}}
	for _, f := range change {
		f(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	host := httptest.NewServer(s)
	t.Cleanup(func() {
		s.Close()
		host.CloseClientConnections()
		host.Close()
	})
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &rig{s, t, c, host.URL + o.PathPrefix, &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// try sends a request: body is JSON, but with a kind of its own. Headers come as
// name, value pairs; one without a value is left out.
func (r *rig) try(method, path, body string, headers ...string) (*http.Response, []byte, error) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("X-Aegis-Token", "portal")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Del(headers[i])
		if headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	return resp, got, err
}

func (r *rig) do(method, path, body string, headers ...string) (*http.Response, map[string]any) {
	r.t.Helper()
	resp, got, err := r.try(method, path, body, headers...)
	if err != nil {
		r.t.Fatal(err)
	}
	members := map[string]any{}
	if len(got) > 0 {
		if err := json.Unmarshal(got, &members); err != nil {
			r.t.Fatalf("%s %s: the answer is not JSON: %v", method, path, err)
		}
	}
	return resp, members
}

// want sends a request and demands a status.
func (r *rig) want(status int, method, path, body string, headers ...string) map[string]any {
	r.t.Helper()
	resp, members := r.do(method, path, body, headers...)
	if resp.StatusCode != status {
		r.t.Fatalf("%s %s: %d, want %d: %v", method, path, resp.StatusCode, status, members["error"])
	}
	return members
}

func (r *rig) token(scope string) (*http.Response, map[string]any) {
	r.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"client"}, "client_secret": {"hush"}, "scope": {scope}}
	return r.do("POST", "/oauth/token", form.Encode(), "X-Aegis-Token", "", "Content-Type", "application/x-www-form-urlencoded")
}

// bearer is the headers of a request with a fresh access token.
func (r *rig) bearer(scope string) []string {
	r.t.Helper()
	_, members := r.token(scope)
	value, _ := members["access_token"].(string)
	if value == "" {
		r.t.Fatal("no access token")
	}
	return []string{"X-Aegis-Token", "", "Authorization", "Bearer " + value}
}

const all = "secrets:read secrets:write secrets:delete secrets:list credentials:read"

// sealed makes up a ciphertext of a number; each number has a nonce of its own.
func sealed(n byte) (value, nonce string) {
	return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{n}, 20)), base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{n}, nonceSize))
}

// creation is the body of a create; more is members to add.
func creation(key string, n byte, more ...string) string {
	value, nonce := sealed(n)
	return `{"key":"` + key + `","value":"` + value + `","nonce":"` + nonce + `"` + strings.Join(more, "") + `}`
}

func change(n byte, more ...string) string {
	value, nonce := sealed(n)
	return `{"value":"` + value + `","nonce":"` + nonce + `"` + strings.Join(more, "") + `}`
}

func (r *rig) listed() []map[string]any {
	r.t.Helper()
	var out []map[string]any
	entries, _ := r.want(200, "GET", "/api/v1/secrets", "")["keys"].([]any)
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		out = append(out, entry)
	}
	return out
}

func (r *rig) noViolations() {
	r.t.Helper()
	for _, v := range r.Violations() {
		r.t.Errorf("violation: %s", v)
	}
}
