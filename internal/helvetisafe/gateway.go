package helvetisafe

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// GatewayError says that something other than the API answered: a proxy, a gateway,
// a firewall, a login page, or another server at this address. It says nothing about
// secrets, scopes or credentials.
type GatewayError struct {
	Request string // method and path
	Status  int    // HTTP status
	Product string // what its headers name, "" if it is not one that we know
	detail  string
}

func (e *GatewayError) Error() string {
	product := ""
	if e.Product != "" {
		product = fmt.Sprintf(" (its headers name %s)", e.Product)
	}
	return fmt.Sprintf("%d on %s: this is not an answer of the HelvetiSafe API%s, but of %s", e.Status, e.Request, product, e.detail)
}

func gatewayError(k *call, a *answer) error {
	return &GatewayError{Request: k.Name(), Status: a.Status, Product: gatewayProduct(a.Header), detail: gatewayText(k, a)}
}

// gatewayText says who answered and what to do, by the status: no text of the answer
// is read.
func gatewayText(k *call, a *answer) string {
	switch a.Status {
	case http.StatusBadRequest:
		if k.c.rest.Base.Scheme == "http" {
			return "a web server that refuses it, as one does if its port is for HTTPS; check the scheme and the port of `base_url`"
		}
		return "a web server or gateway that refuses it, as one does if it wants a client certificate; check `base_url`, and what stands in front of the API"
	case http.StatusUnauthorized:
		return "a web server or proxy that wants a login of its own, which this provider can't give; have it let requests to the API through, or check `base_url`"
	case http.StatusForbidden:
		return "a firewall or proxy that refuses the request; ask whoever runs it to let requests to the API through"
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusMisdirectedRequest:
		return "another web server, or of a gateway that has no route to the API; check `base_url`, its path too"
	case http.StatusProxyAuthRequired:
		return proxyLogin
	case http.StatusRequestEntityTooLarge:
		return fmt.Sprintf("a gateway that takes no request this large; store less than these %d bytes of ciphertext, or have its limit raised", k.req.size)
	case http.StatusNetworkAuthenticationRequired:
		return "a network that wants a login before it lets requests through; log in there, and try again"
	}
	if rest.Trouble(a.Status) {
		return "a gateway that has trouble with the API, still after " + attempts(k.Attempts) + "; try again later"
	}
	return "a proxy or gateway that refuses the request; check `base_url`, and what stands in front of the API"
}

const proxyLogin = "a proxy that wants credentials of its own; set them in HTTPS_PROXY or HTTP_PROXY, or name the host in NO_PROXY"

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
