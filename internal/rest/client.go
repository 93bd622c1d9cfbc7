// Package rest sends requests to one server and brings back complete answers: with
// retries within a quota, waits that a server asks for, limits on what is read, and no
// redirects. Its errors say what went wrong without a word of what the other side
// sent. What an answer means is its caller's business.
package rest

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
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

// LogFunc takes the record of an attempt: method, path, status (0 for no answer),
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

// New makes no request. The error is a *ProxyError.
func New(cfg Config) (*Client, error) {
	proxy, err := proxyFor(cfg.Base)
	if err != nil {
		return nil, err
	}
	c := &Client{Config: cfg, Clock: SystemClock{}, quota: newQuota(), gate: &gate{}}
	c.Transport = newTransport(cfg, proxy, &c.certificateWanted)
	return c, nil
}
