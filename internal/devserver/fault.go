package devserver

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"path"
	"slices"
	"time"
)

// Fault is a rule for how some requests go wrong. If several rules fit a request, only
// the first one added that isn't used up takes effect.
//
// If a Fault has an answer of its own (Status, Gateway, HTML, RedirectTo, BodySize,
// GzipBomb), the request isn't handled, unless Commit or CutAfter is set. If it only
// changes the answer (Edit, ContentType, TruncateBody, Drip, Delay, Header), the request
// is handled as usual.
type Fault struct {
	Method string // "" for any
	// Path is the name of a route ("create"), or a pattern of path.Match for the
	// unescaped path ("/api/v1/secrets/*"); "" for any.
	Path  string
	Key   string // of the secret; "" for any
	Skip  int    // requests that fit and are let through first
	Times int    // requests that it hits after those; 0 for all

	// Commit handles the request first, so that a write has happened although the
	// answer says otherwise.
	Commit bool

	CutBefore bool          // the connection is reset, nothing handled
	CutAfter  bool          // the request is handled, then the connection reset without an answer
	Delay     time.Duration // before the answer, or before the handling without Commit
	Hang      bool          // no answer until the client leaves, ClearFaults or Close

	Status int // answered instead, with the API's error body
	// Gateway answers instead of the API, with Status or 502, and Text in its body.
	Gateway    *Gateway
	Text       string // "" for the status's own
	RetryAfter string // the header Retry-After, as it is
	HTML       bool   // a page as a proxy sends it, with Status or 200
	RedirectTo string // the header Location, with Status or 307

	// Edit changes the body of the answer; the bytes are its own. It must not call the Server,
	// which is locked until it returns.
	Edit         func(body []byte) []byte
	ContentType  string        // of the answer
	Header       http.Header   // added to the answer
	TruncateBody bool          // half of the body, then the connection is closed
	Drip         time.Duration // one byte of the body each
	BodySize     int64         // a JSON body of that many bytes
	GzipBomb     int64         // the same, compressed: that many bytes after decompression
}

type fault struct {
	Fault
	seen int
}

// AddFault adds a rule. A Path that is not a valid pattern fits no request and counts as
// a violation, so that a test which relies on it fails.
func (s *Server) AddFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Header = f.Header.Clone()
	if _, err := path.Match(f.Path, ""); err != nil {
		s.violations = append(s.violations, "fault: the path pattern "+f.Path+" is malformed")
	}
	s.faults = append(s.faults, &fault{Fault: f})
}

// ClearFaults removes all rules and lets go of the requests that hang.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	s.release()
}

// Close lets go of the requests that hang or drip. The server can go on being used.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release()
}

func (s *Server) release() {
	close(s.released)
	s.released = make(chan struct{})
}

// fault returns the rule for a request, or the zero Fault if none fits. The caller holds
// the lock.
func (s *Server) fault(r *Request, plainPath string) Fault {
	for _, f := range s.faults {
		if !f.fits(r, plainPath) || f.Times > 0 && f.seen >= f.Skip+f.Times {
			continue
		}
		f.seen++
		if f.seen > f.Skip {
			r.Faulted = true
			return f.Fault
		}
	}
	return Fault{}
}

func (f *Fault) fits(r *Request, plainPath string) bool {
	if f.Method != "" && f.Method != r.Method || f.Key != "" && f.Key != r.Key {
		return false
	}
	if f.Path == "" || f.Path == r.Route {
		return true
	}
	if f.Path == RouteUnknown || slices.Contains(Routes(), f.Path) {
		return false
	}
	ok, err := path.Match(f.Path, plainPath)
	return ok && err == nil
}

// replaces says whether the rule has an answer of its own.
func (f *Fault) replaces() bool {
	return f.Status != 0 || f.Gateway != nil || f.HTML || f.RedirectTo != "" || f.BodySize > 0 || f.GzipBomb > 0
}

// commits says whether the request is handled before the rule acts.
func (f *Fault) commits() bool { return f.Commit || f.CutAfter }

// SetMember is a Fault.Edit that gives a member of the answer another value, in JSON:
// SetMember("expires_in", "-1"). The value needn't be valid JSON. An answer that is not an
// object stays as it is.
func SetMember(name, value string) func([]byte) []byte {
	return func(body []byte) []byte {
		members, err := decodeObject(body)
		if err != nil {
			return body
		}
		members[name] = json.RawMessage(value)
		return encodeObject(members)
	}
}

// DropMember is a Fault.Edit that takes a member out of the answer.
func DropMember(name string) func([]byte) []byte {
	return func(body []byte) []byte {
		members, err := decodeObject(body)
		if err != nil {
			return body
		}
		delete(members, name)
		return encodeObject(members)
	}
}

// encodeObject writes members as they are; json.Marshal would refuse broken ones.
func encodeObject(members map[string]json.RawMessage) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range slices.Sorted(maps.Keys(members)) {
		if i > 0 {
			b.WriteByte(',')
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			continue
		}
		b.Write(quoted)
		b.WriteByte(':')
		b.Write(members[name])
	}
	b.WriteByte('}')
	return b.Bytes()
}
