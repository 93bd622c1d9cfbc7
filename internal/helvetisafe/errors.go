package helvetisafe

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// Kind is what went wrong.
type Kind int

// The kinds of errors.
const (
	Unauthorized  Kind = iota + 1 // the server doesn't accept the credentials, a renewed token included
	Forbidden                     // the account lacks a scope: the API's own 403
	NotFound                      // there is no such secret, or none that this account sees: the API's own 404
	Conflict                      // a secret of this key exists, seen by this account or not: the API's own 409 on create
	RateLimited                   // the rate was still limited after all waits and retries
	TooLarge                      // the secret is larger than the server takes, or than one that could be read back
	Refused                       // any other refusal of the API's own
	Failed                        // the API was still in trouble after all retries
	Foreign                       // something else answered, which says nothing about secrets, scopes or credentials
	Unreachable                   // no answer: no connection, TLS trouble, a time-out, or a redirect, which is never followed
	Cancelled                     // the caller ended the call: errors.Is finds the context's error
	BadAnswer                     // an answer that can't be used: not JSON, cut short, too large, or about another key
	BadKey                        // the private key or the Org Key can't be used
	BadCiphertext                 // the secret can't be decrypted or encrypted
	BadContent                    // the decrypted secret is not valid text
	OtherOrgKey                   // the Org Key is not one that was pinned or recorded
	BadConfig                     // the configuration can't be used as it is
	InvalidKey                    // a secret can't have this key; nothing was sent
	Ambiguous                     // a create that may have taken place, and reading the secret back didn't settle it
)

// Reason is why, as a sentence without its end. Error.Why puts fields in the place of
// {names}. There are constants for what a caller may have more to say about.
type Reason string

// Reasons that callers may want to tell apart, by the kind that they go with.
const (
	// Unauthorized.
	WrongClient         Reason = "the server doesn't accept {setting}"
	WrongScopes         Reason = "the service account doesn't have all the scopes that are asked for"
	WrongGrant          Reason = "the service account may not use client credentials"
	APITokenEnded       Reason = "the server doesn't accept {setting} any longer"
	APITokenRefused     Reason = "the server doesn't accept {setting}: it answers 401 to it both in the header X-Aegis-Token and as a Bearer token"
	AccessTokensRefused Reason = "the server gives out access tokens, but doesn't accept a fresh one"
	// Refused.
	NoAPI         Reason = "there is no HelvetiSafe API at this address"
	NoOrgKey      Reason = "the server has no Org Key for this account"
	NoPrivateKey  Reason = "the server keeps no private key for this account"
	NoOAuthCode   Reason = "the server refuses the request, but not with an error code that is about the credentials"
	OtherConflict Reason = "the server reports a conflict with another change"
	NotUnderstood Reason = "the server doesn't accept the request, which may be a difference between its version and this client's"
	// Foreign.
	HTTPSPort              Reason = "a web server that refuses it, as one does if its port is for HTTPS"
	GatewayLogin           Reason = "a web server or proxy that wants a login of its own, which can't be given here"
	Firewall               Reason = "a firewall or proxy that refuses the request"
	NoRouteToAPI           Reason = "another web server, or a gateway that has no route to the API"
	GatewayProxyLogin      Reason = "a proxy that wants credentials of its own"
	GatewayRequestTooLarge Reason = "a gateway that refuses requests of this size"
	NetworkLogin           Reason = "a network that wants a login before it lets requests through"
	GatewayTrouble         Reason = "a gateway that has trouble with the API, still after {attempts}"
	// Unreachable.
	UnknownAuthority      = Reason(rest.UnknownAuthority)
	MissingIntermediate   = Reason(rest.MissingIntermediate)
	OtherHost             = Reason(rest.OtherHost)
	InvalidCertificate    = Reason(rest.InvalidCertificate)
	UnverifiedCertificate = Reason(rest.UnverifiedCertificate)
	NoTLS                 = Reason(rest.NoTLS)
	HandshakeFailed       = Reason(rest.HandshakeFailed)
	CertificateWanted     = Reason(rest.CertificateWanted)
	ProxyUnreachable      = Reason(rest.ProxyUnreachable)
	ProxyLogin            = Reason(rest.ProxyLogin)
	ProxyRefused          = Reason(rest.ProxyRefused)
	ProxyTrouble          = Reason(rest.ProxyTrouble)
	TimedOut              = Reason(rest.TimedOut)
	UnknownHost           = Reason(rest.UnknownHost)
	LookupFailed          = Reason(rest.LookupFailed)
	ConnectionRefused     = Reason(rest.ConnectionRefused)
	ConnectionReset       = Reason(rest.ConnectionReset)
	ConnectionClosed      = Reason(rest.ConnectionClosed)
	ConnectionDead        = Reason(rest.ConnectionDead)
	NoRoute               = Reason(rest.NoRoute)
	Elsewhere             = Reason(rest.Elsewhere)
	Redirected            = Reason(rest.Redirected)
	// BadAnswer.
	BadMember           Reason = "{detail}" // the answer is the API's, and a member of it can't be used
	CutShort                   = Reason(rest.CutShort)
	NoAccessToken       Reason = "it doesn't hold an `access_token` that a header can carry"
	WrongSizes          Reason = "it is not a secret: {detail}"
	DeletionUnconfirmed Reason = "its status says that it worked, but it is not the API's own, and the secret is still there or can't be looked up"
	// BadKey.
	OtherPrivateKey Reason = "the Org Key that the server gave can't be unwrapped with the private key of {setting}: {detail}"
	WrongPassword   Reason = "the private key that the server keeps can't be opened with {setting}: it is another account's, or mistyped"
	NotFIPS         Reason = "{setting} can't be used if only FIPS 140 algorithms are allowed, because its key derivation (Argon2id) isn't one"
	NotUnlocked     Reason = "{setting} can't unlock the private key that the server keeps: {detail}"
	// BadCiphertext.
	NotDecrypted Reason = "the secret {key} can't be decrypted with the Org Key {org_key}: it was written under another Org Key, or damaged"
	// OtherOrgKey.
	NotPinned   Reason = "the server gave the Org Key {org_key}, which is not among {setting}; nothing was read or written with it"
	NotRecorded Reason = "the server gave the Org Key {org_key}, but secrets here were written under {wanted}; nothing was read or written with it"
	// BadConfig.
	UserInURL      Reason = "{setting} holds a user name or password"
	PlainHTTP      Reason = "{setting} is http, which would show tokens to the network"
	ScopeList      Reason = "{setting} holds an entry with a comma, a quote or a bracket in it"
	NotAPin        Reason = "{setting} holds an entry that is not a fingerprint"
	UnreadableFile Reason = "the file that {setting} names can't be read: {detail}"
	NoKeySource    Reason = "this needs the Org Key, and no key source is configured"
)

// Setting is a part of Config, by its name there.
type Setting string

// The settings that errors name.
const (
	SettingBaseURL            Setting = "Config.BaseURL"
	SettingCredentials        Setting = "ClientCredentials" //nolint:gosec // a name, not a credential
	SettingClientID           Setting = "ClientCredentials.ClientID"
	SettingClientSecret       Setting = "ClientCredentials.ClientSecret" //nolint:gosec // a name, not a credential
	SettingScopes             Setting = "ClientCredentials.Scopes"
	SettingAPIToken           Setting = "APIToken"
	SettingPrivateKeyPath     Setting = "KeySource.Path"
	SettingPrivateKeyPEM      Setting = "KeySource.PEM"
	SettingPassword           Setting = "KeySource.Password"
	SettingOrgKeyFingerprints Setting = "Config.OrgKeyFingerprints"
	SettingRequestTimeout     Setting = "Config.RequestTimeout"
	SettingMaxRetries         Setting = "Config.MaxRetries"
)

// Effect is whether a write that failed may have taken effect all the same.
type Effect int

// The effects.
const (
	NoEffect      Effect = iota
	UnknownEffect        // an update or a deletion whose answer was lost
	NotSeen              // a create whose answer was lost, and whose secret wasn't there right after it
)

// Error is every error of this package. Its text names the request or the setting, and the
// cause. It never holds a value, a token, a key or text from an answer's body. Fields that
// don't apply are zero.
type Error struct {
	Kind       Kind
	Reason     Reason
	Detail     string   // of the reason
	Request    string   // method and path
	Attempts   int      // requests sent
	Status     int      // HTTP status of the last answer, or of a proxy's
	Code       string   // error code of RFC 6749 section 5.2
	Product    string   // that answered, if its headers name one that we know
	Scope      string   // that is missing (PROTOCOL.md section 2)
	Key        string   // the secret
	Size       int      // bytes of ciphertext
	Setting    Setting  // to look at
	OrgKey     string   // fingerprint of the Org Key that the server gave
	Wanted     []string // fingerprints pinned, or recorded with secrets
	QuotaSpent bool     // there would have been another attempt, but too many requests had failed
	Effect     Effect

	cause error // the context's error, or the one that lost the answer of a create
}

// Is reports whether an error is an *Error of a kind, or wraps one.
func Is(err error, kind Kind) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Kind == kind
}

// Unwrap gives the context's error if the caller ended the call, the error that lost the
// answer of a create, and nothing else: the texts of net/http quote what the other side
// sent.
func (e *Error) Unwrap() error { return e.cause }

func (e *Error) Error() string {
	return e.Text(func(e *Error) string {
		why := e.Why("", func(s Setting) string { return string(s) })
		switch e.Effect {
		case NoEffect:
		case UnknownEffect:
			why += "; it isn't known whether it took effect"
		case NotSeen:
			why += ". Right after it the secret wasn't there"
		}
		return why
	})
}

// Text says what happened and, by the words of the caller, why. An ambiguous create asks
// also for the words of the error that lost its answer.
func (e *Error) Text(why func(*Error) string) string {
	text := e.what() + why(e)
	if e.Kind != Ambiguous || e.cause == nil {
		return text
	}
	lost := e.cause.Error()
	if cause, ok := errors.AsType[*Error](e.cause); ok {
		lost = cause.Text(why)
	}
	return strings.Replace(text, "{cause}", lost, 1)
}

// what is the beginning of the text.
func (e *Error) what() string {
	switch e.Kind {
	case Unreachable, Cancelled:
		after := ""
		if e.Attempts > 1 {
			after = ", after " + attempts(e.Attempts)
		}
		return fmt.Sprintf("no answer to %s%s: ", e.Request, after)
	case BadAnswer:
		return fmt.Sprintf("unusable answer to %s: ", e.Request)
	case Foreign:
		product := ""
		if e.Product != "" {
			product = fmt.Sprintf(" (its headers name %s)", e.Product)
		}
		return fmt.Sprintf("%d on %s: this is not an answer from the HelvetiSafe API%s, but from ", e.Status, e.Request, product)
	case InvalidKey:
		return fmt.Sprintf("the key %q can't be used: ", e.Key)
	case BadContent:
		return fmt.Sprintf("the secret %q can't be read as text: ", e.Key)
	case Ambiguous:
		return fmt.Sprintf("it isn't known whether the secret %q was created: ", e.Key)
	}
	switch {
	case e.Status == 0:
		return ""
	case e.Code != "":
		return fmt.Sprintf("%d (%s) on %s: ", e.Status, e.Code, e.Request)
	}
	return fmt.Sprintf("%d on %s: ", e.Status, e.Request)
}

// Why is the reason and the caller's next step, which goes on from it, with the fields of
// the error in the place of {names} in both. name names settings.
func (e *Error) Why(next string, name func(Setting) string) string {
	why := string(e.Reason)
	if e.Kind == Unreachable && e.Status != 0 {
		why += fmt.Sprintf(" (%d)", e.Status)
	}
	if e.QuotaSpent {
		why += "; not tried further, because too many requests failed in this run"
	}
	return strings.NewReplacer(
		"{setting}", name(e.Setting),
		"{detail}", e.Detail,
		"{attempts}", attempts(e.Attempts),
		"{key}", strconv.Quote(e.Key),
		"{scope}", e.Scope,
		"{size}", strconv.Itoa(e.Size),
		"{org_key}", e.OrgKey,
		"{wanted}", strings.Join(e.Wanted, ", "),
	).Replace(why + next)
}

func attempts(n int) string {
	if n == 1 {
		return "1 attempt"
	}
	return fmt.Sprintf("%d attempts", n)
}

// withEffect is an error of a write that may have taken effect all the same. The error
// itself stays as it is, because other calls may share it.
func withEffect(err error, effect Effect) error {
	e, ok := errors.AsType[*Error](err)
	if effect == NoEffect || !ok {
		return err
	}
	changed := *e
	changed.Effect = effect
	return &changed
}
