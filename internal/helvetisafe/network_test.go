package helvetisafe

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// TestRedirectsAreNotFollowed shows that no byte reaches the second host, and so
// none of a credential.
func TestRedirectsAreNotFollowed(t *testing.T) {
	second := newVault(t)
	for authName, auth := range map[string]func(*Config){"client credentials": func(*Config) {}, "api token": withAPIToken} {
		for _, code := range []int{300, 301, 302, 303, 304, 305, 307, 308} {
			t.Run(authName+"/"+http.StatusText(code), func(t *testing.T) {
				v := newVault(t)
				c := v.client(t, auth)
				v.AddFault(devserver.Fault{RedirectTo: second.url + "/api/v1/secrets", Status: code})
				ctx := background(t)
				_, list := c.List(ctx)
				_, create := c.Create(ctx, "k", NewValue("k", testPlaintext), KeepExpiry())
				_, err := c.Delete(ctx, "k")
				for _, err := range []error{list, create, err} {
					var refused *ConnectionError
					if !errors.As(err, &refused) || !strings.Contains(err.Error(), "redirect") {
						t.Errorf("err = %v", err)
					}
					v.discreet(t, err)
				}
			})
		}
	}
	if n := len(second.Requests()); n != 0 {
		t.Errorf("%d requests reached the second host", n)
	}
}

func TestRequestTimeoutBoundsTheBodyToo(t *testing.T) {
	for _, row := range []struct {
		name  string
		fault devserver.Fault
	}{
		{"no answer", devserver.Fault{Hang: true}},
		{"a body that drips", devserver.Fault{Drip: time.Minute}},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t)
			c := v.client(t, func(cfg *Config) { cfg.RequestTimeout, cfg.MaxRetries = 50*time.Millisecond, 1 })
			row.fault.Path = devserver.RouteToken
			v.AddFault(row.fault)
			_, err := c.List(background(t))
			var late *ConnectionError
			if !errors.As(err, &late) || !strings.Contains(err.Error(), "`request_timeout`") || late.Attempts != 2 {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func TestCancellationEndsEverything(t *testing.T) {
	for _, row := range []struct {
		name  string
		fault devserver.Fault
		real  bool // waits by the real clock
	}{
		{"in a request", devserver.Fault{Path: devserver.RouteRead, Hang: true}, false},
		{"in a body", devserver.Fault{Path: devserver.RouteRead, Drip: time.Minute}, false},
		{"in the token exchange", devserver.Fault{Path: devserver.RouteToken, Hang: true}, false},
		{"in a wait", devserver.Fault{Path: devserver.RouteRead, Status: 503, RetryAfter: "60"}, true},
		{"in a pause", devserver.Fault{Path: devserver.RouteRead, Status: 429, RetryAfter: "60"}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t)
			v.put(t, "k", "x")
			c := v.client(t)
			if row.real {
				c.rest.Clock = rest.SystemClock{}
			}
			v.AddFault(row.fault)
			ctx, cancel := context.WithCancel(background(t))
			go func() {
				for v.Count(row.fault.Path) == 0 {
					time.Sleep(time.Millisecond)
				}
				cancel()
			}()
			_, err := c.Get(ctx, "k")
			var ended *ConnectionError
			if !errors.As(err, &ended) || !errors.Is(err, context.Canceled) {
				t.Errorf("err = %T: %v", err, err)
			}
			if background(t).Err() != nil {
				t.Error("it didn't end by the cancellation")
			}
		})
	}
}

func TestCancellationEndsTheWaitForTheOrgKey(t *testing.T) {
	v := newVault(t)
	c := v.client(t, withPassword)
	v.AddFault(devserver.Fault{Path: devserver.RouteOrgKey, Hang: true, Times: 1})
	ctx, cancel := context.WithCancel(background(t))
	go func() {
		for v.Count(devserver.RouteOrgKey) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	_, err := c.OrgKeyFingerprint(ctx)
	var ended *ConnectionError
	if !errors.As(err, &ended) || !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	// Others aren't handed the cancellation.
	if _, err := c.OrgKeyFingerprint(background(t)); err != nil {
		t.Error(err)
	}
	if _, err := c.OrgKeyFingerprint(ctx); err != nil {
		t.Errorf("a loaded key needs no time: %v", err)
	}
}

func TestAServerThatIsDownIsNotHammered(t *testing.T) {
	v := newVault(t)
	c := v.client(t, func(cfg *Config) { cfg.MaxRetries = 4 })
	if _, err := c.List(background(t)); err != nil {
		t.Fatal(err)
	}
	v.AddFault(devserver.Fault{Status: 503})
	v.ResetRequests()
	const calls = 200 // and 100 retries are all that a run has
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range calls / 10 {
				var failed *APIError
				if _, err := c.List(background(t)); !errors.As(err, &failed) {
					t.Errorf("err = %v", err)
				}
			}
		})
	}
	wg.Wait()
	if n, most := v.Count(devserver.RouteList), calls+100; n > most {
		t.Errorf("%d requests for %d calls, want %d at most", n, calls, most)
	}
}

func TestARateLimitIsEverybodysWait(t *testing.T) {
	v := newVault(t)
	c := v.client(t)
	clock := c.rest.Clock.(*fakeClock)
	if _, err := c.List(background(t)); err != nil {
		t.Fatal(err)
	}
	v.AddFault(devserver.Fault{Path: devserver.RouteList, Status: 429, RetryAfter: "7", Times: 1})
	began := clock.Now()
	if _, err := c.List(background(t)); err != nil {
		t.Fatal(err)
	}
	if waited := clock.Now().Sub(began); waited < 7*time.Second || waited > 8*time.Second {
		t.Errorf("the one that was told waited %v", waited)
	}
	// Told on another call, and with no retries left: the next one waits.
	c.rest.Retries = 0
	v.AddFault(devserver.Fault{Path: devserver.RouteRead, Status: 429, RetryAfter: "7", Times: 1})
	var limit *RateLimitError
	if _, err := c.Get(background(t), "k"); !errors.As(err, &limit) {
		t.Fatalf("err = %v", err)
	}
	began = clock.Now()
	if _, err := c.List(background(t)); err != nil {
		t.Fatal(err)
	}
	if waited := clock.Now().Sub(began); waited < 7*time.Second || waited > 8*time.Second {
		t.Errorf("another one waited %v", waited)
	}
}

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
		{"an unknown authority", func(*tls.Config) {}, false, "`ca_cert_pem`"},
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
			_, err := c.List(background(t))
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
			var refused *ConnectionError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("err = %v", err)
			}
			if refused != nil && refused.Attempts != 1 {
				t.Errorf("%d attempts for what doesn't pass by itself", refused.Attempts)
			}
		})
	}
	t.Run("a client certificate wanted under TLS 1.3", func(t *testing.T) {
		v, ca := serveTLS(t, func(c *tls.Config) { c.ClientAuth, c.MinVersion = tls.RequireAnyClientCert, tls.VersionTLS13 })
		_, err := v.client(t, withCA(ca)).List(background(t))
		if err == nil || !strings.Contains(err.Error(), "client certificate") {
			t.Errorf("err = %v", err)
		}
	})
	t.Run("no intermediate certificate", func(t *testing.T) {
		root, leaf := chain(t)
		v, _ := serveTLS(t, func(c *tls.Config) { c.Certificates = []tls.Certificate{leaf} })
		_, err := v.client(t, withCA(root)).List(background(t))
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
			_, err := c.List(background(t))
			var refused *ConnectionError
			if !errors.As(err, &refused) || refused.Attempts != 1 || !strings.Contains(err.Error(), "64 kB") {
				t.Errorf("err = %v", err)
			}
			v.discreet(t, err)
		}
	})
	t.Run("another host", func(t *testing.T) {
		v, ca := serveTLS(t, func(*tls.Config) {})
		v.url = strings.Replace(v.url, "127.0.0.1", "localhost", 1)
		_, err := v.client(t, withCA(ca)).List(background(t))
		if err == nil || !strings.Contains(err.Error(), "another host") {
			t.Errorf("err = %v", err)
		}
	})
	t.Run("a server without TLS", func(t *testing.T) {
		v := newVault(t)
		_, err := v.client(t, func(cfg *Config) { cfg.BaseURL = strings.Replace(v.url, "http:", "https:", 1) }).List(background(t))
		if err == nil || !strings.Contains(err.Error(), "doesn't speak TLS") {
			t.Errorf("err = %v", err)
		}
	})
}

// TestNothingGoesOnAfterACancellation: what a call has started ends with it, also
// what it shared with others.
func TestNothingGoesOnAfterACancellation(t *testing.T) {
	for _, fault := range []devserver.Fault{
		{Path: devserver.RouteToken, Hang: true},
		{Path: devserver.RouteOrgKey, Drip: time.Minute},
		{Path: devserver.RouteRead, Hang: true},
		{Path: devserver.RouteRead, Status: 429, RetryAfter: "60"},
		{Path: devserver.RouteRead, Status: 503, RetryAfter: "60"},
	} {
		t.Run(fault.Path, func(t *testing.T) {
			v := newVault(t)
			v.put(t, "k", "x")
			c := v.client(t)
			c.rest.Clock = rest.SystemClock{}
			v.AddFault(fault)
			ctx, cancel := context.WithCancel(background(t))
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					if s, err := c.Get(ctx, "k"); err == nil {
						_, err = c.Open(ctx, s)
						if err == nil {
							t.Error("it worked")
						}
					}
				})
			}
			for v.Count(fault.Path) == 0 {
				time.Sleep(time.Millisecond)
			}
			if ours(t) == "" {
				t.Error("nothing is seen of the calls under way")
			}
			cancel()
			wg.Wait()
			deadline := background(t)
			for stack := ours(t); stack != ""; stack = ours(t) {
				if deadline.Err() != nil {
					t.Fatalf("it goes on:\n%s", stack)
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
}

// ours is the stack of a goroutine of the client's; "" if there is none.
func ours(t *testing.T) string {
	t.Helper()
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for _, stack := range strings.Split(string(stacks), "\n\n") {
		if strings.Contains(stack, "helvetisafe.(*Client)") || strings.Contains(stack, "helvetisafe.(*call)") || strings.Contains(stack, "helvetisafe.(*flight") {
			return stack
		}
	}
	return ""
}

// TestAnOptionalClientCertificateIsNotBlamed: a server may ask for a client
// certificate and do without. Once it has answered, a connection that breaks has
// another reason.
func TestAnOptionalClientCertificateIsNotBlamed(t *testing.T) {
	v, ca := serveTLS(t, func(c *tls.Config) { c.ClientAuth, c.NextProtos = tls.RequestClientCert, []string{"http/1.1"} })
	c := v.client(t, withCA(ca))
	if _, err := c.List(background(t)); err != nil {
		t.Fatal(err)
	}
	v.AddFault(devserver.Fault{Path: devserver.RouteList, CutBefore: true})
	_, err := c.List(background(t))
	if err == nil || strings.Contains(err.Error(), "client certificate") {
		t.Errorf("err = %v", err)
	}
}

// TestALoopbackNameThatLeadsElsewhere: a resolver can answer for localhost what it
// likes. Over http the credentials would go there in the clear.
func TestALoopbackNameThatLeadsElsewhere(t *testing.T) {
	v := newVault(t)
	c := v.client(t)
	c.rest.Base.Host = "192.0.2.1:1" // as if localhost had led there
	_, err := c.List(background(t))
	var refused *ConnectionError
	if !errors.As(err, &refused) || refused.Attempts != 1 || !strings.Contains(err.Error(), "leads to another machine") {
		t.Errorf("err = %v", err)
	}
}

// TestNoHTTP2WhileItIsDebugged: GODEBUG can have net/http print each frame of HTTP/2,
// the client secret and the tokens in them, and Terraform puts that into its log.
func TestNoHTTP2WhileItIsDebugged(t *testing.T) {
	t.Setenv("GODEBUG", "netdns=go,http2debug=2")
	v, ca := serveTLS(t, func(*tls.Config) {})
	if _, err := v.client(t, withCA(ca)).List(background(t)); err != nil {
		t.Fatal(err)
	}
	for _, r := range v.Requests() {
		if r.Proto != "HTTP/1.1" {
			t.Errorf("%s, want HTTP/1.1", r.Proto)
		}
	}
}
