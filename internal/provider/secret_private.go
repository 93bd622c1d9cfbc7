package provider

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// The names under which the resource keeps private state. They are short because
// Terraform copies the whole state at each write.
const (
	recordKey = "s"
	importKey = "i" // the form of an import, until a read completes it

	// The others are in planned private state only.
	decisionKey = "d"
	// stampKey has the server's stamp that a deletion was planned against, if that isn't
	// the recorded one. It is kept apart from the record: no value was read with it, so it
	// must never vouch for one.
	stampKey = "p"
	// keptKey tells the create of the same object from one of another, and from a tainted
	// object's: Terraform plans a replacement once as a change, and then as a create that
	// gets the private state of that plan.
	keptKey = "k"
)

type privateGetter interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateSetter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

func loadRecord(ctx context.Context, private privateGetter) reconcile.Record {
	raw, _ := private.GetKey(ctx, recordKey) // an error is about the name of the key
	return reconcile.ParseRecord(raw)
}

// loadDecision reads the plan's decision. Without one, what is stored is compared first:
// that can't overwrite anything that should stay.
func loadDecision(ctx context.Context, private privateGetter) reconcile.Decision {
	raw, diags := private.GetKey(ctx, decisionKey)
	d := reconcile.Check
	if diags.HasError() || json.Unmarshal(raw, &d) != nil {
		return reconcile.Check
	}
	return d
}

// loadImportForm returns the form of the import that this Read completes; it is empty if
// there is none.
func loadImportForm(ctx context.Context, private privateGetter, diags *diag.Diagnostics) (form reconcile.ImportForm) {
	raw, getDiags := private.GetKey(ctx, importKey)
	diags.Append(getDiags...)
	if getDiags.HasError() || len(raw) == 0 {
		return ""
	}
	if err := json.Unmarshal(raw, &form); err != nil {
		diags.AddError("The import could not be completed", "Private state is damaged. Import the secret again.")
	}
	return form
}

// plannedStamp is the stamp that a deletion was planned against. One that this very
// instance has planned was planned while applying: Terraform does so with the old object
// of a replacement. The list then shows what was written since the plan, so the recorded
// stamp counts.
func (i *instance) plannedStamp(ctx context.Context, private privateGetter, k reconcile.Known) helvetisafe.Timestamp {
	raw, diags := private.GetKey(ctx, stampKey)
	var planned string
	if diags.HasError() || json.Unmarshal(raw, &planned) != nil {
		return k.Stamp()
	}
	id, stamp, _ := strings.Cut(planned, " ")
	if id == i.id {
		return k.Stamp()
	}
	return reconcile.ParseStamp(stamp)
}
