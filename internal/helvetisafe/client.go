// Package helvetisafe is the client of the HelvetiSafe API v1. It authenticates,
// fetches and unwraps the Org Key, and creates, reads, updates, deletes and lists
// secrets, whose values it encrypts and decrypts. PROTOCOL.md says what goes over the
// wire. It knows nothing of Terraform.
package helvetisafe

import (
	"cmp"
	"errors"
	"net/url"
	"slices"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// Client talks to one server with one set of credentials. It is safe for
// concurrent use. Tokens and keys are fetched on first use, once for all callers.
// It prints as [redacted]: fmt would walk fields that requests change meanwhile.
type Client struct {
	redact.Redacted
	rest *rest.Client

	auth     authenticator
	keys     keyring
	snapshot snapshot
	fresh    turns[*Listing]
}

// New validates the configuration. It makes no request and reads no file. Errors
// are of kind BadConfig.
func New(cfg Config) (*Client, error) {
	base, err := cfg.validate()
	if err != nil {
		return nil, err
	}
	c := &Client{
		keys: keyring{source: cfg.Key, pins: slices.Clone(cfg.OrgKeyFingerprints)},
	}
	c.rest, err = rest.New(rest.Config{
		Base:      base,
		Timeout:   cmp.Or(cfg.RequestTimeout, DefaultRequestTimeout),
		Retries:   cfg.MaxRetries,
		UserAgent: cmp.Or(cfg.UserAgent, "helvetisafe-go"),
		Roots:     cfg.Roots,
		Local:     base.Scheme == "http" && !cfg.AllowHTTP,
		Log:       cfg.Log.attempts(),
	})
	var proxy *rest.ProxyError
	if errors.As(err, &proxy) {
		return nil, proxyError(proxy)
	}
	c.auth = cfg.Auth.authenticator(c)
	return c, nil
}

// validate checks every setting, and returns the address that BaseURL is.
func (cfg Config) validate() (*url.URL, error) {
	base, err := parseBaseURL(cfg.BaseURL, cfg.AllowHTTP)
	if err != nil {
		return nil, err
	}
	if cfg.Auth == nil {
		return nil, &Error{Kind: BadConfig, Reason: "no credentials are configured: Config.Auth is not set"}
	}
	if err := cfg.Auth.validate(); err != nil {
		return nil, err
	}
	if cfg.Key != nil {
		if err := cfg.Key.validate(); err != nil {
			return nil, err
		}
	}
	if err := checkPins(cfg.OrgKeyFingerprints); err != nil {
		return nil, err
	}
	if cfg.RequestTimeout < 0 {
		return nil, &Error{Kind: BadConfig, Setting: SettingRequestTimeout, Reason: "{setting} is negative; give a duration such as 30s"}
	}
	if cfg.MaxRetries < 0 {
		return nil, &Error{Kind: BadConfig, Setting: SettingMaxRetries, Reason: "{setting} is negative; 0 is for no retries"}
	}
	return base, nil
}
