package provider

import (
	"fmt"
	"slices"
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
	missing  []string           // complaints about what isn't given, for a configuration that is complete

	origins     origins
	config      helvetisafe.Config
	fullRefresh bool
	pending     []string // the attributes that no request can do without and that aren't known yet
}

// setting is the value of an option: from the block, or from the variable that stands in
// for it.
type setting struct {
	redact.Redacted
	option
	value string   // a number or a switch as its variable has it
	items []string // of a set
	state settingState
}

// settingState says where a setting comes from.
type settingState int

const (
	settingUnset settingState = iota
	settingInBlock
	settingInVariable
	settingPending // in the block, and not known yet
)

func (v setting) variable() string { return variableOf(v.name) }

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
func (s *settings) failAt(v setting, detail string) { s.fail(detail + s.origins.note(v.name) + ".") }

// read takes a setting from the provider block, or from its variable if the block doesn't
// have it. It is the one way from an attribute and its variable to a value.
func (s *settings) read(o option, raw tftypes.Value) setting {
	v := setting{option: o, state: settingInBlock}
	switch {
	case !raw.IsKnown():
		v.state = settingPending
	case raw.IsNull():
		s.readVariable(&v)
	case o.kind == setOption:
		s.readSet(&v, raw)
	default:
		if v.value = textOf(raw); v.value == "" {
			s.fail(fmt.Sprintf("`%s` is empty. Give it a value, or leave it out.", v.name))
		}
	}
	return v
}

// readVariable takes a setting from its variable. An empty one counts as unset.
func (s *settings) readVariable(v *setting) {
	if v.value, _ = s.getenv(v.variable()); v.value == "" {
		v.state = settingUnset
		return
	}
	v.state = settingInVariable
	s.origins[v.name] = v.variable()
	if v.split != nil && s.check(*v) {
		v.items = v.split(v.value)
	}
}

// readSet takes the elements of a set. The set isn't known if one of them isn't.
func (s *settings) readSet(v *setting, raw tftypes.Value) {
	var elements []tftypes.Value
	if err := raw.As(&elements); err != nil {
		addDefect(s.diags, err)
		return
	}
	if len(elements) == 0 {
		s.fail(fmt.Sprintf("`%s` is empty. Give it an element, or leave it out.", v.name))
	}
	for _, element := range elements {
		if !element.IsKnown() {
			v.state, v.items = settingPending, nil
			return
		}
		item := setting{option: v.option, value: textOf(element)}
		if item.value == "" {
			s.fail(fmt.Sprintf("`%s` has an element that is null or empty. Give it a value, or leave the element out.", v.name))
			return
		}
		if !s.check(item) {
			return
		}
		v.items = append(v.items, item.value)
	}
}

// choose finds the one group in use: an auth mode, or a key source. If the configuration
// names any attribute of a group, the variables of the other groups don't count; within
// the group each variable still stands in for its attribute. chosen is -1 if there is no
// such group, or if it depends on an attribute, pending, that isn't known yet and may be
// null.
func (s *settings) choose(onlyOne string, groups ...[]setting) (chosen int, pending string) {
	known, _ := firstOfEach(groups, settingInBlock)
	if s.conflict(onlyOne, known) {
		return -1, ""
	}
	named, chosen := firstOfEach(groups, settingInBlock, settingPending)
	if len(named) > 1 {
		waiting, _ := firstOfEach(groups, settingPending)
		return -1, waiting[0].name
	}
	if len(named) == 1 {
		return chosen, ""
	}
	given, chosen := firstOfEach(groups, settingInVariable)
	if s.conflict(onlyOne, given) {
		return -1, ""
	}
	return chosen, ""
}

// conflict reports settings of several groups.
func (s *settings) conflict(onlyOne string, given []setting) bool {
	if len(given) < 2 {
		return false
	}
	names := make([]string, len(given))
	for i, v := range given {
		names[i] = "`" + v.name + "`"
		if v.state == settingInVariable {
			names[i] = v.variable()
		}
	}
	s.fail(fmt.Sprintf("%s, and %s are set. Keep one of them.", onlyOne, strings.Join(names, " and ")))
	return true
}

// firstOfEach returns the first setting of each group that is in one of the states, and the
// last group that has one, or -1.
func firstOfEach(groups [][]setting, states ...settingState) (found []setting, last int) {
	last = -1
	for i, group := range groups {
		if n := slices.IndexFunc(group, func(v setting) bool { return slices.Contains(states, v.state) }); n >= 0 {
			found, last = append(found, group[n]), i
		}
	}
	return found, last
}

// need returns the value of a setting that every request depends on.
func (s *settings) need(v setting) string {
	if v.state == settingPending {
		s.pending = append(s.pending, v.name)
	}
	return v.value
}

// check reports what a setting's rule finds, with the variable that the value came from.
func (s *settings) check(v setting) bool {
	problem := v.rule(v.value)
	if problem != "" {
		s.failAt(v, fmt.Sprintf("`%s` %s", v.name, problem))
	}
	return problem == ""
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
		for _, v := range []setting{id, secret} {
			s.check(v)
			if s.need(v); v.state == settingUnset {
				s.missing = append(s.missing, fmt.Sprintf("Client credentials are `client_id` and `client_secret`, and `%s` is not set. Give it there or in %s.", v.name, v.variable()))
			}
		}
		if id.value != "" && secret.value != "" {
			s.config.Auth = helvetisafe.ClientCredentials{ClientID: id.value, ClientSecret: redact.NewString(secret.value), Scopes: scopes.items}
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
	if chosen >= 0 {
		// Without the pins, an Org Key would be used that nobody has checked.
		for _, v := range []setting{pins, sources[chosen]} {
			if v.state == settingPending {
				pending = v.name
			}
		}
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

// number reads a whole number; fallback if it isn't given.
func (s *settings) number(v setting, fallback int) int {
	text := s.need(v)
	if text == "" || !s.check(v) {
		return fallback
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		s.failAt(v, fmt.Sprintf("`%s` is not a whole number, 0 or greater. Write it like %d", v.name, fallback))
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

// newClient makes the client, which validates the settings without a request. Stand-ins
// for what isn't known or given yet let the rest be checked; there is no client then.
func (s *settings) newClient() *helvetisafe.Client {
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
	if len(s.pending) > 0 {
		return nil
	}
	return client
}
