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

// statusError is the error for an answer that is not a success, nil for one that is.
func statusError(k *call, a *answer) error {
	class := classify(a)
	if class == done {
		return nil
	}
	e := &Error{
		Kind: Refused, Reason: "the server doesn't accept the request", Request: k.Name(), Status: a.Status, Attempts: k.Attempts,
		Key: k.req.key, Size: k.req.size,
	}
	create := k.Method == http.MethodPost
	switch {
	case class == rateLimited:
		e.Kind, e.Reason = RateLimited, "the server limits the rate, still after {attempts}"
	case class == foreign, class == transient && !fromAPI(a) && a.Status != http.StatusInternalServerError:
		e.Kind, e.Reason, e.Product = Foreign, gatewayReason(k, a.Status), gatewayProduct(a.Header)
	case class == transient:
		e.Kind, e.Reason = Failed, "the server failed, still after {attempts}"
	case a.Status == http.StatusForbidden:
		e.Kind, e.Reason, e.Scope = Forbidden, "the service account lacks {scope}", k.req.scope
	case a.Status == http.StatusNotFound && k.req.key != "" && !create:
		e.Kind, e.Reason = NotFound, "there is no secret {key}, or it is not visible to this service account"
	case a.Status == http.StatusNotFound && slices.Equal(k.Path, pathPrivateKey):
		e.Reason, e.Setting = NoPrivateKey, SettingPassword
	case a.Status == http.StatusNotFound && slices.Equal(k.Path, pathOrgKey):
		e.Reason = NoOrgKey
	case a.Status == http.StatusNotFound:
		e.Reason = NoAPI
	case a.Status == http.StatusConflict && k.req.key != "" && create:
		e.Kind, e.Reason = Conflict, keyTaken
	case a.Status == http.StatusConflict:
		e.Reason = OtherConflict
	case a.Status == http.StatusRequestEntityTooLarge && k.req.size > 0:
		e.Kind, e.Reason = TooLarge, "the secret is larger than the server takes: {size} bytes of ciphertext"
	case a.Status == http.StatusBadRequest:
		e.Reason = NotUnderstood
	}
	return e
}

const keyTaken Reason = "a secret {key} exists already"

// oauthTrouble reports whether the token endpoint says that its trouble passes by
// itself, which it may do with any status.
func oauthTrouble(a *rest.Answer) bool {
	code, _ := errorMember((*answer)(a))
	return code == "temporarily_unavailable" || code == "server_error"
}

// The error codes that are about the account (RFC 6749 sections 4.1.2.1 and 5.2), and
// what each means here. Only these are repeated to the user.
var accountRefused = map[string]Reason{
	"invalid_client":         WrongClient,
	"invalid_grant":          WrongClient,
	"access_denied":          WrongClient,
	"invalid_scope":          WrongScopes,
	"unauthorized_client":    WrongGrant,
	"unsupported_grant_type": WrongGrant,
}

// tokenError is the error for an answer of the token endpoint that is not a success, nil
// for one that is. Its error code decides what the error is about.
func tokenError(k *call, a *answer) error {
	e := &Error{Request: k.Name(), Status: a.Status, Attempts: k.Attempts}
	code, _ := errorMember(a) // with any status: some servers send an error with 200
	reason, known := accountRefused[code]
	switch class := classify(a); {
	case class == transient, class == rateLimited:
		return statusError(k, a)
	case oauthTrouble((*rest.Answer)(a)):
		e.Kind, e.Reason = Failed, "the token endpoint is in trouble, still after {attempts}"
	case known:
		e.Kind, e.Reason, e.Code, e.Setting = Unauthorized, reason, code, SettingCredentials
	case class == refused && (a.Status == http.StatusBadRequest || a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden):
		e.Kind, e.Reason = Refused, NoOAuthCode
	default:
		return statusError(k, a)
	}
	return e
}

// gatewayReason says who answered, by the status: no text of the answer is read.
func gatewayReason(k *call, status int) Reason {
	switch status {
	case http.StatusBadRequest:
		if k.c.rest.Base.Scheme == "http" {
			return HTTPSPort
		}
		return "a web server or gateway that refuses it, as one does if it wants a client certificate"
	case http.StatusUnauthorized:
		return GatewayLogin
	case http.StatusForbidden:
		return Firewall
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusMisdirectedRequest:
		return NoRouteToAPI
	case http.StatusProxyAuthRequired:
		return GatewayProxyLogin
	case http.StatusRequestEntityTooLarge:
		return GatewayRequestTooLarge
	case http.StatusNetworkAuthenticationRequired:
		return NetworkLogin
	}
	if rest.Trouble(status) {
		return GatewayTrouble
	}
	return "a proxy or gateway that refuses the request"
}

// gatewayProducts are headers that name the product which answered, or passed the
// answer on. Only names that stand here are repeated to the user.
var gatewayProducts = []struct{ header, begins, name string }{
	{"Server", "cloudflare", "Cloudflare"},
	{"Cf-Ray", "", "Cloudflare"},
	{"X-Amz-Cf-Id", "", "AWS"},
	{"Server", "awselb", "AWS"},
	{"X-Amzn-Errortype", "", "AWS"},
	{"X-Amzn-Waf-Action", "", "AWS"},
	{"Server", "kong", "Kong"},
	{"X-Kong-Response-Latency", "", "Kong"},
	{"X-Squid-Error", "", "Squid"},
	{"Server", "squid", "Squid"},
	{"X-Azure-Ref", "", "Azure"},
	{"Server", "microsoft-azure-application-gateway", "Azure"},
	{"Server", "akamaighost", "Akamai"},
	{"Server", "envoy", "Envoy"},
	{"Server", "istio-envoy", "Envoy"},
	{"Server", "nginx", "nginx"},
	{"Server", "openresty", "nginx"},
	{"Server", "apache", "Apache"},
}

func gatewayProduct(h http.Header) string {
	for _, p := range gatewayProducts {
		if value := strings.ToLower(h.Get(p.header)); value != "" && strings.HasPrefix(value, p.begins) {
			return p.name
		}
	}
	return ""
}
