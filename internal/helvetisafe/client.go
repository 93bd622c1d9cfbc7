// Package helvetisafe is the client of the HelvetiSafe API v1. It authenticates,
// fetches and unwraps the Org Key, and creates, reads, updates, deletes and lists
// secrets, whose values it encrypts and decrypts. PROTOCOL.md says what goes over the
// wire. It knows nothing of Terraform.
package helvetisafe

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// Client talks to one server with one set of credentials. It is safe for
// concurrent use. Tokens and keys are fetched on first use, once for all callers.
// It prints as [redacted]: fmt would walk fields that requests change meanwhile.
type Client struct {
	redact.Redacted
	rest *rest.Client

	auth     authenticator
	keys     keyring
	snapshot snapshot
	fresh    batches[*Listing]
}

// New validates the configuration. It makes no request and reads no file. Errors
// are of kind BadConfig.
func New(cfg Config) (*Client, error) {
	base, err := cfg.validate()
	if err != nil {
		return nil, err
	}
	c := &Client{
		keys: keyring{source: cfg.Key, pins: slices.Clone(cfg.OrgKeyFingerprints)},
	}
	c.rest, err = rest.New(rest.Config{
		Base:      base,
		Timeout:   cmp.Or(cfg.RequestTimeout, DefaultRequestTimeout),
		Retries:   cfg.MaxRetries,
		UserAgent: cmp.Or(cfg.UserAgent, "helvetisafe-go"),
		Roots:     cfg.Roots,
		Local:     base.Scheme == "http" && !cfg.AllowHTTP,
		Log:       cfg.Log,
	})
	if err != nil {
		return nil, invalid("", Reason(err.Error()))
	}
	c.auth = cfg.Auth.authenticator(c)
	return c, nil
}

// call is one API call under way: a request, its attempts and their outcome.
// It belongs to one goroutine.
type call struct {
	*rest.Call
	c    *Client
	req  request    // what its errors name; rest.Call has a copy that is authorized
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

// do makes the call and returns a 2xx answer, or an *Error.
func (k *call) do(ctx context.Context) (*answer, error) {
	a, err := k.authorized(ctx)
	if err == nil {
		k.Lost = k.Lost || classify(a) == foreign
		err = statusError(k, a)
	}
	return a, withEffect(err, k.effect())
}

// authorized returns the answer to a request whose credential the server didn't refuse.
// If it did, the request is sent once more, with another credential if there is one.
func (k *call) authorized(ctx context.Context) (*answer, error) {
	for sent := 1; ; sent++ {
		a, err := k.exchange(ctx)
		if err != nil {
			return nil, err
		}
		if !refusesCredentials(a) {
			if authenticated(a) {
				k.c.auth.accepted(k.used)
			}
			return a, nil
		}
		again, why := k.c.auth.refused(k.used)
		if !again || sent == 2 {
			why.Request, why.Attempts, why.Status = k.Name(), k.Attempts, a.Status
			return nil, why
		}
	}
}

// exchange sends the request and returns the last answer, with any status.
func (k *call) exchange(ctx context.Context) (*answer, error) {
	a, err := k.Send(ctx)
	if err == nil {
		return (*answer)(a), nil
	}
	if ctx.Err() != nil {
		return nil, k.cancelled(ctx)
	}
	if failure, ok := errors.AsType[*rest.Failure](err); ok {
		return nil, k.failed(failure)
	}
	if path, ok := errors.AsType[*rest.PathError](err); ok {
		return nil, &Error{Kind: InvalidKey, Key: path.Element, Reason: Reason(path.Reason)}
	}
	return nil, err // of the credentials, an *Error already
}

// cancelled is the error of a call that its caller ended.
func (k *call) cancelled(ctx context.Context) error {
	e := &Error{Kind: Cancelled, Reason: "the call was cancelled", Request: k.Name(), Attempts: k.Attempts, cause: ctx.Err()}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.Reason = "the caller's time was up"
	}
	return e
}

// whileWaiting is the error of a caller that waited, with others, for the answer to a
// request: the error of the request, unless this caller ended its wait.
func (c *Client) whileWaiting(ctx context.Context, req request, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return c.newCall(req).cancelled(ctx)
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

// Bounds on an answer's body after decompression, in bytes. A list of 100,000
// secrets takes about 15 MB; an answer with keys or a token takes a few kilobytes.
const (
	limitList   = 64 << 20
	limitSecret = 16 << 20
	limitSmall  = 64 << 10
)

// request is one API call, before credentials, with what its errors need to name.
type request struct {
	rest.Request
	scope string // what the account needs, for a 403
	key   string // the secret that it is about, "" for none
	size  int    // bytes of ciphertext in the body, for a 413
}

func get(path []string, scope string, limit int64) request {
	return request{Request: rest.Request{Method: http.MethodGet, Path: path, Limit: limit}, scope: scope}
}

// The paths of the API, under Config.BaseURL (PROTOCOL.md section 2).
var (
	pathToken      = []string{"oauth", "token"}
	pathPrivateKey = []string{"api", "v1", "credentials", "private-key"}
	pathOrgKey     = []string{"api", "v1", "credentials", "org-key"}
	pathSecrets    = []string{"api", "v1", "secrets"}
)

func secretPath(key string) []string {
	return slices.Concat(pathSecrets, []string{key})
}

var keyPattern = regexp.MustCompile(`^[a-zA-Z0-9_]+$`)

// ValidKey reports whether a secret can be created under a key (PROTOCOL.md section 15).
func ValidKey(key string) bool { return keyPattern.MatchString(key) }

// checkKey checks what the published client checks before a create and an update. Reads and
// deletes take any key that a path can hold.
func checkKey(key string) error {
	switch {
	case key == "":
		return &Error{Kind: InvalidKey, Key: key, Reason: "it is empty"}
	case !ValidKey(key):
		return &Error{Kind: InvalidKey, Key: key, Reason: "only letters a-z and A-Z, digits and underscores are allowed"}
	}
	return nil
}
