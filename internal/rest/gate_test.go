package rest

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{}
		began := time.Now()
		if err := g.wait(t.Context(), SystemClock{}); err != nil || time.Since(began) != 0 {
			t.Fatalf("an open gate: err %v, waited %v", err, time.Since(began))
		}
		g.extend(time.Now().Add(10 * time.Second))
		g.extend(time.Now().Add(5 * time.Second)) // a shorter one doesn't shorten it
		if err := g.wait(t.Context(), SystemClock{}); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(began); got < 10*time.Second || got > 11*time.Second {
			t.Errorf("waited %v, want 10 to 11 s", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		g.extend(time.Now().Add(time.Hour))
		if err := g.wait(ctx, SystemClock{}); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v, want the context's", err)
		}
	})
}
