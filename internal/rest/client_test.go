package rest

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// setProxies sets the variables that net/http knows, and no others.
func setProxies(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "REQUEST_METHOD"} {
		t.Setenv(name, variables[name])
	}
}

func TestProxyFor(t *testing.T) {
	const https, vault = "HTTPS_PROXY", "https://vault.example.com"
	for _, row := range []struct {
		name string
		env  map[string]string
		base string
		want string // host and port of the proxy; "" for none, "-" for an error
	}{
		{"none", nil, vault, ""},
		{"a URL", map[string]string{https: "http://user:MARKER@proxy:8080"}, vault, "proxy:8080"},
		{"in lower case", map[string]string{"https_proxy": "http://proxy:8080"}, vault, "proxy:8080"},
		{"a host and a port", map[string]string{https: "proxy:8080"}, vault, "proxy:8080"},
		{"a host", map[string]string{https: "proxy"}, vault, "proxy"},
		{"an IPv6 address", map[string]string{https: "[2001:db8::1]:8080"}, vault, "[2001:db8::1]:8080"},
		{"over TLS", map[string]string{https: "https://proxy"}, vault, "proxy"},
		{"SOCKS", map[string]string{https: "socks5://proxy:1080"}, vault, "proxy:1080"},
		{"another scheme's", map[string]string{"HTTP_PROXY": "http://proxy:8080"}, vault, ""},
		{"for http", map[string]string{"HTTP_PROXY": "http://proxy:8080"}, "http://vault.example.com", "proxy:8080"},
		{"exempt", map[string]string{https: "http://proxy:8080", "NO_PROXY": ".example.com"}, vault, ""},
		{"exempt, all", map[string]string{https: "http://proxy:8080", "NO_PROXY": "*"}, vault, ""},
		{"exempt, and can't be read", map[string]string{https: "http://MARKER:%zz@proxy", "NO_PROXY": "vault.example.com"}, vault, ""},
		{"another one exempt", map[string]string{https: "http://proxy:8080", "NO_PROXY": "other.example.com"}, vault, "proxy:8080"},
		{"a password that isn't escaped", map[string]string{https: "http://user:MARKER%zz@proxy:8080"}, vault, "-"},
		{"a password with a slash", map[string]string{https: "http://user:MARKER/x@proxy:8080"}, vault, "-"},
		{"a port that is none", map[string]string{https: "http://proxy:MARKER"}, vault, "-"},
		{"a port past the last", map[string]string{https: "http://proxy:80800"}, vault, "-"},
		{"a scheme that is no proxy's", map[string]string{https: "ftp://MARKER"}, vault, "-"},
		{"no host", map[string]string{https: "http://"}, vault, "-"},
		{"a space", map[string]string{https: "http://proxy MARKER"}, vault, "-"},
		{"the other one can't be read", map[string]string{"HTTP_PROXY": "http://MARKER:%zz@proxy"}, vault, ""},
		{"in a CGI script", map[string]string{"HTTP_PROXY": "http://proxy:8080", "REQUEST_METHOD": "GET"}, "http://vault.example.com", "-"},
	} {
		t.Run(row.name, func(t *testing.T) {
			setProxies(t, row.env)
			base, err := url.Parse(row.base)
			if err != nil {
				t.Fatal(err)
			}
			got, err := proxyFor(base)
			if row.want == "-" {
				cgi := row.env["REQUEST_METHOD"] != ""
				if err == nil || !regexp.MustCompile("^the environment variable HTTPS?_PROXY ").MatchString(err.Error()) || strings.Contains(err.Error(), "CGI") != cgi || strings.Contains(err.Error(), "MARKER") {
					t.Errorf("err = %v", err)
				}
				return
			}
			host := ""
			if got != nil {
				host = got.Host
			}
			if err != nil || host != row.want {
				t.Errorf("proxyFor = %q, %v", host, err)
			}
		})
	}
}

// TestLoopbackIsReachedWithoutAProxy: a proxy would get the client secret.
func TestLoopbackIsReachedWithoutAProxy(t *testing.T) {
	setProxies(t, map[string]string{"HTTP_PROXY": "http://proxy.invalid:8080", "HTTPS_PROXY": "http://proxy.invalid:8080"})
	for _, host := range []string{"localhost", "LOCALHOST", "LocalHost.", "127.0.0.1", "127.1.2.3", "[::1]", "[0:0::1]", "[::ffff:127.0.0.1]", "[::1%25lo]"} {
		if proxy, err := proxyFor(&url.URL{Scheme: "http", Host: host + ":8200"}); proxy != nil || err != nil {
			t.Errorf("%s: %v, %v", host, proxy, err)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	if _, err := send(t, strings.Replace(server.URL, "127.0.0.1", "LOCALHOST", 1)); err != nil {
		t.Error(err)
	}
}

func TestProxyRefusals(t *testing.T) {
	for _, row := range []struct {
		status, requests int
		want             Kind
	}{
		{407, 1, ProxyLogin},
		{403, 1, ProxyRefused},
		{502, 3, ProxyTrouble},
		{204, 1, ProxyRefused},
	} {
		var asked atomic.Int64
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			w.Header().Set("Proxy-Authenticate", `Basic realm="MARKER"`)
			w.WriteHeader(row.status)
		}))
		defer proxy.Close()
		setProxies(t, map[string]string{"HTTPS_PROXY": strings.Replace(proxy.URL, "http://", "http://user:MARKER@", 1)})
		_, err := send(t, "https://vault.example.com")
		f, ok := errors.AsType[*Failure](err)
		if !ok || f.Kind != row.want || f.Status != row.status || f.sent || strings.Contains(err.Error(), "MARKER") {
			t.Errorf("%d: %v", row.status, err)
		}
		if int(asked.Load()) != row.requests {
			t.Errorf("%d: asked %d times", row.status, asked.Load())
		}
	}
}

// send sends a GET, twice more if that can help, without a wait.
func send(t *testing.T, to string) (*Answer, error) {
	t.Helper()
	base, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{Base: base, Timeout: time.Minute, Retries: 2})
	if err != nil {
		t.Fatal(err)
	}
	c.Clock = hasty{}
	return c.Call(Request{Method: http.MethodGet, Path: []string{"x"}, Limit: 1 << 10}).Send(t.Context())
}

// hasty is a clock by which waits take no time.
type hasty struct{ SystemClock }

func (hasty) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }
