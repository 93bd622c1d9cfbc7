//go:build unix

package helvetisafe

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestReadFile: what is no file of a bearable size is refused at once, and no error
// holds the path.
func TestReadFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "MARKER")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name string, size int, mode os.FileMode) string {
		if err := os.WriteFile(at(name), make([]byte, size), mode); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	if err := syscall.Mkfifo(at("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(write("target", 3, 0o600), at("link")); err != nil {
		t.Fatal(err)
	}
	socket, err := new(net.ListenConfig).Listen(t.Context(), "unix", at("socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	sparse := write("sparse", 0, 0o600)
	if err := os.Truncate(sparse, 1<<40); err != nil {
		t.Log("no sparse file here:", err)
	}
	for _, row := range []struct {
		name, path, says string
		size             int
	}{
		{"a file", write("file", 5, 0o600), "", 5},
		{"an empty one", write("empty", 0, 0o600), "", 0},
		{"at the limit", write("limit", 100, 0o600), "", 100},
		{"beyond it", write("large", 101, 0o600), "too large", 0},
		{"a huge one", sparse, "too large", 0},
		{"a link", at("link"), "", 3},
		{"none", at("MARKER-none"), "no such file", 0},
		{"a directory", dir, "a directory", 0},
		{"a pipe", at("pipe"), "not a regular file", 0},
		{"a socket", at("socket"), "not a regular file", 0},
		{"a device that ends never", "/dev/zero", "not a regular file", 0},
		{"a device that has nothing", "/dev/null", "not a regular file", 0},
		{"a name that is too long", at(strings.Repeat("MARKER", 1000)), "too long", 0},
		{"a name with a zero byte", at("MARKER\x00"), "invalid", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			content, err := ReadFile(row.path, 100)
			if row.says == "" {
				if err != nil || len(content) != row.size {
					t.Errorf("%d bytes, %v", len(content), err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "MARKER") {
				t.Errorf("err = %v", err)
			}
		})
	}
}
