package provider

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// plan plans all objects and blocks in any order, each on the server of its alias, and
// returns what is to be done; ok is false if any of them is refused.
func (w *ownerWalk) plan(refresh, destroy bool, only string) (steps []*applyStep, ok bool) {
	servers := w.servers()
	var gone []*stateObject
	for _, o := range slices.Clone(w.objects) {
		if !refresh || only != "" && o.address != only {
			continue
		}
		if out := o.refresh(servers[w.aliasOf(o)], outcome{}, true); len(out.errors) > 0 {
			return nil, false
		}
		if o.state.IsNull() {
			gone = append(gone, o)
		}
	}
	w.objects = slices.DeleteFunc(w.objects, func(o *stateObject) bool { return slices.Contains(gone, o) })
	if destroy {
		servers = w.servers() // a walk of its own
	}
	ok = true
	var plans []func()
	add := func(s ...*applyStep) { steps = append(steps, s...) }
	for _, o := range w.objects {
		_, configured := w.blocks[o.address]
		if only != "" && o.address != only || !destroy && configured && !o.deposed {
			continue
		}
		plans = append(plans, func() {
			out, private := o.planDelete(servers[w.aliasOf(o)])
			ok = ok && len(out.errors) == 0
			add(w.deletion(o, private, o.deposed))
		})
	}
	for name, b := range w.blocks {
		if destroy || only != "" && name != only {
			continue
		}
		plans = append(plans, func() {
			planned, good := w.planBlock(servers, name, b)
			ok = ok && good
			add(planned...)
		})
	}
	w.Shuffle(len(plans), func(i, j int) { plans[i], plans[j] = plans[j], plans[i] })
	for _, p := range plans {
		p()
	}
	return steps, ok
}

// planBlock plans one resource of the configuration.
func (w *ownerWalk) planBlock(servers map[string]tfprotov6.ProviderServer, name string, b resourceBlock) ([]*applyStep, bool) {
	o := w.current(name)
	fresh := newCore(w.t, w.provider)
	switch {
	case o == nil:
		out, _ := fresh.planOnce(servers[b.alias], b.config(), outcome{})
		return []*applyStep{w.creation(name, b, nil)}, len(out.errors) == 0
	case o.tainted:
		out, private := fresh.planOnce(servers[b.alias], b.config(), outcome{})
		return w.replacement(o, name, b, private), len(out.errors) == 0
	case o.key() != b.key || w.chance(6): // another key, or -replace
		out, private := o.replaced(servers[b.alias], b.config())
		return w.replacement(o, name, b, private), len(out.errors) == 0
	}
	out, _ := o.planOnce(servers[b.alias], b.config(), outcome{})
	return []*applyStep{{run: func(servers map[string]tfprotov6.ProviderServer) bool {
		out, private := o.planOnce(servers[b.alias], b.config(), outcome{})
		if len(out.errors) == 0 && !out.planned.Equal(o.state) {
			out = o.applyOnce(servers[b.alias], b.config(), out.planned, private)
		}
		o.alias = b.alias
		return len(out.errors) == 0
	}}}, len(out.errors) == 0
}

func (w *ownerWalk) replacement(o *stateObject, name string, b resourceBlock, private []byte) []*applyStep {
	if b.createFirst {
		create := w.creation(name, b, o)
		remove := w.deletion(o, nil, true)
		remove.after = create
		return []*applyStep{create, remove}
	}
	remove := w.deletion(o, private, false)
	create := w.creation(name, b, nil)
	create.after = remove
	return []*applyStep{remove, create}
}

// creation makes the object of a block; old becomes deposed, if there is one.
func (w *ownerWalk) creation(name string, b resourceBlock, old *stateObject) *applyStep {
	return &applyStep{run: func(servers map[string]tfprotov6.ProviderServer) bool {
		o := &stateObject{core: newCore(w.t, w.provider), address: name, alias: b.alias}
		out, private := o.planOnce(servers[b.alias], b.config(), outcome{})
		if len(out.errors) == 0 {
			out = o.applyOnce(servers[b.alias], b.config(), out.planned, private)
		}
		if o.state.IsNull() {
			return false // an old one is restored
		}
		if old != nil {
			old.deposed = true
		}
		w.objects = append(w.objects, o)
		return len(out.errors) == 0
	}}
}

// deletion deletes an object: with what was planned, or planned again as Terraform does
// with a deposed one.
func (w *ownerWalk) deletion(o *stateObject, private []byte, again bool) *applyStep {
	return &applyStep{run: func(servers map[string]tfprotov6.ProviderServer) bool {
		if again {
			out, replanned := o.planDelete(servers[w.aliasOf(o)])
			if len(out.errors) > 0 {
				return false
			}
			private = replanned
		}
		key := o.key()
		_, before := w.v.Server.Stored(key)
		out := o.applyOnce(servers[w.aliasOf(o)], nil, tftypes.NewValue(o.object, nil), private)
		if len(out.errors) > 0 {
			if _, after := w.v.Server.Stored(key); before && !after {
				w.deleted(o, key) // its answer was lost
			}
			return false
		}
		w.objects = slices.DeleteFunc(w.objects, func(p *stateObject) bool { return p == o })
		if _, after := w.v.Server.Stored(key); before && !after {
			w.deleted(o, key)
		}
		return true
	}}
}
