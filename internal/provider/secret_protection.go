package provider

import (
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// seen is what a run has seen of a key that has to do with its protection.
type seen uint8

const (
	// seenRefreshed: a protected secret was refreshed. OpenTofu refreshes what a
	// removed block lets go, too, so this alone doesn't say that it is to stay.
	seenRefreshed seen = 1 << iota
	// seenKept: a protected secret was planned with its prior state.
	seenKept
	// seenCreated: a create was planned.
	seenCreated
	// seenAdopted: a create was planned that may take a secret over.
	seenAdopted
)

// protections notes which secrets a run has seen with deletion_protection, and which
// it plans to create: with a replacement no plan of a deletion comes to the provider.
// Terraform plans it as an update and then as a create, and a tainted object, after
// its refresh, as a create alone. The zero value is ready to use.
type protections struct {
	mu   sync.Mutex
	keys map[string]seen
}

// note adds what was seen of a key, and reports whether a create then clashes with a
// protected secret.
func (p *protections) note(key string, s seen) (clash bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys == nil {
		p.keys = make(map[string]seen)
	}
	all := p.keys[key] | s
	p.keys[key] = all
	return all&seenKept != 0 && all&(seenCreated|seenAdopted) != 0 || all&seenRefreshed != 0 && all&seenCreated != 0
}

// letGo is the block that takes a secret out of the state and leaves it in HelvetiSafe.
const letGo = `removed {
    from = helvetisafe_secret.example
    lifecycle {
      destroy = false
    }
  }`

// addReplaced refuses a create of a key whose secret is protected.
func addReplaced(diags *diag.Diagnostics, key string) {
	addProtected(diags, "A replacement (or another resource of the same key) would delete or overwrite", key)
}

// addProtected refuses what would delete a protected secret. what says what would
// delete it.
func addProtected(diags *diag.Diagnostics, what, key string) {
	diags.AddError("The secret is protected from deletion",
		fmt.Sprintf("%s the secret %q, and deletion_protection is true in the state. A deletion is final. "+
			"To delete the secret all the same, first apply `deletion_protection = false` alone (after terraform untaint, if the object is tainted), and delete it in a second apply. "+
			"To leave the secret in HelvetiSafe and take it out of the state, replace its resource block by this one (Terraform or OpenTofu 1.7), or run terraform state rm:",
			what, key)+toWrite(letGo))
}
