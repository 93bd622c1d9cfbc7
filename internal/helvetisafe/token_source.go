package helvetisafe

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// tokenSource gives all callers the access token of the client credentials grant, and
// another one when it has expired or was refused.
type tokenSource struct {
	c     *Client
	grant ClientCredentials
	cache cache[numberedToken]

	mu      sync.Mutex
	number  credential // of the newest token; another one as soon as that is refused
	renewed bool       // a 401 led to a renewal, and no token has worked since
}

func (a ClientCredentials) authenticator(c *Client) authenticator {
	return &tokenSource{c: c, grant: a}
}

// numberedToken is a token and its number.
type numberedToken struct {
	secret redact.String
	number credential
}

func (t *tokenSource) authorize(ctx context.Context, h http.Header) (credential, error) {
	use, err := t.cache.get(ctx, t.c.rest.Clock, t.load)
	if err != nil {
		return 0, err
	}
	h.Set("Authorization", "Bearer "+use.secret.Reveal())
	return use.number, nil
}

// load fetches a token. A failure isn't kept.
func (t *tokenSource) load(ctx context.Context) (numberedToken, time.Time, error) {
	asked := t.c.rest.Clock.Now()
	fetched, err := t.grant.fetchToken(ctx, t.c)
	if err != nil {
		return numberedToken{}, time.Time{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.number++
	return numberedToken{fetched.secret, t.number}, asked.Add(usable(fetched.lifetime)), nil
}

// judged drops a token that the server didn't take, once for all who used it. A
// renewed token that is refused before any has worked is not renewed again: the server
// hands out tokens that it doesn't take.
func (t *tokenSource) judged(number credential, accepted bool) (again bool, why Reason) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case number != t.number: // there is another one by now, or one is on its way
		again = !accepted
	case accepted:
		t.renewed = false
	case !t.renewed:
		t.cache.drop()
		t.renewed = true
		t.number++
		again = true
	}
	return again, AccessTokensRefused
}
