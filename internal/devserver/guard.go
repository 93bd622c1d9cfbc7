package devserver

import (
	"net"
	"net/http"
	"strings"
)

// Guard refuses the requests of web pages. A page that is open in a browser can reach
// loopback too: under a name of its own that it made resolve to 127.0.0.1, which Host
// then shows, or from another origin, which Origin then shows. No client of the API
// sends an Origin.
func Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var a reply
		switch {
		case !loopback(r.Host):
			a = failure(http.StatusMisdirectedRequest, "The development server answers to localhost, 127.0.0.1 and [::1] only")
		case len(r.Header.Values("Origin")) > 0:
			a = failure(http.StatusForbidden, "The development server answers no web page")
		default:
			next.ServeHTTP(w, r)
			return
		}
		(&call{}).deliver(w, a)
	})
}

// loopback reports whether the Host of a request, with or without a port, names this
// machine.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	return ip != nil && ip.IsLoopback()
}
