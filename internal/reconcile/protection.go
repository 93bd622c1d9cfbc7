package reconcile

import "sync"

// Saw is what a run has seen of a key that has to do with its protection.
type Saw uint8

// What can be seen of a key.
const (
	// SawRefreshed: a protected secret was refreshed. OpenTofu refreshes what a
	// removed block lets go, too, so this alone doesn't say that it is to stay.
	SawRefreshed Saw = 1 << iota
	// SawKept: a protected secret was planned with its prior state.
	SawKept
	// SawCreated: a create was planned.
	SawCreated
	// SawAdopted: a create was planned that may take a secret over.
	SawAdopted
)

// Protections notes which secrets a run has seen with deletion_protection, and which
// it plans to create: with a replacement no plan of a deletion comes to the provider.
// Terraform plans it as an update and then as a create, and a tainted object, after
// its refresh, as a create alone. The zero value is ready to use.
type Protections struct {
	mu   sync.Mutex
	keys map[string]Saw
}

// Note adds what was seen of a key, and reports whether a create then clashes with a
// protected secret.
func (p *Protections) Note(key string, s Saw) (clash bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys == nil {
		p.keys = make(map[string]Saw)
	}
	all := p.keys[key] | s
	p.keys[key] = all
	return all&SawKept != 0 && all&(SawCreated|SawAdopted) != 0 || all&SawRefreshed != 0 && all&SawCreated != 0
}
