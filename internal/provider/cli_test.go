package provider

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

// providerBinary builds the provider once for all tests that drive a CLI without
// the test framework.
var providerBinary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "helvetisafe-provider")
	if err != nil {
		return "", err
	}
	providerDir = dir
	name := filepath.Join(dir, "terraform-provider-helvetisafe")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	args := []string{"build"}
	if raceEnabled {
		args = append(args, "-race")
	}
	build := exec.Command("go", append(args, "-o", name, "../..")...)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return name, nil
})

// providerDir is where providerBinary built; empty if no test asked for it.
var providerDir string

// TestMain removes what providerBinary built.
func TestMain(m *testing.M) {
	code := m.Run()
	if providerDir != "" {
		_ = os.RemoveAll(providerDir)
	}
	os.Exit(code)
}

// cli runs the real Terraform or OpenTofu on a folder, with the provider as a process of
// its own; the test framework would run it in this one.
type cli struct {
	t    testing.TB
	dir  string
	path string
	env  []string
}

// newCLI makes a folder with the configuration. env is what the CLI sees beside
// PATH and HOME.
func newCLI(t testing.TB, configuration string, env ...string) *cli {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test runs the real CLI")
	}
	binary, err := providerBinary()
	if err != nil {
		t.Fatal(err)
	}
	c := &cli{t: t, dir: t.TempDir(), path: os.Getenv("TF_ACC_TERRAFORM_PATH")}
	if c.path == "" {
		if c.path, err = exec.LookPath("terraform"); err != nil {
			t.Fatal("no terraform on PATH; set TF_ACC_TERRAFORM_PATH to the CLI to test with")
		}
	}
	host := os.Getenv("TF_ACC_PROVIDER_HOST")
	if host == "" {
		host = "registry.terraform.io"
	}
	rc := filepath.Join(c.dir, "cli.tfrc")
	overrides := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n",
		host+"/helvetisafe/helvetisafe", filepath.ToSlash(filepath.Dir(binary)))
	c.write("cli.tfrc", overrides)
	c.write("main.tf", configuration)
	c.env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir, "TMPDIR=" + c.dir,
		"TF_CLI_CONFIG_FILE=" + rc, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0",
		"GORACE=" + watchForRaces(t),
	}, env...)
	return c
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

func (c *cli) write(name, content string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(content), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// run runs a command and returns what it printed on both streams.
func (c *cli) run(args ...string) (string, error) {
	c.t.Helper()
	var out bytes.Buffer
	command := exec.CommandContext(c.t.Context(), c.path, args...)
	command.Dir, command.Env = c.dir, c.env
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	return out.String(), err
}

// mustRun fails the test if the command does.
func (c *cli) mustRun(args ...string) string {
	c.t.Helper()
	out, err := c.run(args...)
	if err != nil {
		c.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// required is the block that names the provider for a CLI run by hand.
const required = `terraform {
  required_providers {
    helvetisafe = { source = "helvetisafe/helvetisafe" }
  }
}
`

// module writes a local module beside the configuration.
func (c *cli) module(name, content string) error {
	if err := os.Mkdir(filepath.Join(c.dir, name), 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.dir, name, "main.tf"), []byte(content), 0o600)
}
