package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// program is something to run beside the CLI.
type program struct {
	name string
	args []string
	env  []string
}

// ran is how a program's process went.
type ran struct {
	wall    time.Duration // from its start to its end
	printed string
	used
}

func (p program) run(ctx context.Context) (r ran, err error) {
	command := exec.CommandContext(ctx, p.args[0], p.args[1:]...) //nolint:gosec // built by make
	command.Env = append(cleanEnv(), p.env...)
	command.Stderr = os.Stderr
	began := time.Now()
	out, err := command.Output()
	if err != nil {
		return r, fmt.Errorf("%s: %w", p.name, err)
	}
	return ran{
		wall: time.Since(began), printed: strings.TrimSpace(string(out)),
		used: used{CPU: cpuOf(command.ProcessState), Peak: peakOf(command.ProcessState)},
	}, nil
}

// seconds runs a program that prints how long its work took.
func (p program) seconds(ctx context.Context) (took time.Duration, needed used, err error) {
	r, err := p.run(ctx)
	if err != nil {
		return 0, used{}, err
	}
	s, err := strconv.ParseFloat(r.printed, 64)
	return time.Duration(s * float64(time.Second)), r.used, err
}

// coldStarts measures how long each client takes to its first value.
func (b *bench) coldStarts(ctx context.Context, v *vault) error {
	for _, source := range []string{"PEM file", "PEM text", "password"} {
		env, err := v.envFor(source)
		if err != nil {
			return err
		}
		clients := []program{{name: "Go", args: []string{b.first, "bench_0"}, env: env}}
		if b.python != "" {
			clients = append(clients, program{name: "Python", args: []string{b.python, b.script, "first", "bench_0"}, env: env})
		}
		for range 2 * b.runs { // short, and so noisy
			for _, p := range clients {
				got, err := p.run(ctx)
				if err != nil {
					return err
				}
				b.note("cold start, "+source, p.name, got.wall)
			}
		}
	}
	return nil
}

// bulkReads measures reading all secrets of the vault.
func (b *bench) bulkReads(ctx context.Context, v *vault, title string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	clients := []program{
		{name: "a bare Go loop", args: []string{self}, env: append(v.env(), envMode+"=bare")},
		{name: "the client package", args: []string{self}, env: append(v.env(), envMode+"=client")},
		{name: "the data source", args: []string{self}, env: append(v.env(), envMode+"=bulk")},
	}
	if b.python != "" {
		clients = append(clients, program{name: "the Python client", args: []string{b.python, b.script, "bulk"}, env: v.env()})
	}
	for range b.runs {
		for _, p := range clients {
			took, _, err := p.seconds(ctx)
			if err != nil {
				return err
			}
			b.note(title, p.name, took)
		}
	}
	return nil
}

// externals measures reading values in a configuration: by "external" with the
// Python client, as people do today, and by our data source.
func (b *bench) externals(ctx context.Context, c *core, v *vault, n int) error {
	if b.external == "" || b.python == "" {
		return nil
	}
	for name, s := range map[string]subject{
		"external": {provider: b.external, resource: fmt.Sprintf(`data "external" "many" {
  count   = %%d
  program = [%q, %q, "external"]
  query   = { key = "bench_${count.index}" }
}
`, filepath.ToSlash(b.python), filepath.ToSlash(b.script))},
		"the data source": {provider: b.ours, resource: `data "helvetisafe_secret" "many" {
  count = %d
  key   = "bench_${count.index}"
}
`},
	} {
		if err := c.write(fmt.Sprintf(s.resource, n)); err != nil {
			return err
		}
		for range b.runs {
			got, err := c.run(ctx, s, v, "plan")
			if err != nil {
				return err
			}
			b.note(fmt.Sprintf("a plan that reads %d values", n), name, got.wall)
		}
	}
	return nil
}
