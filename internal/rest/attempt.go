package rest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// errorLimit bounds the body of an answer that is not a success, in bytes.
const errorLimit = 64 << 10

// attempt sends a request and reads its answer, all of it within the time-out.
func (c *Client) attempt(req *http.Request, limit int64) (*Answer, *Failure) {
	ctx, cancel := context.WithTimeout(req.Context(), c.Timeout)
	defer cancel()
	var sent, handshake atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// Without a connection nothing can have been sent.
		GotConn:           func(httptrace.GotConnInfo) { sent.Store(true) },
		TLSHandshakeStart: func() { handshake.Store(true) },
	})
	failed := func(err error) *Failure {
		f := describe(err, phase{handshake: handshake.Load() && !sent.Load(), certificateWanted: c.certificateWanted.Load() && !c.answered.Load()})
		f.Sent = sent.Load()
		return f
	}
	resp, err := c.Transport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, failed(err)
	}
	c.answered.Store(true)
	defer func() { _ = resp.Body.Close() }() // read to its end or given up: nothing to learn
	if resp.StatusCode >= 300 && resp.StatusCode <= 399 {
		// net/http would send a credential in a header of its own, and on a 307 the
		// form with the client secret, to whatever host the answer names.
		return nil, &Failure{Kind: Redirected, Sent: true}
	}
	if !Success(resp.StatusCode) {
		limit = errorLimit
	}
	// What is counted is what comes out of the decompression that net/http does.
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		f := failed(err)
		if f.Transient && f.Kind != TimedOut {
			f.Kind = CutShort
		}
		return nil, f
	}
	a := &Answer{Status: resp.StatusCode, Header: resp.Header, Body: body, TooLarge: int64(len(body)) > limit}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		a.Date = date.UTC()
	}
	return a, nil
}

func (k *Call) log(ctx context.Context, a *Answer, took time.Duration) {
	if k.client.Log == nil {
		return
	}
	status := 0
	if a != nil {
		status = a.Status
	}
	k.client.Log(ctx, map[string]any{
		"method":      k.Method,
		"path":        k.pathName(),
		"status":      status,
		"duration_ms": took.Milliseconds(),
		"attempt":     k.Attempts,
	})
}
