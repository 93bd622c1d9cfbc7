package helvetisafe

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// serveTLS is a development server with TLS and HTTP/2, and the certificate that it
// is trusted by.
func serveTLS(t *testing.T, change func(*tls.Config)) (v *vault, ca []byte) {
	t.Helper()
	s, err := devserver.New(devserver.Options{Accounts: []devserver.Account{testKeys().account}})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewUnstartedServer(s)
	h.EnableHTTP2 = true
	h.TLS = &tls.Config{}
	change(h.TLS)
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.StartTLS()
	t.Cleanup(func() {
		s.Close()
		h.CloseClientConnections()
		h.Close()
	})
	ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw})
	return &vault{Server: s, url: h.URL, org: testKeys().org}, ca
}

func withCA(ca []byte) func(*Config) { return func(cfg *Config) { cfg.Roots, _ = ParseCA(ca) } }

// chain makes a root and a server's certificate that an intermediate one has signed,
// which is left out.
func chain(t *testing.T) (root []byte, leaf tls.Certificate) {
	t.Helper()
	var parent *x509.Certificate
	var signer *ecdsa.PrivateKey
	for serial, name := range []string{"root", "intermediate", "server"} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(serial)), Subject: pkix.Name{CommonName: name},
			NotAfter: time.Now().Add(time.Hour), IsCA: name != "server", BasicConstraintsValid: true,
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		}
		if parent == nil {
			parent, signer = template, key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
		if err != nil {
			t.Fatal(err)
		}
		if parent, err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
		if signer = key; name == "root" {
			root = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
		}
		leaf = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	}
	return root, leaf
}

func TestTLS(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*tls.Config)
		trust  bool
		says   string // "" for none
	}{
		{"a trusted authority", func(*tls.Config) {}, true, ""},
		{"TLS 1.2", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, true, ""},
		{"TLS 1.1", func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, true, "TLS 1.2"},
		{"an unknown authority", func(*tls.Config) {}, false, "an authority that is not trusted here"},
		{"a client certificate wanted", func(c *tls.Config) { c.ClientAuth, c.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12 }, true, "client certificate"},
		{"a client certificate asked for, not wanted", func(c *tls.Config) { c.ClientAuth = tls.RequestClientCert }, true, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			v, ca := serveTLS(t, row.change)
			c := v.client(t, func(cfg *Config) {
				if row.trust {
					cfg.Roots, _ = ParseCA(ca)
				}
			})
			_, err := c.List(t.Context())
			if row.says == "" {
				if err != nil {
					t.Error(err)
				}
				for _, r := range v.Requests() {
					if r.Proto != "HTTP/2.0" {
						t.Errorf("%s, want HTTP/2", r.Proto)
					}
				}
				return
			}
			var refused *Error
			if !as(err, Unreachable, &refused) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("err = %v", err)
			}
			if refused != nil && refused.Attempts != 1 {
				t.Errorf("%d attempts for what doesn't pass by itself", refused.Attempts)
			}
		})
	}
	t.Run("a client certificate wanted under TLS 1.3", func(t *testing.T) {
		v, ca := serveTLS(t, func(c *tls.Config) { c.ClientAuth, c.MinVersion = tls.RequireAnyClientCert, tls.VersionTLS13 })
		_, err := v.client(t, withCA(ca)).List(t.Context())
		if err == nil || !strings.Contains(err.Error(), "client certificate") {
			t.Errorf("err = %v", err)
		}
	})
	t.Run("no intermediate certificate", func(t *testing.T) {
		root, leaf := chain(t)
		v, _ := serveTLS(t, func(c *tls.Config) { c.Certificates = []tls.Certificate{leaf} })
		_, err := v.client(t, withCA(root)).List(t.Context())
		if err == nil || !strings.Contains(err.Error(), "no intermediate certificate") {
			t.Errorf("err = %v", err)
		}
	})
	t.Run("a header without end", func(t *testing.T) {
		v, ca := serveTLS(t, func(*tls.Config) {})
		v.AddFault(devserver.Fault{Path: devserver.RouteList, Header: http.Header{"X-Large": {strings.Repeat("MARKER", 20_000)}}})
		plain := newVault(t)
		plain.AddFault(devserver.Fault{Path: devserver.RouteList, Header: http.Header{"X-Large": {strings.Repeat("MARKER", 20_000)}}})
		for _, c := range []*Client{v.client(t, withCA(ca)), plain.client(t)} {
			_, err := c.List(t.Context())
			var refused *Error
			if !as(err, Unreachable, &refused) || refused.Attempts != 1 || !strings.Contains(err.Error(), "64 kB") {
				t.Errorf("err = %v", err)
			}
			v.discreet(t, err)
		}
	})
	t.Run("another host", func(t *testing.T) {
		v, ca := serveTLS(t, func(*tls.Config) {})
		v.url = strings.Replace(v.url, "127.0.0.1", "localhost", 1)
		_, err := v.client(t, withCA(ca)).List(t.Context())
		if err == nil || !strings.Contains(err.Error(), "another host") {
			t.Errorf("err = %v", err)
		}
	})
	t.Run("a server without TLS", func(t *testing.T) {
		v := newVault(t)
		_, err := v.client(t, func(cfg *Config) { cfg.BaseURL = strings.Replace(v.url, "http:", "https:", 1) }).List(t.Context())
		if err == nil || !strings.Contains(err.Error(), "doesn't speak TLS") {
			t.Errorf("err = %v", err)
		}
	})
}

// TestAnOptionalClientCertificateIsNotBlamed: a server may ask for a client
// certificate and do without. Once it has answered, a connection that breaks has
// another reason.
func TestAnOptionalClientCertificateIsNotBlamed(t *testing.T) {
	v, ca := serveTLS(t, func(c *tls.Config) { c.ClientAuth, c.NextProtos = tls.RequestClientCert, []string{"http/1.1"} })
	c := v.client(t, withCA(ca))
	if _, err := c.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.AddFault(devserver.Fault{Path: devserver.RouteList, CutBefore: true})
	_, err := c.List(t.Context())
	if err == nil || strings.Contains(err.Error(), "client certificate") {
		t.Errorf("err = %v", err)
	}
}
