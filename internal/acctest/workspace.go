package acctest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// built is the directory of BuildProvider, and buildFlags are the flags that it builds
// with.
var (
	built      string
	buildFlags []string
)

// Main runs the tests of a package, removes what BuildProvider has built for them, with
// these flags of go build, and exits.
func Main(m *testing.M, flags ...string) {
	buildFlags = flags
	code := m.Run()
	if built != "" {
		if err := os.RemoveAll(built); err != nil {
			fmt.Fprintln(os.Stderr, "removing the provider:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// BuildProvider builds the provider once for all tests of a package, whose TestMain calls
// Main, and returns the path of the program. The program has a directory of its own.
var BuildProvider = sync.OnceValues(func() (path string, err error) {
	if built, err = os.MkdirTemp("", "helvetisafe-provider-"); err != nil {
		return "", err
	}
	path = filepath.Join(built, "terraform-provider-helvetisafe")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	args := append([]string{"build", "-o", path}, buildFlags...)
	build := exec.Command("go", append(args, "github.com/helvetisafe/terraform-provider-helvetisafe")...)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the provider: %w\n%s", err, out)
	}
	return path, nil
})

// Workspace is a directory in which the real Terraform or OpenTofu runs, with the provider
// as users have it, a process; terraform-plugin-testing would run it in the test's own.
type Workspace struct {
	T    testing.TB
	Dir  string
	Path string   // of the CLI
	Env  []string // what the CLI sees
}

// NewWorkspace makes a workspace with one file of configuration. env is what the CLI sees
// beside PATH and HOME. It skips the test if TF_ACC is not set.
func NewWorkspace(t testing.TB, configuration string, env ...string) *Workspace {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test runs the real CLI (make test)")
	}
	w := &Workspace{T: t, Dir: t.TempDir(), Path: CLIPath()}
	if w.Path == "" {
		t.Fatal("neither Terraform nor OpenTofu can be run; put one on PATH or name it in TF_ACC_TERRAFORM_PATH")
	}
	provider, err := BuildProvider()
	if err != nil {
		t.Fatal(err)
	}
	w.TakeProviders(filepath.Dir(provider), "helvetisafe/helvetisafe")
	w.Write("main.tf", configuration)
	w.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.Dir, "TMPDIR=" + w.Dir,
		"TF_CLI_CONFIG_FILE=" + filepath.Join(w.Dir, "cli.tfrc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0",
	}, env...)
	return w
}

// TakeProviders has the CLI take the providers of these addresses, without their host,
// from a directory, and no others.
func (w *Workspace) TakeProviders(dir string, addresses ...string) {
	w.T.Helper()
	var rc strings.Builder
	rc.WriteString("provider_installation {\n  dev_overrides {\n")
	for _, address := range addresses {
		for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
			fmt.Fprintf(&rc, "    \"%s/%s\" = %q\n", host, address, filepath.ToSlash(dir))
		}
	}
	rc.WriteString("  }\n  direct {}\n}\n")
	w.Write("cli.tfrc", rc.String())
}

// Write writes a file of the workspace.
func (w *Workspace) Write(name, text string) {
	w.T.Helper()
	if err := os.WriteFile(filepath.Join(w.Dir, name), []byte(text), 0o600); err != nil {
		w.T.Fatal(err)
	}
}

// Run runs a command, and returns what it printed on both streams.
func (w *Workspace) Run(args ...string) (string, error) {
	w.T.Helper()
	var out bytes.Buffer
	command := exec.CommandContext(w.T.Context(), w.Path, args...)
	command.Dir, command.Env = w.Dir, w.Env
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	return out.String(), err
}

// MustRun is Run for a command that must end with 0.
func (w *Workspace) MustRun(args ...string) string {
	w.T.Helper()
	out, err := w.Run(args...)
	if err != nil {
		w.T.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}
