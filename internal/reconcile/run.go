package reconcile

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// Run is what one configured provider knows while Terraform walks the configuration once:
// planning and applying are two runs, and an alias is a run of its own. It counts what the
// objects of the run want with each key, so that no secret has two owners. It plans without
// a Client too, but not without Now. It is safe for concurrent use.
type Run struct {
	ID          string              // random, to know again what this run has planned itself
	Client      *helvetisafe.Client // nil while the provider isn't configured in full
	FullRefresh bool                // each refresh reads every secret itself
	Now         func() time.Time    // by which generated values fall due, and secrets expire

	// ManyWalks says that Terraform walks the configuration several times with this run, and
	// doesn't tell when the next walk begins. Wants of one key can't be counted then.
	ManyWalks bool

	creating atomic.Bool // a create is planned

	mu   sync.Mutex
	keys map[string]*keyState
}

// keyState is what a run knows of one key.
type keyState struct {
	lock sync.Mutex // held by a creation and by a deletion
	// wanted isn't a count: a second want of the same kind changes nothing, since its
	// outcome with the first has been reported.
	wanted    [wants]bool
	refreshed int    // objects of the state
	made      string // the mark of what was created or adopted in this run; "" for nothing
	// What was seen with deletion_protection.
	protectedRefreshed, protectedKept bool
	last                              *lastSeen
}

// lastSeen is what a run has last seen of an object in the state. A deletion needs it that
// is planned later, and a create that replaces the object: a tainted object is planned as a
// create, and comes without any private state.
type lastSeen struct {
	record    Record
	stamp     helvetisafe.Timestamp // the server's, as it was recorded
	orgKey    string
	rewritten bool // the refresh found a later write than was recorded
}

// Want is what one object, of the configuration or of the state, wants with a key.
type Want uint8

// What an object can want with a key.
const (
	Keeps    Want = iota // it has the key, and goes on having it
	Creates              // it makes a secret of that key
	Adopts               // it makes one, or takes over one that exists
	MayAdopt             // which of the two isn't known yet
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
	//            Keeps       Creates    Adopts      MayAdopt   Replaces   Destroys  Leaves  Imports
	Keeps:    {TwoOwners, TwoOwners, Overwrites, TwoOwners, Fine, Loses, Loses, Fine},
	Creates:  {TwoOwners, TwoOwners, TwoOwners, TwoOwners, TwoOwners, Loses, Loses, TwoOwners},
	Adopts:   {Overwrites, TwoOwners, TwoOwners, TwoOwners, TwoOwners, Loses, Loses, Overwrites},
	MayAdopt: {TwoOwners, TwoOwners, TwoOwners, TwoOwners, TwoOwners, Loses, Loses, TwoOwners},
	Replaces: {Fine, TwoOwners, TwoOwners, TwoOwners, TwoOwners, Loses, Loses, Fine},
	Destroys: {Loses, Loses, Loses, Loses, Loses, Fine, Fine, Loses},
	Leaves:   {Loses, Loses, Loses, Loses, Loses, Fine, Fine, Loses},
	Imports:  {Fine, TwoOwners, Overwrites, TwoOwners, Fine, Loses, Loses, TwoOwners},
}

// Claim is the outcome of one more want with those before it. If there are several
// outcomes, it is the worst.
type Claim struct {
	Want    Want
	Outcome Outcome
	Other   Want // the earlier want that it is the outcome with
	// Protected says that the want would delete or replace a protected secret.
	Protected bool
}

// Refused reports whether two objects can't both have what they want.
func (c Claim) Refused() bool { return c.Outcome >= TwoOwners }

// Past reports whether an expiry has come.
func (r *Run) Past(at helvetisafe.Timestamp) bool {
	return at.State == helvetisafe.Known && !at.Time.After(r.Now())
}

// keyState finds what is known of a key, and locks the run.
func (r *Run) keyState(key string) (k *keyState, unlock func()) {
	r.mu.Lock()
	k, ok := r.keys[key]
	if !ok {
		if r.keys == nil {
			r.keys = make(map[string]*keyState)
		}
		k = new(keyState)
		r.keys[key] = k
	}
	return k, r.mu.Unlock
}

// CountWant notes what an object wants with a key; protected says that the state has it with
// deletion_protection. If this run has made the secret itself, a deletion is fine, and
// isn't noted: it is planned for the old object of a replacement, while the replacement is
// applied, and Delete then leaves the secret alone.
func (r *Run) CountWant(key string, w Want, protected bool) Claim {
	k, unlock := r.keyState(key)
	defer unlock()
	claim := Claim{Want: w}
	if r.ManyWalks {
		claim.Protected = protected && (w == Destroys || w == Leaves)
		return claim
	}
	if k.made != "" && w == Destroys {
		return claim
	}
	for other := range wants {
		if k.wanted[other] && outcomes[other][w] > claim.Outcome {
			claim.Outcome, claim.Other = outcomes[other][w], other
		}
	}
	if claim.Outcome == Overwrites && k.refreshed > 1 {
		// Both are in the state. A tainted one is planned as a create alone, but its
		// secret is deleted.
		claim.Outcome = TwoOwners
	}
	k.wanted[w] = true
	switch w {
	case Destroys, Leaves:
		claim.Protected = protected
	case Keeps:
		k.protectedKept = k.protectedKept || protected
		claim.Protected = protected && k.replacesProtected()
	case Creates, Adopts, MayAdopt, Replaces:
		claim.Protected = k.replacesProtected()
	}
	return claim
}

// replacesProtected reports whether a create clashes with a protected secret. Terraform
// asks the provider for no plan of a replacement's deletion: it plans an update and then a
// create, and for a tainted object, after its refresh, a create alone. If the create
// adopts, or may, it can also be another resource that takes over what a removed block lets
// go, which OpenTofu refreshes too. Only Delete can tell, and refuses.
func (k *keyState) replacesProtected() bool {
	anew := k.wanted[Creates] || k.wanted[Replaces]
	return k.protectedKept && (anew || k.wanted[Adopts] || k.wanted[MayAdopt]) || k.protectedRefreshed && anew
}

// noteRefreshed keeps what a refresh has found of an object in the state. clash says that
// a create which is planned would replace it, and it is protected.
func (r *Run) noteRefreshed(key string, found lastSeen, protected bool) (clash bool) {
	k, unlock := r.keyState(key)
	defer unlock()
	k.last = &found
	k.refreshed++
	k.protectedRefreshed = k.protectedRefreshed || protected
	return protected && k.replacesProtected()
}

// noteSeen keeps what is known of an object in the state.
func (r *Run) noteSeen(key string, found lastSeen) {
	k, unlock := r.keyState(key)
	defer unlock()
	k.last = &found
}

// lastSeen returns what noteRefreshed or noteSeen has kept; nil if there is nothing.
func (r *Run) lastSeen(key string) *lastSeen {
	k, unlock := r.keyState(key)
	defer unlock()
	return k.last
}

// keeps reports whether an object has claimed to keep the key.
func (r *Run) keeps(key string) bool {
	k, unlock := r.keyState(key)
	defer unlock()
	return k.wanted[Keeps]
}

// Made reports whether this run has created or adopted the key.
func (r *Run) Made(key string) bool { return r.mark(key) != "" }

// mark is what MarkMade has noted of the key; "" if this run hasn't made it.
func (r *Run) mark(key string) string {
	k, unlock := r.keyState(key)
	defer unlock()
	return k.made
}

// MarkMade notes that this run has created or adopted the key. The mark that it returns
// belongs in the record of the object that it was made for: a later walk of the same run may
// delete that one. Without later walks there is none.
func (r *Run) MarkMade(key string) (mark string) {
	k, unlock := r.keyState(key)
	defer unlock()
	k.made = rand.Text()
	if r.ManyWalks {
		return k.made
	}
	return ""
}

// madeForAnother reports whether this run has created or adopted the secret for another
// object than the one in the state.
func (o *Operation) madeForAnother() bool {
	mark := o.mark(o.State.Key)
	return mark != "" && mark != o.Record.Mark
}

// lockKey keeps creations and deletions of the same key apart. Terraform runs them at the
// same time if a block was renamed, and a deletion between a creation and its mark would
// lose what was just made.
func (r *Run) lockKey(key string) (unlock func()) {
	k, unlockRun := r.keyState(key)
	unlockRun()
	k.lock.Lock()
	return k.lock.Unlock
}

// checkOrgKeyForCreates demands, if a create is planned in this run, that it would be
// written under the Org Key of the resources seen so far: Terraform plans and refreshes at
// the same time. The process that applies sees only the resources that it changes, so only
// this check or a pin finds a substituted Org Key.
func (r *Run) checkOrgKeyForCreates(ctx context.Context) error {
	if !r.creating.Load() {
		return nil
	}
	return r.Client.CheckNoted(ctx)
}
