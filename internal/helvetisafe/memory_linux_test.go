package helvetisafe

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// Variables that make TestMemoryOfAClient the process to look into.
const (
	lookedIntoURL  = "HELVETISAFE_TEST_URL"
	lookedIntoFile = "HELVETISAFE_TEST_PEM_FILE"
)

// TestMemoryOfAClient is no test by itself: it loads the Org Key with the private
// key in a file, and waits to be looked into.
func TestMemoryOfAClient(t *testing.T) {
	url := os.Getenv(lookedIntoURL)
	if url == "" {
		return
	}
	c, err := New(Config{
		BaseURL: url, Auth: APIToken{Token: redact.NewString(testAPIToken)}, Key: KeySource{Path: os.Getenv(lookedIntoFile)},
	})
	if err != nil {
		t.Fatal(err)
	}
	fingerprint, err := c.OrgKeyFingerprint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = os.Stdout.WriteString(fingerprint + "\n")
	_, _ = io.Copy(io.Discard, os.Stdin) // ends when it has been looked into
}

// TestNoCopyOfThePEMStays looks through the heap of a process that has loaded the Org
// Key, garbage and stacks included, for any line of the file that held the private
// key: those bytes went through buffers of ours alone, and all of them are cleared.
func TestNoCopyOfThePEMStays(t *testing.T) {
	v := newVault(t)
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, testKeys().pem, 0o600); err != nil {
		t.Fatal(err)
	}
	process := exec.Command(os.Args[0], "-test.run=^TestMemoryOfAClient$")
	process.Env = append(os.Environ(), lookedIntoURL+"="+v.url, lookedIntoFile+"="+file)
	stdin, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = stdin.Close()
		_ = process.Wait()
	}()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "SHA256:") {
		t.Fatalf("the process says %q, %v", line, err)
	}
	heap := goHeap(t, process.Process.Pid)
	if !bytes.Contains(heap, []byte(strings.TrimSpace(line))) {
		t.Fatal("what the process has just printed isn't in what was looked through")
	}
	lines := bytes.Split(bytes.TrimSpace(testKeys().pem), []byte("\n"))
	for n, line := range lines[1 : len(lines)-1] {
		if bytes.Contains(heap, line) {
			t.Errorf("line %d of the private key is still in memory", n+2)
		}
	}
}

// goHeap reads what a Go process can write to, but for the mappings that are larger
// than an arena of its heap: those of the race detector.
func goHeap(t *testing.T, pid int) []byte {
	t.Helper()
	const arena = 64 << 20
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	maps, err := os.ReadFile(filepath.Join(proc, "maps"))
	if err != nil {
		t.Fatal(err)
	}
	memory, err := os.Open(filepath.Join(proc, "mem"))
	if err != nil {
		t.Skipf("the memory of a child process can't be read here: %v", err)
	}
	defer func() { _ = memory.Close() }()
	var heap []byte
	for line := range strings.Lines(string(maps)) {
		var start, end int64
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &start, &end, &mode); err != nil || end-start > arena || !strings.HasPrefix(mode, "rw") {
			continue
		}
		part := make([]byte, end-start)
		if _, err := memory.ReadAt(part, start); err != nil {
			t.Fatal(err)
		}
		heap = append(heap, part...)
	}
	return heap
}
