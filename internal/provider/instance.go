package provider

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// instance is one configured provider; an alias is an instance of its own. It is
// what Configure hands to every resource, and safe for concurrent use.
type instance struct {
	origins                         // errors become diagnostics by them
	id          string              // random, to know again what it has planned itself
	client      *helvetisafe.Client // nil while pending says why
	pending     string              // the provider attribute that isn't known yet
	fullRefresh bool                // each refresh reads every secret itself
	now         func() time.Time    // by which generated values fall due
	protections reconcile.Protections
	owners      reconcile.Owners // knows what this instance has created or adopted
	unpinned    sync.Once        // the warning that nothing pins the Org Key

	mu       sync.Mutex
	creating bool // a create is planned
	locks    map[string]*sync.Mutex
	known    map[string]reconcile.Known // objects of the state, by key
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

// configuredDataSource is what data sources have in common.
type configuredDataSource struct{ instance *instance }

// Configure takes the instance over.
func (d *configuredDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.instance = instanceFrom(req.ProviderData, &resp.Diagnostics)
}

// configuredEphemeral is what ephemeral resources have in common.
type configuredEphemeral struct{ instance *instance }

// Configure takes the instance over.
func (e *configuredEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.instance = instanceFrom(req.ProviderData, &resp.Diagnostics)
}

// Client returns the client, or the error that names the attribute whose value
// isn't known yet.
func (i *instance) Client() (*helvetisafe.Client, diag.Diagnostics) {
	var diags diag.Diagnostics
	if i.client == nil {
		diags.AddError("The provider's configuration isn't known yet",
			fmt.Sprintf("`%s` of the provider helvetisafe depends on something that has not been applied yet, and it is needed now. "+
				"Apply what it depends on first, for example with -target, or give it a value that is known when planning.", i.pending))
	}
	return i.client, diags
}

// WarnUnpinned warns after the first create of a run, and names the Org Key that it was
// written under, if no pin checked that key. Nothing else protects the first create from
// a server that hands out a key of its own.
func (i *instance) WarnUnpinned(key, orgKey string, diags *diag.Diagnostics) {
	if i.client.Pinned() {
		return
	}
	i.unpinned.Do(func() {
		diags.AddWarning("Nothing pins the Org Key",
			fmt.Sprintf("The secret %q was written under the Org Key %s, which nothing pins: a server that hands out a key of its own could read it, and what is written next. "+
				"Compare this fingerprint with one known from elsewhere, such as the data source helvetisafe_org_key of another member. If it is the same, add it to the provider block:", key, orgKey)+
				toWrite(fmt.Sprintf("org_key_fingerprints = [%q]", orgKey)))
	})
}

// See notes the Org Key recorded in a resource that this run reads or plans. If a create
// is planned in the same run, the present Org Key must be that one.
func (i *instance) See(ctx context.Context, orgKey string) error {
	if i.client == nil {
		return nil // not configured in full yet, so nothing is created either
	}
	i.client.NoteOrgKey(orgKey)
	i.mu.Lock()
	creating := i.creating
	i.mu.Unlock()
	if !creating {
		return nil
	}
	return i.client.CheckNoted(ctx)
}

// PlanCreate demands that a create would be written under the Org Key of the resources
// seen so far. See demands it of those that follow, since Terraform plans and refreshes at
// the same time. The process that applies sees only the resources that it changes, so only
// this check or a pin finds a substituted Org Key.
func (i *instance) PlanCreate(ctx context.Context) error {
	i.mu.Lock()
	i.creating = true
	i.mu.Unlock()
	return i.client.CheckNoted(ctx)
}

// know keeps what is known of an object in the state.
func (i *instance) know(key string, k reconcile.Known) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.known == nil {
		i.known = make(map[string]reconcile.Known)
	}
	i.known[key] = k
}

// knows returns what know has kept of a key.
func (i *instance) knows(key string) (k reconcile.Known, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	k, ok = i.known[key]
	return k, ok
}

// LockKey keeps creations and deletions of the same key apart. Terraform runs them at the
// same time if a block was renamed, and a deletion between a creation and its mark would
// lose what was just made.
func (i *instance) LockKey(key string) (unlock func()) {
	i.mu.Lock()
	if i.locks == nil {
		i.locks = make(map[string]*sync.Mutex)
	}
	lock, ok := i.locks[key]
	if !ok {
		lock = new(sync.Mutex)
		i.locks[key] = lock
	}
	i.mu.Unlock()
	lock.Lock()
	return lock.Unlock
}
