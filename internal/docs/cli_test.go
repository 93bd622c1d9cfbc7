package docs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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

// addresses are the providers that a guide can require: ours, and those that
// standin plays.
var addresses = map[string]string{
	"helvetisafe": "helvetisafe/helvetisafe",
	"random":      "hashicorp/random",
	"time":        "hashicorp/time",
	"vault":       "hashicorp/vault",
	"aws":         "hashicorp/aws",
	"kubernetes":  "hashicorp/kubernetes",
	"onepassword": "1Password/onepassword",
	"postgresql":  "cyrilgdev/postgresql",
}

// buildDir holds what builtProviders built; TestMain removes it.
var buildDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if buildDir != "" {
		if err := os.RemoveAll(buildDir); err != nil {
			fmt.Fprintln(os.Stderr, "docs:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// builtProviders builds all of them once, and returns their directory.
var builtProviders = sync.OnceValues(func() (string, error) {
	var err error
	if buildDir, err = os.MkdirTemp("", "docs-"); err != nil {
		return "", err
	}
	exe := ""
	if runtime.GOOS == "windows" {
		exe = ".exe"
	}
	standin := filepath.Join(buildDir, "standin"+exe)
	ours := filepath.Join(buildDir, "terraform-provider-helvetisafe"+exe)
	for target, source := range map[string]string{ours: root, standin: "./standin"} {
		if out, err := exec.Command("go", "build", "-o", target, source).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%w\n%s", err, out)
		}
	}
	for name := range addresses {
		if name == "helvetisafe" {
			continue
		}
		if err := duplicate(standin, filepath.Join(buildDir, "terraform-provider-"+name+exe)); err != nil {
			return "", err
		}
	}
	return buildDir, nil
})

// duplicate makes a second name for a program, or a copy if links can't be made.
func duplicate(from, to string) (err error) {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// secret is what the values of others are in a test: it may be in no plan and no
// state.
const secret = "pl@nted-s3cret-of-another"

// cli runs the real CLI in a directory of its own.
type cli struct {
	t    *testing.T
	dir  string
	path string
	env  []string
}

// newCLI makes the directory with the files of a guide's example. env comes on
// top of a clean environment.
func newCLI(t *testing.T, example string, env ...string) *cli {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test runs the real CLI (make test)")
	}
	acctest.ClearEnv(t)
	c := &cli{t: t, dir: t.TempDir(), path: acctest.CLIPath()}
	if c.path == "" {
		t.Fatal("neither Terraform nor OpenTofu can be run; put one on PATH or name it in TF_ACC_TERRAFORM_PATH")
	}
	providers, err := builtProviders()
	if err != nil {
		t.Fatal("build the providers:", err)
	}
	var rc strings.Builder
	rc.WriteString("provider_installation {\n  dev_overrides {\n")
	for _, address := range addresses {
		for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
			fmt.Fprintf(&rc, "    \"%s/%s\" = %q\n", host, address, filepath.ToSlash(providers))
		}
	}
	rc.WriteString("  }\n  direct {}\n}\n")
	c.write("dev.tfrc", rc.String())
	if example != "" {
		c.use(example)
	}
	c.env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(c.dir, "dev.tfrc"), "TF_IN_AUTOMATION=1", "TF_INPUT=0",
		"STANDIN_SECRET="+secret, "STANDIN_LOG="+c.log())
	c.env = append(c.env, env...)
	return c
}

// use puts an example's files in the place of those before.
func (c *cli) use(example string) { c.t.Helper(); c.useDir(example, ".") }

// useDir puts the files of one directory of the examples into one of the CLI's.
func (c *cli) useDir(example, into string) {
	c.t.Helper()
	entries, err := os.ReadDir(filepath.Join(examples, filepath.FromSlash(example)))
	if err == nil {
		err = os.MkdirAll(filepath.Join(c.dir, into), 0o700)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			c.write(filepath.Join(into, entry.Name()), readFile(c.t, filepath.Join(examples, filepath.FromSlash(example), entry.Name())))
		}
	}
}

func (c *cli) write(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// log is the file to which the stand-ins write what they were given.
func (c *cli) log() string { return filepath.Join(c.dir, "standin.log") }

// given is what the stand-ins were given since the last call.
func (c *cli) given() string {
	c.t.Helper()
	text, err := os.ReadFile(c.log())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		c.t.Fatal(err)
	}
	c.write("standin.log", "")
	return string(text)
}

// try runs a command and returns what it printed.
func (c *cli) try(args ...string) (string, error) {
	c.t.Helper()
	var out bytes.Buffer
	cmd := exec.CommandContext(c.t.Context(), c.path, append(args, "-no-color")...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.dir, c.env, &out, &out
	err := cmd.Run()
	return out.String(), err
}

// run is try for a command that must end with 0.
func (c *cli) run(args ...string) string {
	c.t.Helper()
	out, err := c.try(args...)
	if err != nil {
		c.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (c *cli) apply() string { c.t.Helper(); return c.run("apply", "-auto-approve") }

// settled fails the test if a plan shows a change.
func (c *cli) settled() {
	c.t.Helper()
	c.run("plan", "-detailed-exitcode")
}

// state is the state file.
func (c *cli) state() string {
	c.t.Helper()
	return readFile(c.t, filepath.Join(c.dir, "terraform.tfstate"))
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
