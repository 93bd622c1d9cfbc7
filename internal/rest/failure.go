package rest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
)

// Kind is what kept an attempt from being answered, as a sentence without its end.
type Kind string

// The kinds of failures.
const (
	Unrecognized          Kind = "the connection failed, or the other side doesn't speak HTTP"
	UnknownAuthority      Kind = "the server's certificate is signed by an authority that is not trusted here"
	MissingIntermediate   Kind = "the server's certificate is signed by an authority that is not trusted here, and no intermediate certificate comes with it"
	OtherHost             Kind = "the server's certificate is for another host"
	InvalidCertificate    Kind = "the server's certificate is not valid (expired, or not for a server)"
	UnverifiedCertificate Kind = "the server's certificate can't be verified"
	NoTLS                 Kind = "the server doesn't speak TLS"
	HandshakeFailed       Kind = "the TLS handshake failed: the server may not support TLS 1.2 or newer"
	CertificateWanted     Kind = "the server asks for a client certificate, which can't be given here, and ended the connection"
	ProxyUnreachable      Kind = "the proxy can't be reached"
	ProxyLogin            Kind = "the proxy wants credentials of its own"
	ProxyRefused          Kind = "the proxy refuses to connect to the server"
	ProxyTrouble          Kind = "the proxy couldn't connect to the server"
	TimedOut              Kind = "it took longer than one attempt may take"
	UnknownHost           Kind = "the host name isn't known"
	LookupFailed          Kind = "the host name couldn't be looked up"
	ConnectionRefused     Kind = "the connection was refused"
	ConnectionReset       Kind = "the connection was reset"
	ConnectionClosed      Kind = "the connection was closed before the answer was complete"
	ConnectionDead        Kind = "nothing came over the connection any longer"
	NoRoute               Kind = "the server can't be reached over the network"
	LargeHeader           Kind = "the answer's header is larger than 64 kB, or damaged"
	CutShort              Kind = "the answer was cut short"
	Elsewhere             Kind = "the host leads to another machine, to which http would show tokens"
	Redirected            Kind = "the server answers with a redirect, which isn't followed because the credentials would go along"
)

// Failure is an attempt without an answer. It holds nothing of what the other side
// sent.
type Failure struct {
	Kind       Kind
	Status     int  // of a proxy's answer; else 0
	QuotaSpent bool // there would have been another attempt, but for the quota

	transient bool // another attempt may work
	sent      bool // the server may have got the request
}

func (f *Failure) Error() string { return string(f.Kind) }

// phase is how far an attempt had come when it failed. Some failures have no error
// type to go by.
type phase struct {
	handshake         bool // TLS was being negotiated
	certificateWanted bool // the server has asked for a client certificate
}

// describe recognizes an error of net/http. Its texts can quote what the server or a
// proxy sent, and a proxy's URL with its password, so no text is passed on.
func describe(err error, p phase) *Failure {
	if proxy, ok := errors.AsType[*refusal](err); ok {
		f := &Failure{Kind: ProxyRefused, Status: proxy.status}
		switch {
		case proxy.status == http.StatusProxyAuthRequired:
			f.Kind = ProxyLogin
		case Trouble(proxy.status):
			f.Kind, f.transient = ProxyTrouble, true
		}
		return f
	}
	kind, final := kindOf(err, p)
	return &Failure{Kind: kind, transient: !final}
}

// kindOf also says whether another attempt would meet the same again.
func kindOf(err error, p phase) (kind Kind, final bool) {
	operation := ""
	if e, ok := errors.AsType[*net.OpError](err); ok {
		operation = e.Op
	}
	lookup, _ := errors.AsType[*net.DNSError](err)
	late, _ := errors.AsType[net.Error](err)
	broken := isAny(err, syscall.ECONNRESET, syscall.EPIPE, winReset, winAborted)
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	switch {
	case operation == "proxyconnect", operation == "socks connect":
		return ProxyUnreachable, false
	case errors.Is(err, errElsewhere):
		return Elsewhere, true
	case is[x509.UnknownAuthorityError](err):
		if verify, ok := errors.AsType[*tls.CertificateVerificationError](err); ok && len(verify.UnverifiedCertificates) == 1 && !selfIssued(verify.UnverifiedCertificates[0]) {
			return MissingIntermediate, true
		}
		return UnknownAuthority, true
	case is[x509.HostnameError](err):
		return OtherHost, true
	case is[x509.CertificateInvalidError](err):
		return InvalidCertificate, true
	case is[*tls.CertificateVerificationError](err):
		return UnverifiedCertificate, true
	case is[tls.RecordHeaderError](err):
		return NoTLS, true
	case operation == "remote error" && p.certificateWanted:
		return CertificateWanted, true
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return TimedOut, false
	case lookup != nil && lookup.IsNotFound:
		return UnknownHost, false
	case lookup != nil:
		return LookupFailed, false
	case isAny(err, syscall.ETIMEDOUT, winTimedOut): // the system gave up, whatever the time-out is
		if operation == "dial" {
			return NoRoute, false
		}
		return ConnectionDead, false
	case late != nil && late.Timeout(): // of a limit of the transport's own
		return TimedOut, false
	case isAny(err, syscall.ECONNREFUSED, winRefused):
		return ConnectionRefused, false
	case p.certificateWanted && (broken || ended):
		// Under TLS 1.3 a refused client learns of it after its handshake, if at all.
		return CertificateWanted, false
	case broken:
		return ConnectionReset, false
	case isAny(err, syscall.EHOSTUNREACH, syscall.ENETUNREACH, winNoHost, winNoNetwork):
		return NoRoute, false
	case ended:
		return ConnectionClosed, false
	case strings.Contains(err.Error(), "client connection lost"): // HTTP/2, after a ping without an answer
		return ConnectionDead, false
	case isLargeHeader(err):
		return LargeHeader, true
	case p.certificateWanted: // net/http has more than one error for a connection that ended
		return CertificateWanted, false
	case p.handshake:
		return HandshakeFailed, true // an alert has no type
	}
	return Unrecognized, false
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// What Windows says of a connection. The numbers that package syscall has under the
// names of Unix are others there, and nothing returns them.
const (
	winNoNetwork = syscall.Errno(10051)
	winAborted   = syscall.Errno(10053)
	winReset     = syscall.Errno(10054)
	winTimedOut  = syscall.Errno(10060)
	winRefused   = syscall.Errno(10061)
	winNoHost    = syscall.Errno(10065)
)

func isAny(err error, numbers ...syscall.Errno) bool {
	found, ok := errors.AsType[syscall.Errno](err)
	return ok && slices.Contains(numbers, found)
}

// isLargeHeader goes by text: these errors have no type. Over HTTP/2 a header that is
// too large looks like a damaged one.
func isLargeHeader(err error) bool {
	for _, text := range []string{"headers exceeded", "header list", "COMPRESSION_ERROR"} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

func selfIssued(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }
