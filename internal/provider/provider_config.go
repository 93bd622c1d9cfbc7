package provider

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

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
	config      helvetisafe.Config
	origins     origins
	fullRefresh bool
	caPath      setting // the file of CA certificates, if they come from one

	// pending are the attributes that no request can do without and that aren't
	// known yet.
	pending []string
	// missing are complaints about what is not given. While validating there are none,
	// because the environment of the run isn't known then.
	missing []string
}

// resolve puts the provider block and the environment together. It reports settings that
// are wrong by themselves to diags.
func resolve(m *providerModel, lookup func(string) (string, bool), diags *diag.Diagnostics) *settings {
	r := &resolver{lookup: lookup, diags: diags, origins: make(origins)}
	s := &settings{origins: r.origins}
	baseURL := r.text("base_url", envBaseURL, m.BaseURL)
	r.check(baseURL, isWord)
	s.config.BaseURL = s.need(baseURL)
	s.resolveAuth(r, m)
	s.resolveKey(r, m)
	s.resolveCA(r, m)
	s.config.RequestTimeout = s.duration(r, r.text("request_timeout", envRequestTimeout, m.RequestTimeout))

	retries, known := r.number("max_retries", envMaxRetries, m.MaxRetries, defaultMaxRetries)
	s.await("max_retries", known)
	s.config.MaxRetries = retries

	allowHTTP, known := r.flag("allow_http", envAllowHTTP, m.AllowHTTP)
	s.await("allow_http", known)
	s.config.AllowHTTP = allowHTTP || !known // an http base_url may turn out right

	fullRefresh, known := r.flag("full_refresh", envFullRefresh, m.FullRefresh)
	s.fullRefresh = fullRefresh || !known // the answer that is right in both cases
	if s.config.BaseURL == "" && !m.BaseURL.IsUnknown() {
		s.missing = append(s.missing, fmt.Sprintf("`base_url` is not set. Give the server's address, such as https://vault.example.com, there or in %s.", envBaseURL))
	}
	return s
}

// need returns the value of a setting that every request depends on.
func (s *settings) need(v setting) string {
	s.await(v.attribute, v.state != settingPending)
	return v.value
}

func (s *settings) await(attribute string, known bool) {
	if !known {
		s.pending = append(s.pending, attribute)
	}
}

func (s *settings) resolveAuth(r *resolver, m *providerModel) {
	id := r.text("client_id", envClientID, m.ClientID)
	secret := r.text("client_secret", envClientSecret, m.ClientSecret)
	token := r.text("api_token", envAPIToken, m.APIToken)
	scopes, scopesKnown := r.set("scopes", envScopes, m.Scopes, strings.Fields)

	chosen, pending := r.choose("Only one way to authenticate can be configured", []setting{id, secret}, []setting{token})
	switch {
	case pending != "":
		s.await(pending, false)
	case chosen == 0:
		s.await("scopes", scopesKnown)
		r.check(id, isWord)
		r.check(secret, isWord)
		config := helvetisafe.ClientCredentials{ClientID: s.need(id), ClientSecret: redact.NewString(s.need(secret)), Scopes: scopes}
		for _, v := range []setting{id, secret} {
			if v.state == settingUnset {
				s.missing = append(s.missing, fmt.Sprintf("Client credentials are `client_id` and `client_secret`, and `%s` is not set. Give it there or in %s.", v.attribute, v.variable))
			}
		}
		if id.state == settingKnown && secret.state == settingKnown {
			s.config.Auth = config
		}
	case chosen == 1:
		r.check(token, isWord)
		if v := s.need(token); v != "" {
			s.config.Auth = helvetisafe.APIToken{Token: redact.NewString(v)}
		}
	default:
		s.missing = append(s.missing, fmt.Sprintf("No credentials are configured. Set `client_id` and `client_secret` (or %s and %s), or `api_token` (or %s).",
			envClientID, envClientSecret, envAPIToken))
	}
}

// resolveKey demands no source: without one, whatever doesn't need the key works.
func (s *settings) resolveKey(r *resolver, m *providerModel) {
	path := r.text("private_key_path", envPrivateKeyPath, m.PrivateKeyPath)
	pem := r.text("private_key_pem", envPrivateKeyPEM, m.PrivateKeyPEM)
	password := r.text("password", envPassword, m.Password)
	pins, pinsKnown := r.set("org_key_fingerprints", envOrgKeyFingerprints, m.OrgKeyFingerprints, splitComma)
	s.config.OrgKeyFingerprints = pins
	if m.OrgKeyFingerprints.IsNull() {
		r.checkPinsVariable()
	}

	groups := [][]setting{{path}, {pem}, {password}}
	chosen, pending := r.choose("Only one source of the private key can be configured", groups...)
	if chosen >= 0 && groups[chosen][0].state == settingPending {
		pending = groups[chosen][0].attribute
	}
	if pending == "" && chosen >= 0 && !pinsKnown {
		pending = "org_key_fingerprints" // an Org Key that isn't checked must not be used
	}
	switch {
	case pending != "":
		s.config.Key = helvetisafe.UnavailableKey{Attribute: pending}
	case chosen == 0:
		r.check(path, isPath)
		s.config.Key = helvetisafe.PEMFile{Path: path.value}
	case chosen == 1:
		s.config.Key = helvetisafe.PEMText{PEM: redact.NewString(pem.value)}
	case chosen == 2:
		r.check(password, isPassword)
		s.config.Key = helvetisafe.Password{Password: redact.NewString(password.value)}
	}
}

func (s *settings) resolveCA(r *resolver, m *providerModel) {
	pem := r.text("ca_cert_pem", envCACertPEM, m.CACertPEM)
	path := r.text("ca_cert_path", envCACertPath, m.CACertPath)
	chosen, pending := r.choose("Only one source of CA certificates can be configured", []setting{pem}, []setting{path})
	switch {
	case pending != "":
		s.await(pending, false)
	case chosen == 0 && s.need(pem) != "":
		roots, err := helvetisafe.ParseCA([]byte(pem.value))
		if err != nil {
			r.fail(fmt.Sprintf("`ca_cert_pem` can't be used: %s.%s", err, pem.from()))
		}
		s.config.Roots = roots
	case chosen == 1 && s.need(path) != "" && r.check(path, isPath):
		s.caPath = path
	}
}

// readCA reads the file in ca_cert_path. It is not for validation, which can run without
// the file.
func (s *settings) readCA(diags *diag.Diagnostics) {
	if s.caPath.value == "" {
		return
	}
	certificates, err := helvetisafe.ReadFile(s.caPath.value, maxCASize)
	if err != nil {
		diags.AddError(configSummary,
			fmt.Sprintf("The file that `ca_cert_path` names can't be read: %s. Check the path, and who may read the file.%s", err, s.caPath.from()))
		return
	}
	if s.config.Roots, err = helvetisafe.ParseCA(certificates); err != nil {
		diags.AddError(configSummary, fmt.Sprintf("The file that `ca_cert_path` names can't be used: %s.%s", err, s.caPath.from()))
	}
}

func (s *settings) duration(r *resolver, v setting) time.Duration {
	text := s.need(v)
	if text == "" || !r.check(v, isWord) {
		return helvetisafe.DefaultRequestTimeout
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		r.fail(fmt.Sprintf("`%s` is not a Go duration above zero. Write it like 30s or 1m30s.%s", v.attribute, v.from()))
	}
	return d
}

// check makes the client, which is what validates the settings; New makes no
// request. Stand-ins for what isn't known or given yet let the rest be checked.
func (s *settings) check(diags *diag.Diagnostics) *helvetisafe.Client {
	if diags.HasError() {
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
		s.origins.addError(diags, "Configuring the provider", err)
	}
	return client
}

// warnReadable warns of a private key that other users of the machine can read.
// Windows keeps its permissions elsewhere.
func warnReadable(key helvetisafe.KeySource, diags *diag.Diagnostics) {
	file, ok := key.(helvetisafe.PEMFile)
	if !ok || runtime.GOOS == "windows" {
		return
	}
	info, err := os.Stat(file.Path)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o044 == 0 {
		return // a file that can't be read is told when it is needed
	}
	diags.AddWarning("Others can read the private key",
		fmt.Sprintf("The file in `private_key_path` can be read by its group or by everyone (mode %#o). Take that away with chmod 600.", info.Mode().Perm()))
}
