package helvetisafe

import (
	"context"
	"net/http"
	"sync"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// The headers that may carry a portal token. It isn't certain which one a server wants
// (PROTOCOL.md section 2).
const (
	xAegisToken credential = iota
	bearer
)

// portalToken sends the token as X-Aegis-Token, and finds out once for all callers
// whether the server wants it as a Bearer token instead.
type portalToken struct {
	token redact.String

	mu     sync.Mutex
	header credential // the one to use; the other one if this is refused before it has worked
	worked bool       // it has
}

func (a APIToken) authenticator(*Client) authenticator {
	return &portalToken{token: a.Token}
}

func (p *portalToken) authorize(_ context.Context, h http.Header) (credential, error) {
	p.mu.Lock()
	use := p.header
	p.mu.Unlock()
	if use == bearer {
		h.Set("Authorization", "Bearer "+p.token.Reveal())
	} else {
		h.Set("X-Aegis-Token", p.token.Reveal())
	}
	return use, nil
}

// judged turns to the Bearer header at the first refusal, as long as no header has
// worked. A 401 has done nothing, so the same request is sent again.
func (p *portalToken) judged(used credential, accepted bool) (again bool, why Reason) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case accepted:
		// A late answer to the other header doesn't undo what was found out.
		if !p.worked {
			p.header, p.worked = used, true
		}
		return false, ""
	case used != p.header: // found out while this request was under way
		again = true
	case p.worked:
		return false, APITokenEnded
	case used == xAegisToken:
		p.header, again = bearer, true
	}
	return again, APITokenRefused
}
