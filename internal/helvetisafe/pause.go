package helvetisafe

import (
	"context"
	"sync"
	"time"
)

// pause is the wait that a 429 asks for, kept by all callers: one that is told to
// slow down speaks for the account, not for the request.
type pause struct {
	mu    sync.Mutex
	until time.Time
}

// extend makes the pause last until t at least.
func (p *pause) extend(t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.After(p.until) {
		p.until = t
	}
}

func (p *pause) end() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.until
}

// wait returns when the pause is over, or with the context's error.
func (p *pause) wait(ctx context.Context, c clock) error {
	for {
		// Asked again after each sleep: another caller may have been told to
		// wait longer meanwhile.
		d := p.end().Sub(c.now())
		if d <= 0 {
			return ctx.Err()
		}
		// Spread, so that those who waited together don't come back together.
		if err := c.sleep(ctx, asked(d)); err != nil {
			return err
		}
	}
}
