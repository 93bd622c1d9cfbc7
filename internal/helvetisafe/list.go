package helvetisafe

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxListed bounds a list: more entries than this are an error, not an exhausted
// memory.
const maxListed = 500_000

// Listing is an answer to a list request. It is safe for concurrent use.
type Listing struct {
	Date time.Time // Date header, in UTC; zero where missing or junk

	entries []Metadata // in the order of their keys, never changed

	mu        sync.RWMutex
	forgotten map[string]bool
}

// Lookup finds a secret by its key. One that this client has written since isn't
// found in a Snapshot.
func (l *Listing) Lookup(key string) (Metadata, bool) {
	i, found := slices.BinarySearchFunc(l.entries, key, func(m Metadata, key string) int { return strings.Compare(m.Key, key) })
	l.mu.RLock()
	defer l.mu.RUnlock()
	if !found || l.forgotten[key] {
		return Metadata{}, false
	}
	return l.entries[i], true
}

// All returns the entries in the order of their keys.
func (l *Listing) All() []Metadata {
	l.mu.RLock()
	defer l.mu.RUnlock()
	all := make([]Metadata, 0, len(l.entries))
	for _, m := range l.entries {
		if !l.forgotten[m.Key] {
			all = append(all, m)
		}
	}
	return all
}

func (l *Listing) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.forgotten == nil {
		l.forgotten = map[string]bool{}
	}
	l.forgotten[key] = true
}

// List asks the server which secrets this account sees, with one request.
func (c *Client) List(ctx context.Context) (*Listing, error) {
	req := get(pathSecrets, scopeList, limitList)
	a, err := c.newCall(req).do(ctx)
	if err != nil {
		return nil, err
	}
	return parseList(a, req.name())
}

// parseList reads the answer to a list (PROTOCOL.md, "Requests").
func parseList(a *answer, name string) (*Listing, error) {
	var body struct {
		Keys listed `json:"keys"`
	}
	// As many as there can be, so that the array needn't grow while it is read.
	body.Keys.entries = make([]Metadata, 0, min(bytes.Count(a.body, []byte(`"key"`)), maxListed))
	if err := a.decode(name, &body); err != nil {
		return nil, err
	}
	refuse := func(detail string) (*Listing, error) {
		return nil, &ResponseError{Request: name, detail: detail + "; check `base_url` and any proxy in between"}
	}
	// Taken for 'no secrets', a missing member would empty a whole data source.
	if !body.Keys.found {
		return refuse("it holds no array `keys`")
	}
	l := &Listing{Date: a.date, entries: body.Keys.entries}
	if !slices.IsSortedFunc(l.entries, byKey) {
		slices.SortFunc(l.entries, byKey)
	}
	for i, m := range l.entries {
		if m.Key == "" {
			return refuse("an entry of `keys` names no key")
		}
		if i > 0 && m.Key == l.entries[i-1].Key {
			return refuse("a key occurs twice in it")
		}
	}
	return l, nil
}

func byKey(a, b Metadata) int { return strings.Compare(a.Key, b.Key) }

// listed are the entries of a list as they come.
type listed struct {
	found   bool
	entries []Metadata
}

// UnmarshalJSONFrom takes an array of objects, one by one, so that it can stop.
func (l *listed) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	refuse := func(detail string) error { return &memberError{"keys", detail} }
	if dec.PeekKind() != '[' {
		return refuse("is not an array")
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		if len(l.entries) == maxListed {
			return refuse(fmt.Sprintf("has more than %d entries, the most that the provider reads", maxListed))
		}
		if dec.PeekKind() != '{' {
			return refuse("has an entry that is not an object")
		}
		l.entries = append(l.entries, Metadata{})
		if err := json.UnmarshalDecode(dec, &l.entries[len(l.entries)-1]); err != nil {
			return err
		}
	}
	l.found = true
	_, err := dec.ReadToken()
	return err
}

// snapshot is the list that all callers of one Client share.
type snapshot struct {
	flight flight[*Listing]

	mu        sync.Mutex
	done      bool
	listing   *Listing
	err       error
	forgotten map[string]bool
}

// Snapshot is one list for the Client's whole life, fetched on the first call. A
// failure is kept as well: a list that isn't allowed is asked for once. Secrets
// that this client has written or deleted aren't in it, since it can't tell whether
// the list was made before or after.
func (c *Client) Snapshot(ctx context.Context) (*Listing, error) {
	s := &c.snapshot
	if l, ok, err := s.get(); ok {
		return l, err
	}
	l, err := s.flight.do(ctx, func(ctx context.Context) (*Listing, error) {
		if l, ok, err := s.get(); ok {
			return l, err
		}
		l, err := c.List(ctx)
		if ctx.Err() != nil && err != nil {
			return nil, err // everybody left
		}
		return s.keep(l, err)
	})
	if err != nil && ctx.Err() != nil {
		return nil, c.newCall(get(pathSecrets, scopeList, limitList)).cancelled(ctx)
	}
	return l, err
}

func (s *snapshot) get() (l *Listing, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.listing, s.done, s.err
}

func (s *snapshot) keep(l *Listing, err error) (*Listing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l != nil {
		for key := range s.forgotten {
			l.forget(key)
		}
	}
	s.listing, s.err, s.done = l, err, true
	return l, err
}

// Forget takes a key out of Snapshot, for good. Writes and deletes of this client
// do it by themselves.
func (c *Client) Forget(key string) {
	s := &c.snapshot
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.forgotten == nil {
		s.forgotten = map[string]bool{}
	}
	s.forgotten[key] = true
	if s.listing != nil {
		s.listing.forget(key)
	}
}
