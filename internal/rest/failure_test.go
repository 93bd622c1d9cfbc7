package rest

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
	"syscall"
	"testing"
)

// timeout is as net/http's own errors of that kind are.
type timeout struct{}

func (timeout) Error() string   { return "MARKER" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }

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
		{"a connection that net/http gave up", errors.New("http: can't write HTTP request on broken connection"), true},
	} {
		f := describe(&url.Error{Op: "Get", Err: row.err}, phase{certificateWanted: true})
		if f.Kind != CertificateWanted || f.transient != row.transient {
			t.Errorf("%s: %q, transient %v", row.name, f.Kind, f.transient)
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
		want      Kind
		transient bool
	}{
		{"unknown authority", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, true, UnknownAuthority, false},
		{"another host's certificate", &tls.CertificateVerificationError{Err: x509.HostnameError{Host: "MARKER", Certificate: &x509.Certificate{}}}, true, OtherHost, false},
		{"expired certificate", &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired, Detail: "MARKER"}}, true, InvalidCertificate, false},
		{"another flaw of a certificate", &tls.CertificateVerificationError{Err: errors.New("MARKER")}, true, UnverifiedCertificate, false},
		{"no TLS", tls.RecordHeaderError{Msg: "MARKER"}, true, NoTLS, false},
		{"an alert", &net.OpError{Op: "remote error", Err: errors.New("MARKER")}, true, HandshakeFailed, false},
		{"the proxy", &net.OpError{Op: "proxyconnect", Err: errors.New("MARKER")}, false, ProxyUnreachable, true},
		{"the proxy's certificate", &net.OpError{Op: "proxyconnect", Err: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}}, false, ProxyUnreachable, true},
		{"a SOCKS proxy", &net.OpError{Op: "socks connect", Err: errors.New("MARKER")}, false, ProxyUnreachable, true},
		{"a proxy that wants a login", &refusal{407}, false, ProxyLogin, false},
		{"a proxy that refuses", &refusal{403}, false, ProxyRefused, false},
		{"a proxy that finds no server", &refusal{502}, false, ProxyTrouble, true},
		{"no intermediate certificate", &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{{RawIssuer: []byte("CA")}}, Err: x509.UnknownAuthorityError{}}, true, MissingIntermediate, false},
		{"a certificate signed by itself", &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{{}}, Err: x509.UnknownAuthorityError{}}, true, UnknownAuthority, false},
		{"a whole chain", &tls.CertificateVerificationError{UnverifiedCertificates: make([]*x509.Certificate, 2), Err: x509.UnknownAuthorityError{}}, true, UnknownAuthority, false},
		{"a dead connection", errors.New("http2: client connection lost"), false, ConnectionDead, true},
		{"a large header", errors.New("net/http: server response headers exceeded 65536 bytes; aborted MARKER"), false, LargeHeader, false},
		{"a large header over HTTP/2", errors.New("connection error: COMPRESSION_ERROR"), false, LargeHeader, false},
		{"late", context.DeadlineExceeded, false, TimedOut, true},
		{"late in the handshake", os.ErrDeadlineExceeded, true, TimedOut, true},
		{"later in the handshake than net/http waits", timeout{}, true, TimedOut, true},
		{"given up by the system", &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ETIMEDOUT)}, false, ConnectionDead, true},
		{"no answer of the name server", dial(&net.DNSError{Name: "MARKER", IsTimeout: true}), false, LookupFailed, true},
		{"no such host", dial(&net.DNSError{Name: "MARKER", IsNotFound: true}), false, UnknownHost, true},
		{"no name server", dial(&net.DNSError{Name: "MARKER", IsTemporary: true}), false, LookupFailed, true},
		{"refused", dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), false, ConnectionRefused, true},
		{"reset", &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, false, ConnectionReset, true},
		{"reset in the handshake", &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, true, ConnectionReset, true},
		{"broken pipe", &net.OpError{Op: "write", Err: os.NewSyscallError("write", syscall.EPIPE)}, false, ConnectionReset, true},
		{"no route", dial(os.NewSyscallError("connect", syscall.EHOSTUNREACH)), false, NoRoute, true},
		{"refused on Windows", dial(os.NewSyscallError("connectex", syscall.Errno(10061))), false, ConnectionRefused, true},
		{"reset on Windows, in the handshake", &net.OpError{Op: "read", Err: os.NewSyscallError("wsarecv", syscall.Errno(10054))}, true, ConnectionReset, true},
		{"aborted on Windows, in the handshake", &net.OpError{Op: "write", Err: os.NewSyscallError("wsasend", syscall.Errno(10053))}, true, ConnectionReset, true},
		{"given up on Windows", dial(os.NewSyscallError("connectex", syscall.Errno(10060))), false, NoRoute, true},
		{"no route on Windows", dial(os.NewSyscallError("connectex", syscall.Errno(10065))), false, NoRoute, true},
		{"closed", io.EOF, false, ConnectionClosed, true},
		{"cut short", io.ErrUnexpectedEOF, false, ConnectionClosed, true},
		{"no HTTP", fmt.Errorf("malformed HTTP response %q", "MARKER"), false, Unrecognized, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := describe(wrap(row.err), phase{handshake: row.handshake})
			if f.Kind != row.want || f.transient != row.transient {
				t.Errorf("describe = %q, transient %v, want %q", f.Kind, f.transient, row.want)
			}
		})
	}
}
