package serve

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"testing"
)

// TestMemoryLimitFollowsWhatIsLive: twice as much is live as the limit allows, and
// ten times that goes through the heap. A collector that chases its limit collects
// hundreds of times; one that lets the heap double, about ten.
func TestMemoryLimitFollowsWhatIsLive(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	percent, limit := debug.SetGCPercent(-1), debug.SetMemoryLimit(-1)
	defer func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}()
	tuneMemory()
	const block = 64 << 10
	kept := make([][]byte, 2*memoryLimit/block)
	for i := range kept {
		kept[i] = make([]byte, block)
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range 10 * len(kept) {
		kept[i%len(kept)] = make([]byte, block)
	}
	runtime.ReadMemStats(&after)
	if n := after.NumGC - before.NumGC; n > 40 {
		t.Errorf("%d collections", n)
	}
	if now := debug.SetMemoryLimit(-1); now < 2*memoryLimit {
		t.Errorf("the limit is %d bytes below what is live", 2*memoryLimit-now)
	}
	runtime.KeepAlive(kept)
}

// TestMemoryOfTheUser: a limit and a percentage that the user has set stand.
func TestMemoryOfTheUser(t *testing.T) {
	for _, row := range []struct{ percent, limit, want string }{
		{"", "", "800 117440512\n"},
		{"77", "", "77 117440512\n"},
		{"", "1TiB", "800 1099511627776\n"},
		{"77", "1TiB", "77 1099511627776\n"},
	} {
		process := exec.CommandContext(t.Context(), os.Args[0])
		process.Env = append(os.Environ(), role+"=tuned", "GOGC="+row.percent, "GOMEMLIMIT="+row.limit)
		if out, err := process.Output(); err != nil || string(out) != row.want {
			t.Errorf("with GOGC %q and GOMEMLIMIT %q: %q, %v, want %q", row.percent, row.limit, out, err, row.want)
		}
	}
}
