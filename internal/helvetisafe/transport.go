package helvetisafe

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"
)

// maxConnections bounds the connections to the server: Terraform's default
// parallelism. net/http keeps only 2 of them by default and would open the others
// again and again.
const maxConnections = 10

// newTransport is net/http's own, with proxies from the environment, TLS 1.2 at
// least, and HTTP/2 where the server has it. A nil pool stands for the system's.
func newTransport(roots *x509.CertPool) *http.Transport {
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    30 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxConnsPerHost:        maxConnections,
		MaxIdleConnsPerHost:    maxConnections,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}
