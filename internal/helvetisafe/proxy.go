package helvetisafe

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// proxyFor is the proxy for a server, by the usual environment variables; nil for
// none. Where net/http would go past a proxy whose address it can't read, this is an
// error. A loopback host is never reached through a proxy: net/http knows only some
// of its spellings, and would give the proxy a password meant for this machine.
func proxyFor(base *url.URL) (*url.URL, error) {
	if loopback(base.Hostname()) {
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
		return nil, &ConfigError{detail: "the environment variable HTTP_PROXY can't be used together with REQUEST_METHOD, which a web server sets for CGI scripts; unset one of them"}
	}
	if exempt == nil {
		return nil, nil
	}
	proxy, err := parseProxy(raw)
	if err != nil {
		// The error would quote the address, and a password in it.
		return nil, &ConfigError{detail: fmt.Sprintf("the environment variable %s doesn't hold the address of a proxy; write it as http://user:password@proxy.example.com:8080, with special characters in the password escaped, or unset it", variable)}
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
	if !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) || u.Hostname() == "" || !validPort(u) {
		return nil, http.ErrNotSupported
	}
	return u, nil
}
