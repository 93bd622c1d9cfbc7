package helvetisafe

import (
	"context"
	"errors"
	"net/http"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// call is one API call under way: a request, its attempts and their outcome.
// It belongs to one goroutine.
type call struct {
	*rest.Call
	c    *Client
	req  request
	used credential // of the last attempt
}

// answer is a complete answer, its body within the request's limit.
type answer rest.Answer

func (c *Client) newCall(req request) *call {
	k := &call{c: c, req: req}
	req.Authorize = func(ctx context.Context, h http.Header) (err error) {
		k.used, err = c.auth.authorize(ctx, h)
		return err
	}
	k.Call = c.rest.Call(req.Request)
	return k
}

// newPlainCall is for a request that carries its own credentials.
func (c *Client) newPlainCall(req request) *call {
	return &call{c: c, req: req, Call: c.rest.Call(req.Request)}
}

// do makes the call and returns a 2xx answer, or an *Error. A request
// whose credential was refused is sent once more, with another one if there is one.
func (k *call) do(ctx context.Context) (*answer, error) {
	a, err := k.judge(ctx)
	return a, withEffect(err, k.effect())
}

// judge tells the authenticator whether the server accepted its credential.
func (k *call) judge(ctx context.Context) (*answer, error) {
	a, err := k.exchange(ctx)
	for first := true; err == nil && refusesCredentials(a); first = false {
		again, why := k.c.auth.judged(k.used, false)
		if !first || !again {
			return nil, &Error{Kind: Unauthorized, Reason: why, Setting: SettingAPIToken, Request: k.Name(), Attempts: k.Attempts, Status: a.Status}
		}
		a, err = k.exchange(ctx)
	}
	if err != nil {
		return nil, err
	}
	if authenticated(a) {
		k.c.auth.judged(k.used, true)
	}
	k.Lost = k.Lost || classify(a) == foreign
	return a, statusError(k, a)
}

// exchange sends the request and returns the last answer, with any status.
func (k *call) exchange(ctx context.Context) (*answer, error) {
	a, err := k.Send(ctx)
	var failure *rest.Failure
	var path *rest.PathError
	switch {
	case err == nil:
		return (*answer)(a), nil
	case ctx.Err() != nil:
		return nil, k.cancelled(ctx)
	case errors.As(err, &failure):
		return nil, k.failed(failure)
	case errors.As(err, &path):
		return nil, &Error{Kind: InvalidKey, Key: path.Element, Reason: Reason(path.Reason)}
	}
	return nil, err // of the credentials, typed already
}

// cancelled is the error of a call that its caller ended.
func (k *call) cancelled(ctx context.Context) error {
	e := &Error{Kind: Cancelled, Reason: "the call was cancelled", Request: k.Name(), Attempts: k.Attempts, cause: ctx.Err()}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.Reason = "the caller's time was up"
	}
	return e
}

// failed is the error of a call that brought no answer.
func (k *call) failed(f *rest.Failure) error {
	e := &Error{Kind: Unreachable, Reason: Reason(f.Kind), Request: k.Name(), Attempts: k.Attempts, Status: f.Status, QuotaSpent: f.QuotaSpent}
	if f.Kind == rest.CutShort {
		e.Kind = BadAnswer
	}
	return e
}

// effect is what the call may have done although no answer said so. A create is settled
// by itself; reading changes nothing.
func (k *call) effect() Effect {
	if k.Lost && (k.Method == http.MethodPut || k.Method == http.MethodDelete) {
		return UnknownEffect
	}
	return NoEffect
}

// unusable is the error of a call whose answer has a status of success, but a body that
// can't be used.
func (k *call) unusable(err error) error {
	k.Lost = true
	return withEffect(err, k.effect())
}
