package helvetisafe

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// call is one API call under way: a request, its attempts and what they came to.
// It belongs to one goroutine.
type call struct {
	c    *Client
	req  request
	auth authenticator // nil for the token exchange, which carries its own credentials

	retriesLeft int        // of max_retries, for the whole call
	attempts    int        // requests sent
	retries     int        // retries paid from the budget
	spent       bool       // the budget had nothing left
	lost        bool       // an attempt may have taken effect although no answer says so
	used        credential // of the last attempt
}

// answer is a complete answer, its body within the request's limit.
type answer struct {
	status   int
	header   http.Header
	body     []byte
	tooLarge bool      // the body was cut off at the limit
	date     time.Time // Date header; zero where missing or junk
}

func (c *Client) newCall(req request) *call { return c.newCallAs(c.auth, req) }

func (c *Client) newCallAs(who authenticator, req request) *call {
	return &call{c: c, req: req, auth: who, retriesLeft: c.retries}
}

// do makes the call and returns a 2xx answer, or one of the typed errors. A request
// whose credential was refused is sent once more, with another one if there is one.
func (k *call) do(ctx context.Context) (*answer, error) {
	a, err := k.exchange(ctx)
	for first := true; err == nil && refusesCredentials(a); first = false {
		again, why := k.auth.judged(k.used, false)
		if !first || !again {
			return nil, &AuthError{Request: k.req.name(), Status: a.status, detail: why}
		}
		a, err = k.exchange(ctx)
	}
	if err != nil {
		return nil, err
	}
	if authenticated(a) {
		k.auth.judged(k.used, true)
	}
	k.lost = k.lost || classify(a) == foreign
	return a, statusError(k, a)
}

// exchange sends the request, again after transient failures, and returns the last
// answer, whatever its status.
func (k *call) exchange(ctx context.Context) (*answer, error) {
	u, err := endpoint(k.c.base, k.req.path)
	if err != nil {
		return nil, err
	}
	for {
		a, err := k.send(ctx, u)
		if !k.passes(a, err) || ctx.Err() != nil || !k.takeRetry() {
			return k.conclude(ctx, a, err)
		}
		if err := k.c.clock.sleep(ctx, k.wait(a)); err != nil {
			return nil, k.cancelled(ctx)
		}
	}
}

// conclude turns what the last attempt brought into the outcome of the call.
func (k *call) conclude(ctx context.Context, a *answer, err error) (*answer, error) {
	var f *fault
	switch {
	case err == nil && !k.passes(a, nil):
		k.c.budget.reward(k.retries)
		k.retries = 0
		return a, nil
	case ctx.Err() != nil:
		return nil, k.cancelled(ctx)
	case errors.As(err, &f):
		return nil, k.failure(f)
	}
	return a, err
}

// takeRetry takes one of the call's retries, within what all calls together may spend.
func (k *call) takeRetry() bool {
	if k.retriesLeft == 0 {
		return false
	}
	if !k.c.budget.spend() {
		k.spent = true
		return false
	}
	k.retriesLeft--
	k.retries++
	return true
}

// wait is the time before the next attempt, for this call alone.
func (k *call) wait(a *answer) time.Duration {
	if a != nil {
		if a.status == http.StatusTooManyRequests {
			return 0 // everybody waits: Client.pause
		}
		if d := retryAfter(a.header.Get("Retry-After"), k.c.clock.now()); d > 0 {
			return asked(d)
		}
	}
	return backoff(k.c.retries - k.retriesLeft - 1)
}

// passes reports whether another attempt may bring a better answer.
func (k *call) passes(a *answer, err error) bool {
	if err == nil {
		kind := classify(a)
		return kind == rateLimited || kind == transient || k.req.passes != nil && k.req.passes(a)
	}
	var f *fault
	return errors.As(err, &f) && f.transient
}

// cancelled is the error of a call that its caller ended.
func (k *call) cancelled(ctx context.Context) error {
	text := "the call was cancelled"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		text = "the caller's time was up"
	}
	return &ConnectionError{Request: k.req.name(), Attempts: k.attempts, Lost: k.unsettled(), detail: text, cause: ctx.Err()}
}

// unsettled reports whether the call may have taken effect although no answer said
// so. A create is settled by itself; reading changes nothing.
func (k *call) unsettled() bool {
	return k.lost && (k.req.method == http.MethodPut || k.req.method == http.MethodDelete)
}

// unusable marks the error of a call whose answer says that it worked, but can't be
// used otherwise.
func (k *call) unusable(err error) error {
	k.lost = true
	var r *ResponseError
	if errors.As(err, &r) {
		r.lost = k.unsettled()
	}
	return err
}

// failure is the typed error of a call that brought no answer.
func (k *call) failure(f *fault) error {
	text := f.text
	if k.spent {
		text += "; not tried further, because too many requests failed in this run"
	}
	if f.cut {
		return &ResponseError{Request: k.req.name(), detail: text, lost: k.unsettled()}
	}
	return &ConnectionError{Request: k.req.name(), Attempts: k.attempts, Lost: k.unsettled(), detail: text}
}
