package helvetisafe

import (
	"context"
	"time"
)

// clock is the time that waits and token lifetimes go by, so that tests of them
// take none.
type clock interface {
	now() time.Time
	// sleep returns early, with the context's error, when ctx ends.
	sleep(ctx context.Context, d time.Duration) error
}

type systemClock struct{}

func (systemClock) now() time.Time { return time.Now() }

func (systemClock) sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
