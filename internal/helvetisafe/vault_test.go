package helvetisafe

import (
	"crypto/fips140"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/keymaker"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

const (
	testClientID     = "sa_test"
	testClientSecret = "MARKER-client-secret"
	testAPIToken     = "MARKER-api-token"
	testPassword     = "MARKER-password"
	testPlaintext    = "MARKER-plaintext"
)

// testKeys are made once for all tests of the package: an RSA key takes its time.
var testKeys = sync.OnceValue(func() (k struct {
	org     *envelope.OrgKey
	pem     []byte
	account devserver.Account
},
) {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	private, err := keymaker.GeneratePrivateKey(keymaker.MinRSABits)
	must(err)
	k.pem, err = keymaker.PKCS8PEM(private)
	must(err)
	raw := keymaker.GenerateOrgKey()
	k.org, err = envelope.NewOrgKey(raw)
	must(err)
	wrapped, err := keymaker.WrapOrgKey(private, raw)
	must(err)
	locked := keymaker.Locked{Ciphertext: make([]byte, 1000), Tag: make([]byte, 16), Nonce: make([]byte, 12), Salt: make([]byte, 16)}
	if !fips140.Enforced() { // if it is, no password can lock or unlock anything
		locked, err = keymaker.LockPrivateKey([]byte(testPassword), private)
		must(err)
	}
	k.account = devserver.Account{
		ClientID: testClientID, ClientSecret: testClientSecret, APIToken: testAPIToken,
		EncryptedPrivateKey: locked.Ciphertext, PrivateKeyNonce: locked.Nonce,
		PrivateKeySalt: locked.Salt, PrivateKeyTag: locked.Tag, EncryptedOrgKey: wrapped,
	}
	return k
})

// vault is a development server on loopback.
type vault struct {
	*devserver.Server
	url string
	org *envelope.OrgKey
}

// newVault fails the test at its end if the client broke the protocol.
func newVault(t *testing.T, options ...func(*devserver.Options)) *vault {
	t.Helper()
	o := devserver.Options{Accounts: []devserver.Account{testKeys().account}}
	for _, f := range options {
		f(&o)
	}
	s, err := devserver.New(o)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		s.Close()
		h.CloseClientConnections()
		h.Close()
		for _, v := range s.Violations() {
			t.Errorf("the protocol was broken: %s", v)
		}
	})
	return &vault{Server: s, url: h.URL, org: testKeys().org}
}

// client authenticates by client credentials and a PEM if nothing else is asked for,
// retries twice, and waits by a fake clock. Its attempts take as long as they need: on a
// busy machine, megabytes under the race detector take longer than the default.
func (v *vault) client(t *testing.T, change ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{
		BaseURL:    v.url,
		Auth:       ClientCredentials{ClientID: testClientID, ClientSecret: redact.NewString(testClientSecret)},
		Key:        KeySource{PEM: redact.NewString(string(testKeys().pem))},
		MaxRetries: 2, RequestTimeout: time.Hour,
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.rest.Clock = newFakeClock()
	t.Cleanup(c.rest.Transport.(*http.Transport).CloseIdleConnections) // evaluated now: tests wrap it
	return c
}

func withAPIToken(cfg *Config) { cfg.Auth = APIToken{Token: redact.NewString(testAPIToken)} }

func withPassword(cfg *Config) { cfg.Key = KeySource{Password: redact.NewString(testPassword)} }

func withKey(k KeySource) func(*Config) { return func(cfg *Config) { cfg.Key = k } }

// put stores a secret as someone else would.
func (v *vault) put(t *testing.T, key, plaintext string) {
	t.Helper()
	nonce, ciphertext, err := v.org.Seal([]byte(plaintext))
	if err != nil {
		t.Fatal(err)
	}
	v.Put(devserver.Record{
		Key:   key,
		Nonce: base64.StdEncoding.EncodeToString(nonce),
		Value: base64.StdEncoding.EncodeToString(ciphertext),
	})
}

// plaintext opens what the server holds; "" for nothing.
func (v *vault) plaintext(t *testing.T, key string) string {
	t.Helper()
	r, ok := v.Stored(key)
	if !ok {
		return ""
	}
	nonce, err := base64.StdEncoding.DecodeString(r.Nonce)
	if err != nil {
		t.Fatal(err)
	}
	ciphertext, err := base64.StdEncoding.DecodeString(r.Value)
	if err != nil {
		t.Fatal(err)
	}
	plaintext, err := v.org.Open(nonce, ciphertext)
	if err != nil {
		t.Fatal(err)
	}
	return string(plaintext)
}

// discreet demands that an error holds no secret that the test or the server knows.
func (v *vault) discreet(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	text := err.Error()
	for _, secret := range append(v.tokens(), "MARKER", "<html", "MII", `{"`) {
		if strings.Contains(text, secret) {
			t.Error("the error holds a secret, or the answer's body")
		}
	}
}

// tokens are the access tokens that were used.
func (v *vault) tokens() (tokens []string) {
	for _, r := range v.Requests() {
		if _, token, ok := strings.Cut(r.Header.Get("Authorization"), "Bearer "); ok {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

func (v *vault) counts(t *testing.T, want map[string]int) {
	t.Helper()
	for _, route := range devserver.Routes() {
		if got := v.Count(route); got != want[route] {
			t.Errorf("%d requests to %s, want %d", got, route, want[route])
		}
	}
}

// as is errors.As for an *Error of a kind.
func as(err error, kind Kind, e **Error) (ok bool) {
	*e, ok = errors.AsType[*Error](err)
	return ok && (*e).Kind == kind
}

// What a write can do to an expiry.
var keepExpiry, clearExpiry = Timestamp{}, Timestamp{State: Null}

func expireAt(t time.Time) Timestamp { return Timestamp{State: Known, Time: t} }
