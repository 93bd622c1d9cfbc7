package helvetisafe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	// missingLifetime stands where an answer has no expires_in (PROTOCOL.md).
	missingLifetime = 3600 * time.Second
	// longestLifetime keeps the arithmetic far from overflow.
	longestLifetime = 24 * 365 * time.Hour
	// renewalMargin is how long before its end a token is replaced.
	renewalMargin = 30 * time.Second
)

// token is an access token and how long it may be used.
type token struct {
	secret   Sensitive
	lifetime time.Duration
}

// usable is how long after its request a token is used: until 30 s before its
// end, or half its life where it lives no longer than 60 s, 1 s at least.
func usable(lifetime time.Duration) time.Duration {
	if lifetime > 2*renewalMargin {
		return lifetime - renewalMargin
	}
	return max(lifetime/2, time.Second)
}

// fetchToken makes the token exchange.
func (a ClientCredentials) fetchToken(ctx context.Context, c *Client) (token, error) {
	u, err := endpoint(c.base, pathToken)
	if err != nil {
		return token{}, err
	}
	exchange := &tokenExchange{c: c}
	scopes := a.Scopes
	if len(scopes) == 0 {
		scopes = DefaultScopes
	}
	config := clientcredentials.Config{
		ClientID:     a.ClientID,
		ClientSecret: a.ClientSecret.Reveal(),
		TokenURL:     u.String(),
		Scopes:       scopes,
		// Left to itself x/oauth2 tries two styles, and sends the secret twice.
		AuthStyle: oauth2.AuthStyleInParams,
	}
	_, err = config.Token(context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: exchange}))
	switch {
	case exchange.err != nil:
		return token{}, exchange.err
	case err != nil:
		// x/oauth2's error may quote the answer.
		return token{}, exchange.unusable("it is no token answer")
	}
	return exchange.token, nil
}

// tokenExchange sends x/oauth2's request as any other call: bounded, retried,
// logged, no redirect followed. What x/oauth2 then gets to see is the answer as
// parsed here: its own parser ignores the case of names, and fails on an
// expires_in that isn't a 64-bit integer.
type tokenExchange struct {
	c     *Client
	token token
	err   error
}

func (x *tokenExchange) RoundTrip(req *http.Request) (*http.Response, error) {
	form, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	k := &call{c: x.c, req: request{
		method: http.MethodPost,
		path:   pathToken,
		limit:  limitSmall,
		kind:   req.Header.Get("Content-Type"),
		body:   form,
	}}
	a, err := k.exchange(req.Context())
	if err == nil && !success(a.status) {
		err = tokenStatusError(k, a)
	}
	if err == nil {
		x.token, err = parseToken(a)
	}
	if err != nil {
		x.err = err
		return nil, err
	}
	body, err := json.Marshal(map[string]any{
		"access_token": x.token.secret.Reveal(),
		"token_type":   "Bearer",
		"expires_in":   int64(x.token.lifetime / time.Second),
	})
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(bytes.NewReader(body)),
		Request:    req,
	}, nil
}

func (x *tokenExchange) unusable(detail string) error {
	return &ResponseError{Request: http.MethodPost + " /" + strings.Join(pathToken, "/"), detail: detail}
}

// parseToken reads the answer of the token endpoint (RFC 6749 section 5.1).
func parseToken(a *answer) (token, error) {
	name := http.MethodPost + " /" + strings.Join(pathToken, "/")
	o, err := a.object(name)
	if err != nil {
		return token{}, err
	}
	secret, ok := o.text("access_token")
	if !ok || secret == "" || !printable(secret) {
		return token{}, &ResponseError{Request: name, detail: "it holds no `access_token` that a header can carry; check `base_url`, and report it to the server's operator"}
	}
	return token{secret: NewSensitive(secret), lifetime: lifetime(o["expires_in"])}, nil
}

// lifetime reads expires_in, seconds. Some servers send a string. Missing or junk is
// an hour; zero and less is as short as can be.
func lifetime(raw json.RawMessage) time.Duration {
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

// deniedToken is for a 401 that a fresh token didn't cure.
func deniedToken(req request) error {
	return &AuthError{
		Request: req.name(),
		Status:  http.StatusUnauthorized,
		detail:  "the server gives out access tokens, but doesn't accept a fresh one; check that `base_url` and the service account belong together, and that the account is active",
	}
}
