package provider

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// randomForm is one way to give a secret its value. In its attributes CONTENT stands for
// what is to be stored, and VERSION for a number that moves with it.
type randomForm struct {
	name       string // of the resource
	attributes string
	version    string // the attribute that says when the value is written
	field      string // under which the content is stored; "" for the key
	importAs   string // the beginning of the ID to import it by
}

var randomForms = []randomForm{
	{name: "value", attributes: `value = "CONTENT"`},
	{name: "data", attributes: `data = { field = "CONTENT" }`, field: "field"},
	{name: "value_wo", attributes: `value_wo = "CONTENT"`, importAs: "write-only:"},
	{name: "value_wo_versioned", attributes: "value_wo = \"CONTENT\"\n  value_wo_version = VERSION", version: "value_wo_version", importAs: "write-only:"},
	{name: "data_wo", attributes: `data_wo = { field = "CONTENT" }`, field: "field", importAs: "write-only:"},
	{name: "data_wo_versioned", attributes: "data_wo = { field = \"CONTENT\" }\n  data_wo_version = VERSION", field: "field", version: "data_wo_version", importAs: "write-only:"},
	{name: "generated", attributes: "generate = { length = 24 }\n  generate_version = VERSION", version: "generate_version", importAs: "write-only:"},
}

func (f randomForm) inState() bool   { return f.importAs == "" }
func (f randomForm) generated() bool { return strings.HasPrefix(f.attributes, "generate") }

// randomWant is what the configuration asks of the secrets of one form: the content moves
// with the version.
type randomWant struct{ version, expiry int }

// expiresAt is "" for never.
func (w randomWant) expiresAt() string {
	return []string{"", "2099-01-01T00:00:00Z", "2098-06-01T12:00:00.5+02:00"}[w.expiry%3]
}

// content is in the configuration; no state may hold that of a write-only form, which the
// marker makes long enough to be found in any encoding.
func (f randomForm) content(want randomWant) string {
	return fmt.Sprintf("%s %s %d", marker, f.name, want.version)
}

func (f randomForm) block(want randomWant, secrets int) string {
	attributes := strings.NewReplacer("CONTENT", f.content(want), "VERSION", strconv.Itoa(want.version)).Replace(f.attributes)
	if want.expiresAt() != "" {
		attributes += fmt.Sprintf("\n  expires_at = %q", want.expiresAt())
	}
	return fmt.Sprintf("resource \"helvetisafe_secret\" %q {\n  count = %d\n  key = \"%s_${count.index}\"\n  %s\n}\n", f.name, secrets, f.name, attributes)
}

// randomCLI is a workspace with secrets of every form, which goes through changes.
type randomCLI struct {
	*cli
	t     *testing.T
	v     *acctest.Vault
	want  []randomWant      // by form
	plain map[string]string // what a calm apply has left stored, by key
}

const randomSecrets = 2 // of each form

// TestAccRandomFaults is TestRandomFaults with the real CLI: secrets of every form at
// once, changed while random requests go wrong. Beside what that test demands: a value is
// made or written once for each time that a plan asks for it, the plan after an apply
// shows nothing, and no value of a write-only form is in the state.
func TestAccRandomFaults(t *testing.T) {
	const rounds = 3
	for seed := range (randomApplies(t, 3*rounds) + rounds - 1) / rounds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			r := newRandomRun(t, uint64(seed))
			c := &randomCLI{newCLI(t, required+r.v.Provider()), t, r.v, make([]randomWant, len(randomForms)), map[string]string{}}
			for round := range rounds {
				c.change(seed, round)
				for range 6 {
					r.v.Server.AddFault(r.fault())
				}
				c.round(round)
				if t.Failed() {
					return
				}
			}
			c.MustRun("destroy", "-auto-approve", "-no-color")
			if keys := r.v.Server.Keys(); len(keys) > 0 {
				t.Errorf("left on the server: %q", keys)
			}
		})
	}
}

// change moves of each form the value, the expiry, both or nothing, so that three seeds of
// three rounds have each of these for every form.
func (c *randomCLI) change(seed, round int) {
	for i := range c.want {
		moves := i + 2*seed + round
		c.want[i].version += moves & 1
		c.want[i].expiry += moves & 2
	}
}

func (c *randomCLI) configure(settings ...string) {
	text := required + c.v.Provider(settings...)
	for i, f := range randomForms {
		text += f.block(c.want[i], randomSecrets)
	}
	c.Write("main.tf", text)
}

// each goes through the secrets.
func (c *randomCLI) each(do func(f randomForm, want randomWant, key, address string)) {
	for i, f := range randomForms {
		for n := range randomSecrets {
			do(f, c.want[i], fmt.Sprintf("%s_%d", f.name, n), fmt.Sprintf("helvetisafe_secret.%s[%d]", f.name, n))
		}
	}
}

// round makes one apply under faults, imports what that has left in no state, and makes
// one without faults.
func (c *randomCLI) round(round int) {
	before := c.byKey()
	c.configure("max_retries = 1", `request_timeout = "1s"`)
	c.v.Server.ResetRequests()
	out, _ := c.Run("apply", "-auto-approve", "-no-color")
	c.v.Server.ClearFaults()
	after := c.byKey()
	c.each(func(f randomForm, want randomWant, key, address string) {
		c.wroteOnce(f, want, key, before[key], fmt.Sprintf("round %d, under faults", round))
		_, exists := c.v.ReadPlain(key)
		if _, managed := after[key]; !exists || managed {
			return
		}
		if !strings.Contains(out, fmt.Sprintf("id = %q", f.importAs+key)) {
			c.t.Errorf("round %d: %s is in no state, and no error says how to go on:\n%s", round, key, out)
		}
		c.MustRun("import", "-no-color", address, f.importAs+key)
	})

	c.keepsWritten(after)
	before = c.byKey()
	c.configure()
	c.v.Server.ResetRequests()
	c.MustRun("apply", "-auto-approve", "-no-color")
	c.each(func(f randomForm, want randomWant, key, _ string) {
		c.wroteOnce(f, want, key, before[key], fmt.Sprintf("round %d, without faults", round))
	})
	c.agree(round)
	c.noneInState(round)
	out = c.MustRun("plan", "-no-color")
	if !strings.Contains(out, "No changes") || strings.Count(out, "Warning: ") != strings.Count(out, "Provider development overrides") {
		c.t.Errorf("round %d: the plan after the apply shows something:\n%s", round, out)
	}
}

// wroteOnce demands of one apply that it sent no two values for a secret, and another than
// what was stored only if the plan asked for it: had there been none in the state, or
// another version.
func (c *randomCLI) wroteOnce(f randomForm, want randomWant, key string, before secretInState, when string) {
	c.t.Helper()
	sent := c.v.SentPlain(key)
	slices.Sort(sent)
	sent = slices.Compact(sent)
	if len(sent) > 1 {
		c.t.Errorf("%s: %s was sent %d values in one apply", when, key, len(sent))
	}
	if kept, known := c.plain[key]; known && before.version(f) == strconv.Itoa(want.version) && len(sent) > 0 && sent[0] != kept {
		c.t.Errorf("%s: %s was given a new value, and nothing asked for one", when, key)
	}
}

// keepsWritten takes over what is stored for each secret that the next apply must leave: of
// which the state says by now that it was written as wanted, or that is generated and was
// left in no state, because the import of that makes no new value.
func (c *randomCLI) keepsWritten(state map[string]secretInState) {
	clear(c.plain)
	c.each(func(f randomForm, want randomWant, key, _ string) {
		secret, managed := state[key]
		written := f.version != "" && secret.version(f) == strconv.Itoa(want.version)
		if plain, exists := c.v.ReadPlain(key); exists && (written || f.generated() && !managed) {
			c.plain[key] = plain
		}
	})
}

// agree demands that state and server have the same secrets, as they are wanted.
func (c *randomCLI) agree(round int) {
	c.t.Helper()
	state := c.byKey()
	if keys := c.v.Server.Keys(); len(keys) != len(state) || len(keys) != len(randomForms)*randomSecrets {
		c.t.Errorf("round %d: %d secrets on the server, and %d in the state", round, len(keys), len(state))
	}
	c.each(func(f randomForm, want randomWant, key, _ string) {
		plain, _ := c.v.ReadPlain(key)
		name := f.field
		if name == "" {
			name = key
		}
		wanted, _ := json.Marshal(map[string]string{name: f.content(want)})
		switch kept, known := c.plain[key]; {
		case known && plain != kept:
			c.t.Errorf("round %d: %s was written, and then written again", round, key)
		case f.generated() && len(plain) != len(`{"":""}`)+len(key)+24:
			c.t.Errorf("round %d: %s doesn't hold a generated value", round, key)
		case !f.generated() && plain != string(wanted):
			c.t.Errorf("round %d: %s holds something else", round, key)
		}
		record, _ := c.v.Server.Stored(key)
		var at time.Time
		if record.ExpiresAt != nil {
			at = *record.ExpiresAt
		}
		if !helvetisafe.ParseTimestamp(want.expiresAt()).Time.Equal(at) {
			c.t.Errorf("round %d: %s has another expiry", round, key)
		}
		if f.version != "" && state[key].version(f) != strconv.Itoa(want.version) {
			c.t.Errorf("round %d: the state of %s has the version %s, wanted %d", round, key, state[key].version(f), want.version)
		}
		c.plain[key] = plain
	})
}

// noneInState demands that no state, nor a backup of one, holds the value of a form that
// keeps it out.
func (c *randomCLI) noneInState(round int) {
	c.t.Helper()
	secret := acctest.NewMarkers(nil)
	c.each(func(f randomForm, _ randomWant, key, _ string) {
		switch {
		case f.generated():
			plain, _ := c.v.ReadPlain(key)
			secret.Add(key, []byte(plain[len(plain)-26:len(plain)-2]))
		case !f.inState():
			secret.Add(key, []byte(marker+" "+f.name+" "))
		}
	})
	files, err := filepath.Glob(filepath.Join(c.Dir, "terraform.tfstate*"))
	if err != nil || len(files) == 0 {
		c.t.Fatalf("no state: %v", err)
	}
	for _, file := range files {
		found, err := secret.InFile(file)
		if err != nil || len(found) > 0 {
			c.t.Errorf("round %d: %s holds the value of %q (%v)", round, filepath.Base(file), found, err)
		}
	}
}

// secretInState is what the state has of a secret.
type secretInState map[string]any

// version is that of a form, "" if there is none.
func (s secretInState) version(f randomForm) string {
	version, _ := s[f.version].(string)
	return version
}

// byKey are the secrets of the state.
func (c *randomCLI) byKey() map[string]secretInState {
	secrets := map[string]secretInState{}
	for _, secret := range c.secretsInState() {
		secrets[secret["key"].(string)] = secret
	}
	return secrets
}
