package live

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// cli is a Terraform or OpenTofu, with the built provider.
type cli struct {
	path  string
	name  string
	minor int // of version 1
	tfrc  string
	env   []string
	clean *strings.Replacer
}

var cliVersion = regexp.MustCompile(`^(Terraform|OpenTofu) v1\.(\d+)\.`)

// newCLI writes the CLI's configuration into dir, and asks for its version. Variables
// of Terraform's own are the run's business, and the provider's are passed on.
func newCLI(ctx context.Context, o Options, dir string) (*cli, error) {
	provider, err := filepath.Abs(o.Provider)
	if err != nil {
		return nil, err
	}
	c := &cli{path: o.CLI, tfrc: filepath.Join(dir, "live.tfrc"), clean: scrubber(o.Environ)}
	if c.path == "" {
		return nil, errors.New("no CLI is named: put Terraform or OpenTofu on PATH")
	}
	var rc strings.Builder
	rc.WriteString("provider_installation {\n  dev_overrides {\n")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		fmt.Fprintf(&rc, "    \"%s/helvetisafe/helvetisafe\" = %q\n", host, filepath.ToSlash(provider))
	}
	rc.WriteString("  }\n  direct {}\n}\n")
	if err := os.WriteFile(c.tfrc, []byte(rc.String()), 0o600); err != nil {
		return nil, err
	}
	for _, entry := range o.Environ {
		if !strings.HasPrefix(entry, "TF_") {
			c.env = append(c.env, entry)
		}
	}
	c.env = append(c.env, "TF_CLI_CONFIG_FILE="+c.tfrc, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0")
	out, err := c.run(ctx, dir, "version")
	if err != nil {
		return nil, err
	}
	m := cliVersion.FindStringSubmatch(out)
	if m == nil {
		return nil, errors.New("what is named as the CLI is neither Terraform nor OpenTofu 1.x")
	}
	c.name = m[1]
	c.minor, err = strconv.Atoi(m[2])
	return c, err
}

// cliError is a command that didn't end as it had to. Its text has nothing in it of
// the environment.
type cliError struct {
	args   []string
	code   int
	output string
}

func (e *cliError) Error() string {
	return fmt.Sprintf("%s ended with %d:\n%s", strings.Join(e.args, " "), e.code, e.output)
}

// run runs a command in dir, and returns what it printed. When ctx ends the CLI is
// interrupted as by Ctrl-C, so that it writes its state and its provider ends.
func (c *cli) run(ctx context.Context, dir string, args ...string) (string, error) {
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, c.path, args...) //nolint:gosec // the CLI that the user named
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, c.env, &out, &errs
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	// A Ctrl-C at the terminal is for this process; the CLI would take it for a second.
	ownGroup(cmd)
	err := cmd.Run()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return out.String(), &cliError{args, cmd.ProcessState.ExitCode(), c.clean.Replace(out.String() + errs.String())}
	}
	return out.String(), nil
}

// workspace is a directory with one configuration.
type workspace struct {
	*cli
	ctx context.Context
	dir string
}

const requiredProviders = `terraform {
  required_providers {
    helvetisafe = {
      source = "helvetisafe/helvetisafe"
    }
  }
}

`

func (w *workspace) write(text string) error {
	return os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(requiredProviders+text), 0o600)
}

// apply applies a configuration, and demands that the plan after it is empty.
func (w *workspace) apply(text string) error {
	if err := w.write(text); err != nil {
		return err
	}
	if _, err := w.run(w.ctx, w.dir, "apply", "-auto-approve", "-no-color"); err != nil {
		return err
	}
	return w.settled()
}

func (w *workspace) settled() error {
	changes, err := w.changes()
	if err == nil && changes {
		err = errors.New("the plan after an apply is not empty")
	}
	return err
}

// changes says whether a plan has any.
func (w *workspace) changes() (bool, error) {
	_, err := w.run(w.ctx, w.dir, "plan", "-detailed-exitcode", "-no-color")
	if failed, ok := errors.AsType[*cliError](err); ok && failed.code == 2 {
		return true, nil
	}
	return false, err
}

func (w *workspace) destroy() error {
	_, err := w.run(w.ctx, w.dir, "destroy", "-auto-approve", "-no-color")
	return err
}

// outputs are the configuration's, as JSON.
func (w *workspace) outputs() (map[string]json.RawMessage, error) {
	out, err := w.run(w.ctx, w.dir, "output", "-json")
	if err != nil {
		return nil, err
	}
	var all map[string]struct{ Value json.RawMessage }
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		return nil, errors.New("the outputs are not JSON")
	}
	values := map[string]json.RawMessage{}
	for name, o := range all {
		var compact bytes.Buffer
		if err := json.Compact(&compact, o.Value); err != nil {
			return nil, err
		}
		values[name] = compact.Bytes()
	}
	return values, nil
}

// stateHolds says whether a text is in the state.
func (w *workspace) stateHolds(part string) (bool, error) {
	text, err := os.ReadFile(filepath.Join(w.dir, "terraform.tfstate"))
	return bytes.Contains(text, []byte(part)), err
}
