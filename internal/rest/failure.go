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
	Transient  bool // another attempt may work
	Sent       bool // the server may have got the request
	QuotaSpent bool // there would have been another attempt, but for the quota
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
	var proxy *refusal
	if errors.As(err, &proxy) {
		f := &Failure{Kind: ProxyRefused, Status: proxy.status}
		switch {
		case proxy.status == http.StatusProxyAuthRequired:
			f.Kind = ProxyLogin
		case Trouble(proxy.status):
			f.Kind, f.Transient = ProxyTrouble, true
		}
		return f
	}
	if kind, ok := permanent(err, p); ok {
		return &Failure{Kind: kind}
	}
	return &Failure{Kind: kindOf(err, p), Transient: !isLargeHeader(err)}
}

// permanent recognizes what another attempt would meet again.
func permanent(err error, p phase) (Kind, bool) {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		verify    *tls.CertificateVerificationError
		op        *net.OpError
	)
	switch {
	case throughProxy(err):
		return 0, false
	case errors.Is(err, errElsewhere):
		return Elsewhere, true
	case errors.As(err, &authority):
		if errors.As(err, &verify) && len(verify.UnverifiedCertificates) == 1 && !selfIssued(verify.UnverifiedCertificates[0]) {
			return MissingIntermediate, true
		}
		return UnknownAuthority, true
	case errors.As(err, &host):
		return OtherHost, true
	case errors.As(err, &invalid):
		return InvalidCertificate, true
	case errors.As(err, &verify):
		return UnverifiedCertificate, true
	case errors.As(err, &record):
		return NoTLS, true
	case errors.As(err, &op) && op.Op == "remote error" && p.certificateWanted:
		return CertificateWanted, true
	case p.handshake && kindOf(err, p) == Unrecognized:
		return HandshakeFailed, true // an alert has no type
	}
	return 0, false
}

func kindOf(err error, p phase) Kind {
	var dns *net.DNSError
	var late net.Error
	var op *net.OpError
	broken := isAny(err, syscall.ECONNRESET, syscall.EPIPE, winReset, winAborted)
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	switch {
	case throughProxy(err):
		return ProxyUnreachable
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return TimedOut
	case errors.As(err, &dns) && dns.IsNotFound:
		return UnknownHost
	case dns != nil:
		return LookupFailed
	case isAny(err, syscall.ETIMEDOUT, winTimedOut): // the system gave up, whatever the time-out is
		if errors.As(err, &op) && op.Op == "dial" {
			return NoRoute
		}
		return ConnectionDead
	case errors.As(err, &late) && late.Timeout(): // of a limit of the transport's own
		return TimedOut
	case isAny(err, syscall.ECONNREFUSED, winRefused):
		return ConnectionRefused
	case p.certificateWanted && (broken || ended):
		// Under TLS 1.3 a refused client learns of it after its handshake, if at all.
		return CertificateWanted
	case broken:
		return ConnectionReset
	case isAny(err, syscall.EHOSTUNREACH, syscall.ENETUNREACH, winNoHost, winNoNetwork):
		return NoRoute
	case ended:
		return ConnectionClosed
	case strings.Contains(err.Error(), "client connection lost"): // HTTP/2, after a ping without an answer
		return ConnectionDead
	case isLargeHeader(err):
		return LargeHeader
	case p.certificateWanted: // net/http has more than one error for a connection that ended
		return CertificateWanted
	}
	return Unrecognized
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
	var found syscall.Errno
	return errors.As(err, &found) && slices.Contains(numbers, found)
}

func throughProxy(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "proxyconnect" || op.Op == "socks connect")
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
