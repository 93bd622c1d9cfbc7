//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peakOf is the largest resident set of a process that has ended, in bytes.
func peakOf(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(usage.Maxrss) //nolint:unconvert // int32 on other systems
	}
	// Bytes there, kilobytes elsewhere (getrusage(2)).
	return int64(usage.Maxrss) << 10 //nolint:unconvert // as above
}
