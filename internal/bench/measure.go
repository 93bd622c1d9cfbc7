package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// latency is what the server waits before it answers, if it waits.
const latency = 30 * time.Millisecond

// The titles of the bulk reads.
const (
	bulk        = "bulk read of 1,000"
	bulkLatency = "bulk read of 1,000 at 30 ms"
)

// setting is a CLI and a server to measure with.
type setting struct {
	name     string
	cli      string
	flags    []string // the server's
	others   []string // the subjects beside ours
	steps    []string
	sizes    []int
	onlyOnce bool
}

func (b *bench) settings() []setting {
	sizes := []int{1, 100, 1000}
	if b.short {
		sizes = []int{1, 10}
	}
	// A destroy of many takes minutes, and what slows an apply down slows it down too.
	short, few := []string{"apply", "plan"}, []string{"terraform_data", "random_id"}
	list := []setting{
		{name: "Terraform", cli: b.terraform, others: subjectNames, steps: steps, sizes: sizes},
		{name: "OpenTofu", cli: b.tofu, others: few, steps: steps, sizes: sizes},
		{name: "Terraform, 30 ms", cli: b.terraform, flags: []string{"-latency", latency.String()}, steps: short, sizes: sizes[1:]},
		{name: "Terraform, TLS", cli: b.terraform, flags: []string{"-tls"}, steps: short, sizes: sizes[1:]},
	}
	if b.many > 0 {
		list = append(list, setting{
			name: "OpenTofu", cli: b.tofu, others: []string{"random_id"}, steps: short, sizes: []int{b.many}, onlyOnce: true,
		})
	}
	return list
}

func (b *bench) measure(ctx context.Context) (err error) {
	if b.vaultServer != "" {
		if b.hashicorp, err = startHashicorpVault(ctx, b.vaultServer, b.work); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, b.hashicorp.stop()) }()
	}
	for i, s := range b.settings() {
		if s.cli == "" {
			continue
		}
		if err := b.measureLives(ctx, s, filepath.Join(b.work, fmt.Sprint(i))); err != nil {
			return err
		}
	}
	for _, s := range []struct {
		title string
		flags []string
	}{
		{bulk, nil},
		{bulkLatency, []string{"-latency", latency.String()}},
	} {
		if err := b.measureReads(ctx, s.title, s.flags); err != nil {
			return err
		}
	}
	return errors.Join(b.startups(ctx), b.lists(ctx))
}

// withVault runs do beside a server and a folder for a CLI.
func (b *bench) withVault(ctx context.Context, dir, cli string, flags []string, do func(*vault, *core) error) error {
	fmt.Fprintln(os.Stderr, "bench:", filepath.Base(cli), flags)
	keys := filepath.Join(dir, "keys")
	if err := os.MkdirAll(keys, 0o700); err != nil {
		return err
	}
	v, err := startVault(ctx, b.devserver, keys, flags...)
	if err != nil {
		return err
	}
	c, err := newCore(ctx, cli, dir)
	if err == nil {
		err = do(v, c)
	}
	return errors.Join(err, v.stop())
}

func (b *bench) measureLives(ctx context.Context, s setting, dir string) error {
	for _, n := range s.sizes {
		runs := b.runs
		if s.onlyOnce {
			runs = 1
		}
		for i := range runs {
			if err := b.round(ctx, s, filepath.Join(dir, fmt.Sprint(n), fmt.Sprint(i)), n); err != nil {
				return err
			}
		}
	}
	return nil
}

// round measures each subject once, side by side: what else the machine does then hits all
// of them. The server is a new one, since not every setting destroys what it has made.
func (b *bench) round(ctx context.Context, s setting, dir string, n int) error {
	return b.withVault(ctx, dir, s.cli, s.flags, func(v *vault, c *core) error {
		b.versions[s.name] = c.name
		for _, subject := range b.subjects() {
			server := v
			if subject.name != ourResource {
				if server = nil; !slices.Contains(s.others, subject.name) {
					continue
				}
			}
			samples, err := c.life(ctx, subject, server, n, s.steps)
			if err != nil {
				return err
			}
			for step, got := range samples {
				key := lifeKey{s.name, subject.name, n, step}
				b.lives[key] = append(b.lives[key], got)
			}
		}
		return nil
	})
}

func (b *bench) measureReads(ctx context.Context, title string, flags []string) error {
	cli := b.terraform
	if cli == "" {
		cli = b.tofu
	}
	return b.withVault(ctx, filepath.Join(b.work, title), cli, flags, func(v *vault, c *core) error {
		if err := fill(ctx, v, 0, 1000, helvetisafe.Timestamp{}); err != nil {
			return err
		}
		if flags == nil {
			if err := errors.Join(b.coldStarts(ctx, v), b.externals(ctx, c, v, 20)); err != nil {
				return err
			}
		}
		if err := b.bulkReads(ctx, v, title); err != nil {
			return err
		}
		if flags != nil || b.many == 0 {
			return nil
		}
		return b.heavyRead(ctx, v, c)
	})
}

// readInBulk is how many secrets heavyRead reads: those of the bulk reads before it
// are there too.
func (b *bench) readInBulk() int { return max(1000, b.many) }

// heavyRead reads many values at once in a CLI, for the memory that it takes.
func (b *bench) heavyRead(ctx context.Context, v *vault, c *core) error {
	if err := fill(ctx, v, 1000, b.readInBulk(), helvetisafe.Timestamp{}); err != nil {
		return err
	}
	if err := c.write(`data "helvetisafe_secrets" "all" { include_values = true }`); err != nil {
		return err
	}
	got, err := c.run(ctx, subject{provider: b.ours}, v, "plan")
	b.heavy = got
	return err
}
