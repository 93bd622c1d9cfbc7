package provider

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// adversary writes to a vault between any two steps of the provider, also between
// an answer's making and its arrival. Each write has a tick of its own.
type adversary struct {
	vault  *acctest.Vault
	column string

	mu   sync.Mutex
	rnd  *rand.Rand
	now  time.Time
	seen string // the plaintext as the last answer about the secret could know it
	read bool   // the secret itself was read
}

func newAdversary(t *testing.T, column string, seed uint64, wholeSeconds bool, skew time.Duration) *adversary {
	a := &adversary{column: column, rnd: rand.New(rand.NewPCG(seed, 11)), now: time.Date(2026, 1, 1, 0, 0, 0, 123e6, time.UTC)}
	a.vault = acctest.Start(t, acctest.Configure(func(o *devserver.Options) {
		o.Now, o.WholeSecondStamps, o.DateSkew, o.TokenTTL = a.clock, wholeSeconds, skew, 1000*time.Hour
	}))
	return a
}

func (a *adversary) clock() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now
}

// pass lets up to so much time pass.
func (a *adversary) pass(most time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = a.now.Add(time.Millisecond + time.Duration(a.rnd.Int64N(int64(most))))
}

func (a *adversary) intN(n int) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.rnd.IntN(n)
}

// meddle writes a few times, or not at all; sometimes it writes what the
// configuration asks for.
func (a *adversary) meddle() {
	for a.intN(4) == 0 {
		a.pass(700 * time.Millisecond)
		content := "one"
		if a.intN(4) > 0 {
			content = fmt.Sprint("elsewhere ", a.intN(1000))
		}
		a.vault.WritePlain("k", stored(a.column, content))
	}
	a.pass(900 * time.Millisecond)
}

// ServeHTTP stands before the vault: the adversary writes once an answer is made,
// before it arrives.
func (a *adversary) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder()
	a.vault.Server.ServeHTTP(answer, r)
	if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/api/v1/secrets") {
		plain, _ := a.vault.ReadPlain("k")
		a.mu.Lock()
		a.seen, a.read = plain, r.URL.Path != "/api/v1/secrets"
		a.mu.Unlock()
		a.meddle()
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// TestRefreshMissesNoChange plays thousands of plans and applies of one secret
// against an adversary: with stamps in milliseconds and in whole seconds, and with
// a Date that is right, ahead and behind. What a plan says must fit what was stored
// when its list was made, or the secret read.
func TestRefreshMissesNoChange(t *testing.T) {
	t.Parallel()
	const steps = 60
	skews := []time.Duration{0, 90 * time.Second, -90 * time.Second, 400 * time.Millisecond, -700 * time.Millisecond}
	for _, column := range chosen() {
		for _, wholeSeconds := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/whole seconds %t", column, wholeSeconds), func(t *testing.T) {
				t.Parallel()
				trusted := 0
				for i, skew := range skews {
					trusted += newAdversary(t, column, uint64(i), wholeSeconds, skew).play(t, steps)
				}
				if trusted == 0 {
					t.Error("no list was ever trusted, so this proved nothing")
				}
			})
		}
	}
}

// play returns how many plans trusted the list.
func (a *adversary) play(t *testing.T, steps int) (trusted int) {
	host := httptest.NewServer(a)
	defer host.Close()
	provider := providerAttributes(a.vault)
	provider["base_url"] = host.URL
	c := newCore(t, provider)
	config := configuration(a.column, "one", nil)
	created(t, c, config)
	for step := range steps {
		if a.intN(3) == 0 {
			a.pass(5 * time.Second)
		}
		a.meddle()
		if a.intN(6) == 0 {
			// An apply writes the configured value, unless somebody was faster.
			if out := c.apply(config, config); len(out.errors) > 0 && !mentions(out.errors, "changed since the plan") {
				t.Fatalf("step %d: apply: %q", step, out.errors)
			}
			continue
		}
		before := *c
		server := c.start()
		out := c.refresh(server, outcome{}, true)
		out, _ = c.planOnce(server, config, out)
		if len(out.errors) > 0 {
			t.Fatalf("step %d: plan: %q", step, out.errors)
		}
		differs := !strings.Contains(a.seen, `"one"`)
		if noticed := c.action(out) == "write" || mentions(out.warnings, "changed elsewhere"); noticed != differs {
			t.Fatalf("step %d, list trusted %t: what is stored differs: %t, and the plan says: %s, %q", step, !a.read, differs, c.action(out), out.warnings)
		}
		if !a.read {
			trusted++
		}
		if a.intN(2) == 0 { // a plan keeps nothing of its refresh, an apply does
			c.state, c.private, c.identity = before.state, before.private, before.identity
		}
	}
	return trusted
}
