package provider

import (
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// instance is one configured provider; an alias is an instance of its own. It is
// what Configure hands to every resource, and safe for concurrent use.
type instance struct {
	origins                 // errors become diagnostics by them
	reconcile.Run           // its Client is nil while pending says why
	pending       string    // the provider attribute that isn't known yet
	unpinned      sync.Once // the warning that nothing pins the Org Key
}

// instanceFrom is the one cast of what Configure handed out. Terraform validates before
// it configures: data is nil then, and so is the result.
func instanceFrom(data any, diags *diag.Diagnostics) *instance {
	if data == nil {
		return nil
	}
	i, ok := data.(*instance)
	if !ok {
		diags.AddError("A defect in the provider",
			fmt.Sprintf("A part of the provider was configured with %T. Please report this.", data))
		return nil
	}
	return i
}

// Client returns the client, or the error that names the attribute whose value
// isn't known yet.
func (i *instance) Client() (*helvetisafe.Client, diag.Diagnostics) {
	var diags diag.Diagnostics
	if i.Run.Client == nil {
		diags.AddError("The provider's configuration isn't known yet",
			fmt.Sprintf("`%s` of the provider helvetisafe depends on something that has not been applied yet, and it is needed now. "+
				"Apply what it depends on first, for example with -target, or give it a value that is known when planning.", i.pending))
	}
	return i.Run.Client, diags
}

// WarnUnpinned warns after the first create of a run, and names the Org Key that it was
// written under, if no pin checked that key. Nothing else protects the first create from
// a server that hands out a key of its own.
func (i *instance) WarnUnpinned(key, orgKey string, diags *diag.Diagnostics) {
	if i.Run.Client.Pinned() {
		return
	}
	i.unpinned.Do(func() {
		diags.AddWarning("Nothing pins the Org Key",
			fmt.Sprintf("The secret %q was written under the Org Key %s, which nothing pins: a server that hands out a key of its own could read it, and what is written next. "+
				"Compare this fingerprint with one known from elsewhere, such as the data source helvetisafe_org_key of another member. If it is the same, add it to the provider block:", key, orgKey)+
				toWrite(fmt.Sprintf("org_key_fingerprints = [%q]", orgKey)))
	})
}
