package rest

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Request is what a call sends with each of its attempts.
type Request struct {
	Method      string
	Path        []string // elements under the base, not escaped
	ContentType string   // of Body
	Body        []byte
	Limit       int64 // bytes taken of the body of a 2xx answer, after decompression

	// Authorize adds credentials to the header of one attempt; nil for none.
	Authorize func(context.Context, http.Header) error
	// Passes reports whether an answer says that its trouble passes by itself,
	// although its status doesn't say so; nil for never.
	Passes func(*Answer) bool
}

// Name is how errors call the request.
func (r *Request) Name() string { return r.Method + " " + r.pathName() }

func (r *Request) pathName() string {
	var b strings.Builder
	b.Grow(64) // most paths
	for _, e := range r.Path {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(e))
	}
	return b.String()
}

// PathError is about an element of a path that can't be sent.
type PathError struct{ Element, Reason string }

func (e *PathError) Error() string { return e.Reason }

// endpoint is the one place that puts an element into a URL. Each is escaped, and
// the ones that would name another resource are refused: net/url keeps `..` as it
// is when escaping, and "" or `.` would reach the whole collection.
func endpoint(base *url.URL, elements []string) (*url.URL, error) {
	u := *base
	plain, escaped := u.Path, u.EscapedPath()
	for _, e := range elements {
		switch {
		case e == "":
			return nil, &PathError{e, "it is empty"}
		case e == "." || e == "..":
			return nil, &PathError{e, "in a path it would name another resource"}
		case !utf8.ValidString(e) || strings.ContainsFunc(e, unicode.IsControl):
			return nil, &PathError{e, "it holds control characters or is not valid UTF-8"}
		}
		plain += "/" + e
		escaped += "/" + url.PathEscape(e)
	}
	u.Path, u.RawPath = plain, escaped
	return &u, nil
}

// build makes the request of one attempt.
func (r *Request) build(ctx context.Context, u *url.URL, userAgent string) (*http.Request, error) {
	// The address isn't written out, only to be parsed again.
	req, err := http.NewRequestWithContext(ctx, r.Method, "/", bytes.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	req.URL = u
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	if r.ContentType != "" {
		req.Header.Set("Content-Type", r.ContentType)
	}
	if r.Authorize != nil {
		err = r.Authorize(ctx, req.Header)
	}
	return req, err
}

// Answer is a complete answer, its body within the request's limit.
type Answer struct {
	Request  string // its name
	Status   int
	Header   http.Header
	Body     []byte
	TooLarge bool      // the body was cut off at the limit
	Date     time.Time // Date header, in UTC; zero if missing or junk
}

// Success reports whether a status is a success.
func Success(status int) bool { return status >= 200 && status <= 299 }

// Trouble reports whether a status says that a server or gateway is in trouble, which
// passes by itself. Such an answer may hide a success behind it. Beside the registered
// ones there are nginx's 499 and Cloudflare's 520 to 530.
func Trouble(status int) bool {
	switch status {
	case http.StatusRequestTimeout, 499:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported, http.StatusNetworkAuthenticationRequired:
		return false
	}
	return status >= 500 && status <= 599
}
