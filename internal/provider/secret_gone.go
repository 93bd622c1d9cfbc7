package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// listedError says that the API lists a secret that it answers a 404 for.
type listedError struct{ key string }

func (e *listedError) Error() string {
	return fmt.Sprintf("HelvetiSafe answers that there is no secret %q, and lists it all the same, so it isn't taken for gone. "+
		"Check `base_url` and any proxy in between, and run the same command again", e.key)
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
		if entry, listed := list.Lookup(key); !listed || past(entry.ExpiresAt) {
			return nil
		}
	}
	return &listedError{key: key}
}

// past reports whether an expiry has come.
func past(at helvetisafe.Timestamp) bool {
	return at.State == helvetisafe.Known && !at.Time.After(time.Now())
}

// checkVault makes sure, by the Org Key that the secret was written under, that this
// is still the same vault. It returns false where it isn't, or where pins demand an
// Org Key that can't be had. found says what was found, and spared what therefore
// isn't done; without an Org Key to compare, both are done with a warning.
func checkVault(ctx context.Context, client *helvetisafe.Client, state *secretModel, demanded bool, found, spared string, diags *diag.Diagnostics) bool {
	err := checkRecorded(ctx, client, state)
	if err == nil && demanded {
		_, err = client.OrgKeyFingerprint(ctx) // also where nothing is recorded
	}
	var other *helvetisafe.OrgKeyError
	switch {
	case err == nil:
		return true
	case errors.As(err, &other) && other.Current != state.OrgKeyFingerprint.ValueString():
		diags.AddError("This is another vault",
			fmt.Sprintf("%s, and the Org Key here is not the one that it was written under (%s). That is another vault, so %s. "+
				"Check base_url and the provider alias; if the Org Key was really replaced, name its fingerprint in org_key_fingerprints beside the old one. %s",
				found, state.OrgKeyFingerprint.ValueString(), spared, sentence(err.Error()))+toWrite(pinsLine(other)))
		return false
	case ctx.Err() != nil || demanded || other != nil: // the last where the pins are wrong
		addError(diags, found, err)
		return false
	}
	diags.AddWarning("Cannot verify that this is the same vault",
		fmt.Sprintf("%s, and the Org Key could not be had to verify that this is still the same vault. Check base_url and the provider alias. %s",
			found, sentence(err.Error())))
	return true
}
