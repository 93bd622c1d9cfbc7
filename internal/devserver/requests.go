package devserver

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// The routes of the API, as Request.Route, Fault.Path and Server.Count name them.
const (
	RouteToken      = "token"
	RoutePrivateKey = "private-key"
	RouteOrgKey     = "org-key"
	RouteList       = "list"
	RouteCreate     = "create"
	RouteRead       = "read"
	RouteUpdate     = "update"
	RouteDelete     = "delete"
	RouteUnknown    = "unknown" // a path or a method that the API doesn't have
)

// Routes returns the names of all routes of the API, RouteUnknown not among them.
func Routes() []string {
	return []string{RouteToken, RoutePrivateKey, RouteOrgKey, RouteList, RouteCreate, RouteRead, RouteUpdate, RouteDelete}
}

// Request is one entry of the request log: a request as it came in and what became
// of it. It holds credentials and bodies, so a test that prints one leaks them.
type Request struct {
	Method     string
	Route      string // one of the Route constants
	Path       string // escaped, as sent, with the prefix
	Query      string // as sent, without the question mark
	Key        string // of the secret, unescaped; "" for routes without one. A create's is from its body
	Header     http.Header
	Body       []byte // at most one byte more than Options.MaxBody
	Status     int    // 0 if no answer was sent
	Account    string // client ID of the account, if the credentials were good
	Faulted    bool   // a Fault took part
	Violation  string // what was wrong with it by the protocol; "" for nothing
	RemoteAddr string
	Proto      string    // HTTP/1.1 or HTTP/2.0
	Time       time.Time // by the server's clock
}

// Requests returns a copy of the log since the last ResetRequests, in the order of
// arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Request, 0, len(s.requests))
	for _, r := range s.requests {
		c := *r
		c.Header = r.Header.Clone()
		c.Body = slices.Clone(r.Body)
		out = append(out, c)
	}
	return out
}

// ResetRequests empties the log, the counts and the connections. Violations stay.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
	clear(s.counts)
	clear(s.connections)
	s.peak = s.inFlight
}

// Count returns how many requests for a route have arrived since the last
// ResetRequests, answered or not.
func (s *Server) Count(route string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[route]
}

// Counts returns Count for every route that has had a request.
func (s *Server) Counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.counts)
}

// Connections returns how many connections have carried a request since the last
// ResetRequests.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.connections)
}

// PeakInFlight returns the largest number of requests that were under way at one
// time since the last ResetRequests.
func (s *Server) PeakInFlight() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peak
}

// Violations returns what no correct client does: unknown routes and methods, wrong
// content types, unknown or malformed members, credentials in two headers, a nonce
// used twice. Each is answered with an error status too. No text holds a value or a
// credential. Wrong credentials, missing scopes, conflicts, expiries in the past
// and bodies that are too large are not violations.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// arrived opens the log's entry for a request. The caller holds the lock.
func (s *Server) arrived(r *Request) {
	s.counts[r.Route]++
	s.connections[r.RemoteAddr] = struct{}{}
	s.inFlight++
	s.peak = max(s.peak, s.inFlight)
	if !s.options.DiscardRequests {
		s.requests = append(s.requests, r)
	}
}

// violate notes a violation. The caller holds the lock.
func (s *Server) violate(r *Request, what string) {
	if r.Violation == "" {
		r.Violation = what
	}
	s.violations = append(s.violations, r.Method+" "+r.Route+": "+what)
}
