package reconcile

import "testing"

// TestPlannedDecision: an update obeys the plan, and where the plan left no decision that
// can be read, it compares before it writes.
func TestPlannedDecision(t *testing.T) {
	t.Parallel()
	for planned, want := range map[Decision]Decision{Keep: Keep, Write: Write, Check: Check, "": Check, "x": Check} {
		if got := (&Operation{Planned: Planned{Decision: planned}}).decision(); got != want {
			t.Errorf("planned %q, and it does %q, want %q", planned, got, want)
		}
	}
}
