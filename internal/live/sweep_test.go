package live

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

func TestIsOld(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		key string
		old bool
	}{
		{newRun(now) + "value", false},
		{newRun(now.Add(-59*time.Minute)) + "value", false},
		{newRun(now.Add(-61*time.Minute)) + "value", true},
		{newRun(now.Add(time.Minute)) + "value", false}, // another clock
		{"tfacc_20261125115900_x", false},
		{"tfacc_20261125105900_x", true},
		{fmt.Sprintf("tfacc_%d_x", now.Unix()), false},
		{fmt.Sprintf("tfacc_%d_x", now.Add(-2*time.Hour).UnixMilli()), true},
		{"tfacc_20261399T990000Z_x", true},
		{"tfacc_value", true},
		{"tfacc_", true},
	}
	for _, tt := range tests {
		if got := isOld(tt.key, now.Add(-time.Hour)); got != tt.old {
			t.Errorf("%s: old is %t", tt.key, got)
		}
	}
	if a, b := newRun(now), newRun(now); a == b {
		t.Error("two runs have the same prefix")
	}
}

// Sweep deletes what is old and ours, whatever the account's way to authenticate, and
// needs nothing that opens secrets.
func TestSweep(t *testing.T) {
	for _, header := range []devserver.APITokenHeader{devserver.XAegisToken, devserver.Bearer} {
		v := start(t, option(func(o *devserver.Options) { o.APITokenHeader = header })...)
		recent, old := newRun(time.Now())+"value", newRun(time.Now().Add(-90*time.Minute))+"value"
		for _, key := range []string{recent, old, "tfacc_without_a_time", "tfaccount"} {
			v.WritePlain(key, `{"x":"y"}`)
		}
		var out bytes.Buffer
		err := Sweep(t.Context(), Options{Environ: v.Env(acctest.Token, acctest.NoKey), Out: &out, OlderThan: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		if keys := v.Server.Keys(); !slices.Equal(keys, []string{others, recent, "tfaccount"}) {
			t.Errorf("left: %q", keys)
		}
		if !strings.Contains(out.String(), "Deleted 2 of 3") || strings.Contains(out.String(), others) || strings.Contains(out.String(), "tfaccount") {
			t.Errorf("it printed\n%s", &out)
		}
	}
}

// What can't be deleted is said, and keeps nothing else from it.
func TestSweepGoesOn(t *testing.T) {
	v := start(t)
	for _, key := range []string{"tfacc_a", "tfacc_b", "tfacc_c"} {
		v.WritePlain(key, `{"x":"y"}`)
	}
	v.Server.AddFault(devserver.Fault{Path: devserver.RouteDelete, Key: "tfacc_a", Status: 500})
	var out bytes.Buffer
	err := Sweep(t.Context(), Options{Environ: v.Env(acctest.OAuth, acctest.NoKey), Out: &out})
	if err == nil || !strings.Contains(err.Error(), "tfacc_a") {
		t.Errorf("the error is %v", err)
	}
	if keys := v.Server.Keys(); !slices.Equal(keys, []string{others, "tfacc_a"}) {
		t.Errorf("left: %q", keys)
	}
}
