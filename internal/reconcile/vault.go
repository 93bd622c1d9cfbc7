package reconcile

import (
	"context"
	"errors"
	"fmt"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// ListedError says that the API lists a secret that it answers a 404 for.
type ListedError struct{ Key string }

func (e *ListedError) Error() string {
	return fmt.Sprintf("HelvetiSafe answers that there is no secret %q, and lists it all the same, so it isn't taken for gone. "+
		"Check `base_url` and any proxy in between, and run the same command again", e.Key)
}

// ExpiredError says that a secret is gone because its expiry has come.
type ExpiredError struct{ Key string }

func (e *ExpiredError) Error() string { return fmt.Sprintf("the secret %q has expired", e.Key) }

// missing decides what a failed read means. Only the API's 404 says that the secret is
// gone, and only if the list doesn't have it and the server isn't another vault.
func (o *Operation) missing(ctx context.Context, err error) (Sight, error) {
	if !helvetisafe.IsNotFound(err) {
		return Unseen, err
	}
	if err := agreeGone(ctx, o.State.Key, o.Client.Snapshot, o.Client.FreshList); err != nil {
		return Unseen, err
	}
	if err := o.checkVault(ctx, FoundMissing, false); err != nil {
		return Unseen, err
	}
	if Past(o.State.ExpiresAt) {
		o.Warnings = append(o.Warnings, &ExpiredError{Key: o.State.Key})
	}
	return Gone, nil
}

// agreeGone makes sure that a secret which the API says isn't there is gone: one of the
// lists, asked for in turn, must agree. Without the scope for a list the API's word
// stands.
func agreeGone(ctx context.Context, key string, lists ...func(context.Context) (*helvetisafe.Listing, error)) error {
	for _, ask := range lists {
		list, err := ask(ctx)
		if scopeMissing(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if entry, listed := list.Lookup(key); !listed || Past(entry.ExpiresAt) {
			return nil
		}
	}
	return &ListedError{Key: key}
}

// Finding is why it matters whether this is still the vault that a secret was written to.
type Finding int

// The findings.
const (
	FoundMissing  Finding = iota // the API says that there is no such secret
	FoundPins                    // pins demand a look at the Org Key before a deletion
	FoundNoList                  // no list shows whether the secret has changed
	FoundUnlisted                // a list doesn't have the secret
	FoundNoStamp                 // no stamp shows whether the secret has changed
)

// VaultError says that this may not be the vault that a secret was written to.
type VaultError struct {
	Found Finding
	// Another says that the Org Key here is not Recorded, the one that the secret was
	// written under. Otherwise the Org Key couldn't be had, or can't be used.
	Another  bool
	Recorded string
	cause    error
}

func (e *VaultError) Error() string { return e.cause.Error() }

// Unwrap gives what is wrong with the Org Key.
func (e *VaultError) Unwrap() error { return e.cause }

// checkVault makes sure, by the Org Key that the secret was written under, that this is
// still the same vault. The error is a *VaultError. Without an Org Key to compare, that is
// a warning, unless one is demanded.
func (o *Operation) checkVault(ctx context.Context, found Finding, demanded bool) error {
	err := o.checkRecorded(ctx)
	if err == nil && demanded {
		_, err = o.Client.OrgKeyFingerprint(ctx) // even if nothing is recorded
	}
	if err == nil {
		return nil
	}
	vault := &VaultError{Found: found, Recorded: o.State.OrgKey, cause: err}
	var other *helvetisafe.OrgKeyError
	isOther := errors.As(err, &other) // or the pins are wrong
	vault.Another = isOther && other.Current != o.State.OrgKey
	if isOther || demanded || ctx.Err() != nil {
		return vault
	}
	o.Warnings = append(o.Warnings, vault)
	return nil
}
