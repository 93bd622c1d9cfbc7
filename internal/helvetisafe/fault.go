package helvetisafe

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
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

// phase is how far an attempt had come when it failed. Some failures have no error
// type to go by.
type phase struct {
	handshake         bool // TLS was being negotiated
	certificateWanted bool // the server has asked for a client certificate
}

// describe turns an error of net/http into words. The texts of net/http can quote
// what the server or a proxy sent, and a proxy's URL with its password, so only
// what is recognised is told apart and no text is passed on.
func describe(err error, p phase) fault {
	var (
		dns       *net.DNSError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		verify    *tls.CertificateVerificationError
		op        *net.OpError
		proxy     *proxyError
	)
	switch {
	case errors.As(err, &proxy):
		return proxyFault(proxy.status)
	case errors.As(err, &op) && (op.Op == "proxyconnect" || op.Op == "socks connect"):
		return fault{text: "the proxy can't be reached; check HTTPS_PROXY, HTTP_PROXY and NO_PROXY", transient: true}
	case errors.As(err, &authority):
		if errors.As(err, &verify) && len(verify.UnverifiedCertificates) == 1 && !selfIssued(verify.UnverifiedCertificates[0]) {
			return fault{text: "the server's certificate is signed by an authority that is not trusted here, and no intermediate certificate comes with it; give the authority in `ca_cert_pem` or `ca_cert_path`, or set the server up to send its whole chain"}
		}
		return fault{text: "the server's certificate is signed by an authority that is not trusted here; give it in `ca_cert_pem` or `ca_cert_path`"}
	case errors.As(err, &host):
		return fault{text: "the server's certificate is for another host; check `base_url`"}
	case errors.As(err, &invalid):
		return fault{text: "the server's certificate is not valid (expired, or not for a server); check the clock here and the certificate there"}
	case errors.As(err, &verify):
		return fault{text: "the server's certificate can't be verified; check it there, and `ca_cert_pem` or `ca_cert_path` here"}
	case errors.As(err, &record):
		return fault{text: "the server doesn't speak TLS; check the scheme and port of `base_url`"}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return fault{text: "it took longer than `request_timeout`; try again, or raise it", transient: true, late: true}
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return fault{text: "the host name isn't known; check `base_url`", transient: true}
		}
		return fault{text: "the host name couldn't be looked up; check the network here, and try again", transient: true}
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault{text: "the connection was refused; check `base_url`, and that the server runs", transient: true}
	case op != nil && op.Op == "remote error" && p.certificateWanted:
		return fault{text: wantsCertificate}
	case p.certificateWanted && (broken(err) || ended(err)):
		// Under TLS 1.3 a refused client learns of it after its handshake, if at all.
		return fault{text: wantsCertificate, transient: true}
	case broken(err):
		return fault{text: "the connection was reset; check any proxy in between, and try again", transient: true}
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return fault{text: "the server can't be reached over the network; check the network here, and `base_url`", transient: true}
	case ended(err):
		return fault{text: "the connection was closed before the answer was complete; check any proxy in between, and try again", transient: true}
	case p.handshake:
		return fault{text: "the TLS handshake failed; the server may not take TLS 1.2 or newer; check its settings, and any proxy in between"}
	case strings.Contains(err.Error(), "connection lost"): // HTTP/2, after a ping without an answer
		return fault{text: "nothing came over the connection any longer; check the network, and any firewall or VPN in between", transient: true}
	case slices.ContainsFunc([]string{"headers exceeded", "header list", "COMPRESSION_ERROR"}, func(s string) bool { return strings.Contains(err.Error(), s) }):
		return fault{text: fmt.Sprintf("the answer's header is larger than %d kB, or damaged; check `base_url` and any proxy in between", maxHeader>>10)}
	}
	return fault{text: "the connection failed, or the other side doesn't speak HTTP; check `base_url` and any proxy", transient: true}
}

const wantsCertificate = "the server asks for a client certificate, which this provider can't give, and ended the connection; use an address that wants none"

func broken(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func ended(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

func selfIssued(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

// proxyFault is for the answer of a proxy that was asked to connect to the server.
func proxyFault(status int) fault {
	switch {
	case status == http.StatusProxyAuthRequired:
		return fault{text: "the proxy wants credentials of its own (407); set them in HTTPS_PROXY, or name the host in NO_PROXY"}
	case serverTrouble(status):
		return fault{text: fmt.Sprintf("the proxy couldn't connect to the server (%d); check `base_url`, and whether this host needs the proxy (NO_PROXY)", status), transient: true}
	}
	return fault{text: fmt.Sprintf("the proxy refuses to connect to the server (%d); ask whoever runs it to allow the host, or name the host in NO_PROXY", status)}
}
