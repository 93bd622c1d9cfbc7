package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"
)

// ErrFailed says that a part of Test did not pass.
var ErrFailed = errors.New("FAILED")

// note is a pass with something to say of the vault.
type note string

func (n note) Error() string { return string(n) }

// scenario is a part of the provider's life.
type scenario struct {
	name     string
	needs    feature
	listed   bool // needs the list
	scenario func(*stage) error
}

// feature is what a CLI must have.
type feature struct {
	name                string
	terraform, opentofu int // minor versions of 1; 0 for never
}

var (
	anyCLI    = feature{"", 1, 1}
	ephemeral = feature{"ephemeral resources and write-only attributes", 11, 11}
	removed   = feature{"removed blocks", 7, 7}
	query     = feature{"list resources", 14, 0}
)

// missing says why a CLI can't run a scenario, "" if it can.
func (f feature) missing(c *cli) string {
	least := f.terraform
	if c.name == "OpenTofu" {
		least = f.opentofu
	}
	switch {
	case least == 0:
		return fmt.Sprintf("%s has no %s", c.name, f.name)
	case c.minor < least:
		return fmt.Sprintf("%s 1.%d has no %s; they came with 1.%d", c.name, c.minor, f.name, least)
	}
	return ""
}

// stage is what a scenario runs on.
type stage struct {
	*run
	*workspace
	ctx  context.Context
	name string
}

// Test runs every scenario with the CLI against the vault, and deletes what it made.
// The error is ErrFailed if one didn't pass.
func Test(ctx context.Context, o Options) (err error) {
	r, err := begin(o)
	if err != nil {
		return err
	}
	if err := r.chooseHeader(ctx); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "helvetisafe-live-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c, err := newCLI(ctx, o, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close(ctx)) }()
	if err := r.ready(ctx); err != nil {
		return err
	}
	listed, err := r.mayList(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.Out, "%s 1.%d, keys that begin with %s\n", c.name, c.minor, r.prefix)

	passed, failed, skipped := 0, 0, 0
	for _, s := range scenarios {
		why := s.needs.missing(c)
		if s.listed && !listed {
			why = "this account may not list (secrets:list)"
		}
		if why != "" {
			skipped++
			fmt.Fprintf(o.Out, "skip  %s: %s\n", s.name, why)
			continue
		}
		begun := time.Now()
		err := r.play(ctx, c, s, dir)
		n, remarked := errors.AsType[note](err)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case remarked:
			passed++
			fmt.Fprintf(o.Out, "ok    %s (%.1f s): %s\n", s.name, time.Since(begun).Seconds(), n)
		case err != nil:
			failed++
			fmt.Fprintf(o.Out, "FAIL  %s: %s\n", s.name, c.clean.Replace(err.Error()))
		default:
			passed++
			fmt.Fprintf(o.Out, "ok    %s (%.1f s)\n", s.name, time.Since(begun).Seconds())
		}
	}
	fmt.Fprintf(o.Out, "%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	if failed > 0 {
		return ErrFailed
	}
	return nil
}

// play runs one scenario in a directory of its own.
func (r *run) play(ctx context.Context, c *cli, s scenario, dir string) error {
	own, err := os.MkdirTemp(dir, "")
	if err != nil {
		return err
	}
	return s.scenario(&stage{run: r, workspace: &workspace{cli: c, ctx: ctx, dir: own}, ctx: ctx, name: s.name})
}

func (r *run) mayList(ctx context.Context) (bool, error) {
	a, err := r.do(ctx, http.MethodGet, secretsPath, nil)
	switch {
	case err != nil:
		return false, err
	case a.ok():
		return true, nil
	case a.status == http.StatusForbidden:
		return false, nil
	}
	return false, &statusError{"GET " + secretsPath, a.status}
}

// key makes a key of the scenario's.
func (s *stage) key(name string) string { return s.run.key(s.name + "_" + name) }

// holds demands that the vault holds a plaintext under a key of the run's.
func (s *stage) holds(key, want string) error {
	a, err := s.do(s.ctx, http.MethodGet, path(key), nil)
	if err != nil {
		return err
	}
	if !a.ok() {
		return &statusError{"GET " + secretsPath + "/" + key, a.status}
	}
	got, err := open(s.orgKey, a)
	if err == nil && got != want {
		err = fmt.Errorf("the vault doesn't hold what was written under %s", key)
	}
	return err
}

// value is what the vault holds under a key of the run's as its one value.
func (s *stage) value(key string) (string, error) {
	a, err := s.do(s.ctx, http.MethodGet, path(key), nil)
	if err != nil {
		return "", err
	}
	plaintext, err := open(s.orgKey, a)
	if err != nil {
		return "", err
	}
	var object map[string]string
	if json.Unmarshal([]byte(plaintext), &object) != nil || len(object) != 1 {
		return "", fmt.Errorf("the vault doesn't hold one value under %s", key)
	}
	return object[key], nil
}

// gone demands that the vault holds nothing under a key of the run's.
func (s *stage) gone(key string) error {
	a, err := s.do(s.ctx, http.MethodGet, path(key), nil)
	if err == nil && a.status != http.StatusNotFound {
		err = fmt.Errorf("%s is still there after its deletion (status %d)", key, a.status)
	}
	return err
}

// elsewhere writes a secret as another client does: made, or changed.
func (s *stage) elsewhere(method, key, plaintext string) error {
	b, err := seal(s.orgKey, plaintext)
	if err != nil {
		return err
	}
	if method == http.MethodPost {
		_, err = s.mustCreate(s.ctx, key, b)
		return err
	}
	a, err := s.do(s.ctx, method, path(key), b)
	if err == nil && !a.ok() {
		err = &statusError{method + " " + secretsPath + "/" + key, a.status}
	}
	return err
}

// first returns the first error of several steps, which stop there.
func first(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
