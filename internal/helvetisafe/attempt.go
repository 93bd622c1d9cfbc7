package helvetisafe

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// attemptError is an attempt that brought no answer.
type attemptError struct{ fault }

func (e *attemptError) Error() string { return e.text }

// credentialsError is an attempt that wasn't made, for want of credentials. It keeps
// the error, which is typed already, apart from what net/http wraps around it.
type credentialsError struct{ cause error }

func (e *credentialsError) Error() string { return e.cause.Error() }

// RoundTrip makes one attempt: it waits where the server asked all callers to,
// adds the credentials, and reads the answer, all of it within request_timeout. It
// is http.RoundTripper, so that go-retryablehttp drives it.
func (k *call) RoundTrip(req *http.Request) (*http.Response, error) {
	k.round++
	if err := k.c.pause.wait(req.Context(), k.c.clock); err != nil {
		return nil, err
	}
	// A RoundTripper must not change its request, and the next attempt's
	// credentials may be others.
	header := req.Header.Clone()
	if k.credentials != nil {
		t, err := k.credentials.apply(req.Context(), header)
		if err != nil {
			return nil, &credentialsError{err}
		}
		k.ticket = t
	}
	k.attempts++

	began := time.Now()
	a, f := k.attempt(req, header)
	k.record(req.Context(), a, time.Since(began))
	if f != nil {
		k.lost = k.lost || f.sent && f.transient
		return nil, &attemptError{*f}
	}
	k.last = a
	if a.status == http.StatusTooManyRequests {
		now := k.c.clock.now()
		d := retryAfter(a.header.Get("Retry-After"), now)
		if d == 0 {
			d = backoff(k.round - 1)
		}
		k.c.pause.extend(now.Add(d))
	}
	// A gateway's error may hide a success behind it.
	k.lost = k.lost || serverTrouble(a.status)
	return &http.Response{
		StatusCode: a.status,
		Header:     a.header,
		Body:       io.NopCloser(bytes.NewReader(nil)),
		Request:    req,
	}, nil
}

func (k *call) attempt(req *http.Request, header http.Header) (*answer, *fault) {
	ctx, cancel := context.WithTimeout(req.Context(), k.c.timeout)
	defer cancel()
	var sent, handshake atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// Without a connection nothing can have been sent.
		GotConn:           func(httptrace.GotConnInfo) { sent.Store(true) },
		TLSHandshakeStart: func() { handshake.Store(true) },
	})
	req = req.WithContext(ctx)
	req.Header = header

	failed := func(err error) *fault {
		f := describe(err, handshake.Load() && !sent.Load())
		f.sent = sent.Load()
		return &f
	}
	resp, err := k.c.transport.RoundTrip(req)
	if err != nil {
		return nil, failed(err)
	}
	defer func() { _ = resp.Body.Close() }() // read to its end or given up: nothing to learn
	if resp.StatusCode >= 300 && resp.StatusCode <= 399 {
		// net/http would send X-Aegis-Token, and on a 307 the client secret, to
		// whatever host the answer names.
		return nil, &fault{text: "the server answers with a redirect, which isn't followed because the credentials would go along; set `base_url` to the address that it leads to", sent: true}
	}
	limit := k.req.limit
	if !success(resp.StatusCode) {
		limit = limitSmall
	}
	// What is counted is what comes out of the decompression that net/http does.
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		f := failed(err)
		if f.transient && !f.late {
			f.text, f.cut = "the answer was cut short; check any proxy in between, and try again", true
		}
		return nil, f
	}
	a := &answer{status: resp.StatusCode, header: resp.Header, body: body, tooLarge: int64(len(body)) > limit}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		a.date = date.UTC()
	}
	return a, nil
}

// record logs an attempt. Neither the query (there is none) nor any header or body
// goes into a log.
func (k *call) record(ctx context.Context, a *answer, took time.Duration) {
	if k.c.log == nil {
		return
	}
	status := 0
	if a != nil {
		status = a.status
	}
	k.c.log(ctx, "HelvetiSafe request", map[string]any{
		"method":      k.req.method,
		"path":        k.req.pathName(),
		"status":      status,
		"duration_ms": took.Milliseconds(),
		"attempt":     k.attempts,
	})
}
