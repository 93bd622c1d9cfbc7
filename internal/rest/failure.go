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

// Kind is what kept an attempt from being answered.
type Kind int

// The kinds of failures.
const (
	Unrecognized          Kind = iota // none of those below
	UnknownAuthority                  // the certificate's authority isn't trusted
	MissingIntermediate               // the same, and no intermediate certificate was sent
	OtherHost                         // the certificate is another host's
	InvalidCertificate                // it has expired, or isn't for a server
	UnverifiedCertificate             // it is flawed otherwise
	NoTLS                             // the server doesn't speak TLS
	HandshakeFailed                   // TLS could not be negotiated
	CertificateWanted                 // the server wants a client certificate
	ProxyUnreachable                  // no connection to the proxy
	ProxyLogin                        // the proxy wants credentials
	ProxyRefused                      // the proxy refuses to connect to the server
	ProxyTrouble                      // the proxy couldn't connect to the server
	TimedOut                          // the time of an attempt was over
	UnknownHost                       // there is no such name
	LookupFailed                      // names can't be looked up
	ConnectionRefused                 // nothing listens there
	ConnectionReset                   // the connection was reset
	ConnectionClosed                  // it ended before the answer was complete
	ConnectionDead                    // nothing came over it any longer
	NoRoute                           // the network doesn't lead there
	LargeHeader                       // the answer's header is too large, or damaged
	CutShort                          // the answer began, and ended too early
	Elsewhere                         // the name leads to another machine, and mustn't
	Redirected                        // the answer leads to another address
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

func (f *Failure) Error() string { return "no answer" }

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
