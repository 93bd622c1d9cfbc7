// Package live runs this project against a vault that is not of its making: whatever
// the HELVETISAFE_* variables reach. It runs the provider's life through a real CLI
// (Test), finds out what the API's public material leaves open (Report), and takes
// away what an earlier run may have left (Sweep).
//
// It creates secrets of its own only, under keys that begin with tfacc_, and reads,
// changes, deletes and names no other. It has a client of its own, which shows answers
// as they are and shares no code with the provider's, beside the cryptography.
package live

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
)

// variables start with this.
const prefixEnv = "HELVETISAFE_"

// settings is what the provider's variables say, as far as it matters here.
type settings struct {
	base         *url.URL
	clientID     string
	clientSecret string
	scopes       string
	apiToken     string
	pemPath      string
	pem          string
	password     string
	caPEM        []byte
}

const allScopes = "secrets:read secrets:write secrets:delete secrets:list credentials:read"

// lookup finds a variable in an environment, "" if it isn't set.
func lookup(environ []string, name string) string {
	for _, entry := range slices.Backward(environ) {
		if n, value, ok := strings.Cut(entry, "="); ok && n == name {
			return value
		}
	}
	return ""
}

// readSettings reads the variables, and says which ones are missing. Errors hold no
// value of a variable.
func readSettings(environ []string) (*settings, error) {
	get := func(name string) string { return lookup(environ, prefixEnv+name) }
	s := &settings{
		clientID: get("CLIENT_ID"), clientSecret: get("CLIENT_SECRET"), scopes: get("SCOPES"), apiToken: get("API_TOKEN"),
		pemPath: get("PRIVATE_KEY_PATH"), pem: get("PRIVATE_KEY_PEM"), password: get("PASSWORD"),
	}
	if s.scopes == "" {
		s.scopes = allScopes
	}
	if err := s.missing(get("BASE_URL")); err != nil {
		return nil, err
	}
	var err error
	if s.base, err = parseBase(get("BASE_URL"), get("ALLOW_HTTP") == "true"); err != nil {
		return nil, err
	}
	s.caPEM = []byte(strings.ReplaceAll(get("CA_CERT_PEM"), `\n`, "\n"))
	if path := get("CA_CERT_PATH"); path != "" {
		certificates, err := os.ReadFile(path) //nolint:gosec // the user names the file
		if err != nil {
			return nil, errors.New("the file in HELVETISAFE_CA_CERT_PATH can't be read")
		}
		s.caPEM = append(append(s.caPEM, '\n'), certificates...)
	}
	return s, nil
}

// missing says which variables to set for what isn't there.
func (s *settings) missing(base string) error {
	var lines []string
	if base == "" {
		lines = append(lines, "HELVETISAFE_BASE_URL: the vault's address, such as https://vault.example.com")
	}
	switch {
	case s.apiToken != "" || s.clientID != "" && s.clientSecret != "":
	case s.clientID != "":
		lines = append(lines, "HELVETISAFE_CLIENT_SECRET: it goes with HELVETISAFE_CLIENT_ID")
	case s.clientSecret != "":
		lines = append(lines, "HELVETISAFE_CLIENT_ID: it goes with HELVETISAFE_CLIENT_SECRET")
	default:
		lines = append(lines, "HELVETISAFE_CLIENT_ID and HELVETISAFE_CLIENT_SECRET, or HELVETISAFE_API_TOKEN: who is calling")
	}
	if s.pemPath == "" && s.pem == "" && s.password == "" {
		lines = append(lines, "HELVETISAFE_PRIVATE_KEY_PATH, HELVETISAFE_PRIVATE_KEY_PEM or HELVETISAFE_PASSWORD: what opens the Org Key")
	}
	if lines == nil {
		return nil
	}
	return fmt.Errorf("this runs against the vault that the HELVETISAFE_* variables name. Set:\n  %s", strings.Join(lines, "\n  "))
}

// parseBase takes https, and http if the provider does.
func parseBase(text string, allowHTTP bool) (*url.URL, error) {
	base, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, errors.New("HELVETISAFE_BASE_URL is not an address such as https://vault.example.com")
	}
	if base.Scheme == "https" || base.Scheme == "http" && (allowHTTP || loopback(base.Hostname())) {
		return base, nil
	}
	return nil, errors.New("HELVETISAFE_BASE_URL must begin with https://; http:// is for loopback, or with HELVETISAFE_ALLOW_HTTP=true")
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// scrubber takes out of a text what must not be shown: credentials, keys, and the address
// of the vault, which a CLI's own output can hold.
func scrubber(environ []string) *strings.Replacer {
	var pairs []string
	hide := func(value, shown string) {
		if len(value) > 3 {
			pairs = append(pairs, value, shown)
		}
	}
	if base := lookup(environ, prefixEnv+"BASE_URL"); base != "" {
		hide(base, "[vault]")
		if u, err := url.Parse(base); err == nil {
			hide(u.Host, "[vault]")
			hide(u.Hostname(), "[vault]")
			if addresses, err := net.LookupHost(u.Hostname()); err == nil { //nolint:noctx // a failed look-up hides nothing, and fails the run later
				for _, address := range addresses {
					hide(address, "[vault]")
				}
			}
		}
	}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, prefixEnv) || value == "true" || value == "false" {
			continue
		}
		hide(value, "["+name+"]")
		for line := range strings.Lines(value) {
			hide(strings.TrimSpace(line), "["+name+"]")
		}
	}
	return strings.NewReplacer(pairs...)
}
