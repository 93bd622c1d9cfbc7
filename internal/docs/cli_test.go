package docs

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

func TestMain(m *testing.M) { acctest.Main(m) }

// builtProviders builds all of them once, and returns their directory.
var builtProviders = sync.OnceValues(func() (string, error) {
	ours, err := acctest.BuildProvider()
	if err != nil {
		return "", err
	}
	dir, exe := filepath.Dir(ours), filepath.Ext(ours)
	standin := filepath.Join(dir, "standin"+exe)
	if out, err := exec.Command("go", "build", "-o", standin, "./standin").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	for name := range addresses {
		if name == "helvetisafe" {
			continue
		}
		if err := duplicate(standin, filepath.Join(dir, "terraform-provider-"+name+exe)); err != nil {
			return "", err
		}
	}
	return dir, nil
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

// cli is a workspace with the providers of the guides.
type cli struct{ *acctest.Workspace }

// newCLI makes a workspace with the files of a guide's example. env is what the CLI sees
// beside PATH and HOME.
func newCLI(t *testing.T, example string, env ...string) *cli {
	t.Helper()
	c := &cli{acctest.NewWorkspace(t, "", env...)}
	providers, err := builtProviders()
	if err != nil {
		t.Fatal("build the providers:", err)
	}
	c.TakeProviders(providers, slices.Collect(maps.Values(addresses))...)
	if example != "" {
		c.use(example)
	}
	c.Env = append([]string{"STANDIN_SECRET=" + secret, "STANDIN_LOG=" + c.log()}, c.Env...)
	return c
}

// use puts an example's files in the place of those before.
func (c *cli) use(example string) { c.T.Helper(); c.useDir(example, ".") }

// useDir puts the files of one directory of the examples into one of the CLI's.
func (c *cli) useDir(example, into string) {
	c.T.Helper()
	entries, err := os.ReadDir(filepath.Join(examples, filepath.FromSlash(example)))
	if err == nil {
		err = os.MkdirAll(filepath.Join(c.Dir, into), 0o700)
	}
	if err != nil {
		c.T.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			c.Write(filepath.Join(into, entry.Name()), readFile(c.T, filepath.Join(examples, filepath.FromSlash(example), entry.Name())))
		}
	}
}

// log is the file to which the stand-ins write what they were given.
func (c *cli) log() string { return filepath.Join(c.Dir, "standin.log") }

// given is what the stand-ins were given since the last call.
func (c *cli) given() string {
	c.T.Helper()
	text, err := os.ReadFile(c.log())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		c.T.Fatal(err)
	}
	c.Write("standin.log", "")
	return string(text)
}

// try runs a command and returns what it printed.
func (c *cli) try(args ...string) (string, error) {
	c.T.Helper()
	return c.Run(append(args, "-no-color")...)
}

// run is try for a command that must end with 0.
func (c *cli) run(args ...string) string {
	c.T.Helper()
	return c.MustRun(append(args, "-no-color")...)
}

func (c *cli) apply() string { c.T.Helper(); return c.run("apply", "-auto-approve") }

// settled fails the test if a plan shows a change.
func (c *cli) settled() {
	c.T.Helper()
	c.run("plan", "-detailed-exitcode")
}

// state is the state file.
func (c *cli) state() string {
	c.T.Helper()
	return readFile(c.T, filepath.Join(c.Dir, "terraform.tfstate"))
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
