//go:build !windows

package serve

import (
	"os"
	"time"
)

// parentInterval is the time between two looks at the parent. Each is one system call.
const parentInterval = time.Second

// waitForParent returns when the process that started this one has ended, after
// which the system gives this one another parent.
//
// Linux could send a signal instead (PR_SET_PDEATHSIG), but it does so when the
// thread that started this process ends, and Go ends threads while a program runs.
func waitForParent() {
	first := os.Getppid()
	for os.Getppid() == first {
		time.Sleep(parentInterval)
	}
}
