package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

// bench is one run.
type bench struct {
	*results
	versions         map[string]string // of the CLI in each setting
	goBenchmarks     string
	runs             int
	many             int
	ours, devserver  string
	first, script    string
	python           string
	random, external string
	terraform, tofu  string
	out              string
	work             string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := do(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func do(ctx context.Context) error {
	if isShim() {
		return shim(ctx)
	}
	if mode, ok := modes[os.Getenv(envMode)]; ok {
		return mode(ctx)
	}
	b := &bench{results: newResults(), versions: map[string]string{}}
	flag.IntVar(&b.runs, "runs", 5, "how often each is measured; the table has the medians")
	flag.IntVar(&b.many, "many", 10_000, "how many secrets are measured once, with OpenTofu; 0 for none")
	flag.StringVar(&b.ours, "provider", "bin/terraform-provider-helvetisafe", "the provider's `binary`")
	flag.StringVar(&b.devserver, "devserver", "bin/devserver", "the development server's `binary`")
	flag.StringVar(&b.first, "first", "bin/bench-first", "the `binary` of internal/bench/first")
	flag.StringVar(&b.script, "script", "internal/bench/client.py", "the Python client's `script`")
	flag.StringVar(&b.python, "python", "", "a `python` that has the published client; without one nothing is compared with it")
	flag.StringVar(&b.random, "random", "", "`directory` with a terraform-provider-random")
	flag.StringVar(&b.external, "external", "", "`directory` with a terraform-provider-external")
	flag.StringVar(&b.terraform, "terraform", "", "a Terraform `binary`")
	flag.StringVar(&b.tofu, "tofu", "", "an OpenTofu `binary`")
	flag.StringVar(&b.out, "out", "benchmarks", "`directory` for the table and the plot")
	flag.StringVar(&b.goBenchmarks, "go-benchmarks", "", "`file` with the output of go test -bench, for the table")
	flag.Parse()
	if err := b.absolute(); err != nil {
		return err
	}
	var err error
	if b.work, err = os.MkdirTemp("", "helvetisafe-bench-"); err != nil {
		return err
	}
	err = b.measure(ctx)
	err = errors.Join(err, os.RemoveAll(b.work))
	if err != nil {
		return err
	}
	return b.write()
}

// absolute makes the paths hold in other folders, and turns the directories of
// providers into their binaries.
func (b *bench) absolute() error {
	for name, dir := range map[string]*string{"random": &b.random, "external": &b.external} {
		if *dir != "" {
			found, err := filepath.Glob(filepath.Join(*dir, "terraform-provider-"+name+"*"))
			if err != nil || len(found) == 0 {
				return fmt.Errorf("no terraform-provider-%s in %s", name, *dir)
			}
			*dir = found[0]
		}
	}
	for _, path := range []*string{&b.ours, &b.devserver, &b.first, &b.script, &b.python, &b.random, &b.external, &b.terraform, &b.tofu, &b.out, &b.goBenchmarks} {
		if *path == "" {
			continue
		}
		var err error
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	return nil
}

// latency is what the server waits before it answers, where it does.
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
	all      bool     // beside the other subjects, and not alone
	sizes    []int
	onlyOnce bool
}

func (b *bench) settings() []setting {
	list := []setting{
		{name: "Terraform", cli: b.terraform, all: true, sizes: []int{100, 1000}},
		{name: "OpenTofu", cli: b.tofu, all: true, sizes: []int{100, 1000}},
		{name: "Terraform, 30 ms", cli: b.terraform, flags: []string{"-latency", latency.String()}, sizes: []int{100, 1000}},
		{name: "Terraform, TLS", cli: b.terraform, flags: []string{"-tls"}, sizes: []int{100, 1000}},
	}
	if b.many > 0 {
		list = append(list, setting{name: "OpenTofu", cli: b.tofu, all: true, sizes: []int{b.many}, onlyOnce: true})
	}
	return list
}

func (b *bench) measure(ctx context.Context) error {
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
	return nil
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
	return b.withVault(ctx, dir, s.cli, s.flags, func(v *vault, c *core) error {
		b.versions[s.name] = c.name
		for _, n := range s.sizes {
			runs := b.runs
			if s.onlyOnce {
				runs = 1
			}
			// Side by side: what else the machine does then hits all of them.
			for range runs {
				for _, subject := range subjects(b.ours, b.random) {
					server := v
					if subject.provider != b.ours {
						if server = nil; !s.all {
							continue
						}
					}
					samples, err := c.life(ctx, subject, server, n)
					if err != nil {
						return err
					}
					for step, got := range samples {
						key := lifeKey{s.name, subject.name, n, step}
						b.lives[key] = append(b.lives[key], got)
					}
				}
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
		if err := fill(ctx, v, 0, 1000); err != nil {
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

// heavyRead reads many values at once in a CLI, for the memory that it takes.
func (b *bench) heavyRead(ctx context.Context, v *vault, c *core) error {
	if err := fill(ctx, v, 1000, b.many); err != nil {
		return err
	}
	if err := c.write(`data "helvetisafe_secrets" "all" { include_values = true }`); err != nil {
		return err
	}
	got, err := c.run(ctx, b.ours, v, "plan")
	b.heavy = got
	return err
}
