package helvetisafe

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
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
				var bad *ConfigError
				if !errors.As(err, &bad) || !strings.Contains(err.Error(), "_PROXY") || strings.Contains(err.Error(), "MARKER") {
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
		base, err := parseBaseURL("http://"+host+":8200", false)
		if err != nil {
			t.Fatal(err)
		}
		if proxy, err := proxyFor(base); proxy != nil || err != nil {
			t.Errorf("%s: %v, %v", host, proxy, err)
		}
	}
	v := newVault(t)
	if _, err := v.client(t, func(cfg *Config) { cfg.BaseURL = strings.Replace(v.url, "127.0.0.1", "LOCALHOST", 1) }).List(background(t)); err != nil {
		t.Error(err)
	}
}

func TestProxyRefusals(t *testing.T) {
	for _, row := range []struct {
		status, requests int
		says             string
	}{
		{407, 1, "credentials of its own"},
		{403, 1, "refuses to connect"},
		{502, 3, "couldn't connect to the server"},
		{204, 1, "refuses to connect"},
	} {
		var asked atomic.Int64
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			w.Header().Set("Proxy-Authenticate", `Basic realm="MARKER"`)
			w.WriteHeader(row.status)
			_, _ = w.Write([]byte("MARKER"))
		}))
		defer proxy.Close()
		setProxies(t, map[string]string{"HTTPS_PROXY": strings.Replace(proxy.URL, "http://", "http://user:MARKER@", 1)})
		v := newVault(t)
		_, err := v.client(t, func(cfg *Config) { cfg.BaseURL = "https://vault.example.com" }).List(background(t))
		var refused *ConnectionError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%d: %v", row.status, err)
		}
		v.discreet(t, err)
		if int(asked.Load()) != row.requests {
			t.Errorf("%d: asked %d times", row.status, asked.Load())
		}
	}
}
