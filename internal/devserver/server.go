// Package devserver is HelvetiSafe's API v1 in memory, for development and tests.
//
// It is written from PROTOCOL.md (in internal/helvetisafe) alone and shares no code with
// the client. Its wire structs are its own, so a wrong JSON name in the client fails a
// test. It links no cryptography except hashing and random tokens, so the build shows
// that it can't decrypt. It is strict: it refuses what a careful server might refuse, and
// notes as a violation what no correct client sends.
package devserver

import (
	"crypto/sha256"
	"net/http"
	"sync"
	"time"
)

// Server is an http.Handler. It is safe for concurrent use.
type Server struct {
	mu       sync.Mutex
	options  Options
	secrets  map[string]*Record
	tokens   map[string]token
	nonces   map[string][sha256.Size]byte // nonce → hash of the ciphertext it came with
	faults   []*fault
	released chan struct{} // closed to let go of requests that hang

	requests    []*Request
	counts      map[string]int
	connections map[string]struct{}
	violations  []string
	inFlight    int
	peak        int
}

// New makes a server. It fails if an option makes no sense, or if DataFile exists and
// can't be read as one.
func New(o Options) (*Server, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	s := &Server{
		options: o, secrets: map[string]*Record{}, tokens: map[string]token{}, nonces: map[string][sha256.Size]byte{},
		released: make(chan struct{}), counts: map[string]int{}, connections: map[string]struct{}{},
	}
	if err := s.load(); err != nil {
		return nil, err
	}
	return s, nil
}

// Configure changes options while the server runs. f is called with the server's
// lock held, so it must not call the server.
func (s *Server) Configure(f func(*Options)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.options)
}

// Now returns the server's time.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.options.now()
}

// RevokeTokens makes every access token that was given out invalid before its time.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// ServeHTTP answers one request: log, latency, fault rule, handling, answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := s.receive(r)
	status := 0
	// Deferred, because a cut connection leaves by panic under HTTP/2.
	defer func() { s.finish(c, status) }()

	f := &c.fault
	if !c.wait(c.latency) {
		return
	}
	if f.CutBefore {
		cut(w)
		return
	}
	var a reply
	if f.commits() {
		a = s.answer(c)
	}
	if !c.wait(f.Delay) {
		return
	}
	if f.Hang {
		c.hang()
		return
	}
	if f.CutAfter {
		cut(w)
		return
	}
	if !f.commits() {
		a = s.answer(c)
	}
	status = a.status
	c.deliver(w, a)
}

// answer handles a request, or not, as its fault rule says.
func (s *Server) answer(c *call) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	var a reply
	if !c.fault.replaces() || c.fault.commits() {
		a = s.handle(c)
	}
	a = c.fault.change(a)
	s.options.date(a.header)
	return a
}

// handle is the API. The caller holds the lock.
func (s *Server) handle(c *call) reply {
	r := c.entry
	if c.readErr {
		return failure(http.StatusBadRequest, "The body could not be read")
	}
	if r.Route == RouteUnknown {
		return s.unknown(r)
	}
	if c.tooLarge {
		return failure(http.StatusRequestEntityTooLarge, "The body is too large")
	}
	if c.rawQuery != "" {
		return s.refuse(r, "a query, and no route takes one")
	}
	if r.Route == RouteToken {
		return s.token(c)
	}
	account, granted, refusal := s.authenticate(c)
	if account == nil {
		return refusal
	}
	if a, ok := s.authorize(r, granted); !ok {
		return a
	}
	switch r.Route {
	case RoutePrivateKey, RouteOrgKey, RouteList, RouteRead, RouteDelete:
		if len(r.Body) > 0 {
			return s.refuse(r, "a body, and this request takes none")
		}
	}
	switch r.Route {
	case RoutePrivateKey:
		return account.privateKey()
	case RouteOrgKey:
		return account.orgKey()
	case RouteList:
		return s.list()
	case RouteCreate:
		return s.create(c)
	case RouteRead:
		return s.read(r)
	case RouteUpdate:
		return s.update(c)
	default:
		return s.delete(r)
	}
}

// refuse answers a request that breaks the protocol. what must not name a value.
func (s *Server) refuse(r *Request, what string) reply {
	s.violate(r, what)
	return failure(http.StatusBadRequest, "Bad request: "+what)
}

func (s *Server) unknown(r *Request) reply {
	if methods := allow(r.Path, s.options.PathPrefix); methods != "" {
		s.violate(r, "no such method for this path")
		a := failure(http.StatusMethodNotAllowed, "Method not allowed")
		a.header.Set("Allow", methods)
		return a
	}
	s.violate(r, "no such path")
	return failure(http.StatusNotFound, "No such route")
}
