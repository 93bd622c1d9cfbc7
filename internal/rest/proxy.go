package rest

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// ProxyError is about an environment variable whose proxy can't be used. It doesn't
// quote the address, which may hold a password.
type ProxyError struct {
	Variable string
	CGI      bool // it isn't to be trusted in a CGI script, which this looks like
}

func (e *ProxyError) Error() string { return e.Variable + " doesn't hold the address of a proxy" }

// proxyFor is the proxy for a server, by the usual environment variables; nil for
// none. If net/http would go past a proxy because it can't read its address, this is an
// error. A loopback host is never reached through a proxy: net/http knows only some
// of its spellings, and would give the proxy a password meant for this machine.
func proxyFor(base *url.URL) (*url.URL, error) {
	if Loopback(base.Hostname()) {
		return nil, nil
	}
	settings := httpproxy.FromEnvironment()
	variable, raw := "HTTPS_PROXY", settings.HTTPSProxy
	if base.Scheme == "http" {
		variable, raw = "HTTP_PROXY", settings.HTTPProxy
	}
	if raw == "" {
		return nil, nil
	}
	// What NO_PROXY exempts doesn't depend on the proxy's address.
	settings.HTTPSProxy, settings.HTTPProxy = "http://proxy.invalid", "http://proxy.invalid"
	exempt, err := settings.ProxyFunc()(base)
	if err != nil {
		return nil, &ProxyError{Variable: variable, CGI: true}
	}
	if exempt == nil {
		return nil, nil
	}
	proxy, err := parseProxy(raw)
	if err != nil {
		return nil, &ProxyError{Variable: variable}
	}
	return proxy, nil
}

// parseProxy takes a URL, or a host with or without a port.
func parseProxy(raw string) (*url.URL, error) {
	if !strings.Contains(raw, "://") {
		raw = "http://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) || u.Hostname() == "" || !ValidPort(u) {
		return nil, http.ErrNotSupported
	}
	return u, nil
}

// Loopback reports whether a host name can only be this machine.
func Loopback(host string) bool {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// ValidPort reports whether a URL's port can be one; none is fine.
func ValidPort(u *url.URL) bool {
	if u.Port() == "" {
		return true
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0
}
