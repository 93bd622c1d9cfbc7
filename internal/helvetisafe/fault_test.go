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
			f := describe(wrap(row.err), row.handshake)
			if !strings.Contains(f.text, row.says) || f.transient != row.transient {
				t.Errorf("describe = %q, transient %v", f.text, f.transient)
			}
			if strings.Contains(f.text, "MARKER") {
				t.Error("it quotes the other side")
			}
		})
	}
}
