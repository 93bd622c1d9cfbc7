package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

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
