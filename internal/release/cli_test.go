package release

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// root is the module's directory, seen from this package's.
const root = "../.."

// buildDir is the directory of builtProvider; TestMain removes it.
var buildDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if buildDir != "" {
		if err := os.RemoveAll(buildDir); err != nil {
			fmt.Fprintln(os.Stderr, "release:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// builtProvider builds the provider once and returns the directory that holds it.
var builtProvider = sync.OnceValues(func() (string, error) {
	var err error
	if buildDir, err = os.MkdirTemp("", "release-"); err != nil {
		return "", err
	}
	name := filepath.Join(buildDir, "terraform-provider-helvetisafe")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", name, root).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return buildDir, nil
})

// cli runs the real CLI in a directory of its own, with the provider as users
// have it: a process.
type cli struct {
	t    *testing.T
	dir  string
	path string
	env  []string
}

// newCLI makes the directory with one file of configuration. env comes on top of
// a test's clean environment.
func newCLI(t *testing.T, configuration string, env ...string) *cli {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test runs the real CLI (make test)")
	}
	acctest.ClearEnv(t)
	path := acctest.CLIPath()
	if path == "" {
		t.Fatal("neither Terraform nor OpenTofu can be run; put one on PATH or name it in TF_ACC_TERRAFORM_PATH")
	}
	provider, err := builtProvider()
	if err != nil {
		t.Fatal("build the provider:", err)
	}
	dir := t.TempDir()
	if !strings.Contains(configuration, "required_providers") {
		configuration = "terraform {\n  required_providers {\n    helvetisafe = {\n      source = \"helvetisafe/helvetisafe\"\n    }\n  }\n}\n\n" + configuration
	}
	tfrc := filepath.Join(dir, "dev.tfrc")
	writeFile(t, tfrc, fmt.Sprintf("provider_installation {\n  dev_overrides {\n"+
		"    \"registry.terraform.io/helvetisafe/helvetisafe\" = %[1]q\n    \"registry.opentofu.org/helvetisafe/helvetisafe\" = %[1]q\n  }\n  direct {}\n}\n",
		filepath.ToSlash(provider)))
	writeFile(t, filepath.Join(dir, "main.tf"), configuration)
	return &cli{t: t, dir: dir, path: path, env: append(append(os.Environ(), "TF_CLI_CONFIG_FILE="+tfrc, "TF_IN_AUTOMATION=1", "TF_INPUT=0"), env...)}
}

// run runs a command that must end with 0, and returns what it printed.
func (c *cli) run(args ...string) string {
	c.t.Helper()
	cmd := exec.Command(c.path, append(args, "-no-color")...)
	cmd.Dir, cmd.Env = c.dir, c.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
