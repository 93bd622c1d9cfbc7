package serve

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
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
		afterEachCollection(raiseMemoryLimit)
	}
}

// raiseMemoryLimit keeps the limit above what is live. Under a limit that is lower,
// the collector runs without end, and frees nothing: half of all CPU goes to it, four
// fifths of the CPU of a list of 100,000 secrets. With twice what is live it works as
// Go's does by default, on a heap of that size.
func raiseMemoryLimit() {
	limit := max(memoryLimit, 2*live()+memoryLimit/4)
	// To set a limit stops the process for a moment: not for a trifle.
	if now := debug.SetMemoryLimit(-1); limit > now || limit < now-now/8 {
		debug.SetMemoryLimit(limit)
	}
}

// live is how many bytes the last collection found in use.
func live() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64()) // #nosec G115 -- no heap is that large
}

// sentinel becomes garbage at once, so that its cleanup tells of a collection. The
// field makes it an allocation of its own: one without a pointer would share a block
// with others, and last as long as they do.
type sentinel struct{ _ *sentinel }

// afterEachCollection calls do after each garbage collection.
func afterEachCollection(do func()) {
	runtime.AddCleanup(new(sentinel), func(struct{}) {
		do()
		afterEachCollection(do)
	}, struct{}{})
}
