package helvetisafe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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
	without *keySet    // what counts as missing; nil for nothing
}

// Lookup finds a secret by its key. A Snapshot doesn't show secrets that this client has
// written since.
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
	k := c.newCall(req)
	a, err := k.do(ctx)
	if err != nil {
		return nil, err
	}
	l, err := parseList(a, req.Name())
	if err != nil {
		return nil, k.unusable(err)
	}
	return l, nil
}

// parseList reads the answer to a list (PROTOCOL.md section 2).
func parseList(a *answer, name string) (*Listing, error) {
	// Room for as many entries as there can be, so that the array needn't grow.
	body := listBody{keys: make([]Metadata, 0, min(bytes.Count(a.Body, []byte(`"key"`)), maxListed))}
	// To find a name that occurs twice, a decoder keeps all names of an object, which can
	// be many in 64 MiB. So listBody itself checks the one name that matters.
	if err := a.decode(name, &body, jsontext.AllowDuplicateNames(true)); err != nil {
		return nil, err
	}
	refuse := func(detail string) (*Listing, error) {
		return nil, &ResponseError{Request: name, detail: detail + "; check `base_url` and any proxy in between"}
	}
	// A missing member must not count as 'no secrets': it would empty a data source.
	if !body.found {
		return refuse("it holds no array `keys`")
	}
	l := &Listing{Date: a.Date, entries: body.keys}
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

// listBody is the answer to a list: an object with the array `keys`.
type listBody struct {
	found bool
	keys  []Metadata
}

// UnmarshalJSONFrom takes the entries one by one, so that it can stop.
func (l *listBody) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		switch {
		case name.String() != "keys":
			err = dec.SkipValue()
		case l.found:
			err = &memberError{"keys", "occurs twice"}
		default:
			l.found = true
			err = l.readKeys(dec)
		}
		if err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

func (l *listBody) readKeys(dec *jsontext.Decoder) error {
	refuse := func(detail string) error { return &memberError{"keys", detail} }
	if dec.PeekKind() != '[' {
		return refuse("is not an array")
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		if len(l.keys) == maxListed {
			return refuse(fmt.Sprintf("has more than %d entries, the most that the provider reads", maxListed))
		}
		entry, err := dec.ReadValue()
		switch {
		case err != nil:
			return err
		case len(entry) > limitSmall:
			return refuse("has an entry that is too large")
		}
		l.keys = append(l.keys, Metadata{})
		err = decodeObject(entry, &l.keys[len(l.keys)-1])
		var member *memberError
		switch {
		case errors.As(err, &member):
			return member
		case err != nil:
			return refuse("has an entry that can't be read: " + err.Error())
		}
	}
	_, err := dec.ReadToken()
	return err
}
