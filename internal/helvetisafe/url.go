package helvetisafe

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// parseBaseURL applies the rules for Config.BaseURL and trims the trailing slashes.
func parseBaseURL(raw string, allowHTTP bool) (*url.URL, error) {
	refuse := func(why Reason) (*url.URL, error) {
		return nil, &Error{Kind: BadConfig, Reason: why, Setting: SettingBaseURL}
	}
	if raw == "" {
		return refuse("{setting} is not set; give the server's address, such as https://vault.example.com")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return refuse("{setting} is not a URL; write it as https://vault.example.com")
	}
	switch {
	case u.User != nil:
		return refuse(UserInURL)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(raw, "#"):
		return refuse("{setting} holds a query or a fragment; leave it out")
	case u.Scheme != "https" && u.Scheme != "http":
		return refuse("{setting} starts with neither https:// nor http://; write it as https://vault.example.com")
	case u.Hostname() == "" || u.Opaque != "":
		return refuse("{setting} names no host; write it as https://vault.example.com")
	case !rest.ValidPort(u):
		return refuse("{setting} has a port that is not a number from 1 to 65535; check it")
	case looksNumeric(u.Hostname()):
		return refuse("{setting} has a host that ends in a number but is not an IP address; write it as 127.0.0.1, or as a name")
	case u.Scheme == "http" && !allowHTTP && !rest.Loopback(u.Hostname()):
		return refuse(PlainHTTP)
	}
	for _, element := range strings.Split(u.Path, "/") {
		if element == "." || element == ".." || strings.ContainsFunc(element, unicode.IsControl) {
			return refuse("{setting} has a path with `.`, `..` or control characters in it; write it in full")
		}
	}
	if strings.Contains(u.Path+"/", "/api/v1/") {
		return refuse("{setting} has the path /api/v1 in it, which every request adds; leave it out, with what follows it")
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return u, nil
}

// looksNumeric reports whether a host ends in a number without being an IP address
// in the usual spelling. Resolvers differ in what they make of 127.1 or 0x7f000001.
func looksNumeric(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	_, err := strconv.ParseUint(last, 0, 64)
	if err != nil && (last == "" || strings.Trim(last, "0123456789") != "") {
		return false
	}
	_, err = netip.ParseAddr(host)
	return err != nil
}

// proxyError is the error about a proxy's setting, without the address in it.
func proxyError(e *rest.ProxyError) error {
	if e.CGI {
		return &Error{Kind: BadConfig, Reason: Reason(fmt.Sprintf("the environment variable %s can't be used together with REQUEST_METHOD, which a web server sets for CGI scripts; unset one of them", e.Variable))}
	}
	return &Error{Kind: BadConfig, Reason: Reason(fmt.Sprintf("the environment variable %s doesn't hold the address of a proxy; write it as http://user:password@proxy.example.com:8080, with special characters in the password escaped, or unset it", e.Variable))}
}
