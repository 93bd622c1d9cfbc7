package helvetisafe

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// authenticator adds credentials to requests, and learns whether the server accepts
// them. All callers share one.
type authenticator interface {
	// authorize sets the header of one attempt, and says which credential it used.
	authorize(ctx context.Context, h http.Header) (credential, error)
	// accepted is told of a credential that the server accepted.
	accepted(used credential)
	// refused is told of one that the server refused. again says whether another
	// credential is worth a try, and why is the error if it isn't.
	refused(used credential) (again bool, why *Error)
}

// credential tells the credentials of one authenticator apart: the number of a token,
// or the header in use.
type credential int

// tokenSource gives all callers the access token of the client credentials grant, and
// another one when it has expired or was refused.
type tokenSource struct {
	c     *Client
	grant ClientCredentials
	cache cache[token]

	mu      sync.Mutex
	number  credential // of the newest token; another one as soon as that is refused
	renewed bool       // a 401 led to a renewal, and no token has worked since
}

func (a ClientCredentials) authenticator(c *Client) authenticator {
	return &tokenSource{c: c, grant: a}
}

// token is an access token and its number.
type token struct {
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
func (t *tokenSource) load(ctx context.Context) (token, time.Time, error) {
	asked := t.c.rest.Clock.Now()
	secret, lifetime, err := t.fetch(ctx)
	if err != nil {
		return token{}, time.Time{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.number++
	return token{secret, t.number}, asked.Add(usable(lifetime)), nil
}

func (t *tokenSource) accepted(number credential) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if number == t.number {
		t.renewed = false
	}
}

// refused drops a token that the server didn't take, once for all who used it. A
// renewed token that is refused before any has worked is not renewed again: the server
// hands out tokens that it doesn't take.
func (t *tokenSource) refused(number credential) (again bool, why *Error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case number != t.number: // there is another one by now, or one is on its way
		again = true
	case !t.renewed:
		t.cache.drop()
		t.renewed = true
		t.number++
		again = true
	}
	return again, &Error{Kind: Unauthorized, Reason: AccessTokensRefused, Setting: SettingCredentials}
}

const (
	// missingLifetime is for an answer without expires_in (PROTOCOL.md section 2).
	missingLifetime = 3600 * time.Second
	// longestLifetime keeps the arithmetic far from overflow.
	longestLifetime = 24 * 365 * time.Hour
	// renewalMargin is how long before its end a token is replaced.
	renewalMargin = 30 * time.Second
)

// usable is how long after its request a token is used: until 30 s before its end, or
// for half its life if it lives no longer than 60 s, but at least 1 s.
func usable(lifetime time.Duration) time.Duration {
	if lifetime > 2*renewalMargin {
		return lifetime - renewalMargin
	}
	return max(lifetime/2, time.Second)
}

// fetch makes the token exchange (RFC 6749 section 4.4), with the credentials in the form.
func (t *tokenSource) fetch(ctx context.Context) (redact.String, time.Duration, error) {
	scopes := t.grant.Scopes
	if len(scopes) == 0 {
		scopes = allScopes
	}
	form := url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {t.grant.ClientID},
		"client_secret": {t.grant.ClientSecret.Reveal()},
		"scope":         {strings.Join(scopes, " ")},
	}
	// newCall would authorize the request, with the very token that it is to bring.
	k := &call{c: t.c, Call: t.c.rest.Call(rest.Request{
		Method:      http.MethodPost,
		Path:        pathToken,
		ContentType: "application/x-www-form-urlencoded",
		Body:        []byte(form.Encode()),
		Limit:       limitSmall,
		Passes:      oauthTrouble,
	})}
	a, err := k.exchange(ctx)
	if err == nil {
		err = tokenError(k, a)
	}
	if err != nil {
		return redact.String{}, 0, err
	}
	return parseToken(a)
}

// parseToken reads the answer of the token endpoint (RFC 6749 section 5.1).
func parseToken(a *answer) (secret redact.String, life time.Duration, err error) {
	var body struct {
		AccessToken string         `json:"access_token"`
		ExpiresIn   jsontext.Value `json:"expires_in"`
	}
	if err := a.decode(&body); err != nil {
		return secret, 0, err
	}
	if body.AccessToken == "" || !printable(body.AccessToken) {
		return secret, 0, a.bad(NoAccessToken)
	}
	return redact.NewString(body.AccessToken), lifetime(body.ExpiresIn), nil
}

// lifetime reads expires_in, in seconds. Some servers send a string. If it is missing or
// junk the lifetime is an hour, if it is zero or less the shortest.
func lifetime(raw jsontext.Value) time.Duration {
	text := strings.Trim(string(raw), `"`)
	seconds, err := strconv.ParseFloat(text, 64)
	if errors.Is(err, strconv.ErrRange) {
		err = nil // ±Inf, or 0
	}
	if err != nil || math.IsNaN(seconds) {
		return missingLifetime
	}
	if seconds >= longestLifetime.Seconds() {
		return longestLifetime
	}
	return time.Duration(max(seconds, 0) * float64(time.Second))
}

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

// accepted keeps the first header that works: a late answer to the other one doesn't undo
// what was found out.
func (p *portalToken) accepted(used credential) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.worked {
		p.header, p.worked = used, true
	}
}

// refused turns to the Bearer header at the first refusal, as long as no header has
// worked. A 401 has done nothing, so the same request is sent again.
func (p *portalToken) refused(used credential) (again bool, why *Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	why = &Error{Kind: Unauthorized, Reason: APITokenRefused, Setting: SettingAPIToken}
	switch {
	case used != p.header: // found out while this request was under way
		again = true
	case p.worked:
		why.Reason = APITokenEnded
	case used == xAegisToken:
		p.header, again = bearer, true
	}
	return again, why
}
