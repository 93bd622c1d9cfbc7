package rest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Call is one request under way, and the outcome of its attempts. It belongs to one
// goroutine.
type Call struct {
	Request
	Attempts int  // requests sent
	Lost     bool // one of them may have taken effect although no answer says so

	client      *Client
	retriesLeft int  // for the whole call
	retries     int  // paid from the quota, and not given back
	spent       bool // the quota had nothing left
}

// Call makes ready for a request.
func (c *Client) Call(r Request) *Call {
	return &Call{Request: r, client: c, retriesLeft: c.Retries}
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
		if !k.transient(a, err) || ctx.Err() != nil || !k.takeRetry() {
			return k.conclude(ctx, a, err)
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
		k.Lost = k.Lost || f.Sent
		return nil, f
	}
	if a.Status == http.StatusTooManyRequests {
		now := c.Clock.Now()
		d := retryAfter(a.Header.Get("Retry-After"), now)
		if d == 0 {
			d = backoff(c.Retries - k.retriesLeft)
		}
		c.gate.extend(now.Add(d))
	}
	k.Lost = k.Lost || Trouble(a.Status)
	return a, nil
}

// transient reports whether another attempt may bring a better answer.
func (k *Call) transient(a *Answer, err error) bool {
	if err == nil {
		return a.Status == http.StatusTooManyRequests || Trouble(a.Status) || k.Passes != nil && k.Passes(a)
	}
	var f *Failure
	return errors.As(err, &f) && f.Transient
}

// takeRetry takes one of the call's retries, within the quota of all calls together.
func (k *Call) takeRetry() bool {
	if k.retriesLeft == 0 {
		return false
	}
	if !k.client.quota.spend() {
		k.spent = true
		return false
	}
	k.retriesLeft--
	k.retries++
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
	return backoff(k.client.Retries - k.retriesLeft - 1)
}

// conclude turns what the last attempt brought into the outcome of the call.
func (k *Call) conclude(ctx context.Context, a *Answer, err error) (*Answer, error) {
	var f *Failure
	switch {
	case err == nil && !k.transient(a, nil):
		k.client.quota.reward(k.retries)
		k.retries = 0
		return a, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &f):
		f.QuotaSpent = k.spent
	}
	return a, err
}

// The quota's figures are those of the AWS SDK for Go v2 (aws/ratelimit and
// aws/retry/standard.go): 100 retries at first, and then one for every five calls
// that work.
const (
	quotaSize   = 500
	retryCost   = 5
	callsReward = 1
)

// quota bounds the retries of all calls together, so that a server that is down isn't
// asked a thousand times by a thousand calls.
type quota struct {
	mu   sync.Mutex
	left int
}

func newQuota() *quota { return &quota{left: quotaSize} }

// spend takes a retry's cost, or reports that it isn't there.
func (q *quota) spend() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.left < retryCost {
		return false
	}
	q.left -= retryCost
	return true
}

// reward is for a call that was answered, with the number of its retries: it gives
// back what they cost, and a little more.
func (q *quota) reward(retries int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left = min(quotaSize, q.left+retries*retryCost+callsReward)
}
