package reconcile

import (
	"sync"
)

// Want is what one object, of the configuration or of the state, wants with a key.
type Want uint8

// What an object can want with a key.
const (
	Keeps    Want = iota // it has the key, and goes on having it
	Creates              // it makes a secret of that key
	Adopts               // it makes one, or takes over one that exists
	Replaces             // it keeps the key, and is made anew
	Destroys             // it has the key, and its secret is deleted
	Leaves               // it has the key, and changes to another: its secret is deleted
	Imports              // it takes a secret over by an import
	wants
)

// Outcome is the result of two wants of one key.
type Outcome uint8

// The outcomes, from harmless to worst.
const (
	Fine       Outcome = iota
	Overwrites         // one may write over the other's value, unless both are one object that is replaced
	TwoOwners          // both would have the secret, and write over each other's value
	Loses              // the deletion for one would take the secret from the other
)

// outcomes holds the outcome of each pair. It is symmetric: Terraform asks in any
// order. An object that is replaced keeps its key and replaces it; one that is
// imported is imported and kept; two that let go of a key may both do so.
var outcomes = [wants][wants]Outcome{
	//            Keeps       Creates    Adopts      Replaces   Destroys  Leaves  Imports
	Keeps:    {TwoOwners, TwoOwners, Overwrites, Fine, Loses, Loses, Fine},
	Creates:  {TwoOwners, TwoOwners, TwoOwners, TwoOwners, Loses, Loses, TwoOwners},
	Adopts:   {Overwrites, TwoOwners, TwoOwners, TwoOwners, Loses, Loses, Overwrites},
	Replaces: {Fine, TwoOwners, TwoOwners, TwoOwners, Loses, Loses, Fine},
	Destroys: {Loses, Loses, Loses, Loses, Fine, Fine, Loses},
	Leaves:   {Loses, Loses, Loses, Loses, Fine, Fine, Loses},
	Imports:  {Fine, TwoOwners, Overwrites, Fine, Loses, Loses, TwoOwners},
}

// Claim is the outcome of one more want with those before it. If there are several
// outcomes, it is the worst.
type Claim struct {
	Outcome Outcome
	Other   Want // the earlier want that it is the outcome with
}

// Owners counts what the objects of one run want with each key, so that no secret has
// two owners. A run is one walk by Terraform with one configured provider, so planning
// and applying are two runs. The zero value is ready, and safe for concurrent use.
type Owners struct {
	mu   sync.Mutex
	keys map[string]claims
}

// claims are the wants of one key, a bit for each kind. A second want of the same kind
// isn't counted, since its outcome with the first has been reported.
type claims struct {
	wanted    uint8
	refreshed uint8 // objects of the state, 2 for more than one
	made      bool  // created or adopted in this run
}

func (c claims) has(w Want) bool { return c.wanted&(1<<w) != 0 }

// Claim notes what an object wants with a key. If this run has made the secret itself, a
// deletion is fine, and isn't noted: it is planned for the old object of a replacement,
// while the replacement is applied, and Delete then leaves the secret alone.
func (o *Owners) Claim(key string, w Want) Claim {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.keys[key]
	if c.made && w == Destroys {
		return Claim{}
	}
	var worst Claim
	for other := range wants {
		if c.has(other) && outcomes[other][w] > worst.Outcome {
			worst = Claim{Outcome: outcomes[other][w], Other: other}
		}
	}
	if worst.Outcome == Overwrites && c.refreshed > 1 {
		// Both are in the state. A tainted one is planned as a create alone, but its
		// secret is deleted.
		worst.Outcome = TwoOwners
	}
	c.wanted |= 1 << w
	o.set(key, c)
	return worst
}

// Refreshed notes that an object in the state has the key.
func (o *Owners) Refreshed(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.keys[key]
	c.refreshed = min(c.refreshed+1, 2)
	o.set(key, c)
}

// Keeps reports whether an object has claimed to keep the key.
func (o *Owners) Keeps(key string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.keys[key].has(Keeps)
}

// MarkMade notes that this run has created or adopted the key.
func (o *Owners) MarkMade(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.keys[key]
	c.made = true
	o.set(key, c)
}

// Made reports whether this run has created or adopted the key.
func (o *Owners) Made(key string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.keys[key].made
}

func (o *Owners) set(key string, c claims) {
	if o.keys == nil {
		o.keys = make(map[string]claims)
	}
	o.keys[key] = c
}

// Saw is what a run has seen of a key, as far as its protection is concerned.
type Saw uint8

// The things that can be seen of a key.
const (
	// SawRefreshed: a protected secret was refreshed. OpenTofu also refreshes a secret
	// that a removed block lets go, so this alone doesn't say that it is to stay.
	SawRefreshed Saw = 1 << iota
	// SawKept: a protected secret was planned with its prior state.
	SawKept
	// SawCreated: a create was planned.
	SawCreated
	// SawAdopted: a create was planned that may take a secret over.
	SawAdopted
)

// Protections notes which secrets a run has seen with deletion_protection, and which
// it plans to create. For a replacement, Terraform asks the provider for no plan of a
// deletion: it plans an update and then a create, and for a tainted object, after its
// refresh, a create alone. The zero value is ready to use.
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
