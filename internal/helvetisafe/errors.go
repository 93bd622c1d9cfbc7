package helvetisafe

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// A caller tells the errors of this file apart with errors.As. All are pointers. Their
// texts name the request or the attribute, the cause and the next step. None holds a
// value, a token, a key or text from an answer's body.

// callError is an update or a deletion that may have taken effect although it failed.
// errors.As finds why it failed.
type callError struct{ err error }

func (e *callError) Error() string {
	return e.err.Error() + "; it isn't known whether it took effect, the next plan shows it"
}

func (e *callError) Unwrap() error { return e.err }

// AuthError says that the server doesn't accept the credentials: a 401 that a
// renewed token didn't cure, or a refusal by the token endpoint.
type AuthError struct {
	Request string // method and path
	Status  int    // HTTP status of the last answer
	Code    string // error code of RFC 6749 section 5.2, "" if none was given
	detail  string
}

func (e *AuthError) Error() string {
	code := ""
	if e.Code != "" {
		code = " (" + e.Code + ")"
	}
	return fmt.Sprintf("%d%s on %s: %s", e.Status, code, e.Request, e.detail)
}

// ForbiddenError says that the account lacks a scope (the API's own 403).
type ForbiddenError struct {
	Request string // method and path
	Scope   string // the scope that the request needs (PROTOCOL.md section 2)
}

func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("403 on %s: the service account lacks %s; grant it in the portal, and name it in `scopes` if that attribute is set", e.Request, e.Scope)
}

// NotFoundError says that there is no such secret, or none that this account
// sees (the API's own 404 on a secret; one elsewhere is an APIError).
type NotFoundError struct {
	Request string // method and path
	Key     string
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("404 on %s: there is no secret %q, or it is not visible to this service account; check its key, and what the account may see", e.Request, e.Key)
}

// IsNotFound reports whether an error is a *NotFoundError, or wraps one.
func IsNotFound(err error) bool {
	var none *NotFoundError
	return errors.As(err, &none)
}

// ConflictError says that a secret of this key exists already (the API's own 409 on
// create). It may be one that this account doesn't see.
type ConflictError struct {
	Request string // method and path
	Key     string
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("409 on %s: a secret %q exists already; import it, or use another key", e.Request, e.Key)
}

// RateLimitError says that the server still limited the rate (429) after all
// waits and retries.
type RateLimitError struct {
	Request  string // method and path
	Attempts int    // attempts made
}

func (e *RateLimitError) Error() string {
	return fmt.Sprintf("429 on %s: the server limits the rate, still after %s; try again later, with a lower -parallelism or a higher `max_retries`", e.Request, attempts(e.Attempts))
}

// APIError is any other status of the API's own that is not a success.
type APIError struct {
	Request  string // method and path
	Status   int    // HTTP status
	Attempts int    // attempts made
	Size     int    // bytes of ciphertext that were sent, for a 413; else 0
	hint     string // what the status means here, "" for what it means anywhere
}

func (e *APIError) Error() string {
	switch {
	case e.hint != "":
		return fmt.Sprintf("%d on %s: %s", e.Status, e.Request, e.hint)
	case e.Status == http.StatusRequestEntityTooLarge:
		return fmt.Sprintf("413 on %s: the secret is larger than the server takes: %d bytes of ciphertext; store less in it, or split it", e.Request, e.Size)
	case e.Status == http.StatusNotFound:
		return fmt.Sprintf("404 on %s: there is no HelvetiSafe API at this address; check `base_url`, its path too", e.Request)
	case e.Status == http.StatusConflict:
		return fmt.Sprintf("409 on %s: the server reports a conflict with another change; run it again", e.Request)
	case e.Status == http.StatusBadRequest:
		return fmt.Sprintf("400 on %s: the server doesn't accept the request, which may be a difference between its version and this client's; report it with the debug log", e.Request)
	case rest.Trouble(e.Status):
		return fmt.Sprintf("%d on %s: the server failed, still after %s; try again later", e.Status, e.Request, attempts(e.Attempts))
	}
	return fmt.Sprintf("%d on %s: the server doesn't accept the request; check `base_url`, and any proxy in between", e.Status, e.Request)
}

// ConnectionError says that there was no answer: a refused, broken or timed-out
// connection, TLS trouble, a redirect (never followed), or a cancelled call. For
// the last, errors.Is finds the context's error.
type ConnectionError struct {
	Request  string // method and path
	Attempts int    // attempts made
	Lost     bool   // an update or a deletion that may have taken effect all the same
	detail   string
	cause    error // the context's error if the caller ended the call
}

func (e *ConnectionError) Error() string {
	after := ""
	if e.Attempts > 1 {
		after = ", after " + attempts(e.Attempts)
	}
	return fmt.Sprintf("no answer to %s%s: %s", e.Request, after, e.detail)
}

// Unwrap gives the context's error if the caller ended the call, and nothing else: the
// texts of net/http quote what the other side sent.
func (e *ConnectionError) Unwrap() error { return e.cause }

// ResponseError says that an answer can't be used: it is not JSON, cut short, too large,
// about another key, or has fields that are not valid base64.
type ResponseError struct {
	Request string // method and path
	detail  string
}

func (e *ResponseError) Error() string {
	return fmt.Sprintf("unusable answer to %s: %s", e.Request, e.detail)
}

// CryptoError says that a key or a secret can't be decrypted, or that what should be a
// key is not one.
type CryptoError struct {
	Attribute string // provider attribute to look at, "" if it isn't about one
	Key       string // the secret, "" if it isn't about one
	detail    string
}

func (e *CryptoError) Error() string { return e.detail }

// OrgKeyError says that the Org Key in use is not one that was pinned or recorded.
type OrgKeyError struct {
	Current string   // fingerprint of the Org Key that the server gave
	Wanted  []string // fingerprints pinned, or recorded in resources
	detail  string
}

func (e *OrgKeyError) Error() string { return e.detail }

// ConfigError says that the configuration can't be used as it is.
type ConfigError struct {
	Attribute string // provider attribute, "" if it is about several
	detail    string
}

func (e *ConfigError) Error() string { return e.detail }

// InvalidKeyError says that a secret's key can't be used; nothing was sent.
type InvalidKeyError struct {
	Key    string
	detail string
}

func (e *InvalidKeyError) Error() string {
	return fmt.Sprintf("the key %q can't be used: %s", e.Key, e.detail)
}

// TooLargeError says that a secret is larger than one that can be read back; nothing
// was sent.
type TooLargeError struct {
	Key  string
	Size int // bytes of ciphertext
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the secret %q would be too large to be read back: %d bytes of ciphertext, and %d are the most; store less in it, or split it", e.Key, e.Size, maxCiphertext)
}

// AmbiguousCreateError says that a create may or may not have taken place: its
// answer was lost, and reading the secret back didn't settle it.
type AmbiguousCreateError struct {
	Key    string
	detail string
	cause  error
}

func (e *AmbiguousCreateError) Error() string {
	return fmt.Sprintf("it isn't known whether the secret %[1]q was created: %[2]s. If the portal shows it and it is this one, import it (its id is %[1]q). If not, the key is someone else's, or still free", e.Key, e.detail)
}

// Unwrap gives the error that lost the answer.
func (e *AmbiguousCreateError) Unwrap() error { return e.cause }

func attempts(n int) string {
	if n == 1 {
		return "1 attempt"
	}
	return fmt.Sprintf("%d attempts", n)
}
