package helvetisafe

import (
	"context"
	"fmt"
	"net/http"
	"sync"
)

// The headers that may carry a portal token. Which one a server wants isn't
// certain (PROTOCOL.md, "Requests").
const (
	xAegisToken ticket = iota
	bearer
)

// portalToken sends the token as X-Aegis-Token, and finds out once for all callers
// whether the server wants it as a Bearer token instead.
type portalToken struct {
	c      *Client
	token  Sensitive
	flight flight[probe]

	mu      sync.Mutex
	header  ticket
	decided bool // a header has worked, or neither does
	failed  int  // the status that the Bearer attempt got, where neither does
}

// probe is what trying the Bearer header came to, and the answer to the request
// that tried it.
type probe struct {
	path   string
	answer *answer
}

func (a APIToken) authenticator(c *Client) authenticator {
	return &portalToken{c: c, token: a.Token}
}

func (p *portalToken) apply(_ context.Context, h http.Header) (ticket, error) {
	p.mu.Lock()
	use := p.header
	p.mu.Unlock()
	setPortalToken(h, use, p.token)
	return use, nil
}

func setPortalToken(h http.Header, as ticket, token Sensitive) {
	if as == bearer {
		h.Set("Authorization", "Bearer "+token.Reveal())
		return
	}
	h.Set("X-Aegis-Token", token.Reveal())
}

func (p *portalToken) accepted(as ticket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// A late answer to the other header doesn't undo what was decided.
	if !p.decided {
		p.header, p.decided = as, true
	}
}

// refused tries the Bearer header once for all callers, as long as no header has
// worked. It tries with a GET, which does no harm should the server take half of it.
func (p *portalToken) refused(ctx context.Context, as ticket, req request) (*answer, error) {
	p.mu.Lock()
	header, decided, failed := p.header, p.decided, p.failed
	p.mu.Unlock()
	if decided {
		if header != as {
			return nil, nil // decided while this request was under way
		}
		return nil, p.error(req, failed)
	}
	got, err := p.flight.do(ctx, func(ctx context.Context) (probe, error) { return p.try(ctx, req) })
	if err != nil {
		return nil, err
	}
	if got.answer != nil && req.method == http.MethodGet && got.path == req.pathName() {
		return got.answer, nil
	}
	return nil, nil
}

func (p *portalToken) try(ctx context.Context, req request) (probe, error) {
	p.mu.Lock()
	decided, header, failed := p.decided, p.header, p.failed
	p.mu.Unlock()
	if decided { // between this caller's look and its turn
		if header == bearer {
			return probe{}, nil
		}
		return probe{}, p.error(req, failed)
	}
	if req.method != http.MethodGet {
		req = get(pathOrgKey, scopeCredentials, limitSmall)
	}
	k := p.c.newCallAs(bearerOnly{p.token}, req)
	a, err := k.exchange(ctx)
	if err != nil {
		return probe{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case authenticated(a):
		p.header, p.decided = bearer, true
		return probe{path: req.pathName(), answer: a}, nil
	case refusesCredentials(a):
		p.decided, p.failed = true, a.status
	}
	return probe{}, p.error(req, a.status)
}

// error tells both answers where the Bearer header was tried, 0 where it wasn't.
func (p *portalToken) error(req request, asBearer int) error {
	e := &AuthError{Request: req.name(), Status: http.StatusUnauthorized}
	if asBearer == 0 {
		e.detail = "the server doesn't accept `api_token` any longer; generate a new token in the portal"
	} else {
		e.detail = fmt.Sprintf("the server doesn't accept `api_token`: it answers 401 to it in the header X-Aegis-Token, and %d to it as a Bearer token; generate a new token in the portal, and check `base_url`", asBearer)
	}
	e.detail += p.c.origins.of("api_token")
	return e
}

func (p *portalToken) denied(req request) error { return p.error(req, 0) }

// bearerOnly is a portal token in the header under trial.
type bearerOnly struct{ token Sensitive }

func (b bearerOnly) apply(_ context.Context, h http.Header) (ticket, error) {
	setPortalToken(h, bearer, b.token)
	return bearer, nil
}
