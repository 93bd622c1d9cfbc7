package helvetisafe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// fault is what an attempt without an answer came to, told without quoting the
// other side.
type fault struct {
	text      string
	transient bool // another attempt may work
	sent      bool // the server may have got the request
	late      bool // request_timeout was over
	cut       bool // the answer began, and ended too early
}

func (f *fault) Error() string { return f.text }

// describe turns an error of net/http into words. The texts of net/http can quote
// what the server or a proxy sent, and a proxy's URL with its password, so only
// what is recognised is told apart and no text is passed on. A TLS handshake that
// ends in an alert has no error type to go by, so the caller says that there was one.
func describe(err error, handshake bool) fault {
	var (
		dns       *net.DNSError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		verify    *tls.CertificateVerificationError
		op        *net.OpError
	)
	switch {
	case errors.As(err, &authority):
		return fault{text: "the server's certificate is signed by an authority that is not trusted here; give it in `ca_cert_pem` or `ca_cert_path`"}
	case errors.As(err, &host):
		return fault{text: "the server's certificate is for another host; check `base_url`"}
	case errors.As(err, &invalid):
		return fault{text: "the server's certificate is not valid (expired, or not for a server); check the clock here and the certificate there"}
	case errors.As(err, &verify):
		return fault{text: "the server's certificate can't be verified; check it there, and `ca_cert_pem` or `ca_cert_path` here"}
	case errors.As(err, &record):
		return fault{text: "the server doesn't speak TLS; check the scheme and port of `base_url`"}
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return fault{text: "the proxy can't be reached; check HTTPS_PROXY, HTTP_PROXY and NO_PROXY", transient: true}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return fault{text: "it took longer than `request_timeout`; try again, or raise it", transient: true, late: true}
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return fault{text: "the host name isn't known; check `base_url`", transient: true}
		}
		return fault{text: "the host name couldn't be looked up; check the network here, and try again", transient: true}
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault{text: "the connection was refused; check `base_url`, and that the server runs", transient: true}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fault{text: "the connection was reset; check any proxy in between, and try again", transient: true}
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return fault{text: "the server can't be reached over the network; check the network here, and `base_url`", transient: true}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fault{text: "the connection was closed before the answer was complete; check any proxy in between, and try again", transient: true}
	}
	if handshake {
		return fault{text: "the TLS handshake failed; the server may not take TLS 1.2 or newer, or may want a client certificate; check its settings, and any proxy in between"}
	}
	return fault{text: "the connection failed, or the other side doesn't speak HTTP; check `base_url` and any proxy", transient: true}
}
