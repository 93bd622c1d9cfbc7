package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
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
	vaultProvider    string
	vaultServer      string
	terraform, tofu  string
	peers            string
	out              string
	work             string
	short, onlyWeigh bool
	weighed          int
	hashicorp        *hashicorpVault // nil if there is none
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
	flag.IntVar(&b.runs, "runs", 3, "how often each is measured; the table has the medians")
	flag.IntVar(&b.many, "many", 10_000, "how many secrets are measured once, with OpenTofu; 0 for none")
	flag.StringVar(&b.ours, "provider", "bin/terraform-provider-helvetisafe", "the provider's `binary`")
	flag.StringVar(&b.devserver, "devserver", "bin/devserver", "the development server's `binary`")
	flag.StringVar(&b.first, "first", "bin/bench-first", "the `binary` of internal/bench/first")
	flag.StringVar(&b.script, "script", "internal/bench/client.py", "the Python client's `script`")
	flag.StringVar(&b.python, "python", "", "a `python` that has the published client; without one nothing is compared with it")
	flag.StringVar(&b.random, "random", "", "`directory` with a terraform-provider-random")
	flag.StringVar(&b.external, "external", "", "`directory` with a terraform-provider-external")
	flag.StringVar(&b.vaultProvider, "vault-provider", "", "`directory` with a terraform-provider-vault")
	flag.StringVar(&b.vaultServer, "vault-server", "", "the `binary` of HashiCorp's Vault, for that provider")
	flag.BoolVar(&b.short, "short", false, "make 10 resources at most, which shows that all of it runs and no figure worth keeping")
	flag.BoolVar(&b.onlyWeigh, "weigh", false, "only weigh the parts of a secret's state, into weights.md")
	flag.IntVar(&b.weighed, "weighed", 1000, "how many secrets -weigh makes")
	flag.StringVar(&b.terraform, "terraform", "", "a Terraform `binary`")
	flag.StringVar(&b.tofu, "tofu", "", "an OpenTofu `binary`")
	flag.StringVar(&b.peers, "peers", "", "which versions of the other providers these are, for the table")
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
	if b.onlyWeigh {
		err = b.weigh(ctx, cmp.Or(b.terraform, b.tofu))
	} else {
		err = b.measure(ctx)
	}
	err = errors.Join(err, os.RemoveAll(b.work))
	if err != nil {
		return err
	}
	return b.write()
}

// absolute makes the paths hold in other folders, and turns the directories of
// providers into their binaries.
func (b *bench) absolute() error {
	if (b.vaultProvider == "") != (b.vaultServer == "") {
		return errors.New("-vault-provider and -vault-server go together")
	}
	for name, dir := range map[string]*string{"random": &b.random, "external": &b.external, "vault": &b.vaultProvider} {
		if *dir != "" {
			found, err := filepath.Glob(filepath.Join(*dir, "terraform-provider-"+name+"*"))
			if err != nil || len(found) == 0 {
				return fmt.Errorf("no terraform-provider-%s in %s", name, *dir)
			}
			*dir = found[0]
		}
	}
	for _, path := range []*string{
		&b.ours, &b.devserver, &b.first, &b.script, &b.python, &b.random, &b.external, &b.vaultProvider, &b.vaultServer,
		&b.terraform, &b.tofu, &b.out, &b.goBenchmarks,
	} {
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
