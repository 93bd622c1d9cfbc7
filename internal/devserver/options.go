package devserver

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Limits that a careful server sets; PROTOCOL.md section 2 names none.
const (
	// DefaultTokenTTL is how long an access token lives if Options names no time.
	DefaultTokenTTL = time.Hour
	// DefaultMaxBody is the size of the largest request body taken, in bytes.
	DefaultMaxBody = 1 << 20
)

// Scopes are the five of PROTOCOL.md section 2.
var scopes = []string{"secrets:read", "secrets:write", "secrets:delete", "secrets:list", "credentials:read"}

// Account is a service account, or a user with a token of the portal. Its keys are
// opaque to the server: raw bytes here, base64 on the wire.
type Account struct {
	ClientID     string
	ClientSecret string
	APIToken     string   // "" for an account without one
	Scopes       []string // what it may do; nil for all five

	// The answer of GET /api/v1/credentials/private-key (PROTOCOL.md
	// section 7). Without an EncryptedPrivateKey that answer is a 404.
	EncryptedPrivateKey []byte
	PrivateKeyNonce     []byte // 12 bytes
	PrivateKeySalt      []byte
	PrivateKeyTag       []byte // 16 bytes

	// The answer of GET /api/v1/credentials/org-key.
	EncryptedOrgKey []byte
}

func (a *Account) allowed() []string {
	if a.Scopes == nil {
		return scopes
	}
	return a.Scopes
}

// APITokenHeader says by which header an API token is accepted. The published
// client's code and its README disagree (PROTOCOL.md section 2).
type APITokenHeader int

// The ways to send an API token.
const (
	XAegisToken APITokenHeader = iota // X-Aegis-Token only, as the client's code does
	Bearer                            // Authorization: Bearer only, as its README says
	Both                              // either of the two, though never in one request
	Neither                           // no API token is accepted
)

// ClearExpiry says what `"expiresAt": null` in an update does. The public material
// doesn't say (PROTOCOL.md section 5).
type ClearExpiry int

// The possible effects of a null.
const (
	ClearsOnNull ClearExpiry = iota // the expiry is removed
	IgnoresNull                     // the expiry stays, and the answer says 200
	RefusesNull                     // the answer is a 400
)

// Options are what a server is made with. Server.Configure can change all of them later,
// except DataFile.
type Options struct {
	Accounts []Account
	TokenTTL time.Duration // of an access token; 0 for DefaultTokenTTL
	Latency  time.Duration // waited before each request is handled
	MaxBody  int64         // bytes of a request body, above which the answer is 413; 0 for DefaultMaxBody
	DataFile string        // where secrets are kept; "" for memory only

	// PathPrefix begins every path, as behind a gateway: "/vault". "" for none.
	PathPrefix string

	// Now is the server's clock; nil for time.Now. It is called with the server's lock
	// held, so it must not call the server.
	Now func() time.Time

	APITokenHeader APITokenHeader
	ClearExpiry    ClearExpiry

	WholeSecondStamps    bool // created_at and updated_at keep no fraction of a second
	ListWithoutUpdatedAt bool // list entries have no member updated_at
	ListNullUpdatedAt    bool // updated_at is null in the list until the first update
	ListForbidden        bool // the list is answered with 403, whatever the scopes

	// The next options differ from what PROTOCOL.md assumes, as a real server might. The
	// provider can't work with the last two.
	TakesAnyKey     bool // a create takes a key outside [a-zA-Z0-9_]+
	TakesPastExpiry bool // a write takes an expiry in the past, which then deletes the secret
	ConflictStatus  int  // answered to a create of a key that is taken; 0 for 409
	PageSize        int  // the list ends after that many entries, with a member that names the next; 0 for all

	NoDateHeader bool          // answers carry no Date header
	DateSkew     time.Duration // added to Now in the Date header only

	// DiscardRequests keeps no request log, for a server that runs for long. Counts
	// are kept.
	DiscardRequests bool
	// Observe is called after each request, from its goroutine and without a lock.
	Observe func(Request)
}

func (o *Options) check() error {
	for i := range o.Accounts {
		a := &o.Accounts[i]
		if a.ClientID == "" && a.APIToken == "" {
			return fmt.Errorf("account %d has neither a client ID nor an API token", i)
		}
		for _, scope := range a.Scopes {
			if !slices.Contains(scopes, scope) {
				return fmt.Errorf("account %d has the scope %q, which the API does not know", i, scope)
			}
		}
	}
	if o.PathPrefix != "" && (!strings.HasPrefix(o.PathPrefix, "/") || strings.HasSuffix(o.PathPrefix, "/")) {
		return errors.New("a path prefix starts with a slash and doesn't end with one")
	}
	return nil
}

func (o *Options) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}

func (o *Options) tokenTTL() time.Duration {
	if o.TokenTTL == 0 {
		return DefaultTokenTTL
	}
	return o.TokenTTL
}

func (o *Options) maxBody() int64 {
	if o.MaxBody == 0 {
		return DefaultMaxBody
	}
	return o.MaxBody
}

// date sets the Date header; net/http would set one from its own clock.
func (o *Options) date(h http.Header) {
	if o.NoDateHeader {
		h["Date"] = nil
		return
	}
	h.Set("Date", o.now().Add(o.DateSkew).UTC().Format(http.TimeFormat))
}
