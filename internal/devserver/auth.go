package devserver

import (
	"crypto/rand"
	"crypto/subtle"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// token is an access token that was given out.
type token struct {
	clientID string
	scopes   []string
	expires  time.Time
}

// apiTokenHeader is what the published client sends an API token in.
const apiTokenHeader = "X-Aegis-Token" //nolint:gosec // a header's name, no credential

// token is POST /oauth/token (RFC 6749 section 4.4, with the client's credentials in
// the form as section 2.3.1 allows).
func (s *Server) token(c *call) reply {
	if c.header.Get("Authorization") != "" || c.header.Get(apiTokenHeader) != "" {
		return s.oauthViolation(c.entry, "invalid_request", "credentials in a header of the token request")
	}
	if kind, _, err := mime.ParseMediaType(c.header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return s.oauthViolation(c.entry, "invalid_request", "the content type is not application/x-www-form-urlencoded")
	}
	form, err := url.ParseQuery(string(c.entry.Body))
	if err != nil {
		return s.oauthViolation(c.entry, "invalid_request", "the form is malformed")
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if !slices.Contains([]string{"grant_type", "client_id", "client_secret", "scope"}, name) {
			return s.oauthViolation(c.entry, "invalid_request", "a form field that the token endpoint does not know")
		}
		if len(form[name]) > 1 {
			return s.oauthViolation(c.entry, "invalid_request", "the form field "+name+" twice")
		}
	}
	for _, name := range []string{"grant_type", "client_id", "client_secret", "scope"} {
		if form.Get(name) == "" {
			return s.oauthViolation(c.entry, "invalid_request", "no form field "+name)
		}
	}
	if form.Get("grant_type") != "client_credentials" {
		return s.oauthViolation(c.entry, "unsupported_grant_type", "a grant type other than client_credentials")
	}
	account := s.client(form.Get("client_id"), form.Get("client_secret"))
	if account == nil {
		return oauthFailure(http.StatusUnauthorized, "invalid_client", "Unknown client or wrong secret")
	}
	c.entry.Account = account.ClientID
	var granted []string
	for _, scope := range strings.Split(form.Get("scope"), " ") {
		if !slices.Contains(scopes, scope) {
			return oauthFailure(http.StatusBadRequest, "invalid_scope", "A scope that does not exist")
		}
		// RFC 6749 section 3.3: the server may grant less than was asked for, and
		// then says so in the answer.
		if slices.Contains(account.allowed(), scope) && !slices.Contains(granted, scope) {
			granted = append(granted, scope)
		}
	}
	if len(granted) == 0 {
		return oauthFailure(http.StatusBadRequest, "invalid_scope", "None of the scopes is allowed to this client")
	}
	value, ttl := rand.Text(), s.options.tokenTTL()
	s.tokens[value] = token{account.ClientID, granted, s.options.now().Add(ttl)}
	a := object(http.StatusOK, map[string]any{
		"access_token": value, "token_type": "Bearer", "expires_in": int64(ttl / time.Second), "scope": strings.Join(granted, " "),
	})
	a.header.Set("Cache-Control", "no-store") // RFC 6749 section 5.1
	return a
}

func oauthFailure(status int, code, description string) reply {
	return object(status, map[string]any{"error": code, "error_description": description})
}

func (s *Server) oauthViolation(r *Request, code, what string) reply {
	s.violate(r, what)
	return oauthFailure(http.StatusBadRequest, code, what)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (s *Server) client(id, secret string) *Account {
	for i := range s.options.Accounts {
		a := &s.options.Accounts[i]
		if a.ClientID != "" && a.ClientSecret != "" && same(a.ClientID, id) && same(a.ClientSecret, secret) {
			return a
		}
	}
	return nil
}

// authenticate finds the account of a request and the scopes that it was granted.
func (s *Server) authenticate(c *call) (*Account, []string, reply) {
	authorization, apiToken := c.header.Values("Authorization"), c.header.Values(apiTokenHeader)
	switch {
	case len(authorization)+len(apiToken) == 0:
		s.violate(c.entry, "no credentials")
		return nil, nil, failure(http.StatusUnauthorized, "Not authenticated")
	case len(authorization)+len(apiToken) > 1:
		return nil, nil, s.refuse(c.entry, "credentials in two headers")
	case len(apiToken) == 1:
		if s.options.APITokenHeader == XAegisToken || s.options.APITokenHeader == Both {
			if a := s.tokenOwner(apiToken[0]); a != nil {
				c.entry.Account = a.ClientID
				return a, a.allowed(), reply{}
			}
		}
		return nil, nil, failure(http.StatusUnauthorized, "Invalid API token")
	}
	value, ok := strings.CutPrefix(authorization[0], "Bearer ")
	if !ok || value == "" {
		s.violate(c.entry, "an Authorization header other than Bearer")
		return nil, nil, failure(http.StatusUnauthorized, "Not authenticated")
	}
	if t, ok := s.tokens[value]; ok && s.options.now().Before(t.expires) {
		for i := range s.options.Accounts {
			if a := &s.options.Accounts[i]; a.ClientID == t.clientID {
				c.entry.Account = a.ClientID
				return a, t.scopes, reply{}
			}
		}
	}
	if s.options.APITokenHeader == Bearer || s.options.APITokenHeader == Both {
		if a := s.tokenOwner(value); a != nil {
			c.entry.Account = a.ClientID
			return a, a.allowed(), reply{}
		}
	}
	a := failure(http.StatusUnauthorized, "Invalid or expired token")
	a.header.Set("WWW-Authenticate", `Bearer error="invalid_token"`) // RFC 6750 section 3
	return nil, nil, a
}

func (s *Server) tokenOwner(value string) *Account {
	for i := range s.options.Accounts {
		if a := &s.options.Accounts[i]; a.APIToken != "" && same(a.APIToken, value) {
			return a
		}
	}
	return nil
}

// routeScopes is what each route demands (PROTOCOL.md section 2).
var routeScopes = map[string]string{
	RoutePrivateKey: "credentials:read", RouteOrgKey: "credentials:read", RouteList: "secrets:list",
	RouteRead: "secrets:read", RouteCreate: "secrets:write", RouteUpdate: "secrets:write", RouteDelete: "secrets:delete",
}

func (s *Server) authorize(r *Request, granted []string) (reply, bool) {
	scope := routeScopes[r.Route]
	if !slices.Contains(granted, scope) || r.Route == RouteList && s.options.ListForbidden {
		return failure(http.StatusForbidden, "Insufficient scope: "+scope), false
	}
	return reply{}, true
}

// Tokens returns every access token given out and not revoked, for leak scans.
func (s *Server) Tokens() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.tokens))
}
