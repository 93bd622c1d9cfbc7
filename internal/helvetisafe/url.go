package helvetisafe

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The paths of the API, under base_url (PROTOCOL.md, "Requests").
var (
	pathToken      = []string{"oauth", "token"}
	pathPrivateKey = []string{"api", "v1", "credentials", "private-key"}
	pathOrgKey     = []string{"api", "v1", "credentials", "org-key"}
	pathSecrets    = []string{"api", "v1", "secrets"}
)

func secretPath(key string) []string {
	return []string{pathSecrets[0], pathSecrets[1], pathSecrets[2], key}
}

// endpoint is the one place that puts an element into a URL. Each is escaped, and
// the ones that would name another resource are refused: net/url keeps `..` as it
// is when escaping, and "" or `.` would reach the whole collection.
func endpoint(base *url.URL, elements []string) (*url.URL, error) {
	u := *base
	plain, escaped := u.Path, u.EscapedPath()
	for _, e := range elements {
		switch {
		case e == "":
			return nil, &InvalidKeyError{Key: e, detail: "it is empty"}
		case e == "." || e == "..":
			return nil, &InvalidKeyError{Key: e, detail: "in a path it would name another resource"}
		case !utf8.ValidString(e) || hasControl(e):
			return nil, &InvalidKeyError{Key: e, detail: "it holds control characters or is no valid UTF-8"}
		}
		plain += "/" + e
		escaped += "/" + url.PathEscape(e)
	}
	u.Path, u.RawPath = plain, escaped
	return &u, nil
}

// checkKey holds what the published client checks before a create and an update
// (PROTOCOL.md, "Keys"). Reads and deletes take any key that a path can hold.
func checkKey(key string) error {
	if key == "" {
		return &InvalidKeyError{Key: key, detail: "it is empty"}
	}
	for i := range len(key) {
		c := key[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return &InvalidKeyError{Key: key, detail: "only letters (a to z, A to Z), digits and underscores are allowed"}
		}
	}
	return nil
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// loopback reports whether a host name can only be this machine.
func loopback(host string) bool {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// looksNumeric reports whether a host ends in a number without being an IP address
// in the usual spelling. Resolvers differ in what they make of 127.1 or 0x7f000001.
func looksNumeric(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	_, err := strconv.ParseUint(last, 0, 64)
	if err != nil && !isDigits(last) {
		return false
	}
	_, err = netip.ParseAddr(host)
	return err != nil
}

// validPort reports whether a URL's port can be one; none is fine.
func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return true
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0
}
