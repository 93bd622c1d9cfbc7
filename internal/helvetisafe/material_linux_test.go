package helvetisafe

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestReadFileThatIsLent: a file server that has lent the file to a client gives it back
// when it is asked to, and the file is read then.
func TestReadFileThatIsLent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	const setLease = 1024 // F_SETLEASE, which package syscall doesn't have
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, server.Fd(), setLease, syscall.F_WRLCK); errno != 0 {
		_ = server.Close()
		t.Fatal(errno)
	}
	go func() {
		time.Sleep(200 * time.Millisecond)
		_ = server.Close() // ends the lease
	}()
	if content, err := ReadFile(path, 100); err != nil || string(content) != "text" {
		t.Errorf("%q, %v", content, err)
	}
}
