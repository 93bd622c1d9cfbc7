package serve

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// gcPercent fits a process that lives for one command: collecting less often
	// than at 200 takes a sixth of the CPU off a plan of a thousand secrets.
	gcPercent = 800
	// memoryLimit is in bytes. Above it the collector works harder in spite of
	// gcPercent, so that a large heap doesn't grow to nine times its size.
	memoryLimit = 112 << 20
)

// tuneMemory sets up the garbage collector, except for what the user has set.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
		afterEachCollection(raiseMemoryLimit)
	}
}

// raiseMemoryLimit keeps the limit above what is live. If the limit were lower, the
// collector would run without end and free nothing: that takes half of all CPU, and
// four fifths for a list of 100,000 secrets. With a limit of twice the live heap it
// works as Go does by default.
func raiseMemoryLimit() {
	limit := max(memoryLimit, 2*live()+memoryLimit/4)
	// Setting a limit stops the process for a moment, so small changes are left out.
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

// sentinel becomes garbage at once, so its cleanup runs after the next collection. The
// field makes it an allocation of its own: an object without a pointer would share a
// block with others, and live as long as they do.
type sentinel struct{ _ *sentinel }

// afterEachCollection calls do after each garbage collection.
func afterEachCollection(do func()) {
	runtime.AddCleanup(new(sentinel), func(struct{}) {
		do()
		afterEachCollection(do)
	}, struct{}{})
}
