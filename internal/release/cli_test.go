package release

import (
	"os"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// root is the module's directory, seen from this package's.
const root = "../.."

func TestMain(m *testing.M) { acctest.Main(m) }

// cli is a workspace of a test.
type cli struct{ *acctest.Workspace }

// newCLI makes a workspace with the configuration, and names the provider in it if it
// doesn't. env is what the CLI sees beside PATH and HOME.
func newCLI(t *testing.T, configuration string, env ...string) *cli {
	t.Helper()
	if !strings.Contains(configuration, "required_providers") {
		configuration = "terraform {\n  required_providers {\n    helvetisafe = {\n      source = \"helvetisafe/helvetisafe\"\n    }\n  }\n}\n\n" + configuration
	}
	return &cli{acctest.NewWorkspace(t, configuration, env...)}
}

// run runs a command that must end with 0, and returns what it printed.
func (c *cli) run(args ...string) string { return c.MustRun(append(args, "-no-color")...) }

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
