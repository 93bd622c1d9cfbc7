package helvetisafe

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// call is one API call under way: a request, its attempts and what they came to.
// It belongs to one goroutine.
type call struct {
	c           *Client
	req         request
	credentials credentials // nil for the token exchange, which carries its own

	round    int    // tries, but for one that was refused for its credentials
	attempts int    // requests sent
	retries  int    // retries paid from the budget
	spent    bool   // the budget had nothing left
	lost     bool   // an attempt may have taken effect although no answer says so
	ticket   ticket // credential of the last attempt
	last     *answer
	wait     time.Duration // before the next attempt, for this call alone
}

// answer is a complete answer, its body within the request's limit.
type answer struct {
	status   int
	header   http.Header
	body     []byte
	tooLarge bool      // the body was cut off at the limit
	date     time.Time // Date header; zero where missing or junk
}

func (c *Client) newCall(req request) *call {
	return &call{c: c, req: req, credentials: c.auth}
}

// do makes the call and returns a 2xx answer, or one of the typed errors.
func (k *call) do(ctx context.Context) (*answer, error) {
	a, err := k.exchange(ctx)
	if err != nil {
		return nil, err
	}
	if a.status == http.StatusUnauthorized {
		if a, err = k.renewed(ctx); err != nil {
			return nil, err
		}
	}
	if authenticated(a.status) {
		k.c.auth.accepted(k.ticket)
	}
	return a, statusError(k, a)
}

// renewed gives the call its one more try after a 401, where there is another
// credential to try with.
func (k *call) renewed(ctx context.Context) (*answer, error) {
	a, err := k.c.auth.refused(ctx, k.ticket, k.req)
	if ctx.Err() != nil {
		return nil, k.cancelled(ctx)
	}
	if err != nil {
		return nil, err
	}
	if a != nil { // the answer to this same request came with the new credential
		return a, nil
	}
	k.round-- // the refused try was answered, and the retries stay those of the call
	if a, err = k.exchange(ctx); err != nil {
		return nil, err
	}
	if a.status == http.StatusUnauthorized {
		return nil, k.c.auth.denied(k.req)
	}
	return a, nil
}

// authenticated reports whether a status can only come from a server that took
// the credentials.
func authenticated(status int) bool {
	return success(status) || status == http.StatusForbidden || status == http.StatusNotFound || status == http.StatusConflict
}

func success(status int) bool { return status >= 200 && status <= 299 }

// exchange sends the request, again after transient failures, and returns the last
// answer, whatever its status.
func (k *call) exchange(ctx context.Context) (*answer, error) {
	u, err := endpoint(k.c.base, k.req.path)
	if err != nil {
		return nil, err
	}
	var body any
	if k.req.body != nil {
		body = k.req.body
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, k.req.method, u.String(), body)
	if err != nil {
		return nil, &ConfigError{Attribute: "base_url", detail: "`base_url` can't be used to build a request; check it"}
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", k.c.userAgent)
	if k.req.kind != "" {
		req.Header.Set("Content-Type", k.req.kind)
	}

	// A retryablehttp.Client is a handful of settings. One for each call lets its
	// hooks know the call that they are for; the connections are k.c.transport's.
	client := &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: k},
		RetryMax:     k.c.retries,
		CheckRetry:   k.checkRetry,
		Backoff:      func(time.Duration, time.Duration, int, *http.Response) time.Duration { return 0 },
		PrepareRetry: func(r *http.Request) error { return k.c.clock.sleep(r.Context(), k.wait) },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	k.last = nil
	_, err = client.Do(req) //nolint:bodyclose // the body is k.last.body, read already
	if err != nil {
		if ctx.Err() != nil {
			return nil, k.cancelled(ctx)
		}
		return nil, k.failure(err)
	}
	if !transientStatus(k.last.status) {
		k.c.budget.reward(k.retries)
		k.retries = 0
	}
	return k.last, nil
}

// checkRetry is the policy: connection errors and the statuses that pass by
// themselves, within max_retries, and within what all calls together may spend.
func (k *call) checkRetry(ctx context.Context, _ *http.Response, err error) (bool, error) {
	if !k.transient(err) {
		return false, nil
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if k.round > k.c.retries {
		return false, nil
	}
	if !k.c.budget.spend() {
		k.spent = true
		return false, nil
	}
	k.retries++
	return true, nil
}

// transient also sets the wait before the next attempt.
func (k *call) transient(err error) bool {
	k.wait = backoff(k.round - 1)
	if err != nil {
		var f *attemptError
		return errors.As(err, &f) && f.transient
	}
	switch k.last.status {
	case http.StatusTooManyRequests:
		k.wait = 0 // everybody waits: Client.pause
	case http.StatusServiceUnavailable:
		if d := retryAfter(k.last.header.Get("Retry-After"), k.c.clock.now()); d > 0 {
			k.wait = asked(d)
		}
	}
	return transientStatus(k.last.status)
}

// transientStatus reports whether a status passes by itself: a rate limit, or a
// server or gateway in trouble. 501 doesn't.
func transientStatus(status int) bool {
	return status == http.StatusTooManyRequests || serverTrouble(status)
}

func serverTrouble(status int) bool {
	switch status {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
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

// failure turns what retryablehttp returned into a typed error.
func (k *call) failure(err error) error {
	var c *credentialsError
	if errors.As(err, &c) {
		return c.cause
	}
	f := &attemptError{describe(err, false)}
	errors.As(err, &f)
	text := f.text
	if k.spent {
		text += "; not tried further, because too many requests failed in this run"
	}
	if f.cut {
		return &ResponseError{Request: k.req.name(), detail: text, lost: k.unsettled()}
	}
	return &ConnectionError{Request: k.req.name(), Attempts: k.attempts, Lost: k.unsettled(), detail: text}
}
