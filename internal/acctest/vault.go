// Package acctest holds the helpers of the acceptance tests: a development server with
// an account in it, configurations and environments that reach it, checks that know
// which CLI is running, and a search for secrets in places where no secret may be.
package acctest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/keymaker"
)

// Vault is a development server on loopback with one account, and all that reaches
// it. Vaults share an RSA key and a password, which take long to make; each has an
// Org Key and credentials of its own. The secrets in it protect nothing.
type Vault struct {
	Server *devserver.Server
	URL    string // without a slash at the end

	ClientID     string
	ClientSecret string
	APIToken     string
	Password     string
	PEM          string // PKCS#8
	PEMPath      string // a file with PEM, mode 0600

	OrgKey    *envelope.OrgKey // the present one; RotateOrgKey replaces it
	OrgKeyRaw []byte           // its 32 bytes, for leak scans

	CACertPEM  string // with TLS only: the certificate to trust
	CACertPath string // a file with it

	t       testing.TB
	private *rsa.PrivateKey

	mu       sync.Mutex
	expected []string
	seal     sync.Mutex // guards OrgKey, and makes WritePlain one step

	// The listener, for Down and Up.
	host *httptest.Server
	addr string
}

// Option changes how Start makes a Vault.
type Option func(*settings)

type settings struct {
	tls      bool
	password string
	server   []func(*devserver.Options)
}

// TLS serves https with a certificate of its own authority, see Vault.CACertPEM, and
// HTTP/2.
func TLS() Option { return func(s *settings) { s.tls = true } }

// LockedWith locks the account's private key with a password of the test's choice.
func LockedWith(password string) Option { return func(s *settings) { s.password = password } }

// Scopes limits what the account may do.
func Scopes(scopes ...string) Option {
	return Configure(func(o *devserver.Options) { o.Accounts[0].Scopes = scopes })
}

// Configure changes the server's options before it starts; Accounts[0] is the
// vault's account.
func Configure(f func(*devserver.Options)) Option {
	return func(s *settings) { s.server = append(s.server, f) }
}

// material is what all vaults of a process share.
type material struct {
	private  *rsa.PrivateKey
	pem      string
	password string
	locked   keymaker.Locked
}

var shared = sync.OnceValues(func() (*material, error) {
	m := &material{password: "acctest-password-" + suffix()}
	var err error
	if m.private, err = keymaker.GeneratePrivateKey(keymaker.MinRSABits); err != nil {
		return nil, err
	}
	text, err := keymaker.PKCS8PEM(m.private)
	if err != nil {
		return nil, err
	}
	m.pem = string(text)
	m.locked, err = keymaker.LockPrivateKey([]byte(m.password), m.private)
	return m, err
})

// suffix makes a credential unique, so that a search for it finds no other text.
func suffix() string { return strings.ToLower(rand.Text()) }

// Start runs a Vault until the test ends. The test fails if the server has seen a
// violation of the protocol that the test did not announce with ExpectViolation.
func Start(t testing.TB, opts ...Option) *Vault {
	t.Helper()
	m, err := shared()
	if err != nil {
		t.Fatalf("make keys: %v", err)
	}
	var set settings
	for _, opt := range opts {
		opt(&set)
	}
	v := &Vault{
		ClientID: "acctest-client-" + suffix(), ClientSecret: "acctest-client-secret-" + suffix(), APIToken: "acctest-api-token-" + suffix(),
		Password: m.password, PEM: m.pem, t: t, private: m.private,
	}
	v.PEMPath = v.file("private-key.pem", v.PEM)
	locked := m.locked
	if set.password != "" {
		v.Password = set.password
		if locked, err = keymaker.LockPrivateKey([]byte(set.password), m.private); err != nil {
			t.Fatalf("lock the private key: %v", err)
		}
	}
	options := devserver.Options{Accounts: []devserver.Account{{
		ClientID: v.ClientID, ClientSecret: v.ClientSecret, APIToken: v.APIToken,
		EncryptedPrivateKey: locked.Ciphertext, PrivateKeyTag: locked.Tag, PrivateKeyNonce: locked.Nonce, PrivateKeySalt: locked.Salt,
		EncryptedOrgKey: v.newOrgKey(t),
	}}}
	for _, f := range set.server {
		f(&options)
	}
	if v.Server, err = devserver.New(options); err != nil {
		t.Fatalf("start the development server: %v", err)
	}
	v.listen("127.0.0.1:0", set.tls)
	v.URL = v.host.URL + options.PathPrefix
	if set.tls {
		v.CACertPEM = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: v.host.Certificate().Raw}))
		v.CACertPath = v.file("ca.pem", v.CACertPEM)
	}
	t.Cleanup(v.stop)
	return v
}

func (v *Vault) file(name, content string) string {
	path := filepath.Join(v.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		v.t.Fatal(err)
	}
	return path
}

// newOrgKey makes the vault's Org Key and returns it as the server holds it.
func (v *Vault) newOrgKey(t testing.TB) []byte {
	t.Helper()
	raw := keymaker.GenerateOrgKey()
	key, err := envelope.NewOrgKey(raw)
	if err != nil {
		t.Fatalf("make an Org Key: %v", err)
	}
	wrapped, err := keymaker.WrapOrgKey(v.private, raw)
	if err != nil {
		t.Fatalf("wrap the Org Key: %v", err)
	}
	v.OrgKey, v.OrgKeyRaw = key, raw
	return wrapped
}

func (v *Vault) listen(addr string, tls bool) {
	v.t.Helper()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		v.t.Fatalf("listen: %v", err)
	}
	handler := devserver.Guard(v.Server)
	if tls {
		handler = v.Server // under any name that its certificate is for
	}
	v.host = httptest.NewUnstartedServer(handler)
	_ = v.host.Listener.Close()
	v.host.Listener = listener
	v.host.Config.ReadHeaderTimeout = time.Minute
	v.host.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are what some tests want
	if tls {
		v.host.EnableHTTP2 = true
		v.host.StartTLS()
	} else {
		v.host.Start()
	}
	v.addr = listener.Addr().String()
}

// Down refuses every new connection and cuts those that are open, until Up.
func (v *Vault) Down() {
	v.Server.Close()
	v.host.CloseClientConnections()
	v.host.Close()
}

// Up listens again at the same address, after Down.
func (v *Vault) Up() { v.t.Helper(); v.listen(v.addr, v.CACertPEM != "") }

func (v *Vault) stop() {
	v.Down()
	for _, violation := range v.Server.Violations() {
		if !v.announced(violation) {
			v.t.Errorf("the server saw a request that no correct client sends: %s", violation)
		}
	}
}

// ExpectViolation announces a violation of the protocol, by a part of its text.
func (v *Vault) ExpectViolation(part string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.expected = append(v.expected, part)
}

func (v *Vault) announced(violation string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, part := range v.expected {
		if strings.Contains(violation, part) {
			return true
		}
	}
	return false
}

// FailWith makes the server answer every request with a status, until
// Server.ClearFaults; 200 stands for a page of HTML.
func (v *Vault) FailWith(status int) {
	v.Server.AddFault(devserver.Fault{Status: status, HTML: status == http.StatusOK})
}

// WritePlain stores a plaintext under the vault's Org Key, as if it were written by
// someone else: the secret is made, or changed with its expiry left alone. Its stamp
// always differs from the one before, unless the server keeps whole seconds.
func (v *Vault) WritePlain(key, plaintext string) {
	v.t.Helper()
	v.seal.Lock()
	defer v.seal.Unlock()
	v.write(key, []byte(plaintext))
}

func (v *Vault) write(key string, plaintext []byte) {
	v.t.Helper()
	nonce, ciphertext, err := v.OrgKey.Seal(plaintext)
	if err != nil {
		v.t.Fatalf("seal: %v", err)
	}
	record, existed := v.Server.Stored(key)
	before := record.UpdatedAt
	record.Key, record.Updated, record.UpdatedAt = key, existed, time.Time{}
	record.Value, record.Nonce = base64.StdEncoding.EncodeToString(ciphertext), base64.StdEncoding.EncodeToString(nonce)
	v.Server.Put(record)
	if now, _ := v.Server.Stored(key); existed && before.Nanosecond() != 0 && !now.UpdatedAt.After(before) {
		now.UpdatedAt = before.Add(time.Millisecond)
		v.Server.Put(now)
	}
}

// ReadPlain opens what the server holds under a key. It returns false if the server
// holds nothing, or nothing that opens under the vault's Org Key.
func (v *Vault) ReadPlain(key string) (string, bool) {
	v.seal.Lock()
	defer v.seal.Unlock()
	record, ok := v.Server.Stored(key)
	if !ok {
		return "", false
	}
	plaintext, err := v.open(record)
	return string(plaintext), err == nil
}

// SentPlain opens what each write of a secret since the last ResetRequests was sent
// with, whether the server has carried it out or not.
func (v *Vault) SentPlain(key string) []string {
	v.t.Helper()
	v.seal.Lock()
	defer v.seal.Unlock()
	var sent []string
	for _, request := range v.Server.Requests() {
		if request.Key != key || request.Route != devserver.RouteCreate && request.Route != devserver.RouteUpdate {
			continue
		}
		var record devserver.Record
		err := json.Unmarshal(request.Body, &record)
		if err == nil {
			var plaintext []byte
			plaintext, err = v.open(record)
			sent = append(sent, string(plaintext))
		}
		if err != nil {
			v.t.Fatalf("the body of a write: %v", err)
		}
	}
	return sent
}

func (v *Vault) open(record devserver.Record) ([]byte, error) {
	nonce, err := base64.StdEncoding.DecodeString(record.Nonce)
	if err != nil {
		return nil, err
	}
	ciphertext, err := base64.StdEncoding.DecodeString(record.Value)
	if err != nil {
		return nil, err
	}
	return v.OrgKey.Open(nonce, ciphertext)
}

// RotateOption changes what RotateOrgKey does.
type RotateOption int

// KeepCiphertext leaves the secrets under the old Org Key, as a hostile server that
// swaps the key would.
const KeepCiphertext RotateOption = 1

// RotateOrgKey gives the account a new Org Key and seals all secrets under it, each
// with a new stamp. The old OrgKey stays usable for tests that still hold it.
func (v *Vault) RotateOrgKey(t testing.TB, opts ...RotateOption) {
	t.Helper()
	v.seal.Lock()
	defer v.seal.Unlock()
	plain := map[string][]byte{}
	if len(opts) == 0 {
		for _, key := range v.Server.Keys() {
			record, _ := v.Server.Stored(key)
			plaintext, err := v.open(record)
			if err != nil {
				t.Fatalf("open %s: %v", key, err)
			}
			plain[key] = plaintext
		}
	}
	wrapped := v.newOrgKey(t)
	v.Server.Configure(func(o *devserver.Options) { o.Accounts[0].EncryptedOrgKey = wrapped })
	for key, plaintext := range plain {
		v.write(key, plaintext)
	}
}
