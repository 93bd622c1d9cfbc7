package helvetisafe

import (
	"mime"
	"net/http"
	"slices"
	"strings"
)

// statusError is the typed error for an answer that is no success, nil for one
// that is.
func statusError(k *call, a *answer) error {
	name := k.req.name()
	switch {
	case success(a.status):
		return nil
	case a.status == http.StatusForbidden:
		return &ForbiddenError{Request: name, Scope: k.req.scope, Foreign: !fromAPI(a)}
	case a.status == http.StatusNotFound && k.req.key != "" && k.req.method != http.MethodPost:
		// Taken for 'no such secret', a proxy's own 404 would plan to create
		// everything again. The API's has a body in JSON (PROTOCOL.md, "Errors").
		if !fromAPI(a) {
			return &ResponseError{Request: name, detail: "it is a 404, but not one of the HelvetiSafe API; check `base_url`, its path too, and any proxy in between"}
		}
		return &NotFoundError{Request: name, Key: k.req.key}
	case a.status == http.StatusConflict && k.req.key != "" && k.req.method == http.MethodPost:
		return &ConflictError{Request: name, Key: k.req.key}
	case a.status == http.StatusTooManyRequests:
		return &RateLimitError{Request: name, Attempts: k.attempts, lost: k.unsettled()}
	}
	e := &APIError{Request: name, Status: a.status, Attempts: k.attempts, Size: k.req.size, lost: k.unsettled()}
	if a.status == http.StatusNotFound && k.req.scope == scopeCredentials && fromAPI(a) {
		e.hint = "the server has no such key for this account; where it keeps no private key, use `private_key_path` or `private_key_pem` and not `password`, and where it has no Org Key, finish setting up the account in the portal"
	}
	return e
}

// fromAPI reports whether an error's body has the form that the API gives it.
func fromAPI(a *answer) bool {
	if !isJSON(a.header) || a.tooLarge {
		return false
	}
	return decodeObject(a.body, &struct{}{}) == nil
}

// isJSON takes a missing content type for JSON: the parser then decides (RFC 9110
// section 8.3).
func isJSON(h http.Header) bool {
	kind := h.Get("Content-Type")
	if kind == "" {
		return true
	}
	media, _, err := mime.ParseMediaType(kind)
	if err != nil {
		return false
	}
	return media == "application/json" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")
}

// oauthCodes are the error codes of RFC 6749 section 5.2. Only these are repeated
// to the user; what else a body holds isn't.
var oauthCodes = []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}

// tokenStatusError is statusError for the token endpoint, where 400 and 403 are
// refusals too.
func tokenStatusError(k *call, a *answer) error {
	if a.status != http.StatusBadRequest && a.status != http.StatusUnauthorized && a.status != http.StatusForbidden {
		return statusError(k, a)
	}
	e := &AuthError{Request: k.req.name(), Status: a.status}
	var body struct {
		Error string `json:"error"`
	}
	if err := decodeObject(a.body, &body); err == nil && slices.Contains(oauthCodes, body.Error) {
		e.Code = body.Error
	}
	switch e.Code {
	case "invalid_scope":
		e.detail = "the service account doesn't have all the scopes that are asked for; name those that it has in `scopes`, or grant the others in the portal"
	case "unauthorized_client", "unsupported_grant_type":
		e.detail = "the service account may not use client credentials; check it in the portal"
	default:
		e.detail = "the server doesn't accept `client_id` and `client_secret`; check both, and that the service account is active"
	}
	return e
}
