// Package rest sends requests to one server and brings back complete answers: with
// retries within a quota, waits that a server asks for, limits on what is read, and no
// redirects. Its errors say what went wrong without a word of what the other side
// sent. What an answer means is its caller's business.
package rest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// Config says how a Client reaches its server.
type Config struct {
	Base      *url.URL       // without a trailing slash, a query or a fragment
	Timeout   time.Duration  // of each attempt, its body included
	Retries   int            // of each call
	UserAgent string         // sent with each request
	Roots     *x509.CertPool // trusted certificates; nil for the system's
	Local     bool           // connect to this machine only, whatever its name leads to
	Log       LogFunc        // gets one record for each attempt; nil for none
}

// LogFunc takes the record of an attempt: method, path, status (0 if there was no answer),
// duration_ms and attempt (from 1), never a header, a query or a body.
type LogFunc func(ctx context.Context, fields map[string]any)

// Client sends requests to one server. It is safe for concurrent use: the quota of
// retries and the wait for a rate limit are those of all callers together.
type Client struct {
	Config
	Transport http.RoundTripper
	Clock     Clock

	quota *quota
	gate  *gate
	// certificateWanted is set once the server has asked for a client certificate.
	certificateWanted atomic.Bool
	// answered is set once the server has answered: it can do without a certificate.
	answered atomic.Bool
}

// New makes no request. The error is about an environment variable whose proxy can't be
// used. It doesn't quote the address, which may hold a password.
func New(cfg Config) (*Client, error) {
	proxy, err := proxyFor(cfg.Base)
	if err != nil {
		return nil, err
	}
	c := &Client{Config: cfg, Clock: SystemClock{}, quota: newQuota(), gate: &gate{}}
	c.Transport = newTransport(cfg, proxy, &c.certificateWanted)
	return c, nil
}

const (
	// maxConnections bounds the connections to the server: Terraform's default
	// parallelism. net/http keeps only 2 of them by default and would open the
	// others again and again.
	maxConnections = 10
	// maxHeader bounds the header of an answer, in bytes.
	maxHeader = 64 << 10
	// shortestPing and longestPing bound the wait before a silent connection is asked
	// for a sign of life, and the wait for that sign.
	shortestPing = time.Second
	longestPing  = 5 * time.Second
)

// newTransport is net/http's own, with TLS 1.2 at least, and HTTP/2 if the server has
// it. A nil proxy stands for none. certificateWanted is set once the server has asked
// for a client certificate.
func newTransport(cfg Config, proxy *url.URL, certificateWanted *atomic.Bool) *http.Transport {
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	if cfg.Local {
		dialer.Control = refuseOthers
	}
	// An HTTP/2 connection carries all requests at once. If a firewall or NAT has
	// forgotten it, nothing comes back, and net/http would go on using it: a ping that
	// isn't answered closes it. Within an attempt of 4 s there is time for both waits.
	ping := min(max(cfg.Timeout/4, shortestPing), longestPing)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	// This setting of Go's has net/http print each frame of HTTP/2, credentials too.
	protocols.SetHTTP2(!strings.Contains(os.Getenv("GODEBUG"), "http2debug="))
	return &http.Transport{
		Proxy:                  http.ProxyURL(proxy),
		OnProxyConnectResponse: refusedByProxy,
		DialContext:            dialer.DialContext,
		TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS12,
			RootCAs:    cfg.Roots,
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				certificateWanted.Store(true)
				return &tls.Certificate{}, nil // none
			},
		},
		TLSHandshakeTimeout:    30 * time.Second,
		Protocols:              protocols,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: ping, PingTimeout: ping},
		MaxConnsPerHost:        maxConnections,
		MaxIdleConnsPerHost:    maxConnections,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
	}
}

var errElsewhere = errors.New("the address is another machine's")

// refuseOthers lets no connection be made to another machine. It is asked when the name
// has been looked up.
func refuseOthers(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil || !Loopback(host) {
		return errElsewhere
	}
	return nil
}

// refusal is a proxy's answer to CONNECT that is not a success.
type refusal struct{ status int }

func (e *refusal) Error() string { return "the proxy refused the connection" }

func refusedByProxy(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &refusal{answer.StatusCode}
}

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
		return nil, fmt.Errorf("the environment variable %s can't be used together with REQUEST_METHOD, which a web server sets for CGI scripts; unset one of them", variable)
	}
	if exempt == nil {
		return nil, nil
	}
	if !strings.Contains(raw, "://") {
		raw = "http://" + raw // a host with or without a port
	}
	proxy, err := url.Parse(raw)
	if err != nil || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, proxy.Scheme) || proxy.Hostname() == "" || !ValidPort(proxy) {
		return nil, fmt.Errorf("the environment variable %s doesn't hold the address of a proxy; write it as http://user:password@proxy.example.com:8080, with special characters in the password escaped, or unset it", variable)
	}
	return proxy, nil
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
