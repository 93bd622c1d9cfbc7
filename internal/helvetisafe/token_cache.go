package helvetisafe

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// tokenCache holds the access token of the client credentials grant for all
// callers.
type tokenCache struct {
	c      *Client
	grant  ClientCredentials
	flight flight[numbered]

	mu      sync.Mutex
	current Sensitive
	until   time.Time
	number  ticket // of the current token; another one as soon as it is dropped
	renewed bool   // a 401 led to a renewal, and no token has worked since
}

func (a ClientCredentials) authenticator(c *Client) authenticator {
	return &tokenCache{c: c, grant: a}
}

// numbered is a token and its number in the cache.
type numbered struct {
	secret Sensitive
	number ticket
}

func (t *tokenCache) apply(ctx context.Context, h http.Header) (ticket, error) {
	use, ok := t.cached()
	if !ok {
		// What comes back is used even where its time is up already: a server
		// that gives tokens a second to live gets each of them once.
		var err error
		if use, err = t.flight.do(ctx, t.fetch); err != nil {
			return 0, err
		}
	}
	h.Set("Authorization", "Bearer "+use.secret.Reveal())
	return use.number, nil
}

func (t *tokenCache) cached() (numbered, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return numbered{t.current, t.number}, !t.current.IsZero() && t.c.clock.now().Before(t.until)
}

func (t *tokenCache) fetch(ctx context.Context) (numbered, error) {
	if use, ok := t.cached(); ok { // fetched between this caller's look and its turn
		return use, nil
	}
	asked := t.c.clock.now()
	fetched, err := t.grant.fetchToken(ctx, t.c)
	if err != nil {
		return numbered{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current, t.until = fetched.secret, asked.Add(usable(fetched.lifetime))
	t.number++
	return numbered{t.current, t.number}, nil
}

func (t *tokenCache) accepted(number ticket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if number == t.number {
		t.renewed = false
	}
}

// refused drops the token that the server didn't take, once for all who used it.
// A renewed token that is refused before any has worked is not renewed again: the
// server hands out tokens that it doesn't take.
func (t *tokenCache) refused(_ context.Context, number ticket, req request) (*answer, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if number != t.number {
		return nil, nil // there is another one by now, or one is on its way
	}
	if t.renewed {
		return nil, deniedToken(req)
	}
	t.current, t.renewed = Sensitive{}, true
	t.number++
	return nil, nil
}

func (t *tokenCache) denied(req request) error { return deniedToken(req) }
