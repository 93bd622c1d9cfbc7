package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// randomRuns names how many applies the tests with random faults make; `make ci-full`
// asks for 200.
const randomRuns = "RANDOM_FAULT_APPLIES"

const (
	usualRuns = 20
	runLength = 5 // applies to one secret, one after the other
)

// TestRandomFaults applies random changes to a secret while random requests go
// wrong. However an apply ends, what it left is in the state or named by an error,
// nothing else than what was asked for is stored, and the next apply brings server
// and state to where the configuration wants them. Each run is named by its seed.
func TestRandomFaults(t *testing.T) {
	t.Parallel()
	for seed := range (randomApplies(t, usualRuns) + runLength - 1) / runLength {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			r := newRandomRun(t, uint64(seed))
			for step := range runLength {
				r.step = step
				r.apply()
				if t.Failed() {
					return
				}
			}
		})
	}
}

// randomApplies is how many applies a test makes under faults: usual, or as many as
// asked for.
func randomApplies(t *testing.T, usual int) int {
	t.Helper()
	asked := os.Getenv(randomRuns)
	if asked == "" {
		return usual
	}
	applies, err := strconv.Atoi(asked)
	if err != nil {
		t.Fatalf("%s: %v", randomRuns, err)
	}
	return applies
}

// randomRun is a secret that goes through changes under faults.
type randomRun struct {
	*core
	t     *testing.T
	v     *acctest.Vault
	dice  *rand.Rand
	step  int
	calm  attributes // provider settings for when nothing goes wrong
	calls int        // configurations so far: each version of a write-only value is new
}

// wish is what a step wants: a configuration and the plaintext that it stores; a
// nil configuration wants no secret.
type wish struct {
	column    string
	config    attributes
	plaintext string
}

func newRandomRun(t *testing.T, seed uint64) *randomRun {
	t.Helper()
	v := acctest.Start(t)
	calm := providerAttributes(v)
	hasty := maps.Clone(calm)
	hasty["request_timeout"] = "700ms"
	r := &randomRun{core: newCore(t, hasty), t: t, v: v, dice: rand.New(rand.NewPCG(seed, 1)), calm: calm}
	// A key source that needs more requests, in every other run.
	if r.dice.IntN(2) == 0 {
		for _, settings := range []attributes{calm, hasty} {
			delete(settings, "private_key_path")
			settings["password"] = v.Password
		}
	}
	hasty["max_retries"] = r.dice.IntN(3)
	return r
}

func pick[T any](dice *rand.Rand, from ...T) T { return from[dice.IntN(len(from))] }

func (r *randomRun) wish() wish {
	if r.dice.IntN(5) == 0 {
		return wish{}
	}
	r.calls++
	content := pick(r.dice, "one", "two", "three")
	w := wish{column: pick(r.dice, append(columns(), colDataWO)...)}
	more := attributes{}
	if at := pick(r.dice, "", "", "2099-01-01T00:00:00Z", "2098-06-01T12:00:00.5+02:00"); at != "" {
		more["expires_at"] = at
	}
	if version := versionOf(w.column); version != "" {
		more[version] = strconv.Itoa(r.calls)
	}
	if r.dice.IntN(4) == 0 {
		more["adopt_existing"] = true
	}
	w.config = configuration(w.column, content, more)
	w.plaintext = `{"k":"` + content + `"}`
	if w.column == colData || w.column == colDataWO {
		w.plaintext = `{"pass":"` + content + `","user":"u"}`
	}
	return w
}

// fault is any way in which a server that doesn't lie, or what is in between,
// fails some requests.
func (r *randomRun) fault() devserver.Fault {
	f := pick(
		r.dice,
		devserver.Fault{CutBefore: true}, devserver.Fault{CutAfter: true}, devserver.Fault{CutAfter: true},
		devserver.Fault{Status: 500}, devserver.Fault{Status: 502, Commit: true}, devserver.Fault{Status: 503, RetryAfter: "junk"},
		devserver.Fault{Status: 504, Commit: true}, devserver.Fault{Status: 429, RetryAfter: "0"},
		devserver.Fault{Status: 400}, devserver.Fault{Status: 401}, devserver.Fault{Status: 403},
		devserver.Fault{HTML: true}, devserver.Fault{HTML: true, Commit: true}, devserver.Fault{ContentType: "text/html"},
		devserver.Fault{TruncateBody: true}, devserver.Fault{Hang: true}, devserver.Fault{Hang: true, Commit: true},
		devserver.Fault{BodySize: 1 << 20}, devserver.Fault{RedirectTo: "https://elsewhere.example.com/", Status: http.StatusFound},
	)
	f.Path = pick(r.dice, append(devserver.Routes(), "create", "read", "update", "delete", "list")...)
	f.Skip, f.Times = r.dice.IntN(2), 1+r.dice.IntN(4)
	return f
}

const elsewhere = `{"k":"elsewhere"}`

// apply makes one apply under faults, and one without.
func (r *randomRun) apply() {
	before, _ := r.v.ReadPlain("k")
	want := r.wish()
	interfered := false
	r.between = nil
	switch r.dice.IntN(8) {
	case 0:
		r.between = func() { interfered = true; r.v.WritePlain("k", elsewhere) }
	case 1:
		r.between = func() { interfered = true; r.v.Server.Remove("k") }
	}
	for range 1 + r.dice.IntN(4) {
		r.v.Server.AddFault(r.fault())
	}
	out := r.to(want)
	r.v.Server.ClearFaults()
	r.between = nil

	if keys := r.v.Server.Keys(); len(keys) > 1 {
		r.t.Fatalf("step %d: the server holds %q", r.step, keys)
	}
	after, exists := r.v.ReadPlain("k")
	if exists && !slices.Contains([]string{before, elsewhere}, after) && !want.stores(after) {
		r.t.Errorf("step %d: what is stored was asked for by nobody", r.step)
	}
	if len(out.errors) == 0 && !interfered {
		r.agree(want, "after the apply under faults")
	}
	if exists && r.state.IsNull() && len(out.errors) == 0 && !interfered {
		r.t.Errorf("step %d: a secret that is in no state and no error", r.step)
	}
	if exists && r.state.IsNull() && want.config != nil && want.config["adopt_existing"] == nil {
		if !interfered && !mentions(out.errors, "import {") {
			r.t.Errorf("step %d: a secret is left, and no error says how to go on: %q", r.step, out.errors)
		}
		hasty := r.provider
		r.provider = r.calm
		if out := r.importSecret(importID(want.column)); len(out.errors) > 0 {
			r.t.Fatalf("step %d: import: %q", r.step, out.errors)
		}
		r.provider = hasty
	}
	if version := versionOf(want.column); interfered && version != "" {
		// What was written elsewhere stays until the version changes, as the plan says.
		r.calls++
		want.config[version] = strconv.Itoa(r.calls)
	}
	hasty := r.provider
	r.provider = r.calm
	if out := r.to(want); len(out.errors) > 0 {
		r.t.Fatalf("step %d: the apply without faults: %q", r.step, out.errors)
	}
	r.agree(want, "after the apply without faults")
	if want.config != nil {
		settled(r.t, r.core, want.config)
	}
	r.provider = hasty
}

// to applies a wish.
func (r *randomRun) to(want wish) outcome {
	if want.config == nil {
		return r.destroy()
	}
	return r.core.apply(want.config, want.config)
}

// agree demands that server and state are what the wish says.
func (r *randomRun) agree(want wish, when string) {
	r.t.Helper()
	plain, exists := r.v.ReadPlain("k")
	if want.config == nil {
		if exists || !r.state.IsNull() {
			r.t.Errorf("step %d, %s: on the server %v, in the state %v, wanted nowhere", r.step, when, exists, !r.state.IsNull())
		}
		return
	}
	if !exists || r.state.IsNull() || !want.stores(plain) {
		r.t.Errorf("step %d, %s: on the server %v, in the state %v, the value as wanted %v", r.step, when, exists, !r.state.IsNull(), want.stores(plain))
		return
	}
	record, _ := r.v.Server.Stored("k")
	var at time.Time
	if record.ExpiresAt != nil {
		at = *record.ExpiresAt
	}
	wanted, _ := want.config["expires_at"].(string)
	if stamp := helvetisafe.ParseTimestamp(wanted); !stamp.Time.Equal(at) || !helvetisafe.ParseTimestamp(r.get(r.state, "expires_at")).Time.Equal(at) {
		r.t.Errorf("step %d, %s: the expiry is not as wanted", r.step, when)
	}
	if r.get(r.state, "value") != want.config.text("value") {
		r.t.Errorf("step %d, %s: the state has another value", r.step, when)
	}
}

// versionOf is the attribute that says when a column's value is written.
func versionOf(column string) string {
	return map[string]string{colVersioned: "value_wo_version", colGenerated: "generate_version"}[column]
}

// stores reports whether a plaintext is what the wish asks for: of a generated value,
// that it has the length of its recipe. An import into generate keeps what was written
// elsewhere.
func (w wish) stores(plain string) bool {
	if w.column != colGenerated {
		return plain == w.plaintext
	}
	var members map[string]string
	err := json.Unmarshal([]byte(plain), &members)
	return plain == elsewhere || err == nil && len(members) == 1 && len(members["k"]) == 24
}

func (a attributes) text(name string) string {
	s, _ := a[name].(string)
	return s
}
