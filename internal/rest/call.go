package rest

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// Call is one request under way, and the outcome of its attempts. It belongs to one
// goroutine.
type Call struct {
	Request
	Attempts int  // requests sent
	Lost     bool // one of them may have taken effect although no answer says so

	client  *Client
	retried int // how often the request was sent again, in the whole call
	spent   int // of these, the ones whose cost the quota has not got back
}

// Call makes ready for a request.
func (c *Client) Call(r Request) *Call {
	return &Call{Request: r, client: c}
}

// Send sends the request, again after transient failures, and returns the last answer,
// whatever its status. The error is a *Failure if there was no answer, a *PathError,
// the context's, or what Authorize returned. Called again, it has the retries that are
// left.
func (k *Call) Send(ctx context.Context) (*Answer, error) {
	u, err := endpoint(k.client.Base, k.Path)
	if err != nil {
		return nil, err
	}
	for {
		a, err := k.send(ctx, u)
		transient := k.transient(a, err)
		switch {
		case err == nil && !transient:
			k.client.quota.reward(k.spent)
			k.spent = 0
			return a, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !transient || !k.takeRetry():
			if f, ok := errors.AsType[*Failure](err); ok {
				f.QuotaSpent = transient && k.retried < k.client.Retries
			}
			return a, err
		}
		if err := k.client.Clock.Sleep(ctx, k.wait(a)); err != nil {
			return nil, err
		}
	}
}

// send makes one attempt, after the wait that the server has asked all callers for.
func (k *Call) send(ctx context.Context, u *url.URL) (*Answer, error) {
	c := k.client
	if err := c.gate.wait(ctx, c.Clock); err != nil {
		return nil, err
	}
	req, err := k.build(ctx, u, c.UserAgent)
	if err != nil {
		return nil, err
	}
	k.Attempts++
	began := time.Now()
	a, f := c.attempt(req, k.Limit)
	k.log(ctx, a, time.Since(began))
	if f != nil {
		k.Lost = k.Lost || f.sent
		return nil, f
	}
	a.Request = k.Name()
	if a.Status == http.StatusTooManyRequests {
		now := c.Clock.Now()
		c.gate.extend(now.Add(cmp.Or(retryAfter(a.Header.Get("Retry-After"), now), backoff(k.retried))))
	}
	k.Lost = k.Lost || Trouble(a.Status)
	return a, nil
}

// transient reports whether another attempt may bring a better answer.
func (k *Call) transient(a *Answer, err error) bool {
	if err == nil {
		return a.Status == http.StatusTooManyRequests || Trouble(a.Status) || k.Passes != nil && k.Passes(a)
	}
	f, ok := errors.AsType[*Failure](err)
	return ok && f.transient
}

// takeRetry takes one of the call's retries, within the quota of all calls together.
func (k *Call) takeRetry() bool {
	if k.retried == k.client.Retries || !k.client.quota.spend() {
		return false
	}
	k.retried++
	k.spent++
	return true
}

// wait is the time before the next attempt, for this call alone.
func (k *Call) wait(a *Answer) time.Duration {
	if a != nil {
		if a.Status == http.StatusTooManyRequests {
			return 0 // everybody waits, at the gate
		}
		if d := retryAfter(a.Header.Get("Retry-After"), k.client.Clock.Now()); d > 0 {
			return asked(d)
		}
	}
	return backoff(k.retried - 1)
}

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
		f.sent = sent.Load()
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
		return nil, &Failure{Kind: Redirected, sent: true}
	}
	if !Success(resp.StatusCode) {
		limit = errorLimit
	}
	// What is counted is what comes out of the decompression that net/http does.
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		f := failed(err)
		if f.transient && f.Kind != TimedOut {
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
