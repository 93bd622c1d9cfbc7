package live

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

func TestMain(m *testing.M) { acctest.Main(m) }

func options(t *testing.T, v *acctest.Vault, auth acctest.Auth, key acctest.Key, out *bytes.Buffer) Options {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test runs the real CLI (make test)")
	}
	provider, err := acctest.BuildProvider()
	if err != nil {
		t.Fatal(err)
	}
	var environ []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, prefixEnv) {
			environ = append(environ, entry)
		}
	}
	return Options{Environ: append(environ, v.Env(auth, key)...), Out: out, CLI: acctest.CLIPath(), Provider: filepath.Dir(provider)}
}

// The suite passes in every mood of the development server that the provider works
// with, and leaves nothing.
func TestAccSuite(t *testing.T) {
	tests := []struct {
		name    string
		options []acctest.Option
		auth    acctest.Auth
		key     acctest.Key
		says    string
	}{
		{name: "as assumed", says: "0 failed"},
		{name: "bearer, null ignored, updated_at once updated", auth: acctest.Token, key: acctest.Password, options: option(func(o *devserver.Options) {
			o.APITokenHeader, o.ClearExpiry, o.ListNullUpdatedAt = devserver.Bearer, devserver.IgnoresNull, true
		}), says: "doesn't remove an expiry"},
		{name: "null refused, no updated_at, no date", key: acctest.PEMText, options: option(func(o *devserver.Options) {
			o.ClearExpiry, o.ListWithoutUpdatedAt, o.NoDateHeader = devserver.RefusesNull, true, true
		}), says: "doesn't remove an expiry"},
		{name: "whole seconds, path prefix, tls", options: append(option(func(o *devserver.Options) { o.WholeSecondStamps, o.PathPrefix = true, "/vault" }), acctest.TLS())},
		{name: "no list, any key, past expiry, another clock, short tokens", options: option(func(o *devserver.Options) {
			o.ListForbidden, o.TakesAnyKey, o.TakesPastExpiry, o.DateSkew, o.TokenTTL = true, true, true, 24*time.Hour, 5*time.Second
		}), says: "skip  bulk"},
		{name: "another conflict, pages that hold all", options: option(func(o *devserver.Options) { o.ConflictStatus, o.PageSize = 422, 100 })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := start(t, tt.options...)
			var out bytes.Buffer
			if err := Test(t.Context(), options(t, v, tt.auth, tt.key, &out)); err != nil {
				t.Errorf("%v\n%s", err, &out)
			}
			if !strings.Contains(out.String(), tt.says) {
				t.Errorf("no %q in\n%s", tt.says, &out)
			}
			leavesNothing(t, v, out.String())
		})
	}
}

// A vault that can't be worked with fails the suite. The suite says at which step, but
// not at which address, and leaves nothing behind.
func TestAccSuiteFails(t *testing.T) {
	v := start(t)
	v.Server.AddFault(devserver.Fault{Path: devserver.RouteUpdate, Status: 400})
	var out bytes.Buffer
	err := Test(t.Context(), options(t, v, acctest.OAuth, acctest.PEMFile, &out))
	if !errors.Is(err, ErrFailed) || !strings.Contains(out.String(), "FAIL  forms: apply") {
		t.Errorf("%v\n%s", err, &out)
	}
	leavesNothing(t, v, out.String())
}

// What ends the suite in the middle of an apply leaves nothing.
func TestAccSuiteInterrupted(t *testing.T) {
	v := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	v.Server.Configure(func(o *devserver.Options) {
		o.Observe = func(r devserver.Request) {
			if r.Route == devserver.RouteCreate {
				cancel()
			}
		}
	})
	var out bytes.Buffer
	if err := Test(ctx, options(t, v, acctest.OAuth, acctest.PEMFile, &out)); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v\n%s", err, &out)
	}
	leavesNothing(t, v, out.String())
}
