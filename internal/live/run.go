package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
)

// cleanupTime bounds the removal of what a run made, which an interrupt doesn't stop.
const cleanupTime = 5 * time.Minute

// Options are what a run is given.
type Options struct {
	Environ []string // the HELVETISAFE_* variables, and what the CLI gets besides
	Out     io.Writer

	// For Test.
	CLI      string // the CLI's path
	Provider string // the directory of the built provider

	// For Sweep.
	OlderThan time.Duration
}

// run is one pass over a vault: the keys that it made are taken away by close.
type run struct {
	*api
	out    io.Writer
	orgKey *envelope.OrgKey
	prefix string // of all its keys

	mu   sync.Mutex
	made []string
}

// begin connects to the vault. It writes nothing: whether the account may delete is
// asked with a key that nobody has.
func begin(o Options) (*run, error) {
	s, err := readSettings(o.Environ)
	if err != nil {
		return nil, err
	}
	a, err := newAPI(s)
	if err != nil {
		return nil, err
	}
	return &run{api: a, out: o.Out, prefix: newRun(time.Now())}, nil
}

// ready fetches the Org Key, and makes sure that what is created can be deleted.
func (r *run) ready(ctx context.Context) error {
	key, err := r.api.orgKey(ctx)
	if err != nil {
		return err
	}
	r.orgKey = key
	a, err := r.do(ctx, http.MethodDelete, path(r.prefix+"none"), nil)
	if err != nil {
		return err
	}
	if a.status != http.StatusNotFound && !a.ok() {
		return &statusError{"DELETE " + secretsPath + "/<key>", a.status}
	}
	return nil
}

// key makes a key of this run. It is recorded before anything is created under it.
func (r *run) key(name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := r.prefix + name
	r.made = append(r.made, key)
	return key
}

// create makes a secret under a key of this run.
func (r *run) create(ctx context.Context, key string, b body) (answer, error) {
	b.Key = key
	return r.do(ctx, http.MethodPost, secretsPath, b)
}

// mustCreate is create for what has to succeed.
func (r *run) mustCreate(ctx context.Context, key string, b body) (answer, error) {
	a, err := r.create(ctx, key, b)
	if err == nil && !a.ok() {
		err = &statusError{"POST " + secretsPath, a.status}
	}
	return a, err
}

// remove deletes secrets, and goes on after a failure. One that isn't there is none.
func (v *api) remove(ctx context.Context, keys []string) (deleted int, err error) {
	var errs []error
	for _, key := range keys {
		a, err := v.do(ctx, http.MethodDelete, path(key), nil)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", key, err))
		case a.ok():
			deleted++
		case a.status != http.StatusNotFound:
			errs = append(errs, fmt.Errorf("%s: %w", key, &statusError{"DELETE", a.status}))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return deleted, errors.Join(errs...)
}

// close deletes all that the run may have created, whatever ended it.
func (r *run) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.remove(ctx, r.made); err != nil {
		return fmt.Errorf("not everything could be cleaned up; `make sweep` deletes it an hour from now:\n%w", err)
	}
	return nil
}

// Sweep deletes what earlier runs left: the secrets whose key begins with tfacc_ and
// holds a time before OlderThan, or none.
func Sweep(ctx context.Context, o Options) error {
	s, err := readSettings(append(o.Environ, prefixEnv+"PASSWORD=none is needed"))
	if err != nil {
		return err
	}
	v, err := newAPI(s)
	if err != nil {
		return err
	}
	if err := v.chooseHeader(ctx); err != nil {
		return err
	}
	a, ours, _, err := v.list(ctx)
	if err != nil {
		return err
	}
	if !a.ok() {
		return &statusError{"GET " + secretsPath, a.status}
	}
	limit := time.Now().Add(-o.OlderThan)
	var old []string
	for _, e := range ours {
		if isOld(e.key(), limit) {
			old = append(old, e.key())
		}
	}
	deleted, err := v.remove(ctx, old)
	fmt.Fprintf(o.Out, "Deleted %d of %d secrets whose key begins with %s; %d are younger than %s.\n", deleted, len(ours), keyPrefix, len(ours)-len(old), o.OlderThan)
	for _, key := range old {
		fmt.Fprintln(o.Out, "  "+strings.Map(printable, key))
	}
	return err
}

// printable keeps what a key may hold, and shows the rest as a question mark: a server
// may send anything.
func printable(c rune) rune {
	if c < ' ' || c > '~' {
		return '?'
	}
	return c
}

// chooseHeader finds the header for the portal's token, if the account authenticates by
// it.
func (v *api) chooseHeader(ctx context.Context) error {
	if v.settings.clientID != "" {
		return nil
	}
	found, err := v.tokenHeader(ctx)
	if err == nil && found == "neither" {
		return &statusError{"GET " + secretsPath, http.StatusUnauthorized}
	}
	return err
}

// tokenHeader tries the portal's token: x-aegis-token, bearer or neither.
func (v *api) tokenHeader(ctx context.Context) (string, error) {
	token := v.settings.apiToken
	for _, try := range []struct {
		name   string
		header http.Header
	}{
		{"x-aegis-token", http.Header{apiTokenHeader: {token}}},
		{"bearer", http.Header{"Authorization": {"Bearer " + token}}},
	} {
		for attempt := 1; ; attempt++ {
			a, err := v.send(ctx, http.MethodGet, secretsPath, nil, try.header)
			if err != nil {
				return "", err
			}
			if (a.status == http.StatusTooManyRequests || a.status >= 502) && attempt < attempts {
				if err := wait(ctx, v.pause(a, attempt)); err != nil {
					return "", err
				}
				continue
			}
			if a.ok() || a.status == http.StatusForbidden {
				if try.name == "x-aegis-token" {
					v.header = apiTokenHeader
				}
				return try.name, nil
			}
			if a.status != http.StatusUnauthorized {
				return "", &statusError{"GET " + secretsPath, a.status}
			}
			break
		}
	}
	return "neither", nil
}
