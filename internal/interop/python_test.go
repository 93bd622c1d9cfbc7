package interop

import (
	"bufio"
	"encoding/json"
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
)

// errNoPython: this machine has no Python to test with.
var errNoPython = errors.New("no Python 3.10 or newer with its venv module is on PATH (python3 or python)")

// venvDir is where virtualEnv works; TestMain removes it.
var venvDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if venvDir != "" {
		if err := os.RemoveAll(venvDir); err != nil {
			fmt.Fprintln(os.Stderr, "interop:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// virtualEnv makes the virtual environment once for all tests, and returns the
// directory of its programs.
var virtualEnv = sync.OnceValues(func() (string, error) {
	python, err := findPython()
	if err != nil {
		return "", err
	}
	venvDir, err = os.MkdirTemp("", "interop-venv-")
	if err != nil {
		return "", err
	}
	if out, err := exec.Command(python, "-m", "venv", venvDir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("making a Python virtual environment: %w\n%s", err, out)
	}
	bin := filepath.Join(venvDir, "bin")
	if runtime.GOOS == "windows" {
		bin = filepath.Join(venvDir, "Scripts")
	}
	// With --no-deps and --require-hashes pip installs only what requirements.txt names.
	pip := exec.Command(filepath.Join(bin, "python"), "-m", "pip", "install",
		"--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps", "-r", "requirements.txt")
	if out, err := pip.CombinedOutput(); err != nil {
		return "", fmt.Errorf("pip install -r requirements.txt: %w\n%s", err, out)
	}
	return bin, nil
})

func findPython() (string, error) {
	for _, name := range []string{"python3", "python"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if exec.Command(path, "-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))").Run() == nil {
			return path, nil
		}
	}
	return "", errNoPython
}

// requirePython returns the directory of the virtual environment's programs.
func requirePython(t *testing.T) string {
	t.Helper()
	bin, err := virtualEnv()
	if errors.Is(err, errNoPython) && os.Getenv("CI") == "" {
		t.Skipf("SKIPPED, interop with the published Python client: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// pythonEnv is the environment that Python runs in. Of our variables it has only extra,
// and no proxy stands between it and loopback.
func pythonEnv(extra ...string) []string {
	var env []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "HELVETISAFE_") {
			env = append(env, variable)
		}
	}
	return append(append(env, "NO_PROXY=*", "PYTHONUTF8=1"), extra...)
}

// pythonClient is a running driver.py, connected to a vault.
type pythonClient struct {
	in  io.WriteCloser
	out *bufio.Reader
}

// pythonError is an exception that the Python client raised.
type pythonError struct {
	// Class is its class without a module, such as HelvetisafeNotFoundError.
	Class string
	// Detail is its text.
	Detail string
}

func (e *pythonError) Error() string { return e.Class + ": " + e.Detail }

// connectPython starts a Python client with the keyword arguments of
// HelvetisafeClient; it ends with the test.
func connectPython(t *testing.T, settings map[string]string) *pythonClient {
	t.Helper()
	cmd := exec.Command(filepath.Join(requirePython(t), "python"), "driver.py")
	cmd.Env = pythonEnv()
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // driver.py ends with its input
		if err := cmd.Wait(); err != nil {
			t.Errorf("driver.py: %v", err)
		}
	})
	client := &pythonClient{in: in, out: bufio.NewReader(out)}
	if err := client.call("connect", map[string]any{"settings": settings}, nil); err != nil {
		t.Fatalf("the Python client could not connect: %v", err)
	}
	return client
}

// call runs one method of driver.py's Driver, and puts its answer into result unless
// that is nil. An exception comes back as a *pythonError.
func (c *pythonClient) call(method string, arguments map[string]any, result any) error {
	request, err := json.Marshal(map[string]any{"call": method, "arguments": arguments})
	if err != nil {
		return err
	}
	if _, err := c.in.Write(append(request, '\n')); err != nil {
		return fmt.Errorf("writing to driver.py: %w", err)
	}
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("reading from driver.py: %w", err)
	}
	var answer struct {
		OK     json.RawMessage `json:"ok"`
		Error  string          `json:"error"`
		Detail string          `json:"detail"`
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		return fmt.Errorf("driver.py's answer is not JSON: %w", err)
	}
	if answer.Error != "" {
		return &pythonError{Class: answer.Error, Detail: answer.Detail}
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer.OK, result)
}

// pythonSecret is what the Python client's get returns.
type pythonSecret struct {
	// Value is text as the client printed it, whatever the secret holds.
	Value string `json:"value"`
	// ExpiresAt is Python's isoformat, or nil.
	ExpiresAt *string `json:"expires_at"`
}

func (c *pythonClient) get(key string) (pythonSecret, error) {
	var secret pythonSecret
	err := c.call("get", map[string]any{"key": key}, &secret)
	return secret, err
}

func (c *pythonClient) create(t *testing.T, key, value, expiresAt string) {
	t.Helper()
	arguments := map[string]any{"key": key, "value": value}
	if expiresAt != "" {
		arguments["expires_at"] = expiresAt
	}
	if err := c.call("create", arguments, nil); err != nil {
		t.Fatalf("the Python client's create of %s: %v", key, err)
	}
}

func (c *pythonClient) update(t *testing.T, key, value string) {
	t.Helper()
	if err := c.call("update", map[string]any{"key": key, "value": value}, nil); err != nil {
		t.Fatalf("the Python client's update of %s: %v", key, err)
	}
}

func (c *pythonClient) delete(t *testing.T, key string) {
	t.Helper()
	if err := c.call("delete", map[string]any{"key": key}, nil); err != nil {
		t.Fatalf("the Python client's delete of %s: %v", key, err)
	}
}

// keys lists what the Python client sees.
func (c *pythonClient) keys() (map[string]bool, error) {
	var entries []struct {
		Key string `json:"key"`
	}
	if err := c.call("list", map[string]any{}, &entries); err != nil {
		return nil, err
	}
	keys := map[string]bool{}
	for _, entry := range entries {
		keys[entry.Key] = true
	}
	return keys, nil
}
