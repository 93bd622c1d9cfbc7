package devserver

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// call is one request on its way through the server.
type call struct {
	ctx      context.Context
	entry    *Request
	header   http.Header
	rawQuery string
	tooLarge bool
	readErr  bool
	fault    Fault
	latency  time.Duration
	released <-chan struct{}
}

// reply is an answer before it goes out.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// failure is an error answer in the API's form (PROTOCOL.md section 3).
func failure(status int, text string) reply {
	return object(status, map[string]any{"error": text})
}

func object(status int, members any) reply {
	body, err := json.Marshal(members)
	if err != nil {
		return reply{status: http.StatusInternalServerError, header: http.Header{}}
	}
	return reply{status: status, header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, body: body}
}

// receive reads a request, finds its route and its fault rule, and opens its entry
// in the log.
func (s *Server) receive(r *http.Request) *call {
	s.mu.Lock()
	limit, prefix, now := s.options.maxBody(), s.options.PathPrefix, s.options.now()
	s.mu.Unlock()

	// One byte more than allowed shows that a body is too large; the rest stays unread.
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	entry := &Request{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body,
		RemoteAddr: r.RemoteAddr, Proto: r.Proto, Time: now,
	}
	entry.Route, entry.Key = route(r.Method, entry.Path, prefix)
	if entry.Route == RouteCreate {
		entry.Key = createdKey(body)
	}
	c := &call{
		ctx: r.Context(), entry: entry, header: r.Header, rawQuery: r.URL.RawQuery,
		tooLarge: int64(len(body)) > limit, readErr: err != nil,
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	c.latency, c.released = s.options.Latency, s.released
	s.arrived(entry)
	c.fault = s.fault(entry, strings.TrimPrefix(r.URL.Path, prefix))
	return c
}

// finish closes the entry in the log.
func (s *Server) finish(c *call, status int) {
	s.mu.Lock()
	c.entry.Status = status
	s.inFlight--
	observe, entry := s.options.Observe, *c.entry
	s.mu.Unlock()
	if observe != nil {
		observe(entry)
	}
}

// route names what a method and an escaped path ask for. It doesn't clean the path: the
// API has no path with an empty or a dotted element.
func route(method, escaped, prefix string) (name, key string) {
	rest, ok := strings.CutPrefix(escaped, prefix)
	if !ok {
		return RouteUnknown, ""
	}
	switch rest {
	case "/oauth/token":
		return known(method, map[string]string{http.MethodPost: RouteToken}), ""
	case "/api/v1/credentials/private-key":
		return known(method, map[string]string{http.MethodGet: RoutePrivateKey}), ""
	case "/api/v1/credentials/org-key":
		return known(method, map[string]string{http.MethodGet: RouteOrgKey}), ""
	case "/api/v1/secrets":
		return known(method, map[string]string{http.MethodGet: RouteList, http.MethodPost: RouteCreate}), ""
	}
	element, ok := strings.CutPrefix(rest, "/api/v1/secrets/")
	if !ok || element == "" || element == "." || element == ".." || strings.Contains(element, "/") {
		return RouteUnknown, ""
	}
	key, err := url.PathUnescape(element)
	if err != nil {
		return RouteUnknown, ""
	}
	return known(method, map[string]string{
		http.MethodGet: RouteRead, http.MethodPut: RouteUpdate, http.MethodDelete: RouteDelete,
	}), key
}

func known(method string, routes map[string]string) string {
	if name, ok := routes[method]; ok {
		return name
	}
	return RouteUnknown
}

// allow lists the methods of a path, "" for a path that the API doesn't have.
func allow(escaped, prefix string) string {
	var methods []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		if name, _ := route(method, escaped, prefix); name != RouteUnknown {
			methods = append(methods, method)
		}
	}
	return strings.Join(methods, ", ")
}

// wait returns false if the client has left meanwhile.
func (c *call) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.ctx.Done():
		return false
	}
}

func (c *call) hang() {
	select {
	case <-c.ctx.Done():
	case <-c.released:
	}
}

// cut resets the connection: the client sees no answer and no orderly end. Under HTTP/2,
// which has many requests on a connection, it resets the stream instead.
func cut(w http.ResponseWriter) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	// With lingering off, closing sends a reset. Under TLS it is a plain close.
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
