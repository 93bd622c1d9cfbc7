package acctest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
)

// recorder is a test that notes what it is told.
type recorder struct {
	testing.TB
	t        *testing.T
	errors   []string
	cleanups []func()
}

func (r *recorder) Helper()                   {}
func (r *recorder) Cleanup(f func())          { r.cleanups = append(r.cleanups, f) }
func (r *recorder) TempDir() string           { return r.t.TempDir() }
func (r *recorder) Error(args ...any)         { r.errors = append(r.errors, fmt.Sprint(args...)) }
func (r *recorder) Errorf(f string, a ...any) { r.errors = append(r.errors, fmt.Sprintf(f, a...)) }
func (r *recorder) Fatalf(f string, a ...any) { r.t.Fatalf(f, a...) }
func (r *recorder) Fatal(args ...any)         { r.t.Fatal(args...) }

func (r *recorder) end() {
	for _, f := range slices.Backward(r.cleanups) {
		f()
	}
}

func get(t *testing.T, v *Vault, path string) (int, map[string]string, error) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if v.CACertPEM != "" {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM([]byte(v.CACertPEM))
		client.Transport = &http.Transport{ForceAttemptHTTP2: true, DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Aegis-Token", v.APIToken)
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	members := map[string]string{}
	if err := json.NewDecoder(resp.Body).Decode(&members); err != nil {
		members = nil // a list, or a page
	}
	return resp.StatusCode, members, nil
}

func decode(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestAccountFits takes the two ways to the Org Key with what the server answers.
func TestAccountFits(t *testing.T) {
	for _, opts := range [][]Option{nil, {TLS()}, {Configure(func(o *devserver.Options) { o.PathPrefix = "/vault" })}} {
		v := Start(t, opts...)
		_, locked, err := get(t, v, "/api/v1/credentials/private-key")
		if err != nil {
			t.Fatal(err)
		}
		byPassword, err := envelope.UnlockPrivateKey([]byte(v.Password), envelope.WrappedPrivateKey{
			Ciphertext: decode(t, locked["encrypted_private_key"]), Tag: decode(t, locked["auth_tag"]), Nonce: decode(t, locked["nonce"]), Salt: decode(t, locked["salt"]),
		})
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(v.PEMPath)
		if err != nil || string(text) != v.PEM {
			t.Errorf("the file isn't the PEM: %v", err)
		}
		byPEM, err := envelope.ParsePEM(text)
		if err != nil {
			t.Fatal(err)
		}
		_, wrapped, err := get(t, v, "/api/v1/credentials/org-key")
		if err != nil {
			t.Fatal(err)
		}
		for _, private := range []*envelope.PrivateKey{byPassword, byPEM} {
			key, err := private.UnwrapOrgKey(decode(t, wrapped["encrypted_org_key"]))
			if err != nil || key.Fingerprint() != v.OrgKey.Fingerprint() {
				t.Errorf("another Org Key: %v", err)
			}
		}
	}
}

func TestPlain(t *testing.T) {
	v := Start(t)
	if _, ok := v.ReadPlain("k"); ok {
		t.Error("there is a secret")
	}
	v.WritePlain("k", "one")
	first, _ := v.Server.Stored("k")
	expires := time.Now().Add(time.Hour)
	first.ExpiresAt = &expires
	v.Server.Put(first)
	for range 20 { // many in a millisecond
		v.WritePlain("k", "two")
		second, ok := v.Server.Stored("k")
		if plain, opened := v.ReadPlain("k"); !ok || !opened || plain != "two" {
			t.Error("not what was written")
		}
		if !second.UpdatedAt.After(first.UpdatedAt) || !second.CreatedAt.Equal(first.CreatedAt) || second.ExpiresAt == nil || second.Value == first.Value {
			t.Error("stamps or expiry are wrong")
		}
		first = second
	}
	v.Server.Put(devserver.Record{Key: "odd", Value: "!", Nonce: "AAAA"})
	if _, ok := v.ReadPlain("odd"); ok {
		t.Error("opened what is not a ciphertext")
	}
}

func TestRotateOrgKey(t *testing.T) {
	v := Start(t)
	v.WritePlain("k", "one")
	old := v.OrgKey
	v.RotateOrgKey(t)
	if plain, ok := v.ReadPlain("k"); !ok || plain != "one" || v.OrgKey.Fingerprint() == old.Fingerprint() {
		t.Error("not sealed anew under a new key")
	}
	v.RotateOrgKey(t, KeepCiphertext)
	if _, ok := v.ReadPlain("k"); ok {
		t.Error("opened under a key it was not sealed under")
	}
	_, wrapped, err := get(t, v, "/api/v1/credentials/org-key")
	if err != nil {
		t.Fatal(err)
	}
	private, err := envelope.ParsePEM([]byte(v.PEM))
	if err != nil {
		t.Fatal(err)
	}
	if key, err := private.UnwrapOrgKey(decode(t, wrapped["encrypted_org_key"])); err != nil || key.Fingerprint() != v.OrgKey.Fingerprint() {
		t.Errorf("the server has another one: %v", err)
	}
}

func TestDownAndUp(t *testing.T) {
	for _, opts := range [][]Option{nil, {TLS()}} {
		v := Start(t, opts...)
		v.Server.AddFault(devserver.Fault{Path: devserver.RouteRead, Status: 418})
		v.Down()
		if _, _, err := get(t, v, "/api/v1/secrets"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("not refused: %v", err)
		}
		v.Up()
		if status, _, err := get(t, v, "/api/v1/secrets/k"); err != nil || status != 418 {
			t.Errorf("%d %v; rules should outlive it", status, err)
		}
	}
}

func TestViolationsFailTheTest(t *testing.T) {
	tests := []struct {
		name, path string
		announced  string
		fails      bool
	}{
		{"none", "/api/v1/secrets", "", false},
		{"one", "/api/v1/nothing", "", true},
		{"announced", "/api/v1/nothing", "no such path", false},
		{"another announced", "/api/v1/nothing", "nonce", true},
	}
	for _, tt := range tests {
		r := &recorder{t: t}
		v := Start(r)
		if tt.announced != "" {
			v.ExpectViolation(tt.announced)
		}
		if _, _, err := get(t, v, tt.path); err != nil {
			t.Fatal(err)
		}
		r.end()
		if (len(r.errors) > 0) != tt.fails {
			t.Errorf("%s: %q", tt.name, r.errors)
		}
	}
}

func TestFailWith(t *testing.T) {
	v := Start(t)
	for _, status := range []int{500, 200} {
		v.FailWith(status)
		got, _, err := get(t, v, "/api/v1/secrets/k")
		if err != nil || got != status {
			t.Errorf("%d, want %d: %v", got, status, err)
		}
		v.Server.ClearFaults()
	}
}

func TestScopesOption(t *testing.T) {
	v := Start(t, Scopes("secrets:read"))
	if status, _, err := get(t, v, "/api/v1/secrets"); err != nil || status != 403 {
		t.Errorf("%d %v", status, err)
	}
}

func TestCounts(t *testing.T) {
	r := &recorder{t: t}
	v := Start(t)
	for range 2 {
		if _, _, err := get(t, v, "/api/v1/secrets"); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]int{devserver.RouteList: 2}
	v.ExpectCounts(r, want)
	v.NoWrites(r)
	if err := v.CheckCounts(want)(nil); err != nil || len(r.errors) > 0 || len(want) != 1 {
		t.Errorf("%v %q", err, r.errors)
	}
	for _, wrong := range []map[string]int{nil, {"list": 1}, {"list": 2, "read": 1}, {"list": 2, "lists": 0}} {
		if err := v.CheckCounts(wrong)(nil); err == nil {
			t.Errorf("%v was accepted", wrong)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		v.Server.ResetRequests()
		path := map[bool]string{true: "/api/v1/secrets", false: "/api/v1/secrets/k"}[method == "POST"]
		u, err := url.Parse(v.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		v.ExpectViolation("no credentials")
		resp, err := http.DefaultClient.Do(&http.Request{Method: method, URL: u, Body: io.NopCloser(bytes.NewReader(nil))})
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		r.errors = nil
		if v.NoWrites(r); len(r.errors) != 1 {
			t.Errorf("%s: %q", method, r.errors)
		}
	}
}

func TestVaultsDiffer(t *testing.T) {
	a, b := Start(t), Start(t)
	if a.URL == b.URL || a.ClientSecret == b.ClientSecret || a.APIToken == b.APIToken || a.OrgKey.Fingerprint() == b.OrgKey.Fingerprint() {
		t.Error("two vaults share what they shouldn't")
	}
	if len(strings.Fields(a.ClientSecret+" "+a.APIToken+" "+a.Password)) != 3 {
		t.Error("a credential is empty")
	}
}
