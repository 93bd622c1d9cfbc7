package helvetisafe

import (
	"context"
	"sync"
	"time"
)

// fakeClock moves only when somebody sleeps, and keeps how long they asked for.
type fakeClock struct {
	mu    sync.Mutex
	time  time.Time
	slept []time.Duration
}

// fakeTime is when every fake clock starts.
var fakeTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newFakeClock() *fakeClock { return &fakeClock{time: fakeTime} }

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time = c.time.Add(d)
}

func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d > 0 {
		c.time = c.time.Add(d)
		c.slept = append(c.slept, d)
	}
	return ctx.Err()
}

func (c *fakeClock) longest() (longest time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.slept {
		longest = max(longest, d)
	}
	return longest
}
