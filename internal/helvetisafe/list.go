package helvetisafe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// maxListed bounds a list: more entries than this are an error, not an exhausted
// memory.
const maxListed = 500_000

// Listing is an answer to a list request. It is safe for concurrent use.
type Listing struct {
	Date time.Time // Date header, in UTC; zero if missing or junk

	entries []Metadata // in the order of their keys, never changed
	without *sync.Map  // the keys of those that count as missing; nil for none
}

// Lookup finds a secret by its key. A Snapshot doesn't show secrets that this client has
// written since.
func (l *Listing) Lookup(key string) (Metadata, bool) {
	i, found := slices.BinarySearchFunc(l.entries, key, func(m Metadata, key string) int { return strings.Compare(m.Key, key) })
	if !found || l.forgot(l.entries[i]) {
		return Metadata{}, false
	}
	return l.entries[i], true
}

// All returns the entries in the order of their keys.
func (l *Listing) All() []Metadata {
	return slices.DeleteFunc(slices.Clone(l.entries), l.forgot)
}

func (l *Listing) forgot(m Metadata) bool {
	if l.without == nil {
		return false
	}
	_, forgotten := l.without.Load(m.Key)
	return forgotten
}

// List asks the server which secrets this account sees, with one request.
func (c *Client) List(ctx context.Context) (*Listing, error) {
	a, err := c.newCall(listRequest).do(ctx)
	if err != nil {
		return nil, err
	}
	return parseList(a)
}

var listRequest = get(pathSecrets, scopeList, limitList)

// FreshList is a list that was asked for after this call began. Callers that wait share
// the next one, and there are never two at once. So many deletions at the same time, each
// of which looks first, need only a few lists.
func (c *Client) FreshList(ctx context.Context) (*Listing, error) {
	l, err := c.fresh.do(ctx, c.rest.Clock, c.List)
	return l, c.whileWaiting(ctx, listRequest, err)
}

// snapshot is the list that all callers of one Client share.
type snapshot struct {
	cache     cache[*Listing]
	forgotten sync.Map // keys
}

// Snapshot is one list for the Client's whole life, fetched on the first call. A failure
// is kept as well, so a list that isn't allowed is asked for only once. Secrets that this
// client has written or deleted aren't in it, because it can't tell whether the list was
// made before or after.
func (c *Client) Snapshot(ctx context.Context) (*Listing, error) {
	l, err := c.snapshot.cache.get(ctx, c.rest.Clock, func(ctx context.Context) (*Listing, time.Time, error) {
		l, err := c.List(ctx)
		if err == nil {
			l.without = &c.snapshot.forgotten
		}
		return l, always, err
	})
	return l, c.whileWaiting(ctx, listRequest, err)
}

// forget takes a key out of Snapshot, for good. Writes and deletes of this client
// do it by themselves.
func (c *Client) forget(key string) { c.snapshot.forgotten.Store(key, true) }

// parseList reads the answer to a list (PROTOCOL.md section 2).
func parseList(a *answer) (*Listing, error) {
	var body struct {
		Keys listKeys `json:"keys"`
	}
	// Room for as many entries as there can be, so that the array needn't grow.
	body.Keys.entries = make([]Metadata, 0, min(bytes.Count(a.Body, []byte(`"key"`)), maxListed))
	// To find a name that occurs twice, a decoder keeps all names of an object, which can
	// be many in 64 MiB. So listKeys itself looks out for the one that matters.
	if err := a.decode(&body, jsontext.AllowDuplicateNames(true)); err != nil {
		return nil, err
	}
	// A missing member must not count as 'no secrets': it would empty a data source.
	if !body.Keys.found {
		return nil, a.bad("it holds no array `keys`")
	}
	l := &Listing{Date: a.Date, entries: body.Keys.entries}
	slices.SortFunc(l.entries, func(a, b Metadata) int { return strings.Compare(a.Key, b.Key) })
	for i, m := range l.entries {
		if m.Key == "" {
			return nil, a.bad("an entry of `keys` names no key")
		}
		if i > 0 && m.Key == l.entries[i-1].Key {
			return nil, a.bad("a key occurs twice in it")
		}
	}
	return l, nil
}

// listKeys is the array `keys` of a list.
type listKeys struct {
	found   bool
	entries []Metadata
}

// UnmarshalJSONFrom takes the entries one by one, so that it can stop.
func (l *listKeys) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if l.found {
		return badMember("keys", "occurs twice")
	}
	l.found = true
	if dec.PeekKind() != '[' {
		return badMember("keys", "is not an array")
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		if len(l.entries) == maxListed {
			return badMember("keys", fmt.Sprintf("has more than %d entries, the most that are read", maxListed))
		}
		entry, err := dec.ReadValue()
		switch {
		case err != nil:
			return err
		case len(entry) > limitSmall:
			return badMember("keys", "has an entry that is too large")
		}
		l.entries = append(l.entries, Metadata{})
		err = decodeObject(entry, &l.entries[len(l.entries)-1])
		if e, ok := errors.AsType[*Error](err); ok && e.Reason != BadMember {
			return badMember("keys", "has an entry that can't be read: "+string(e.Reason))
		}
		if err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}
