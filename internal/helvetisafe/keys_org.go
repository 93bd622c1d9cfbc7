package helvetisafe

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
)

// failureLife is how long other callers get the same failure to load the Org Key. So a
// plan of a thousand secrets with a wrong password derives a key only a few times, and
// a passing failure doesn't stay.
const failureLife = 5 * time.Second

// keyring holds the Org Key, fetched and unwrapped on first use.
type keyring struct {
	source KeySource
	pins   []string
	cache  cache[*envelope.OrgKey]

	mu    sync.Mutex
	noted []string // fingerprints that resources were last written under
}

// orgKey is the one place where the Org Key comes from. If there are pins, a loaded key
// is one of them.
func (c *Client) orgKey(ctx context.Context) (*envelope.OrgKey, error) {
	k, err := c.keys.cache.get(ctx, c.rest.Clock, func(ctx context.Context) (*envelope.OrgKey, time.Time, error) {
		k, err := c.fetchOrgKey(ctx)
		if err != nil {
			return nil, c.rest.Clock.Now().Add(failureLife), err
		}
		return k, always, nil
	})
	return k, c.whileWaiting(ctx, orgKeyRequest, err)
}

var orgKeyRequest = get(pathOrgKey, scopeCredentials, limitSmall)

func (c *Client) fetchOrgKey(ctx context.Context) (*envelope.OrgKey, error) {
	private, source, err := c.privateKey(ctx)
	if err != nil {
		return nil, err
	}
	defer private.Destroy()
	a, err := c.newCall(orgKeyRequest).do(ctx)
	if err != nil {
		return nil, err
	}
	wrapped, err := parseOrgKey(a)
	if err != nil {
		return nil, err
	}
	key, err := private.UnwrapOrgKey(wrapped)
	if err != nil {
		return nil, &Error{Kind: BadKey, Reason: OtherPrivateKey, Setting: source, Detail: err.Error()}
	}
	if fingerprint := key.Fingerprint(); c.Pinned() && !slices.Contains(c.keys.pins, fingerprint) {
		return nil, &Error{Kind: OtherOrgKey, Reason: NotPinned, Setting: SettingOrgKeyFingerprints, OrgKey: fingerprint, Wanted: c.keys.pins}
	}
	return key, nil
}

// parseOrgKey reads the answer with the wrapped Org Key (PROTOCOL.md section 2).
func parseOrgKey(a *answer) ([]byte, error) {
	var body struct {
		Wrapped base64Bytes `json:"encrypted_org_key"`
	}
	if err := a.decode(&body); err != nil {
		return nil, err
	}
	if body.Wrapped == nil {
		return nil, a.missing("encrypted_org_key")
	}
	return body.Wrapped, nil
}

// trustedKey is the Org Key for sealing and opening values: the guard in front of every
// seal and every open. Without pins, no resource seen so far may contradict it.
func (c *Client) trustedKey(ctx context.Context) (*envelope.OrgKey, error) {
	k, err := c.orgKey(ctx)
	if err != nil {
		return nil, err
	}
	c.keys.mu.Lock()
	defer c.keys.mu.Unlock()
	if err := c.keys.trust(k.Fingerprint(), c.keys.noted...); err != nil {
		return nil, err
	}
	return k, nil
}

// trust demands that no secret was recorded under another Org Key than the one loaded. If
// there are pins, what was loaded is pinned, and that suffices.
func (r *keyring) trust(loaded string, recorded ...string) error {
	if len(r.pins) > 0 {
		return nil
	}
	others := slices.DeleteFunc(slices.Clone(recorded), func(fingerprint string) bool { return fingerprint == loaded })
	if len(others) == 0 {
		return nil
	}
	return &Error{Kind: OtherOrgKey, Reason: NotRecorded, OrgKey: loaded, Wanted: others}
}

// NoteOrgKey records a fingerprint that a resource was last written under. Without
// pins, another Org Key is then trusted neither for a write nor for a value that is
// read. An empty one is ignored.
func (c *Client) NoteOrgKey(fingerprint string) {
	if fingerprint == "" {
		return
	}
	c.keys.mu.Lock()
	defer c.keys.mu.Unlock()
	if !slices.Contains(c.keys.noted, fingerprint) {
		c.keys.noted = append(c.keys.noted, fingerprint)
	}
}

// CheckNoted demands that a write wouldn't be refused for the Org Keys noted so far.
// It loads nothing if none is noted, or if pins will check what is loaded. The error is
// of kind OtherOrgKey. A failure to load the Org Key is left to the request that needs it.
func (c *Client) CheckNoted(ctx context.Context) error {
	c.keys.mu.Lock()
	noted := len(c.keys.noted)
	c.keys.mu.Unlock()
	if noted == 0 || c.Pinned() {
		return nil
	}
	_, err := c.trustedKey(ctx)
	if Is(err, OtherOrgKey) {
		return err
	}
	return nil
}

// CheckOrgKey demands that the Org Key in use is the one recorded, or a pinned one.
// Nothing recorded demands nothing, and loads nothing. The error is of kind OtherOrgKey,
// or says why the Org Key can't be had.
func (c *Client) CheckOrgKey(ctx context.Context, recorded string) error {
	if recorded == "" {
		return nil
	}
	k, err := c.orgKey(ctx)
	if err != nil {
		return err
	}
	return c.keys.trust(k.Fingerprint(), recorded)
}

// OrgKeyFingerprint is the fingerprint of the Org Key in use, in the form of
// envelope's OrgKey.Fingerprint. It loads the key, and fails as any use of it does.
func (c *Client) OrgKeyFingerprint(ctx context.Context) (string, error) {
	k, err := c.orgKey(ctx)
	return k.Fingerprint(), err
}

// Pinned reports whether Org Keys are pinned, so that each write and each deletion
// checks the one in use.
func (c *Client) Pinned() bool { return len(c.keys.pins) > 0 }

// PinsOther reports whether a secret recorded under one Org Key could be written under
// another: only if that other one is pinned.
func (c *Client) PinsOther(recorded string) bool {
	return slices.ContainsFunc(c.keys.pins, func(pin string) bool { return pin != recorded })
}
