package provider

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// TestAccRandomFaults is TestRandomFaults with the real CLI: a dozen secrets at
// once, changed while random requests go wrong.
func TestAccRandomFaults(t *testing.T) {
	const secrets = 12
	body := func(round int) string {
		return fmt.Sprintf(`
resource "helvetisafe_secret" "plain" {
  count = %[1]d
  key   = "plain_${count.index}"
  value = "round %[2]d"
}
resource "helvetisafe_secret" "fields" {
  count = %[1]d
  key   = "fields_${count.index}"
  data  = { round = "%[2]d" }
}
`, secrets/2, round)
	}
	for seed := range 3 {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			r := newRandomRun(t, uint64(seed))
			v := r.v
			provider := required + v.Provider("max_retries = 1", "request_timeout = \"1s\"")
			c := newCLI(t, provider)
			for round := range 3 {
				for range 6 {
					v.Server.AddFault(r.fault())
				}
				c.Write("main.tf", provider+body(round))
				out, _ := c.Run("apply", "-auto-approve", "-no-color")
				v.Server.ClearFaults()
				managed := c.keysInState()
				for _, key := range v.Server.Keys() {
					if slices.Contains(managed, key) {
						continue
					}
					if !strings.Contains(out, fmt.Sprintf("id = %q", key)) {
						t.Errorf("round %d: %s is in no state, and no error says how to go on:\n%s", round, key, out)
					}
					address := fmt.Sprintf("helvetisafe_secret.%s[%s]", key[:strings.Index(key, "_")], key[strings.Index(key, "_")+1:])
					c.MustRun("import", "-no-color", address, key)
				}
				c.Write("main.tf", required+v.Provider()+body(round))
				c.MustRun("apply", "-auto-approve", "-no-color")
				agreeOn(t, v, c.keysInState(), round, secrets)
				if out := c.MustRun("plan", "-no-color"); !strings.Contains(out, "No changes") {
					t.Errorf("round %d: the plan after the apply is not empty:\n%s", round, out)
				}
			}
			c.MustRun("destroy", "-auto-approve", "-no-color")
			if keys := v.Server.Keys(); len(keys) > 0 {
				t.Errorf("left on the server: %q", keys)
			}
		})
	}
}

// agreeOn demands that state and server have the same secrets, as they are wanted.
func agreeOn(t *testing.T, v *acctest.Vault, managed []string, round, secrets int) {
	t.Helper()
	keys := v.Server.Keys()
	slices.Sort(keys)
	slices.Sort(managed)
	if !slices.Equal(keys, managed) || len(keys) != secrets {
		t.Errorf("round %d: on the server %q, in the state %q", round, keys, managed)
	}
	for _, key := range keys {
		want := fmt.Sprintf(`{"%s":"round %d"}`, key, round)
		if strings.HasPrefix(key, "fields") {
			want = fmt.Sprintf(`{"round":"%d"}`, round)
		}
		if plain, _ := v.ReadPlain(key); plain != want {
			t.Errorf("round %d: %s holds something else", round, key)
		}
	}
}

// keysInState are the keys of the secrets that the state knows.
func (c *cli) keysInState() []string {
	c.T.Helper()
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes struct{ Key string }
			}
		}
	}
	pulled := c.MustRun("state", "pull")
	if pulled == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(pulled), &state); err != nil {
		c.T.Fatalf("state pull: %v", err)
	}
	var keys []string
	for _, resource := range state.Resources {
		for _, instance := range resource.Instances {
			keys = append(keys, instance.Attributes.Key)
		}
	}
	return keys
}
