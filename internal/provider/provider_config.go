package provider

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// defaultMaxRetries is how often a request is tried again if nothing else is configured.
const defaultMaxRetries = 4

// maxCASize bounds the file that ca_cert_path names, in bytes. A system's bundle of
// all its authorities takes 250 kB.
const maxCASize = 4 << 20

// configSummary heads every diagnostic about the provider block. None carries a
// path: Terraform prints the line that a path points to, and any of these
// attributes can hold a secret, if only by mistake (a token in base_url).
const configSummary = "The provider's configuration can't be used"

// settings are the provider block and the environment, put together.
type settings struct {
	redact.Redacted
	getenv   func(variable string) (value string, set bool)
	complete bool // the environment and the files are those of the run, unlike in a validation
	diags    *diag.Diagnostics
	values   map[string]setting // by attribute
	missing  []string           // complaints about what is not given

	origins     origins
	config      helvetisafe.Config
	fullRefresh bool
	pending     []string // the attributes that no request can do without and that aren't known yet
}

// pendingKey is why the Org Key can't be had while an attribute, the detail, isn't known.
const pendingKey helvetisafe.Reason = "`{detail}` isn't known yet, and this needs the Org Key; apply first what it depends on (-target), or give a value that is known at plan time"

// resolve puts the provider block and the environment together, and reports what is wrong
// with it to diags; what is missing, too, if complete says that nothing can be added.
func resolve(raw tftypes.Value, getenv func(string) (string, bool), complete bool, diags *diag.Diagnostics) *settings {
	s := &settings{
		getenv: getenv, complete: complete, diags: diags,
		values: make(map[string]setting), origins: make(origins),
	}
	block := attributesOf(raw, diags)
	for _, o := range options {
		s.values[o.name] = s.read(o, block[o.name])
	}
	for _, o := range options {
		if o.take != nil {
			o.take(s, s.values[o.name])
		}
	}
	if complete && !diags.HasError() {
		for _, complaint := range s.missing {
			s.fail(complaint)
		}
	}
	return s
}

func (s *settings) fail(detail string) { s.diags.AddError(configSummary, detail) }

// failAt is fail for a value that may come from a variable, which it names. The detail has
// no full stop.
func (s *settings) failAt(v setting, detail string) { s.fail(detail + s.origins.of(v.name) + ".") }

// need returns the value of a setting that every request depends on.
func (s *settings) need(v setting) string {
	if v.state == settingPending {
		s.pending = append(s.pending, v.name)
	}
	return v.value
}

func (s *settings) takeBaseURL(v setting) {
	s.check(v)
	s.config.BaseURL = s.need(v)
	if v.state == settingUnset {
		s.missing = append(s.missing, fmt.Sprintf("`base_url` is not set. Give the server's address, such as https://vault.example.com, there or in %s.", v.variable()))
	}
}

// takeAuth takes the attributes of both ways to authenticate.
func (s *settings) takeAuth(id setting) {
	secret, token, scopes := s.values["client_secret"], s.values["api_token"], s.values["scopes"]
	chosen, pending := s.choose("Only one way to authenticate can be configured", []setting{id, secret}, []setting{token})
	switch {
	case pending != "":
		s.pending = append(s.pending, pending)
	case chosen == 0:
		s.need(scopes)
		s.check(id)
		s.check(secret)
		config := helvetisafe.ClientCredentials{ClientID: s.need(id), ClientSecret: redact.NewString(s.need(secret)), Scopes: scopes.items}
		for _, v := range []setting{id, secret} {
			if v.state == settingUnset {
				s.missing = append(s.missing, fmt.Sprintf("Client credentials are `client_id` and `client_secret`, and `%s` is not set. Give it there or in %s.", v.name, v.variable()))
			}
		}
		if id.value != "" && secret.value != "" {
			s.config.Auth = config
		}
	case chosen == 1:
		s.check(token)
		if v := s.need(token); v != "" {
			s.config.Auth = helvetisafe.APIToken{Token: redact.NewString(v)}
		}
	default:
		s.missing = append(s.missing, fmt.Sprintf("No credentials are configured. Set `client_id` and `client_secret` (or %s and %s), or `api_token` (or %s).",
			id.variable(), secret.variable(), token.variable()))
	}
}

// takeKey takes the sources of the private key and the pins. It demands no source: without
// one, whatever doesn't need the key works.
func (s *settings) takeKey(path setting) {
	pem, password, pins := s.values["private_key_pem"], s.values["password"], s.values["org_key_fingerprints"]
	s.config.OrgKeyFingerprints = pins.items
	if pins.state == settingUnset || pins.state == settingInVariable {
		s.checkPinsVariable(pins.variable())
	}
	sources := []setting{path, pem, password}
	chosen, pending := s.choose("Only one source of the private key can be configured", []setting{path}, []setting{pem}, []setting{password})
	switch {
	case chosen < 0:
	case sources[chosen].state == settingPending:
		pending = sources[chosen].name
	case pins.state == settingPending: // an Org Key that isn't checked must not be used
		pending = pins.name
	}
	switch {
	case pending != "":
		s.config.Key = helvetisafe.KeySource{Err: &helvetisafe.Error{Kind: helvetisafe.BadConfig, Reason: pendingKey, Detail: pending}}
	case chosen == 0:
		s.check(path)
		s.config.Key = helvetisafe.KeySource{Path: path.value}
	case chosen == 1:
		s.config.Key = helvetisafe.KeySource{PEM: redact.NewString(pem.value)}
	case chosen == 2:
		s.check(password)
		s.config.Key = helvetisafe.KeySource{Password: redact.NewString(password.value)}
	}
}

// checkPinsVariable refuses a variable for pins that is set but pins nothing: whoever sets
// it wants the Org Key checked.
func (s *settings) checkPinsVariable(name string) {
	value, set := s.getenv(name)
	if set && strings.TrimFunc(value, func(c rune) bool { return blank(c) || c == ',' }) == "" {
		s.fail(fmt.Sprintf("The environment variable %s is set, and there is no fingerprint in it, so no Org Key would be checked. Give it the fingerprint, or unset it.", name))
	}
}

// takeCA takes the certificates of a private CA.
func (s *settings) takeCA(pem setting) {
	path := s.values["ca_cert_path"]
	chosen, pending := s.choose("Only one source of CA certificates can be configured", []setting{pem}, []setting{path})
	var err error
	switch {
	case pending != "":
		s.pending = append(s.pending, pending)
	case chosen == 0 && s.need(pem) != "":
		if s.config.Roots, err = helvetisafe.ParseCA([]byte(pem.value)); err != nil {
			s.failAt(pem, fmt.Sprintf("`ca_cert_pem` can't be used: %s", err))
		}
	case chosen == 1 && s.need(path) != "" && s.check(path) && s.complete:
		certificates, err := helvetisafe.ReadFile(path.value, maxCASize)
		if err != nil {
			s.failAt(path, fmt.Sprintf("The file that `ca_cert_path` names can't be read: %s. Check the path, and who may read the file", err))
		} else if s.config.Roots, err = helvetisafe.ParseCA(certificates); err != nil {
			s.failAt(path, fmt.Sprintf("The file that `ca_cert_path` names can't be used: %s", err))
		}
	}
}

// duration reads a Go duration; the default if it isn't given.
func (s *settings) duration(v setting) time.Duration {
	text := s.need(v)
	if text == "" || !s.check(v) {
		return helvetisafe.DefaultRequestTimeout
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		s.failAt(v, fmt.Sprintf("`%s` is not a Go duration above zero. Write it like 30s or 1m30s", v.name))
	}
	return d
}

// number reads a whole number; the default if it isn't given.
func (s *settings) number(v setting, standard int) int {
	text := s.need(v)
	if text == "" || !s.check(v) {
		return standard
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		s.failAt(v, fmt.Sprintf("`%s` is not a whole number, 0 or greater. Write it like %d", v.name, standard))
	}
	return int(n)
}

// flag reads a switch, which is off if it isn't given, and on if it isn't known yet.
func (s *settings) flag(v setting) bool {
	if v.state == settingPending {
		return true
	}
	if v.value == "" || !s.check(v) {
		return false
	}
	on, err := strconv.ParseBool(v.value)
	if err != nil {
		s.failAt(v, fmt.Sprintf("`%s` is neither true nor false", v.name))
	}
	return on
}

// client makes the client, which is what validates the settings; New makes no
// request. Stand-ins for what isn't known or given yet let the rest be checked.
func (s *settings) client() *helvetisafe.Client {
	if s.diags.HasError() {
		return nil
	}
	config := s.config
	if config.BaseURL == "" {
		config.BaseURL = "https://localhost"
	}
	if config.Auth == nil {
		config.Auth = helvetisafe.APIToken{Token: redact.NewString("pending")}
	}
	client, err := helvetisafe.New(config)
	if err != nil {
		s.origins.addError(s.diags, "Configuring the provider", err)
	}
	return client
}

// warnReadable warns of a private key that other users of the machine can read.
// Windows keeps its permissions elsewhere.
func warnReadable(key helvetisafe.KeySource, diags *diag.Diagnostics) {
	if key.Path == "" || runtime.GOOS == "windows" {
		return
	}
	info, err := os.Stat(key.Path)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o044 == 0 {
		return // a file that can't be read is told when it is needed
	}
	diags.AddWarning("Others can read the private key",
		fmt.Sprintf("The file in `private_key_path` can be read by its group or by everyone (mode %#o). Take that away with chmod 600.", info.Mode().Perm()))
}
