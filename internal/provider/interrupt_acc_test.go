//go:build unix

package provider

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// interrupted runs a command, presses Ctrl-C when ready says so, and returns what
// was printed, how long the end took from there, and how the command ended. Without a provider that gives
// up, no command of these tests would end before the test does.
func (c *cli) interrupted(ready <-chan struct{}, args ...string) (string, time.Duration, error) {
	c.T.Helper()
	ctx, cancel := context.WithTimeout(c.T.Context(), 3*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, c.Path, args...)
	// A terminal sends the signal to the CLI and the provider alike.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Dir, command.Env = c.Dir, c.Env
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	if err := command.Start(); err != nil {
		c.T.Fatal(err)
	}
	select {
	case <-ready:
	case <-ctx.Done():
	}
	pressed := time.Now()
	if err := syscall.Kill(-command.Process.Pid, syscall.SIGINT); err != nil {
		c.T.Errorf("Ctrl-C: %v", err)
	}
	err := command.Wait()
	took := time.Since(pressed)
	if ctx.Err() != nil {
		c.T.Fatalf("it didn't end by Ctrl-C:\n%s", out.String())
	}
	return out.String(), took, err
}

// TestAccInterrupt presses Ctrl-C in a request, in a wait and in the derivation of
// a key: the run ends, and server and state agree.
func TestAccInterrupt(t *testing.T) {
	const patient = "request_timeout = \"1h\""
	for _, tc := range []struct {
		name    string
		fault   devserver.Fault
		key     acctest.Key
		planned bool // the secret is there before, and the plan reads it
		route   string
		says    string
		kept    bool // the secret is in the state in the end
	}{
		{name: "in a create", fault: devserver.Fault{Path: "create", Hang: true}, route: "create", says: "import {"},
		{name: "in a create that the server has made", fault: devserver.Fault{Path: "create", Hang: true, Commit: true}, route: "create", kept: true},
		{name: "in a token exchange", fault: devserver.Fault{Path: "token", Hang: true}, route: "token", says: "interrupted"},
		{name: "in a body that drips", fault: devserver.Fault{Path: "org-key", Drip: time.Minute}, route: "org-key", says: "interrupted"},
		{name: "in a list", fault: devserver.Fault{Path: "list", Hang: true}, planned: true, route: "list", kept: true},
		{name: "in a read", fault: devserver.Fault{Path: "read", Hang: true}, planned: true, route: "read", kept: true},
		{name: "in a wait for a retry", fault: devserver.Fault{Path: "create", Status: 503, RetryAfter: "3600"}, route: "create", says: "import {"},
		{name: "in a pause for all", fault: devserver.Fault{Path: "org-key", Status: 429, RetryAfter: "3600"}, route: "org-key", says: "interrupted"},
		{name: "in the derivation of a key", key: acctest.Password, route: "private-key"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			full := ""
			if tc.route == "read" {
				full = "full_refresh = true"
			}
			c := newCLI(t, required+v.ProviderBlock(acctest.OAuth, tc.key, patient, full)+block("key = \"k\"\nvalue = \"v\""))
			if tc.planned {
				c.MustRun("apply", "-auto-approve", "-no-color")
			}
			ready := make(chan struct{}, 100)
			if tc.fault.Path != "" {
				v.Server.AddFault(tc.fault)
				go func() {
					for v.Server.Count(tc.route) == 0 || tc.fault.Commit && len(v.Server.Keys()) == 0 {
						if t.Context().Err() != nil {
							return
						}
						time.Sleep(10 * time.Millisecond)
					}
					time.Sleep(100 * time.Millisecond) // the answer, if there is one, arrives
					ready <- struct{}{}
				}()
			} else {
				v.Server.Configure(func(o *devserver.Options) {
					o.Observe = func(r devserver.Request) {
						if r.Route == tc.route {
							ready <- struct{}{}
						}
					}
				})
			}
			v.Server.ResetRequests()
			out, took, err := c.interrupted(ready, "apply", "-auto-approve", "-no-color")
			t.Logf("ended %v after Ctrl-C", took.Round(10*time.Millisecond))
			// A create that was read back can be done before the CLI has heard of Ctrl-C.
			if err == nil && !tc.fault.Commit {
				t.Error("the command that was interrupted says that it worked")
			}
			if !strings.Contains(strings.Join(strings.Fields(out), " "), tc.says) {
				t.Errorf("it doesn't say %q:\n%s", tc.says, out)
			}
			v.Server.ClearFaults()
			inState := strings.Contains(c.MustRun("state", "list"), "helvetisafe_secret.test")
			if inState != (len(v.Server.Keys()) == 1) || tc.says != "" && inState || tc.kept && !inState {
				t.Errorf("in the state %v, and on the server %d secrets\n%s", inState, len(v.Server.Keys()), out)
			}
			c.MustRun("apply", "-auto-approve", "-no-color")
			c.MustRun("destroy", "-auto-approve", "-no-color")
			if n := len(v.Server.Keys()); n > 0 {
				t.Errorf("%d secrets are left", n)
			}
		})
	}
}
