package rest

import (
	"context"
	"sync"
	"time"
)

// gate is closed for the time that a 429 asks for, to all callers: one that is told to
// slow down speaks for the account, not for the request.
type gate struct {
	mu    sync.Mutex
	until time.Time
}

// extend keeps the gate closed until t at least.
func (g *gate) extend(t time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.After(g.until) {
		g.until = t
	}
}

func (g *gate) end() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.until
}

// wait returns when the gate is open, or with the context's error.
func (g *gate) wait(ctx context.Context, c Clock) error {
	for {
		// Asked again after each sleep: another caller may have been told to
		// wait longer meanwhile.
		d := g.end().Sub(c.Now())
		if d <= 0 {
			return ctx.Err()
		}
		// Spread, so that those who waited together don't come back together.
		if err := c.Sleep(ctx, asked(d)); err != nil {
			return err
		}
	}
}
