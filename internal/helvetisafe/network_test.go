package helvetisafe

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// TestRedirectsAreNotFollowed shows that no byte reaches the second host, and so
// none of a credential.
func TestRedirectsAreNotFollowed(t *testing.T) {
	second := newVault(t)
	for authName, auth := range map[string]func(*Config){"client credentials": func(*Config) {}, "api token": withAPIToken} {
		for _, code := range []int{300, 301, 302, 303, 304, 305, 307, 308} {
			t.Run(authName+"/"+http.StatusText(code), func(t *testing.T) {
				v := newVault(t)
				c := v.client(t, auth)
				v.AddFault(devserver.Fault{RedirectTo: second.url + "/api/v1/secrets", Status: code})
				ctx := t.Context()
				_, list := c.List(ctx)
				_, create := c.Create(ctx, "k", Content{Value: testPlaintext}, keepExpiry)
				_, err := c.Delete(ctx, "k")
				for _, err := range []error{list, create, err} {
					if !Is(err, Unreachable) || !strings.Contains(err.Error(), "redirect") {
						t.Errorf("err = %v", err)
					}
					v.discreet(t, err)
				}
			})
		}
	}
	if n := len(second.Requests()); n != 0 {
		t.Errorf("%d requests reached the second host", n)
	}
}

func TestRequestTimeoutBoundsTheBodyToo(t *testing.T) {
	for _, row := range []struct {
		name  string
		fault devserver.Fault
	}{
		{"no answer", devserver.Fault{Hang: true}},
		{"a body that drips", devserver.Fault{Drip: time.Minute}},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t)
			c := v.client(t, func(cfg *Config) { cfg.RequestTimeout, cfg.MaxRetries = 50*time.Millisecond, 1 })
			row.fault.Path = devserver.RouteToken
			v.AddFault(row.fault)
			_, err := c.List(t.Context())
			var late *Error
			if !as(err, Unreachable, &late) || late.Reason != TimedOut || late.Attempts != 2 {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func TestCancellationEndsEverything(t *testing.T) {
	for _, row := range []struct {
		name  string
		fault devserver.Fault
		real  bool // waits by the real clock
	}{
		{"in a request", devserver.Fault{Path: devserver.RouteRead, Hang: true}, false},
		{"in a body", devserver.Fault{Path: devserver.RouteRead, Drip: time.Minute}, false},
		{"in the token exchange", devserver.Fault{Path: devserver.RouteToken, Hang: true}, false},
		{"in a wait", devserver.Fault{Path: devserver.RouteRead, Status: 503, RetryAfter: "60"}, true},
		{"in a pause", devserver.Fault{Path: devserver.RouteRead, Status: 429, RetryAfter: "60"}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t)
			v.put(t, "k", "x")
			c := v.client(t)
			if row.real {
				c.rest.Clock = rest.SystemClock{}
			}
			v.AddFault(row.fault)
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				for v.Count(row.fault.Path) == 0 {
					time.Sleep(time.Millisecond)
				}
				cancel()
			}()
			_, err := c.Get(ctx, "k")
			if !Is(err, Cancelled) || !errors.Is(err, context.Canceled) {
				t.Errorf("err = %T: %v", err, err)
			}
			if t.Context().Err() != nil {
				t.Error("it didn't end by the cancellation")
			}
		})
	}
}

func TestCancellationEndsTheWaitForTheOrgKey(t *testing.T) {
	v := newVault(t)
	c := v.client(t, withPassword)
	v.AddFault(devserver.Fault{Path: devserver.RouteOrgKey, Hang: true, Times: 1})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for v.Count(devserver.RouteOrgKey) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	_, err := c.OrgKeyFingerprint(ctx)
	if !Is(err, Cancelled) || !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	// Others aren't handed the cancellation.
	if _, err := c.OrgKeyFingerprint(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := c.OrgKeyFingerprint(ctx); err != nil {
		t.Errorf("a loaded key needs no time: %v", err)
	}
}

func TestAServerThatIsDownIsNotHammered(t *testing.T) {
	v := newVault(t)
	c := v.client(t, func(cfg *Config) { cfg.MaxRetries = 4 })
	if _, err := c.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.AddFault(devserver.Fault{Status: 503})
	v.ResetRequests()
	const calls = 200 // and 100 retries are all that a run has
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range calls / 10 {
				if _, err := c.List(t.Context()); !Is(err, Failed) {
					t.Errorf("err = %v", err)
				}
			}
		})
	}
	wg.Wait()
	if n, most := v.Count(devserver.RouteList), calls+100; n > most {
		t.Errorf("%d requests for %d calls, want %d at most", n, calls, most)
	}
}

func TestARateLimitIsEverybodysWait(t *testing.T) {
	v := newVault(t)
	c := v.client(t)
	clock := c.rest.Clock.(*fakeClock)
	if _, err := c.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.AddFault(devserver.Fault{Path: devserver.RouteList, Status: 429, RetryAfter: "7", Times: 1})
	began := clock.Now()
	if _, err := c.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	if waited := clock.Now().Sub(began); waited < 7*time.Second || waited > 8*time.Second {
		t.Errorf("the one that was told waited %v", waited)
	}
	// Told on another call, and with no retries left: the next one waits.
	c.rest.Retries = 0
	v.AddFault(devserver.Fault{Path: devserver.RouteRead, Status: 429, RetryAfter: "7", Times: 1})
	if _, err := c.Get(t.Context(), "k"); !Is(err, RateLimited) {
		t.Fatalf("err = %v", err)
	}
	began = clock.Now()
	if _, err := c.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	if waited := clock.Now().Sub(began); waited < 7*time.Second || waited > 8*time.Second {
		t.Errorf("another one waited %v", waited)
	}
}

// TestNothingGoesOnAfterACancellation: what a call has started ends with it, also
// what it shared with others.
func TestNothingGoesOnAfterACancellation(t *testing.T) {
	for _, fault := range []devserver.Fault{
		{Path: devserver.RouteToken, Hang: true},
		{Path: devserver.RouteOrgKey, Drip: time.Minute},
		{Path: devserver.RouteRead, Hang: true},
		{Path: devserver.RouteRead, Status: 429, RetryAfter: "60"},
		{Path: devserver.RouteRead, Status: 503, RetryAfter: "60"},
	} {
		t.Run(fault.Path, func(t *testing.T) {
			v := newVault(t)
			v.put(t, "k", "x")
			c := v.client(t)
			c.rest.Clock = rest.SystemClock{}
			v.AddFault(fault)
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					if s, err := c.Get(ctx, "k"); err == nil {
						_, err = c.Open(ctx, s)
						if err == nil {
							t.Error("it worked")
						}
					}
				})
			}
			for v.Count(fault.Path) == 0 {
				time.Sleep(time.Millisecond)
			}
			if ours(t) == "" {
				t.Error("nothing is seen of the calls under way")
			}
			cancel()
			wg.Wait()
			deadline := t.Context()
			for stack := ours(t); stack != ""; stack = ours(t) {
				if deadline.Err() != nil {
					t.Fatalf("it goes on:\n%s", stack)
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
}

// ours is the stack of a goroutine of the client's; "" if there is none.
func ours(t *testing.T) string {
	t.Helper()
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for _, stack := range strings.Split(string(stacks), "\n\n") {
		if strings.Contains(stack, "helvetisafe.(*Client)") || strings.Contains(stack, "helvetisafe.(*call)") || strings.Contains(stack, "helvetisafe.(*cache") {
			return stack
		}
	}
	return ""
}

// TestALoopbackNameThatLeadsElsewhere: a resolver can answer for localhost what it
// likes. Over http the credentials would go there in the clear.
func TestALoopbackNameThatLeadsElsewhere(t *testing.T) {
	v := newVault(t)
	c := v.client(t)
	c.rest.Base.Host = "192.0.2.1:1" // as if localhost had led there
	_, err := c.List(t.Context())
	var refused *Error
	if !as(err, Unreachable, &refused) || refused.Attempts != 1 || !strings.Contains(err.Error(), "leads to another machine") {
		t.Errorf("err = %v", err)
	}
}

// TestNoHTTP2WhileItIsDebugged: GODEBUG can have net/http print each frame of HTTP/2,
// the client secret and the tokens in them, and Terraform puts that into its log.
func TestNoHTTP2WhileItIsDebugged(t *testing.T) {
	t.Setenv("GODEBUG", "netdns=go,http2debug=2")
	v, ca := serveTLS(t, func(*tls.Config) {})
	if _, err := v.client(t, withCA(ca)).List(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, r := range v.Requests() {
		if r.Proto != "HTTP/1.1" {
			t.Errorf("%s, want HTTP/1.1", r.Proto)
		}
	}
}
