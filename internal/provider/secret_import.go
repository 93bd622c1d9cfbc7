package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// importForm is the prefix of an import ID: the form that the import takes.
type importForm string

const (
	// importStored takes the form in which the secret is stored.
	importStored importForm = "stored"
	// importData takes the members of the stored object, whatever their names.
	importData importForm = "data"
	// importWriteOnly leaves the value out of the state.
	importWriteOnly importForm = "write-only"
)

// parseImportID splits an import ID into its form and the secret's key.
func parseImportID(id string) (importForm, string, error) {
	form, key := importStored, id
	if prefix, rest, ok := strings.Cut(id, ":"); ok {
		form, key = importForm(prefix), rest
		if form != importData && form != importWriteOnly {
			return "", "", fmt.Errorf("the prefix before the colon must be data or write-only")
		}
	}
	if !keyPattern.MatchString(key) {
		return "", "", fmt.Errorf("a secret's key holds letters (a to z, A to Z), digits and underscores only, and at least one of them")
	}
	return form, key, nil
}

// ImportState takes an ID or an identity; Read does the rest.
func (r *secretResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id := req.ID
	if id == "" && req.Identity != nil {
		var identity secretIdentity
		resp.Diagnostics.Append(req.Identity.Get(ctx, &identity)...)
		id = identity.Key.ValueString()
	}
	form, key, err := parseImportID(id)
	if err != nil {
		resp.Diagnostics.AddError("Invalid import ID",
			fmt.Sprintf("The import ID %q can't be used: %s. Write the key of the secret, data:<key> or write-only:<key>.", id, err)+toWrite(`id = "write-only:<key>"`))
		return
	}
	// Terraform imports with a provider that may be configured in part only.
	if r.instance != nil && r.instance.claim(key, reconcile.Imports, &resp.Diagnostics).Outcome >= reconcile.TwoOwners {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("key"), key)...)
	saveIdentity(resp.Identity, types.StringValue(key))
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importKey, []byte(`"`+form+`"`))...)
}

// loadImportForm tells whether this Read completes an import, and in which form.
func loadImportForm(ctx context.Context, private privateGetter) (form importForm, importing bool, diags diag.Diagnostics) {
	raw, diags := private.GetKey(ctx, importKey)
	if diags.HasError() || len(raw) == 0 {
		return "", false, diags
	}
	if err := json.Unmarshal(raw, &form); err != nil {
		diags.AddError("The import could not be completed", "Private state is damaged. Import the secret again.")
	}
	return form, true, diags
}

// runImport reads the secret and fills the state in the form that was asked for.
func (rd *secretRead) runImport(ctx context.Context, form importForm) error {
	key := rd.state.Key.ValueString()
	if _, err := rd.lookUp(ctx, key); err != nil {
		return err
	}
	var err error
	if rd.sealed, err = rd.client.Get(ctx, key); err != nil {
		return err
	}
	content, err := rd.client.Open(ctx, rd.sealed)
	if err != nil {
		return err
	}
	prefer := helvetisafe.FormValue
	if form == importData {
		prefer = helvetisafe.FormFields
	}
	stored, err := content.Stored(prefer)
	if err != nil {
		return err
	}
	if from, moved := rd.movedFrom(ctx, stored); moved {
		rd.moved = from
	}
	switch {
	case form == importData && stored.Form != helvetisafe.FormFields:
		return fmt.Errorf("what is stored is no object with members, so it can't be imported as data; import it by %q alone", key)
	case form == importWriteOnly:
		err = rd.record.noteWritten(ctx, rd.client, rd.sealed, stored)
	default:
		rd.state.setStored(stored)
	}
	if err != nil {
		return err
	}
	orgKey, err := rd.client.OrgKeyFingerprint(ctx)
	if err != nil {
		return err
	}
	rd.read = true
	rd.record.Imported, rd.record.Untouched = true, true
	rd.state.OrgKeyFingerprint = types.StringValue(orgKey)
	rd.state.AdoptExisting = types.BoolValue(false)
	rd.state.DeletionProtection = types.BoolValue(false)
	rd.state.CreatedAt = timestampValue(rd.entry.CreatedAt)
	rd.readExpiry()
	rd.state.touch(rd.entry.UpdatedAt, types.Int64Null())
	rd.observe(helvetisafe.Observation{})
	return nil
}
