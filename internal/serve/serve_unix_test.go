//go:build unix

package serve

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestEndsWithItsParent kills a parent so that it can't end its child itself.
func TestEndsWithItsParent(t *testing.T) {
	// The child has the only end of the pipe that is left when the parent is killed,
	// so the pipe ends when the child does.
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = read.Close() }()
	parent := exec.CommandContext(t.Context(), os.Args[0])
	parent.Env = append(os.Environ(), role+"=parent")
	parent.Stdout = write
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	out := bufio.NewReader(read)
	if line, err := out.ReadString('\n'); strings.TrimSpace(line) != "serving" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	if err := parent.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	rest, err := io.ReadAll(out)
	if err != nil || len(rest) > 0 {
		t.Errorf("the child says %q, %v", rest, err)
	}
}
