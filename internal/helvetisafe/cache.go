package helvetisafe

import (
	"context"
	"sync"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// cache keeps the result of a function, and lets concurrent callers share one run of it.
// The access token, the Org Key and the list each have one.
type cache[T any] struct {
	flight flight[T]

	mu    sync.Mutex
	value T
	err   error
	until time.Time // zero while nothing is kept
}

// always is the end of what is kept for the life of the process.
var always = time.Unix(1<<40, 0)

// get returns what is kept. If nothing is kept or its time is up, it runs load, once for
// all callers that ask meanwhile. load also says until when to keep its result, which may
// be a failure. Callers that waited get the result even if its time is up already.
func (c *cache[T]) get(ctx context.Context, clock rest.Clock, load func(context.Context) (T, time.Time, error)) (T, error) {
	if value, ok, err := c.kept(clock.Now()); ok {
		return value, err
	}
	return c.flight.do(ctx, func(ctx context.Context) (T, error) {
		// Loaded since this caller looked.
		if value, ok, err := c.kept(clock.Now()); ok {
			return value, err
		}
		value, until, err := load(ctx)
		if err != nil && ctx.Err() != nil {
			return value, err // all callers have left, so the failure says nothing
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.value, c.err, c.until = value, err, until
		return value, err
	})
}

func (c *cache[T]) kept(now time.Time) (value T, ok bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !now.Before(c.until) {
		return value, false, nil
	}
	return c.value, true, c.err
}

// drop forgets what is kept. It doesn't stop a run under way.
func (c *cache[T]) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	var none T
	c.value, c.err, c.until = none, nil, time.Time{}
}
