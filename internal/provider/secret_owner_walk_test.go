package provider

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// ownerWalk plays Terraform for a workspace of several resources under two provider
// aliases, at random: resources are added, renamed with and without moved, given other
// keys and aliases, replaced, tainted, imported, let go and targeted, with and without
// a refresh, while applies fail half-way, requests go wrong, and other people write and
// delete.
type ownerWalk struct {
	*rand.Rand
	t        *testing.T
	v        *acctest.Vault
	provider attributes

	blocks  map[string]resourceBlock
	objects []*stateObject

	targeted, destroying bool
	log                  []string
}

// resourceBlock is a resource of the configuration.
type resourceBlock struct {
	key, alias, value  string
	adopt, createFirst bool
}

func (b resourceBlock) config() attributes {
	return attributes{"key": b.key, "value": b.value, "adopt_existing": b.adopt}
}

// stateObject is an object of the state.
type stateObject struct {
	*core
	address, alias   string
	deposed, tainted bool
}

// aliasOf is the alias that plans an object: its block's, or the one in the state if
// it has none.
func (w *ownerWalk) aliasOf(o *stateObject) string {
	if b, configured := w.blocks[o.address]; configured {
		return b.alias
	}
	return o.alias
}

func (o *stateObject) key() string { return o.get(o.state, "key") }

// step is one thing that an apply does, and what has to be done before it.
type applyStep struct {
	run   func(servers map[string]tfprotov6.ProviderServer) (ok bool)
	after *applyStep
	done  bool
}

// TestOwnerWalk: no run deletes the secret of another resource that the same run can
// see, and what was applied is on the server.
func TestOwnerWalk(t *testing.T) {
	t.Parallel()
	for i := range 20 {
		seed := 40 + i // among these are some that lose a secret if nobody counts its owners
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
			hasty := once(v)
			hasty["request_timeout"] = "700ms"
			w := &ownerWalk{Rand: rand.New(rand.NewPCG(uint64(seed), 7)), t: t, v: v, provider: hasty, blocks: map[string]resourceBlock{}}
			for range 20 {
				w.step()
				if t.Failed() {
					for _, line := range w.log {
						t.Log(line)
					}
					return
				}
			}
		})
	}
}

func (w *ownerWalk) chance(n int) bool { return w.IntN(n) == 0 }

func (w *ownerWalk) note(format string, args ...any) {
	w.log = append(w.log, fmt.Sprintf(format, args...))
}

func (w *ownerWalk) servers() map[string]tfprotov6.ProviderServer {
	c := newCore(w.t, w.provider)
	return map[string]tfprotov6.ProviderServer{"x": c.start(), "y": c.start()}
}

// change changes the configuration, or the state by a command.
func (w *ownerWalk) change() {
	name := pick(w.Rand, "a", "b", "c")
	block, there := w.blocks[name]
	switch w.IntN(10) {
	case 0, 1:
		w.blocks[name] = resourceBlock{
			key: pick(w.Rand, "k", "l"), alias: pick(w.Rand, "x", "x", "y"), value: "v",
			adopt: w.chance(2), createFirst: w.chance(2),
		}
	case 2:
		delete(w.blocks, name)
	case 3, 4: // renamed
		other := pick(w.Rand, "a", "b", "c")
		if _, taken := w.blocks[other]; !there || taken {
			return
		}
		delete(w.blocks, name)
		if w.chance(3) {
			block.alias, block.adopt = pick(w.Rand, "x", "y"), true
		}
		w.blocks[other] = block
		if w.chance(2) {
			w.note("moved %s to %s", name, other)
			for _, o := range w.objects {
				if o.address == name && !slices.ContainsFunc(w.objects, func(p *stateObject) bool { return p.address == other }) {
					o.address = other
				}
			}
		}
	case 5:
		if there {
			block.value += "w"
			w.blocks[name] = block
		}
	case 6:
		if there {
			block.key, block.createFirst = pick(w.Rand, "k", "l"), w.chance(2)
			w.blocks[name] = block
		}
	case 7:
		for _, o := range w.objects {
			o.tainted = o.tainted || o.address == name && !o.deposed
		}
	case 8: // let go: state rm, or removed
		w.objects = slices.DeleteFunc(w.objects, func(o *stateObject) bool { return o.address == name })
	case 9: // imported if it isn't in the state
		if there && w.current(name) == nil {
			o := &stateObject{core: newCore(w.t, w.provider), address: name, alias: block.alias}
			if out := o.importSecret(block.key); len(out.errors) == 0 && !o.state.IsNull() {
				w.objects = append(w.objects, o)
			}
		}
	}
}

func (w *ownerWalk) current(address string) *stateObject {
	for _, o := range w.objects {
		if o.address == address && !o.deposed {
			return o
		}
	}
	return nil
}

// others is what other people do.
func (w *ownerWalk) others() {
	key := pick(w.Rand, "k", "l")
	switch w.IntN(8) {
	case 0:
		w.note("others write %s", key)
		w.v.WritePlain(key, fmt.Sprintf(`{"%s": "elsewhere"}`, key))
	case 1:
		w.note("others delete %s", key)
		w.v.Server.Remove(key)
	}
}

func (w *ownerWalk) step() {
	for range 1 + w.IntN(2) {
		w.change()
	}
	w.others()
	refresh, destroy := !w.chance(4), w.chance(12)
	w.destroying = destroy
	only := ""
	if w.targeted = w.chance(5); w.targeted {
		only = pick(w.Rand, "a", "b", "c")
	}
	w.note("blocks %v, refresh %v, target %q, destroy %v", w.blocks, refresh, only, destroy)
	for _, o := range w.objects {
		w.note("  %s %s in %s, deposed %v, tainted %v", o.address, o.key(), o.alias, o.deposed, o.tainted)
	}
	steps, ok := w.plan(refresh, destroy, only)
	if !ok {
		if destroy { // the way out that each of these errors names
			if steps, ok = w.plan(false, true, only); !ok {
				w.t.Error("destroy -refresh=false was refused")
			}
		}
		if !ok {
			w.note("refused")
			return
		}
	}
	if w.chance(3) {
		w.others()
	}
	fails := -1
	if w.chance(3) {
		fails = w.IntN(3)
	}
	w.apply(steps, fails)
}

// deleted looks for another resource that had the secret which o's end has deleted.
func (w *ownerWalk) deleted(o *stateObject, key string) {
	for _, p := range w.objects {
		if p == o || p.key() != key || p.deposed {
			continue
		}
		if b, configured := w.blocks[p.address]; !configured || b.key != key || w.destroying && !w.targeted {
			continue // to be deleted, too
		}
		w.note("%s (%s) lost %s to the end of %s (%s)", p.address, w.aliasOf(p), key, o.address, w.aliasOf(o))
		// Under another alias and with a target no plan saw both.
		if w.aliasOf(p) == w.aliasOf(o) && !w.targeted {
			w.t.Errorf("the end of %s has deleted the secret of %s", o.address, p.address)
		}
	}
}

// apply does what was planned in any order that Terraform allows, but for what comes
// after a step that failed, or after fails steps if that isn't negative.
func (w *ownerWalk) apply(steps []*applyStep, fails int) {
	servers := w.servers()
	if w.chance(3) {
		defer w.v.Server.ClearFaults()
		for range 1 + w.IntN(2) {
			fault := (&randomRun{dice: w.Rand}).fault()
			w.note("fault in %s", fault.Path)
			w.v.Server.AddFault(fault)
		}
	}
	w.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	complete := true
	for range steps {
		for i, s := range steps {
			if s == nil || s.after != nil && !s.after.done {
				continue
			}
			steps[i] = nil
			if fails == 0 {
				return
			}
			fails--
			s.done = s.run(servers)
			complete = complete && s.done
		}
	}
	w.note("applied: %v", complete)
	if !complete || w.targeted || w.destroying {
		return
	}
	for name, b := range w.blocks {
		if o := w.current(name); o == nil || o.key() != b.key || o.get(o.state, "value") != b.value {
			w.t.Errorf("%s is not in the state as it was applied", name)
		}
	}
}
