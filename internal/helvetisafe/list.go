package helvetisafe

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Listing is an answer to a list request. It is safe for concurrent use.
type Listing struct {
	Date time.Time // Date header, in UTC; zero where missing or junk

	mu      sync.RWMutex
	entries map[string]Metadata
}

// Lookup finds a secret by its key. One that this client has written since isn't
// found in a Snapshot.
func (l *Listing) Lookup(key string) (Metadata, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	m, ok := l.entries[key]
	return m, ok
}

// All returns the entries in the order of their keys.
func (l *Listing) All() []Metadata {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.SortedFunc(maps.Values(l.entries), func(a, b Metadata) int { return cmp.Compare(a.Key, b.Key) })
}

func (l *Listing) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.entries, key)
}

// List asks the server which secrets this account sees, with one request.
func (c *Client) List(ctx context.Context) (*Listing, error) {
	req := get(pathSecrets, scopeList, limitLarge)
	a, err := c.newCall(req).do(ctx)
	if err != nil {
		return nil, err
	}
	return parseList(a, req.name())
}

// parseList reads the answer to a list (PROTOCOL.md, "Requests").
func parseList(a *answer, name string) (*Listing, error) {
	var body struct {
		Keys []Metadata `json:"keys"`
	}
	if err := a.decode(name, &body); err != nil {
		return nil, err
	}
	refuse := func(detail string) (*Listing, error) {
		return nil, &ResponseError{Request: name, detail: detail + "; check `base_url` and any proxy in between"}
	}
	// Taken for 'no secrets', a missing or null member would empty a whole data source.
	if body.Keys == nil {
		return refuse("it holds no array `keys`")
	}
	l := &Listing{Date: a.date, entries: make(map[string]Metadata, len(body.Keys))}
	for _, entry := range body.Keys {
		if entry.Key == "" {
			return refuse("an entry of `keys` names no key")
		}
		if _, twice := l.entries[entry.Key]; twice {
			return refuse("a key occurs twice in it")
		}
		l.entries[entry.Key] = entry
	}
	return l, nil
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
		return nil, c.newCall(get(pathSecrets, scopeList, limitLarge)).cancelled(ctx)
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
