package serve

import (
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"testing"
)

// role says what the test's own binary is started as: a process with the settings of
// this package, a parent, or its child.
const role = "HELVETISAFE_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "tuned":
		tuneMemory()
		_, _ = fmt.Fprintln(os.Stdout, debug.SetGCPercent(0), debug.SetMemoryLimit(-1))
		os.Exit(0)
	case "parent":
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), role+"=child")
		child.Stdout = os.Stdout
		if err := child.Start(); err != nil {
			os.Exit(1)
		}
		select {}
	case "child":
		go endWithParent(os.Getppid())
		_, _ = os.Stdout.WriteString("serving\n")
		select {}
	}
	os.Exit(m.Run())
}
