package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// walk takes one secret from configuration to configuration at random: through all
// forms, versions and expiries, some of them unknown until the apply, while somebody
// else writes, removes or lets expire, or the state is lost and imported again.
type walk struct {
	*rand.Rand
	t *testing.T
	v *acctest.Vault
	c *core
}

// TestRandomWalk: after each apply the server holds what is configured, and the next
// plan is empty.
func TestRandomWalk(t *testing.T) {
	t.Parallel()
	for seed, untold := range []func(o *devserver.Options){
		func(*devserver.Options) {},
		func(o *devserver.Options) { o.WholeSecondStamps = true },
		func(o *devserver.Options) { o.ListForbidden = true },
		func(o *devserver.Options) { o.ListWithoutUpdatedAt = true },
	} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			v.Server.Configure(untold)
			w := &walk{Rand: rand.New(rand.NewPCG(uint64(seed), 1)), t: t, v: v, c: newCore(t, providerAttributes(v))}
			for range 60 {
				w.step()
			}
		})
	}
}

func (w *walk) pick(from ...any) any { return from[w.IntN(len(from))] }

// expiries are the spellings of expires_at and the instants that they stand for.
var expiries = map[any]string{
	"2099-01-01T00:00:00Z": "2099-01-01T00:00:00Z", "2099-01-01T02:00:00+02:00": "2099-01-01T00:00:00Z", "2098-01-01T00:00:00.5Z": "2098-01-01T00:00:00.5Z",
}

// configure makes a configuration, and tells what it asks to be stored, which is nil
// for a generated value, and the attribute of its version.
func (w *walk) configure() (config attributes, want map[string]string, version string) {
	content, _ := w.pick("a", "b", "", `{"k":"a"}`, "é").(string)
	config = attributes{"key": "k", "adopt_existing": true, "expires_at": w.pick(nil, "2099-01-01T00:00:00Z", "2099-01-01T02:00:00+02:00", "2098-01-01T00:00:00.5Z")}
	form, _ := w.pick("value", "data", "value_wo", "data_wo", "generate").(string)
	switch form {
	case "value", "value_wo":
		config[form], want = content, map[string]string{"k": content}
	case "generate":
		config[form] = w.pick(attributes{"length": int64(20)}, attributes{"length": int64(20), "rotation_days": int64(1)}, attributes{"bytes": int64(9)})
	default:
		want = []map[string]string{{"k": content}, {"x": content}, {}, {"k": content, "y": "1"}}[w.IntN(4)]
		config[form] = want
	}
	if form == "value_wo" || form == "data_wo" || form == "generate" {
		version = form + "_version"
		config[version] = w.pick(nil, "1", "2")
	}
	return config, want, version
}

// disturb is what happens between two applies.
func (w *walk) disturb() {
	record, there := w.v.Server.Stored("k")
	switch event := w.IntN(8); {
	case event == 0:
		w.v.WritePlain("k", w.pick(`bare`, `{"k": "b"}`, `{"x": "b", "z": 5}`).(string))
	case event == 1:
		w.v.Server.Remove("k")
	case event == 2 && there:
		plain, _ := w.v.ReadPlain("k")
		w.v.WritePlain("k", plain)
	case event == 3 && there:
		at := time.Date(2097, 1, 1, 0, 0, 0, 0, time.UTC)
		record.ExpiresAt = &at
		w.v.Server.Put(record)
	case event == 4 && there:
		w.c.state, w.c.private, w.c.identity = tftypes.NewValue(w.c.object, nil), nil, nil
		if out := w.c.importSecret(w.pick("k", "write-only:k").(string)); len(out.errors) > 0 {
			w.t.Fatal(out.errors)
		}
	}
}

func (w *walk) step() {
	w.disturb()
	final, want, version := w.configure()
	config := maps.Clone(final)
	for _, name := range []string{"value", "value_wo", "value_wo_version", "data", "data_wo", "data_wo_version", "generate", "generate_version", "expires_at"} {
		if config[name] != nil && w.IntN(8) == 0 {
			config[name] = unknown
		}
	}
	_, there := w.v.Server.Stored("k")
	kept := there && !w.c.state.IsNull() && final[version] != nil && w.c.get(w.c.state, version) == final[version]
	if out := w.c.apply(config, final); len(out.errors) > 0 {
		w.t.Fatalf("%v: %v", config, out.errors)
	}
	if plain, _ := w.v.ReadPlain("k"); !kept && want != nil && !stands(plain, want) {
		w.t.Fatalf("%v: stored is %q", config, plain)
	}
	record, _ := w.v.Server.Stored("k")
	at := ""
	if record.ExpiresAt != nil {
		at = record.ExpiresAt.UTC().Format(time.RFC3339Nano)
	}
	if at != expiries[final["expires_at"]] {
		w.t.Fatalf("%v: the expiry is %q", config, at)
	}
	if out := w.c.plan(final); w.c.action(out) != "none" {
		w.t.Fatalf("%v: the plan after the apply is %s, %q, %q", config, w.c.action(out), out.errors, out.warnings)
	}
}

// stands reports whether a plaintext is what is wanted: its members, or the bare text
// of the one that is named as the key.
func stands(plain string, want map[string]string) bool {
	var stored map[string]any
	if json.Unmarshal([]byte(plain), &stored) != nil {
		value, ok := want["k"]
		return ok && len(want) == 1 && value == plain
	}
	members := map[string]string{}
	for name, member := range stored {
		members[name] = fmt.Sprint(member)
	}
	return maps.Equal(members, want)
}
