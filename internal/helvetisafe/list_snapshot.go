package helvetisafe

import (
	"context"
	"sync"
	"time"
)

// snapshot is the list that all callers of one Client share.
type snapshot struct {
	cache     cache[*Listing]
	forgotten keySet
}

// keySet is a set of keys. It is safe for concurrent use, and nil is the empty set.
type keySet struct {
	mu   sync.RWMutex
	keys map[string]bool
}

func (s *keySet) has(key string) bool {
	if s == nil {
		return false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.keys[key]
}

func (s *keySet) add(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		s.keys = map[string]bool{}
	}
	s.keys[key] = true
}

// Snapshot is one list for the Client's whole life, fetched on the first call. A failure
// is kept as well, so a list that isn't allowed is asked for only once. Secrets that this
// client has written or deleted aren't in it, because it can't tell whether the list was
// made before or after.
func (c *Client) Snapshot(ctx context.Context) (*Listing, error) {
	l, err := c.snapshot.cache.get(ctx, c.rest.Clock, func(ctx context.Context) (*Listing, time.Time, error) {
		l, err := c.List(ctx)
		if err != nil {
			return nil, always, err
		}
		l.without = &c.snapshot.forgotten
		return l, always, nil
	})
	if err != nil && ctx.Err() != nil {
		return nil, c.newCall(get(pathSecrets, scopeList, limitList)).cancelled(ctx)
	}
	return l, err
}

// Forget takes a key out of Snapshot, for good. Writes and deletes of this client
// do it by themselves.
func (c *Client) Forget(key string) { c.snapshot.forgotten.add(key) }
