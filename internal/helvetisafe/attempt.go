package helvetisafe

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// send makes one attempt: it waits if the server has asked all callers to, adds the
// credentials, and reads the answer, all of it within request_timeout. The error is
// a *fault if there was no answer.
func (k *call) send(ctx context.Context, u *url.URL) (*answer, error) {
	if err := k.c.pause.wait(ctx, k.c.clock); err != nil {
		return nil, err
	}
	req, err := k.req.build(ctx, u)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", k.c.userAgent)
	if k.auth != nil {
		if k.used, err = k.auth.authorize(ctx, req.Header); err != nil {
			return nil, err
		}
	}
	k.attempts++

	began := time.Now()
	a, f := k.attempt(req)
	k.record(ctx, a, time.Since(began))
	if f != nil {
		k.lost = k.lost || f.sent
		return nil, f
	}
	if a.status == http.StatusTooManyRequests {
		now := k.c.clock.now()
		d := retryAfter(a.header.Get("Retry-After"), now)
		if d == 0 {
			d = backoff(k.c.retries - k.retriesLeft)
		}
		k.c.pause.extend(now.Add(d))
	}
	// A gateway's error may hide a success behind it.
	k.lost = k.lost || serverTrouble(a.status)
	return a, nil
}

func (k *call) attempt(req *http.Request) (*answer, *fault) {
	ctx, cancel := context.WithTimeout(req.Context(), k.c.timeout)
	defer cancel()
	var sent, handshake atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// Without a connection nothing can have been sent.
		GotConn:           func(httptrace.GotConnInfo) { sent.Store(true) },
		TLSHandshakeStart: func() { handshake.Store(true) },
	})
	req = req.WithContext(ctx)

	failed := func(err error) *fault {
		f := describe(err, phase{handshake: handshake.Load() && !sent.Load(), certificateWanted: k.c.certificateWanted.Load()})
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
