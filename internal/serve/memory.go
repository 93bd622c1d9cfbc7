package serve

import (
	"os"
	"runtime/debug"
)

const (
	// gcPercent fits a process that lives for one command: collecting less often
	// takes a quarter of the CPU off a plan of a thousand secrets.
	gcPercent = 800
	// memoryLimit, in bytes, is where the collector works harder all the same, so
	// that gcPercent does not cost memory where there is much to hold.
	memoryLimit = 112 << 20
)

// tuneMemory leaves alone what the user has set.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
