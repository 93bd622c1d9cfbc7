package provider

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m, raceFlags...) }

// cli is a workspace of a test.
type cli struct{ *acctest.Workspace }

// newCLI makes a workspace with the configuration. env is what the CLI sees beside PATH
// and HOME.
func newCLI(t testing.TB, configuration string, env ...string) *cli {
	t.Helper()
	return &cli{acctest.NewWorkspace(t, configuration, append(env, "GORACE="+watchForRaces(t))...)}
}

// watchForRaces fails the test if a provider that is built with the race detector
// finds one, which a CLI doesn't pass on. It returns the detector's options. By
// default that waits a second at the end of each process, three for a command.
func watchForRaces(t testing.TB) (options string) {
	t.Helper()
	reports := filepath.Join(t.TempDir(), "race")
	t.Cleanup(func() {
		found, err := filepath.Glob(reports + "*")
		if err != nil {
			t.Error(err)
		}
		for _, file := range found {
			report, err := os.ReadFile(file)
			t.Errorf("a data race in the provider: %v\n%s", err, report)
		}
	})
	// In quotes, since the name of a test, and so the path, may hold a comma.
	return "halt_on_error=1 atexit_sleep_ms=0 log_path='" + reports + "'"
}

// required is the block that names the provider for a CLI run by hand.
const required = `terraform {
  required_providers {
    helvetisafe = { source = "helvetisafe/helvetisafe" }
  }
}
`

// keysInState are the keys of the secrets that the state knows.
func (c *cli) keysInState() []string {
	c.T.Helper()
	var keys []string
	for _, secret := range c.secretsInState() {
		keys = append(keys, secret["key"].(string))
	}
	return keys
}

// secretsInState are the attributes of the secrets that the state knows.
func (c *cli) secretsInState() []map[string]any {
	c.T.Helper()
	var state struct {
		Resources []struct {
			Instances []struct{ Attributes map[string]any }
		}
	}
	pulled := c.MustRun("state", "pull")
	if pulled == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(pulled), &state); err != nil {
		c.T.Fatalf("state pull: %v", err)
	}
	var secrets []map[string]any
	for _, resource := range state.Resources {
		for _, instance := range resource.Instances {
			secrets = append(secrets, instance.Attributes)
		}
	}
	return secrets
}
