package rest

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestSystemClockEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := (SystemClock{}).Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("sleep = %v, want the context's error", err)
	}
	if err := (SystemClock{}).Sleep(context.Background(), time.Nanosecond); err != nil {
		t.Errorf("sleep = %v", err)
	}
}
