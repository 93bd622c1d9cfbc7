package helvetisafe

import (
	"net/http"
	"slices"
	"strings"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// class is what an answer can be taken for. Between the client and the API stand
// proxies, gateways and firewalls, and any of them may answer in its place.
type class int

const (
	done        class = iota // the request was carried out, if the body bears it out
	refused                  // the API's own refusal: nothing was carried out
	rateLimited              // the rate is limited: nothing was carried out, and waiting helps
	transient                // passes by itself; whether a write was carried out isn't known
	foreign                  // somebody else's refusal; whether a write was carried out isn't known
)

// classify counts an answer as the API's only if it has the API's form (PROTOCOL.md
// section 3).
func classify(a *answer) class {
	switch {
	case rest.Success(a.Status):
		return done
	case a.Status == http.StatusTooManyRequests:
		return rateLimited
	case rest.Trouble(a.Status):
		return transient
	case fromAPI(a):
		return refused
	}
	return foreign
}

// fromAPI reports whether an error's body has the form that the API gives it: an
// object with a string `error`.
func fromAPI(a *answer) bool {
	_, ok := errorMember(a)
	return ok
}

// errorMember is the member `error` of an answer in the API's form. No text of it
// is repeated to the user; only known codes are.
func errorMember(a *answer) (string, bool) {
	if !isJSON(a.Header) || a.TooLarge {
		return "", false
	}
	var body struct {
		Error *string `json:"error"`
	}
	if err := decodeObject(a.Body, &body); err != nil || body.Error == nil {
		return "", false
	}
	return *body.Error, true
}

// isJSON takes a missing content type for JSON: the parser then decides (RFC 9110
// section 8.3). Parameters say nothing about it.
func isJSON(h http.Header) bool {
	kind := h.Get("Content-Type")
	if kind == "" {
		return true
	}
	media, _, _ := strings.Cut(kind, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	return media == "application/json" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")
}

// authenticated reports whether an answer can only come from an API that took the
// credentials.
func authenticated(a *answer) bool {
	switch classify(a) {
	case done:
		return len(a.Body) == 0 || isJSON(a.Header)
	case refused:
		return a.Status == http.StatusForbidden || a.Status == http.StatusNotFound || a.Status == http.StatusConflict
	}
	return false
}

// refusesCredentials reports whether an answer is a 401 of the API's, or of a gateway
// that checks the API's tokens for it.
func refusesCredentials(a *answer) bool {
	scheme, _, _ := strings.Cut(a.Header.Get("WWW-Authenticate"), " ")
	return a.Status == http.StatusUnauthorized && (fromAPI(a) || strings.EqualFold(scheme, "Bearer"))
}

// statusError is the typed error for an answer that is not a success, nil for one that
// is.
func statusError(k *call, a *answer) error {
	kind := classify(a)
	if kind == done {
		return nil
	}
	name := k.Name()
	switch {
	case kind == rateLimited:
		return &RateLimitError{Request: name, Attempts: k.Attempts}
	case kind == foreign, kind == transient && !fromAPI(a) && a.Status != http.StatusInternalServerError:
		return gatewayError(k, a)
	case a.Status == http.StatusForbidden:
		return &ForbiddenError{Request: name, Scope: k.req.scope}
	case a.Status == http.StatusNotFound && k.req.key != "" && k.Method != http.MethodPost:
		return &NotFoundError{Request: name, Key: k.req.key}
	case a.Status == http.StatusConflict && k.req.key != "" && k.Method == http.MethodPost:
		return &ConflictError{Request: name, Key: k.req.key}
	}
	e := &APIError{Request: name, Status: a.Status, Attempts: k.Attempts, Size: k.req.size}
	if a.Status == http.StatusNotFound && k.req.scope == scopeCredentials {
		e.hint = "the server has no Org Key for this account; finish setting up the account in the portal, and check `base_url`"
		if slices.Equal(k.Path, pathPrivateKey) {
			e.hint = "the server keeps no private key for this account; use `private_key_path` or `private_key_pem` instead of `password`, and check `base_url`"
		}
	}
	return e
}

// oauthCode is the error code of an answer of the token endpoint. The status doesn't
// matter: some servers send an error with 200.
func oauthCode(a *answer) string {
	code, _ := errorMember(a)
	return code
}

// oauthTrouble reports whether the token endpoint says that its trouble passes by
// itself, which it may do with any status.
func oauthTrouble(a *rest.Answer) bool {
	code := oauthCode((*answer)(a))
	return code == "temporarily_unavailable" || code == "server_error"
}

// The error codes that are about the account (RFC 6749 sections 4.1.2.1 and 5.2), and
// what each means here. Only these are repeated to the user.
var accountRefused = map[string]string{
	"invalid_client":         wrongCredentials,
	"invalid_grant":          wrongCredentials,
	"access_denied":          wrongCredentials,
	"invalid_scope":          "the service account doesn't have all the scopes that are asked for; name those that it has in `scopes`, or grant the others in the portal",
	"unauthorized_client":    wrongGrant,
	"unsupported_grant_type": wrongGrant,
}

const (
	wrongCredentials = "the server doesn't accept `client_id` and `client_secret`; check both, and that the service account is active"
	wrongGrant       = "the service account may not use client credentials; check it in the portal"
)

// tokenError is the typed error for an answer of the token endpoint that is not a
// success, nil for one that is. Its error code decides what the error is about.
func tokenError(k *call, a *answer) error {
	name, code := k.Name(), oauthCode(a)
	kind := classify(a)
	switch {
	case kind == transient, kind == rateLimited:
		return statusError(k, a)
	case oauthTrouble((*rest.Answer)(a)):
		return &APIError{Request: name, Status: a.Status, Attempts: k.Attempts, hint: "the token endpoint is in trouble, still after " + attempts(k.Attempts) + "; try again later"}
	}
	if detail, ok := accountRefused[code]; ok {
		return &AuthError{Request: name, Status: a.Status, Code: code, detail: detail}
	}
	if kind == refused && (a.Status == http.StatusBadRequest || a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden) {
		return &APIError{Request: name, Status: a.Status, hint: "the server refuses the request, but not with an error code that is about the credentials; check `base_url`, its path too, and report it to the server's operator if it is right"}
	}
	return statusError(k, a)
}
