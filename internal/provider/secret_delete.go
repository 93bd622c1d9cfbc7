package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// stampKey names, in planned private state, the server's stamp that a deletion was
// planned against, where that isn't the recorded one. It is apart from the record: no
// value was read with it, so it must never vouch for one.
const stampKey = "p"

// known is what a run knows of an object in the state, for the create that replaces
// it: a tainted object is planned as a create, and comes without any private state.
type known struct {
	record    record
	updatedAt string
	orgKey    string
	rewritten bool // the refresh found a later write than was recorded
}

func (k known) stamp() helvetisafe.Timestamp {
	return k.record.observation(timestampOf(k.updatedAt)).Stamp
}

func knownOf(state *secretModel, rec record) known {
	return known{record: rec, updatedAt: state.UpdatedAt.ValueString(), orgKey: state.OrgKeyFingerprint.ValueString()}
}

// planStamp puts the stamp that this run's list shows into planned private state, for
// the Delete that may follow: what was written elsewhere before this plan may be
// deleted, and says so; what is written later may not. Where another Org Key than the
// recorded one is in use, or none can be had, the recorded stamp stays, so that another
// vault's is never taken.
func (i *instance) planStamp(ctx context.Context, key string, k known, private privateSetter, diags *diag.Diagnostics) {
	diags.Append(private.SetKey(ctx, stampKey, nil)...)
	client, clientDiags := i.Client()
	if clientDiags.HasError() {
		return
	}
	list, err := client.Snapshot(ctx)
	if err != nil {
		return // Delete asks again, and tells
	}
	entry, _ := list.Lookup(key)
	if entry.UpdatedAt.State != helvetisafe.Known {
		return
	}
	recorded := k.stamp()
	same := entry.UpdatedAt.Equal(recorded)
	if k.rewritten || !same && recorded.State == helvetisafe.Known {
		diags.AddWarning("The secret was written elsewhere since",
			fmt.Sprintf("This plan deletes the secret %q, and HelvetiSafe shows a later write of it (at %s) than the state has. "+
				"If that is to stay, don't apply this plan. "+letGoText, key, entry.UpdatedAt)+toWrite(letGo))
	}
	if same {
		return
	}
	if k.orgKey == "" || client.CheckOrgKey(ctx, k.orgKey) != nil {
		return
	}
	diags.Append(private.SetKey(ctx, stampKey, []byte(`"`+i.id+" "+entry.UpdatedAt.String()+`"`))...)
}

// plannedStamp is the stamp that a deletion was planned against. One that this very
// instance has planned was planned while applying: Terraform does so with the old object
// of a replacement. The list then shows what was written since the plan, so the recorded
// stamp counts.
func (i *instance) plannedStamp(ctx context.Context, private privateGetter, k known) helvetisafe.Timestamp {
	raw, diags := private.GetKey(ctx, stampKey)
	var planned string
	if diags.HasError() || json.Unmarshal(raw, &planned) != nil {
		return k.stamp()
	}
	id, stamp, _ := strings.Cut(planned, " ")
	if id == i.id {
		return k.stamp()
	}
	return timestampOf(stamp)
}

// secretDelete is the deletion of one secret.
type secretDelete struct {
	redact.Redacted
	client  *helvetisafe.Client
	state   *secretModel
	record  record
	planned helvetisafe.Timestamp // the stamp that was planned against

	verified bool // that this is the vault that the secret was written to
}

// run deletes the secret if it is still the one that was planned against, and leaves it
// alone otherwise. What goes wrong is in diags.
func (d *secretDelete) run(ctx context.Context, diags *diag.Diagnostics) {
	key := d.state.Key.ValueString()
	if d.client.Pinned() && !d.verify(ctx, "org_key_fingerprints demands a look at the Org Key first", diags) {
		return
	}
	there, err := d.look(ctx, diags)
	if err != nil {
		addDeleteError(diags, key, err)
		return
	}
	if !there || diags.HasError() {
		return
	}
	existed, err := d.client.Delete(ctx, key)
	if err == nil && !existed {
		// The list that showed it came before; one more has to agree.
		if err = agreeGone(ctx, key, d.client.FreshList); err == nil {
			d.verify(ctx, "it was not found", diags)
		}
	}
	if err != nil {
		addDeleteError(diags, key, err)
	}
}

// look finds out whether there is a secret to delete, by a list that was asked for
// after the deletion began. The error is a *changedError where it is another by now.
func (d *secretDelete) look(ctx context.Context, diags *diag.Diagnostics) (there bool, err error) {
	key := d.state.Key.ValueString()
	list, err := d.client.FreshList(ctx)
	if scopeMissing(err) {
		return d.verify(ctx, "no list shows whether it is still the one that was planned against", diags), nil // the last one wins
	}
	if err != nil {
		return false, err
	}
	entry, listed := list.Lookup(key)
	switch {
	case !listed:
		d.verify(ctx, "it is not there any more", diags)
		return false, nil
	case d.planned.State != helvetisafe.Known || entry.UpdatedAt.State != helvetisafe.Known:
		if !d.verify(ctx, "no stamp shows whether it is still the one that was planned against", diags) {
			return false, nil
		}
		return true, d.compare(ctx)
	case !entry.UpdatedAt.Equal(d.planned):
		return false, &changedError{key: key}
	}
	return true, nil
}

// compare compares what is stored with what the plan knew, where there is no stamp: by
// the hash of the ciphertext, or by the value in the state. Where it may not be read,
// or can't be decrypted, the last one wins.
func (d *secretDelete) compare(ctx context.Context) error {
	sealed, err := d.client.Get(ctx, d.state.Key.ValueString())
	if isNotFound(err) || scopeMissing(err) {
		return nil // the answer to the deletion tells
	}
	if err != nil {
		return err
	}
	u := secretUpdate{client: d.client, state: d.state, record: d.record}
	var changed *changedError
	if err := u.stillStored(ctx, sealed); errors.As(err, &changed) || ctx.Err() != nil {
		return err
	}
	return nil
}

// verify makes sure once that this is the vault that the secret was written to.
func (d *secretDelete) verify(ctx context.Context, found string, diags *diag.Diagnostics) bool {
	if !d.verified {
		d.verified = checkVault(ctx, d.client, d.state, d.client.Pinned(),
			fmt.Sprintf("Deleting the secret %q: %s", d.state.Key.ValueString(), found), "nothing was deleted", diags)
	}
	return d.verified
}

// addDeleteError adds what the user can do where a deletion has failed.
func addDeleteError(diags *diag.Diagnostics, key string, err error) {
	var changed *changedError
	if errors.As(err, &changed) {
		diags.AddError("The secret has changed since the plan",
			fmt.Sprintf("The secret %q is not the one any more that this plan would delete: it was written elsewhere since, so nothing was deleted. "+
				"Run terraform apply -refresh-only, then plan again (with a refresh, not with -refresh=false), and look at what changed. ", key)+
				letGoText+toWrite(letGo)+"\n\n"+leftBehind)
		return
	}
	summary, _ := summaryOf(err)
	var failed diag.Diagnostics
	addError(&failed, fmt.Sprintf("Deleting the secret %q", key), err)
	diags.AddError(summary, failed[0].Detail()+" "+leftBehind)
}

// letGoText comes before letGo, where another resource may have the secret by now.
const letGoText = "If another resource has taken the secret over, of this configuration under another provider alias or of another one, " +
	"let this one go with terraform state rm, or with this block in the place of its own:"

// leftBehind is what to know of an object whose deletion failed.
const leftBehind = "The object stays in the state, and the next apply deletes it. " +
	"If it is the old object of a replacement (the plan calls it deposed), run that apply with the key that the new one has, before the key is changed back. " +
	"To leave the secret in HelvetiSafe, run terraform state rm."
