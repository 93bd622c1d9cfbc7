package helvetisafe

import (
	"net/http"
	"strings"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

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
