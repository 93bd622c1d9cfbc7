package helvetisafe

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
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
	without *keySet    // what counts as missing; nil for nothing
}

// Lookup finds a secret by its key. One that this client has written since isn't
// found in a Snapshot.
func (l *Listing) Lookup(key string) (Metadata, bool) {
	i, found := slices.BinarySearchFunc(l.entries, key, func(m Metadata, key string) int { return strings.Compare(m.Key, key) })
	if !found || l.without.has(key) {
		return Metadata{}, false
	}
	return l.entries[i], true
}

// All returns the entries in the order of their keys.
func (l *Listing) All() []Metadata {
	return slices.DeleteFunc(slices.Clone(l.entries), func(m Metadata) bool { return l.without.has(m.Key) })
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
