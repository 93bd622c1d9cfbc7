package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// weight is one variation of our schema and what commands took with it.
type weight struct {
	name    string
	spec    hollowSpec
	state   int // bytes of the state file for each resource
	samples map[string][]sample
}

// weighedSteps leave out destroy: like apply it copies the state at each change, and it
// takes twice as long.
var weighedSteps = []string{"apply", "plan"}

// weigh measures what each attribute and the private state of a secret costs the
// core, by a hollow provider that lacks one thing at a time.
func (b *bench) weigh(ctx context.Context, cli string) error {
	return b.withVault(ctx, filepath.Join(b.work, "weigh"), cli, nil, func(v *vault, c *core) error {
		b.versions["weigh"] = c.name
		ours, err := b.realState(ctx, c, v)
		if err != nil {
			return err
		}
		b.weights = variations(ours)
		self, err := os.Executable()
		if err != nil {
			return err
		}
		for range b.runs {
			for i := range b.weights {
				w := &b.weights[i]
				fmt.Fprintln(os.Stderr, "bench: weigh:", w.name)
				spec, err := json.Marshal(w.spec)
				if err != nil {
					return err
				}
				s := subject{
					name: w.name, provider: self, env: []string{envMode + "=hollow", envHollow + "=" + string(spec)},
					resource: strings.ReplaceAll(resources[ourResource], ourResource, hollowResource),
				}
				if slices.Contains(w.spec.Without, "value") {
					s.resource = strings.ReplaceAll(s.resource, "  value = \"value ${count.index}\"\n", "")
				}
				samples, err := c.life(ctx, s, nil, b.weighed, weighedSteps)
				if err != nil {
					return err
				}
				for step, got := range samples {
					w.samples[step] = append(w.samples[step], got)
				}
				info, err := os.Stat(filepath.Join(c.dir, "terraform.tfstate"))
				if err != nil {
					return err
				}
				w.state = int(info.Size()) / b.weighed
			}
		}
		return nil
	})
}

// realState makes one secret with our provider and returns what its state holds.
func (b *bench) realState(ctx context.Context, c *core, v *vault) (spec hollowSpec, err error) {
	if err := c.write(fmt.Sprintf(resources[ourResource], 1)); err != nil {
		return spec, err
	}
	ours := subject{provider: b.ours}
	if _, err := c.run(ctx, ours, v, "apply", "-auto-approve"); err != nil {
		return spec, err
	}
	raw, err := os.ReadFile(filepath.Join(c.dir, "terraform.tfstate"))
	if err != nil {
		return spec, err
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes map[string]any `json:"attributes"`
				Private    string         `json:"private"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		return spec, err
	}
	instance := state.Resources[0].Instances[0]
	private, err := base64.StdEncoding.DecodeString(instance.Private)
	if err != nil {
		return spec, err
	}
	_, err = c.run(ctx, ours, v, "destroy", "-auto-approve")
	return hollowSpec{Attributes: instance.Attributes, Private: len(private)}, err
}

// variations are the secret as it is, and with one thing less or more.
func variations(ours hollowSpec) []weight {
	list := []weight{{name: "as it is", spec: ours}}
	add := func(name string, change func(*hollowSpec)) {
		spec := ours
		change(&spec)
		list = append(list, weight{name: name, spec: spec})
	}
	var names []string
	for name := range ours.Attributes {
		if name != "key" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		add("without `"+name+"`", func(s *hollowSpec) { s.Without = []string{name} })
	}
	add("without all of these", func(s *hollowSpec) { s.Without = names })
	add("without its identity", func(s *hollowSpec) { s.NoIdentity = true })
	add("without the marks Sensitive and WriteOnly", func(s *hollowSpec) { s.Plain = true })
	if ours.Private > 0 { // a secret in the form value has none if its stamp says all
		add("without private state", func(s *hollowSpec) { s.Private = 0 })
	}
	add("with 100 bytes more of private state", func(s *hollowSpec) { s.Private += 100 })
	add("with 1,000 bytes more of private state", func(s *hollowSpec) { s.Private += 1000 })
	for i := range list {
		list[i].samples = map[string][]sample{}
	}
	return list
}

// weightTable is what weigh measured, as a page of its own.
func (b *bench) weightTable() string {
	var t strings.Builder
	fmt.Fprintf(&t, "# What the parts of a secret's state cost\n\n"+
		"Made by `make bench WEIGH=1` with %s on %s: medians of %d runs, all in one session, each round side by side. "+
		"The core alone is weighed: the provider has the schema and the state of `helvetisafe_secret`, and nothing behind it. "+
		"Each row leaves out one thing, or adds one; a difference is what that costs for each of %d resources. The smaller, the better; "+
		"differences of a millisecond in an apply, or of a quarter in a plan, are noise. "+
		"A destroy copies the state as an apply does, so it is not measured. As it is, it has %d bytes of private state.\n\n",
		b.versions["weigh"], machine(), b.runs, b.weighed, b.weights[0].spec.Private)
	header(&t, "`helvetisafe_secret`", "bytes of state for each", "apply: CPU of the core", "difference for each", "plan: CPU of the core", "difference for each")
	base := b.weights[0]
	for _, w := range b.weights {
		cells := []string{w.name, fmt.Sprint(w.state)}
		for _, step := range weighedSteps {
			took := median(w.samples[step], coreCPU)
			difference := ""
			if w.name != base.name {
				difference = fmt.Sprintf("%+.2f ms", (took-median(base.samples[step], coreCPU)).Seconds()*float64(time.Second/time.Millisecond)/float64(b.weighed))
			}
			cells = append(cells, seconds(took), difference)
		}
		row(&t, cells...)
	}
	return t.String()
}
