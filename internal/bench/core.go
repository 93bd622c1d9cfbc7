package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// core is a Terraform or OpenTofu, and a folder for its configurations.
type core struct {
	name  string // "Terraform 1.11.4"
	path  string
	dir   string
	shims string
}

// newCore makes the folder, with a shim in the place of each provider.
func newCore(ctx context.Context, path, dir string) (*core, error) {
	c := &core{path: path, dir: dir, shims: filepath.Join(dir, "shims")}
	version := exec.CommandContext(ctx, path, "version")
	// A complaint about the user's own settings would come before the version.
	version.Env = append(cleanEnv(), "TF_CLI_CONFIG_FILE="+os.DevNull, "CHECKPOINT_DISABLE=1")
	out, err := version.Output()
	if err != nil {
		return nil, fmt.Errorf("%s version: %w", path, err)
	}
	first, _, _ := strings.Cut(string(out), "\n")
	c.name = strings.Replace(first, " v", " ", 1)
	if err := os.MkdirAll(c.shims, 0o700); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var overrides strings.Builder
	for name, source := range sources {
		for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
			fmt.Fprintf(&overrides, "    %q = %q\n", host+"/"+source, c.shims)
		}
		if err := os.Symlink(self, filepath.Join(c.shims, "terraform-provider-"+name)); err != nil {
			return nil, err
		}
	}
	rc := "provider_installation {\n  dev_overrides {\n" + overrides.String() + "  }\n  direct {}\n}\n"
	return c, os.WriteFile(filepath.Join(dir, "cli.tfrc"), []byte(rc), 0o600)
}

// sample is what one command took.
type sample struct {
	wall time.Duration
	core time.Duration // CPU of the CLI alone
	used               // CPU and memory of the provider's processes
	seen               // requests and connections
}

// run runs a command in the folder. v is nil if no server of ours is asked.
func (c *core) run(ctx context.Context, subject subject, v *vault, args ...string) (s sample, err error) {
	if v != nil {
		// What was asked before, to fill the server or to let it warm up, is none of
		// this command's.
		if _, err := v.count(ctx); err != nil {
			return s, err
		}
	}
	usage := filepath.Join(c.dir, "usage")
	command := exec.CommandContext(ctx, c.path, append(args, "-no-color")...) //nolint:gosec // the CLI that the caller names
	command.Dir = c.dir
	command.Env = append(cleanEnv(),
		"TF_CLI_CONFIG_FILE="+filepath.Join(c.dir, "cli.tfrc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0",
		envRealProvider+"="+subject.provider, envUsageFile+"="+usage)
	command.Env = append(command.Env, subject.env...)
	if v != nil {
		command.Env = append(command.Env, v.env()...)
	}
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	began := time.Now()
	if err := command.Run(); err != nil {
		return s, fmt.Errorf("%s %s: %w\n%s", c.name, strings.Join(args, " "), err, tail(out.String()))
	}
	s.wall = time.Since(began)
	if s.used, err = readUsage(usage); err != nil {
		return s, err
	}
	s.core = max(0, cpuOf(command.ProcessState)-s.CPU)
	if v != nil {
		s.seen, err = v.count(ctx)
	}
	return s, err
}

// cleanEnv is the environment without what would steer a client or a CLI.
func cleanEnv() []string {
	var env []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "HELVETISAFE_") && !strings.HasPrefix(variable, "TF_") && !strings.HasPrefix(variable, "GO") {
			env = append(env, variable)
		}
	}
	return env
}

func tail(text string) string { return text[max(0, len(text)-2000):] }

// write starts a folder anew with a configuration.
func (c *core) write(body string) error {
	var errs []error
	for _, name := range []string{"terraform.tfstate", "terraform.tfstate.backup"} {
		if err := os.Remove(filepath.Join(c.dir, name)); !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, os.WriteFile(filepath.Join(c.dir, "main.tf"), []byte(configuration(body)), 0o600))...)
}

// steps are the commands of a life, in the order in which they are measured.
var steps = []string{"apply", "plan", "destroy"}

// life makes n resources, plans again with nothing to do, and destroys them, as far as
// the steps say.
func (c *core) life(ctx context.Context, s subject, v *vault, n int, steps []string) (map[string]sample, error) {
	if err := c.write(fmt.Sprintf(s.resource, n)); err != nil {
		return nil, err
	}
	samples := map[string]sample{}
	for _, step := range steps {
		args := []string{step, "-auto-approve"}
		if step == "plan" {
			args = []string{step, "-detailed-exitcode"} // fails if it shows a change
		}
		got, err := c.run(ctx, s, v, args...)
		if err != nil {
			return nil, err
		}
		samples[step] = got
	}
	return samples, nil
}
