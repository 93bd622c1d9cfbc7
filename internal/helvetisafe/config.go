package helvetisafe

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// DefaultRequestTimeout bounds an attempt if Config says nothing (PROTOCOL.md section
// 2).
const DefaultRequestTimeout = 30 * time.Second

// allScopes are the scopes that a token is asked for if none are named: all that the
// API has (PROTOCOL.md section 2).
var allScopes = []string{scopeRead, scopeWrite, scopeDelete, scopeList, scopeCredentials}

const (
	scopeRead        = "secrets:read"
	scopeWrite       = "secrets:write"
	scopeDelete      = "secrets:delete"
	scopeList        = "secrets:list"
	scopeCredentials = "credentials:read"
)

// Config says how a Client reaches a server.
type Config struct {
	// BaseURL is the server's address, https, or http for loopback. A path
	// prefix is fine; user info, a query and a fragment are not.
	BaseURL string
	// AllowHTTP accepts http for any host.
	AllowHTTP bool
	// Auth is ClientCredentials or APIToken.
	Auth Auth
	// Key is where the RSA private key comes from. Without a source, only what needs the
	// Org Key fails.
	Key KeySource
	// OrgKeyFingerprints are pins, in the form of envelope's OrgKey.Fingerprint: any
	// other Org Key is refused.
	OrgKeyFingerprints []string
	// Roots are the trusted authorities, as ParseCA makes them; nil is for the system's.
	Roots *x509.CertPool
	// RequestTimeout bounds each attempt, its body included; 0 is
	// DefaultRequestTimeout.
	RequestTimeout time.Duration
	// MaxRetries is how often a call is tried again; 0 is never.
	MaxRetries int
	// UserAgent is sent with each request; "" is this client's name.
	UserAgent string
	// Log gets one record for each attempt; nil for none.
	Log rest.LogFunc
}

// Auth is one way to authenticate: ClientCredentials or APIToken.
type Auth interface {
	validate() error
	authenticator(c *Client) authenticator
}

// ClientCredentials is the OAuth 2.0 client credentials grant (RFC 6749 section 4.4).
type ClientCredentials struct {
	ClientID     string
	ClientSecret redact.String
	Scopes       []string // none for all that the API has
}

// APIToken is a token made in the portal.
type APIToken struct{ Token redact.String }

// KeySource is where the RSA private key comes from. At most one field is set.
type KeySource struct {
	Path     string        // of a file with PEM, read on first use
	PEM      redact.String // in any state that envelope.NextBlock takes
	Password redact.String // unlocks the private key that the server keeps (Argon2id, PROTOCOL.md section 7)
	Err      error         // there is a source, but it can't be had yet: what needs the Org Key fails with this
}

// validate checks every setting, and returns the address that BaseURL is.
func (cfg Config) validate() (*url.URL, error) {
	base, err := parseBaseURL(cfg.BaseURL, cfg.AllowHTTP)
	if err != nil {
		return nil, err
	}
	if cfg.Auth == nil {
		return nil, invalid("Config.Auth", "{setting} is not set; give ClientCredentials or an APIToken")
	}
	if err := cfg.Auth.validate(); err != nil {
		return nil, err
	}
	if pem := cfg.Key.PEM; !pem.IsZero() && strings.TrimSpace(pem.Reveal()) == "" {
		return nil, invalid(SettingPrivateKeyPEM, "{setting} is blank; give the private key in PEM")
	}
	if err := checkPins(cfg.OrgKeyFingerprints); err != nil {
		return nil, err
	}
	if cfg.RequestTimeout < 0 {
		return nil, invalid(SettingRequestTimeout, "{setting} is negative; give a duration such as 30s")
	}
	if cfg.MaxRetries < 0 {
		return nil, invalid(SettingMaxRetries, "{setting} is negative; 0 is for no retries")
	}
	return base, nil
}

// invalid is an error about a setting.
func invalid(setting Setting, why Reason) error {
	return &Error{Kind: BadConfig, Setting: setting, Reason: why}
}

func (a ClientCredentials) validate() error {
	if strings.TrimSpace(a.ClientID) == "" {
		return invalid(SettingClientID, "{setting} is empty; give the service account's client id")
	}
	if strings.TrimSpace(a.ClientSecret.Reveal()) == "" {
		return invalid(SettingClientSecret, "{setting} is empty; give the service account's client secret")
	}
	return checkScopes(a.Scopes)
}

func (a APIToken) validate() error {
	token := a.Token.Reveal()
	if strings.TrimSpace(token) == "" {
		return invalid(SettingAPIToken, "{setting} is blank; generate a token in the portal")
	}
	if !printable(token) {
		return invalid(SettingAPIToken, "{setting} holds a space, a line end or another character that no token has; check how it was copied")
	}
	return nil
}

// printable reports whether s is visible ASCII only. A credential in a header (RFC 6750
// section 2.1) and a scope (RFC 6749 section 3.3) hold nothing else.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// nearScope is a mistyped scope that is safe to repeat: a secret in the wrong place
// doesn't look like this.
var nearScope = regexp.MustCompile(`^(?:[a-z]{1,20}:(?:read|write|delete|list)|(?:secrets?|credentials?):[a-z]{1,12})$`)

// checkScopes demands scopes that the API has. A server refuses all scopes together if
// it doesn't know one, and doesn't say which.
func checkScopes(scopes []string) error {
	for _, s := range scopes {
		why, detail := Reason("{setting} holds an entry that is not a scope. The scopes are {detail}"), strings.Join(allScopes, ", ")
		switch {
		case slices.Contains(allScopes, s):
			continue
		case nearScope.MatchString(s):
			why = Reason(fmt.Sprintf("{setting} holds %q, which is not a scope. The scopes are {detail}", s))
		case strings.ContainsAny(s, ",;[]{}\"'"):
			why = ScopeList
		case strings.TrimSpace(s) != s || len(strings.Fields(s)) > 1:
			why = "{setting} holds an entry with a space or a line end in it; write each scope as an element of its own. The scopes are {detail}"
		}
		return &Error{Kind: BadConfig, Setting: SettingScopes, Reason: why, Detail: detail}
	}
	return nil
}

// checkPins demands that each pin has the form that envelope prints, so that a typing
// mistake is reported at once and not as a wrong Org Key.
func checkPins(pins []string) error {
	for _, pin := range pins {
		digits, found := strings.CutPrefix(pin, "SHA256:")
		raw, err := base64.RawStdEncoding.Strict().DecodeString(digits)
		if !found || err != nil || len(raw) != 16 {
			return invalid(SettingOrgKeyFingerprints, NotAPin)
		}
	}
	return nil
}

// parseBaseURL applies the rules for Config.BaseURL and trims the trailing slashes.
func parseBaseURL(raw string, allowHTTP bool) (*url.URL, error) {
	refuse := func(why Reason) (*url.URL, error) {
		return nil, invalid(SettingBaseURL, why)
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
