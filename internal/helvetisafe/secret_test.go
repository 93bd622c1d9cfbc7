package helvetisafe

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

func TestEveryAuthModeAndKeySource(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, testKeys().pem, 0o600); err != nil {
		t.Fatal(err)
	}
	spelledOut := strings.ReplaceAll(string(testKeys().pem), "\n", `\n`)
	windows := strings.ReplaceAll(string(testKeys().pem), "\n", "\r\n")
	for authName, auth := range map[string]func(*Config){"client credentials": func(*Config) {}, "api token": withAPIToken} {
		for keyName, key := range map[string]KeySource{
			"file": {Path: path}, "text": {PEM: redact.NewString(string(testKeys().pem))},
			"text, line ends spelled out": {PEM: redact.NewString(spelledOut)}, "text, Windows line ends": {PEM: redact.NewString(windows)},
			"password": {Password: redact.NewString(testPassword)},
		} {
			t.Run(authName+"/"+keyName, func(t *testing.T) {
				v := newVault(t)
				lifeOfASecret(t, v, v.client(t, auth, withKey(key)))
			})
		}
	}
}

// lifeOfASecret creates, reads, updates and deletes one.
func lifeOfASecret(t *testing.T, v *vault, c *Client) {
	t.Helper()
	ctx := t.Context()
	expiry := time.Date(2099, 1, 2, 3, 4, 5, 678e6, time.UTC)
	w, err := c.Create(ctx, "k", Content{Value: "v1"}, expireAt(expiry))
	if err != nil {
		t.Fatal(err)
	}
	if w.Key != "k" || w.CreatedAt.State != Known || w.UpdatedAt.State != Missing || !w.ExpiresAt.Time.Equal(expiry) || w.Sealed.Date.IsZero() || w.OrgKeyFingerprint != v.org.Fingerprint() {
		t.Errorf("created: %+v", w.Metadata)
	}
	if got := v.plaintext(t, "k"); got != `{"k":"v1"}` {
		t.Errorf("stored %q", got)
	}
	s, err := c.Get(ctx, "k")
	if err != nil {
		t.Fatal(err)
	}
	if s.Hash() != w.Sealed.Hash() || !s.ExpiresAt.Time.Equal(expiry) || s.Date.IsZero() {
		t.Errorf("read another secret than the one written: %v, %v", s.ExpiresAt, s.Date)
	}
	content, err := c.Open(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := content.Value(); got != "v1" || err != nil {
		t.Errorf("value = %q, %v", got, err)
	}

	if w, err = c.Update(ctx, "k", Content{Value: "v2"}, keepExpiry); err != nil {
		t.Fatal(err)
	}
	if w.UpdatedAt.State != Known || w.CreatedAt.State != Missing || !w.ExpiresAt.Time.Equal(expiry) {
		t.Errorf("updated: %+v", w.Metadata)
	}
	if w.Sealed.Hash() == s.Hash() {
		t.Error("the hash didn't change with the ciphertext")
	}
	sealed := w.Sealed
	if w, err = c.UpdateSealed(ctx, sealed, clearExpiry); err != nil {
		t.Fatal(err)
	}
	if w.ExpiresAt.State == Known || w.Sealed.Hash() != sealed.Hash() || v.plaintext(t, "k") != `{"k":"v2"}` {
		t.Errorf("expiry cleared: %+v", w.Metadata)
	}
	l, err := c.List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := l.Lookup("k"); !ok || m.UpdatedAt.State != Known || l.Date.IsZero() {
		t.Errorf("listed: %+v, %v", m, ok)
	}
	if existed, err := c.Delete(ctx, "k"); !existed || err != nil {
		t.Errorf("Delete = %v, %v", existed, err)
	}
	if existed, err := c.Delete(ctx, "k"); existed || err != nil {
		t.Errorf("Delete again = %v, %v", existed, err)
	}
	var none *Error
	if _, err := c.Get(ctx, "k"); !as(err, NotFound, &none) || none.Key != "k" {
		t.Errorf("Get = %v", err)
	}
	if _, err := c.Update(ctx, "k", Content{Value: "v"}, keepExpiry); !as(err, NotFound, &none) {
		t.Errorf("Update = %v", err)
	}
}

func TestManyFirstCallsShareTokenAndKeys(t *testing.T) {
	v := newVault(t)
	v.put(t, "k", `{"k":"v"}`)
	c := v.client(t, withPassword)
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if _, err := c.OrgKeyFingerprint(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	// The key derivation runs on each answer with the private key.
	v.counts(t, map[string]int{devserver.RouteToken: 1, devserver.RoutePrivateKey: 1, devserver.RouteOrgKey: 1})

	v.ResetRequests()
	for range 100 {
		wg.Go(func() {
			s, err := c.Get(t.Context(), "k")
			if err == nil {
				_, err = c.Open(t.Context(), s)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	v.counts(t, map[string]int{devserver.RouteRead: 100})
	const connections = 10 // what package rest opens at most
	if n := v.Connections(); n > connections {
		t.Errorf("%d connections, want %d at most", n, connections)
	}
}

func TestInvalidKeysMakeNoRequest(t *testing.T) {
	v := newVault(t)
	c := v.client(t)
	ctx := t.Context()
	for _, key := range []string{"", "a-b", "a/b", "ä", "a\n"} {
		if _, err := c.Create(ctx, key, Content{Value: "v"}, keepExpiry); !Is(err, InvalidKey) {
			t.Errorf("Create(%q) = %v", key, err)
		}
		if _, err := c.Update(ctx, key, Content{Value: "v"}, keepExpiry); !Is(err, InvalidKey) {
			t.Errorf("Update(%q) = %v", key, err)
		}
		if _, err := c.UpdateSealed(ctx, Sealed{Key: key}, keepExpiry); !Is(err, InvalidKey) {
			t.Errorf("UpdateSealed(%q) = %v", key, err)
		}
	}
	for _, key := range []string{"", ".", "..", "a\x00"} {
		if _, err := c.Get(ctx, key); !Is(err, InvalidKey) {
			t.Errorf("Get(%q) = %v", key, err)
		}
		if _, err := c.Delete(ctx, key); !Is(err, InvalidKey) {
			t.Errorf("Delete(%q) = %v", key, err)
		}
	}
	v.counts(t, nil)
}

func TestAnOddKeyIsReadAndDeletedAsItself(t *testing.T) {
	v := newVault(t)
	c := v.client(t)
	for _, key := range []string{"a-b", "a/b", "../x", "a b?c#d", "ä", "a%2Fb"} {
		v.put(t, key, "x")
		s, err := c.Get(t.Context(), key)
		if err != nil || s.Key != key {
			t.Errorf("Get(%q) = %v", key, err)
		}
		if existed, err := c.Delete(t.Context(), key); !existed || err != nil {
			t.Errorf("Delete(%q) = %v, %v", key, existed, err)
		}
	}
}

func TestOpenRefusesWhatIsNotSealedUnderTheOrgKey(t *testing.T) {
	v := newVault(t)
	c := v.client(t)
	v.put(t, "k", "x")
	s, err := c.Get(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	s.ciphertext[0] ^= 1
	var bad *Error
	if _, err := c.Open(t.Context(), s); !as(err, BadCiphertext, &bad) || bad.Key != "k" || !strings.Contains(err.Error(), v.org.Fingerprint()) {
		t.Errorf("Open = %v", err)
	}
}

func TestLogsNameTheRequestAndNothingElse(t *testing.T) {
	v := newVault(t)
	var mu sync.Mutex
	var records []map[string]any
	c := v.client(t, func(cfg *Config) {
		cfg.Log = func(_ context.Context, fields map[string]any) {
			mu.Lock()
			defer mu.Unlock()
			records = append(records, fields)
		}
	})
	v.AddFault(devserver.Fault{Path: devserver.RouteCreate, Status: 503, Times: 1})
	if _, err := c.Create(t.Context(), "k", Content{Value: testPlaintext}, keepExpiry); err != nil {
		t.Fatal(err)
	}
	want := []struct {
		path            string
		status, attempt int
	}{{"/oauth/token", 200, 1}, {"/api/v1/credentials/org-key", 200, 1}, {"/api/v1/secrets", 503, 1}, {"/api/v1/secrets", 201, 2}}
	if len(records) != len(want) {
		t.Fatalf("%d records, want %d", len(records), len(want))
	}
	for i, r := range records {
		if r["path"] != want[i].path || r["status"] != want[i].status || r["attempt"] != want[i].attempt || len(r) != 5 {
			t.Errorf("record %d: %v, want %v", i, r, want[i])
		}
	}
}

// TestADeletionAnsweredByAGateway: without the scope to read, the list tells whether it
// took effect; without that either, it isn't known.
func TestADeletionAnsweredByAGateway(t *testing.T) {
	for _, row := range []struct {
		name   string
		commit bool
		scopes []string
		ok     bool
	}{
		{"it took effect, and the list says so", true, []string{scopeDelete, scopeList}, true},
		{"it took no effect, and the list says so", false, []string{scopeDelete, scopeList}, false},
		{"nothing says so", true, []string{scopeDelete}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t, func(o *devserver.Options) { o.Accounts[0].Scopes = row.scopes })
			v.put(t, "old", "x")
			v.AddFault(devserver.Fault{Path: devserver.RouteDelete, Gateway: devserver.Kong, Status: 200, Commit: row.commit})
			_, err := v.client(t, withAPIToken).Delete(t.Context(), "old")
			if (err == nil) != row.ok || err != nil && !strings.Contains(err.Error(), "it isn't known whether it took effect") {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func TestDeleteThatFindsNothingOnARetryHasWorked(t *testing.T) {
	v := newVault(t)
	v.put(t, "k", "x")
	c := v.client(t)
	v.AddFault(devserver.Fault{Path: devserver.RouteDelete, CutAfter: true, Times: 1})
	if existed, err := c.Delete(t.Context(), "k"); !existed || err != nil {
		t.Errorf("Delete = %v, %v", existed, err)
	}
}

func TestAnAnswerForAnotherKeyIsRefused(t *testing.T) {
	v := newVault(t)
	v.put(t, "k", `{"k":"v"}`)
	c := v.client(t)
	for _, route := range []string{devserver.RouteRead, devserver.RouteUpdate, devserver.RouteCreate} {
		v.AddFault(devserver.Fault{Path: route, Edit: func(body []byte) []byte {
			return []byte(strings.ReplaceAll(string(body), `"key":"`, `"key":"MARKER`))
		}})
	}
	if _, err := c.Get(t.Context(), "k"); !Is(err, BadAnswer) {
		t.Errorf("Get = %v", err)
	}
	_, err := c.Update(t.Context(), "k", Content{Value: "v2"}, keepExpiry)
	if !Is(err, BadAnswer) {
		t.Errorf("Update = %v", err)
	}
	v.discreet(t, err)
	_, err = c.Create(t.Context(), "n", Content{Value: "v"}, keepExpiry)
	if !Is(err, Ambiguous) {
		t.Errorf("Create = %v", err)
	}
	v.discreet(t, err)
}
