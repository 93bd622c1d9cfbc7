package helvetisafe

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Bounds on an answer's body after decompression, in bytes. A list of 100,000
// secrets takes about 15 MB; an answer with keys or a token takes a few kilobytes.
const (
	limitList   = 64 << 20
	limitSecret = 16 << 20
	limitSmall  = 64 << 10
)

// request is one API call, before credentials.
type request struct {
	method string
	path   []string // elements, not escaped
	scope  string   // what the account needs, for a 403
	key    string   // the secret that it is about, "" for none
	limit  int64    // bytes of answer taken
	kind   string   // content type of body
	body   []byte
	size   int // bytes of ciphertext in body, for a 413

	// passes reports whether an answer says that its trouble passes by itself
	// although its status doesn't; nil for never.
	passes func(*answer) bool
}

func get(path []string, scope string, limit int64) request {
	return request{method: http.MethodGet, path: path, scope: scope, limit: limit}
}

// name is how errors and logs call the request.
func (r request) name() string { return r.method + " " + r.pathName() }

func (r request) pathName() string {
	var b strings.Builder
	b.Grow(64) // most paths
	for _, e := range r.path {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(e))
	}
	return b.String()
}

// build makes the request of one attempt.
func (r request) build(ctx context.Context, u *url.URL) (*http.Request, error) {
	// The address isn't written out, only to be parsed again.
	req, err := http.NewRequestWithContext(ctx, r.method, "/", bytes.NewReader(r.body))
	if err != nil {
		return nil, &ConfigError{Attribute: "base_url", detail: "`base_url` can't be used to build a request; check it"}
	}
	req.URL = u
	req.Header.Set("Accept", "application/json")
	if r.kind != "" {
		req.Header.Set("Content-Type", r.kind)
	}
	return req, nil
}
