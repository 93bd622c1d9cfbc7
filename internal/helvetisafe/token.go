package helvetisafe

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

const (
	// missingLifetime is for an answer without expires_in (PROTOCOL.md section 2).
	missingLifetime = 3600 * time.Second
	// longestLifetime keeps the arithmetic far from overflow.
	longestLifetime = 24 * 365 * time.Hour
	// renewalMargin is how long before its end a token is replaced.
	renewalMargin = 30 * time.Second
)

// token is an access token and how long it may be used.
type token struct {
	secret   redact.String
	lifetime time.Duration
}

// usable is how long after its request a token is used: until 30 s before its end, or
// for half its life if it lives no longer than 60 s, but at least 1 s.
func usable(lifetime time.Duration) time.Duration {
	if lifetime > 2*renewalMargin {
		return lifetime - renewalMargin
	}
	return max(lifetime/2, time.Second)
}

// fetchToken makes the token exchange (RFC 6749 section 4.4), with the credentials in the
// form.
func (a ClientCredentials) fetchToken(ctx context.Context, c *Client) (token, error) {
	scopes := a.Scopes
	if len(scopes) == 0 {
		scopes = DefaultScopes
	}
	form := url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {a.ClientID},
		"client_secret": {a.ClientSecret.Reveal()},
		"scope":         {strings.Join(scopes, " ")},
	}
	k := c.newPlainCall(request{Request: rest.Request{
		Method:      http.MethodPost,
		Path:        pathToken,
		ContentType: "application/x-www-form-urlencoded",
		Body:        []byte(form.Encode()),
		Limit:       limitSmall,
		Passes:      oauthTrouble,
	}})
	answer, err := k.exchange(ctx)
	if err == nil {
		err = tokenError(k, answer)
	}
	var t token
	if err == nil {
		t, err = parseToken(answer)
	}
	return t, err
}

// parseToken reads the answer of the token endpoint (RFC 6749 section 5.1).
func parseToken(a *answer) (token, error) {
	name := http.MethodPost + " /" + strings.Join(pathToken, "/")
	var body struct {
		AccessToken string         `json:"access_token"`
		ExpiresIn   jsontext.Value `json:"expires_in"`
	}
	if err := a.decode(name, &body); err != nil {
		return token{}, err
	}
	if body.AccessToken == "" || !printable(body.AccessToken) {
		return token{}, &Error{Kind: BadAnswer, Reason: NoAccessToken, Request: name}
	}
	return token{secret: redact.NewString(body.AccessToken), lifetime: lifetime(body.ExpiresIn)}, nil
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
