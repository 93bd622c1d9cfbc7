package helvetisafe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestDescribeAClientCertificateWanted: what is said once the server has asked for one.
func TestDescribeAClientCertificateWanted(t *testing.T) {
	for _, row := range []struct {
		name      string
		err       error
		transient bool
	}{
		{"an alert", &net.OpError{Op: "remote error", Err: errors.New("tls: certificate required")}, false},
		{"reset", &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, true},
		{"broken pipe", &net.OpError{Op: "write", Err: os.NewSyscallError("write", syscall.EPIPE)}, true},
		{"closed", io.EOF, true},
	} {
		f := describe(&url.Error{Op: "Get", Err: row.err}, phase{certificateWanted: true})
		if !strings.Contains(f.text, "client certificate") || f.transient != row.transient {
			t.Errorf("%s: %q, transient %v", row.name, f.text, f.transient)
		}
	}
}

func TestDescribe(t *testing.T) {
	// What net/http wraps around an error quotes addresses, and what the other side sent.
	wrap := func(err error) error {
		return &url.Error{Op: "Get", URL: "https://MARKER", Err: err}
	}
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for _, row := range []struct {
		name      string
		err       error
		handshake bool
		says      string
		transient bool
	}{
		{"unknown authority", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, true, "`ca_cert_pem`", false},
		{"another host's certificate", &tls.CertificateVerificationError{Err: x509.HostnameError{Host: "MARKER", Certificate: &x509.Certificate{}}}, true, "another host", false},
		{"expired certificate", &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired, Detail: "MARKER"}}, true, "expired", false},
		{"another flaw of a certificate", &tls.CertificateVerificationError{Err: errors.New("MARKER")}, true, "verified", false},
		{"no TLS", tls.RecordHeaderError{Msg: "MARKER"}, true, "doesn't speak TLS", false},
		{"an alert", &net.OpError{Op: "remote error", Err: errors.New("MARKER")}, true, "handshake", false},
		{"the proxy", &net.OpError{Op: "proxyconnect", Err: errors.New("MARKER")}, false, "HTTPS_PROXY", true},
		{"the proxy's certificate", &net.OpError{Op: "proxyconnect", Err: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}}, false, "the proxy can't be reached", true},
		{"a SOCKS proxy", &net.OpError{Op: "socks connect", Err: errors.New("MARKER")}, false, "HTTPS_PROXY", true},
		{"a proxy that wants a login", &proxyError{407}, false, "credentials of its own (407)", false},
		{"a proxy that refuses", &proxyError{403}, false, "refuses to connect to the server (403)", false},
		{"a proxy that finds no server", &proxyError{502}, false, "couldn't connect to the server (502)", true},
		{"no intermediate certificate", &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{{RawIssuer: []byte("CA")}}, Err: x509.UnknownAuthorityError{}}, true, "no intermediate certificate", false},
		{"a certificate signed by itself", &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{{}}, Err: x509.UnknownAuthorityError{}}, true, "not trusted here; give it", false},
		{"a whole chain", &tls.CertificateVerificationError{UnverifiedCertificates: make([]*x509.Certificate, 2), Err: x509.UnknownAuthorityError{}}, true, "not trusted here; give it", false},
		{"a dead connection", errors.New("http2: client connection lost"), false, "nothing came over the connection", true},
		{"a large header", errors.New("net/http: server response headers exceeded 65536 bytes; aborted MARKER"), false, "64 kB", false},
		{"a large header over HTTP/2", errors.New("connection error: COMPRESSION_ERROR"), false, "64 kB", false},
		{"late", context.DeadlineExceeded, false, "`request_timeout`", true},
		{"late in the handshake", os.ErrDeadlineExceeded, true, "`request_timeout`", true},
		{"no such host", dial(&net.DNSError{Name: "MARKER", IsNotFound: true}), false, "isn't known", true},
		{"no name server", dial(&net.DNSError{Name: "MARKER", IsTemporary: true}), false, "looked up", true},
		{"refused", dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), false, "refused", true},
		{"reset", &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, false, "reset", true},
		{"reset in the handshake", &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, true, "reset", true},
		{"broken pipe", &net.OpError{Op: "write", Err: os.NewSyscallError("write", syscall.EPIPE)}, false, "reset", true},
		{"no route", dial(os.NewSyscallError("connect", syscall.EHOSTUNREACH)), false, "network", true},
		{"closed", io.EOF, false, "closed", true},
		{"cut short", io.ErrUnexpectedEOF, false, "closed", true},
		{"no HTTP", fmt.Errorf("malformed HTTP response %q", "MARKER"), false, "doesn't speak HTTP", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := describe(wrap(row.err), phase{handshake: row.handshake})
			if !strings.Contains(f.text, row.says) || f.transient != row.transient {
				t.Errorf("describe = %q, transient %v", f.text, f.transient)
			}
			if strings.Contains(f.text, "MARKER") {
				t.Error("it quotes the other side")
			}
		})
	}
}
