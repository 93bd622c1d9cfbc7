package helvetisafe

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// cache keeps the result of a function, and lets concurrent callers share one run of it.
// The access token, the Org Key and the list each have one. Unlike in
// x/sync/singleflight, a run doesn't belong to one caller: each waits under its own
// context, the others go on if one leaves, and the run is cancelled when the last has
// left.
type cache[T any] struct {
	mu      sync.Mutex
	current *run[T] // the one under way that a caller can still join
	value   T
	err     error
	until   time.Time // zero while nothing is kept
}

// run is one run of the function.
type run[T any] struct {
	done    chan struct{} // closed when value and err are there
	value   T
	err     error
	waiting int
	cancel  context.CancelFunc
}

// loader is the function whose result is kept, which may be a failure: until says how long.
type loader[T any] func(context.Context) (value T, until time.Time, err error)

// always is the end of what is kept for the life of the process.
var always = time.Unix(1<<40, 0)

// get returns what is kept. If nothing is kept or its time is up, it runs load, once for
// all callers that ask meanwhile, or returns the context's error. Callers that waited get
// the result even if its time is up already.
func (c *cache[T]) get(ctx context.Context, clock rest.Clock, load loader[T]) (T, error) {
	r, value, err := c.join(ctx, clock, load)
	if r == nil {
		return value, err
	}
	select {
	case <-r.done:
		return r.value, r.err
	case <-ctx.Done():
		c.leave(r)
		return value, ctx.Err()
	}
}

// join returns what is kept, or the run to wait for.
func (c *cache[T]) join(ctx context.Context, clock rest.Clock, load loader[T]) (r *run[T], value T, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if clock.Now().Before(c.until) {
		return nil, c.value, c.err
	}
	if err := ctx.Err(); err != nil {
		return nil, value, err
	}
	if c.current == nil {
		shared, cancel := context.WithCancel(context.WithoutCancel(ctx))
		started := &run[T]{done: make(chan struct{}), cancel: cancel}
		c.current = started
		go func() {
			defer cancel()
			c.run(shared, started, load)
		}()
	}
	c.current.waiting++
	return c.current, value, nil
}

// leave ends a run if nobody waits for it any longer.
func (c *cache[T]) leave(r *run[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.waiting--; r.waiting > 0 {
		return
	}
	r.cancel()
	if c.current == r {
		c.current = nil // a caller that comes now must not be handed the cancellation
	}
}

func (c *cache[T]) run(ctx context.Context, r *run[T], load loader[T]) {
	var until time.Time
	defer func() {
		// What is recovered could hold a value, so it isn't printed.
		if recover() != nil { //nolint:forbidigo // a goroutine of ours: a panic here would end the process and print its message
			r.err = errPanic
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		// If all callers have left, a failure says nothing, and a later run may have brought
		// something newer.
		if c.current == r {
			c.current = nil
			c.value, c.err, c.until = r.value, r.err, until
		}
		close(r.done)
	}()
	r.value, until, r.err = load(ctx)
}

var errPanic = errors.New("the client hit a defect of its own; please report it with the steps that led here")

// drop forgets what is kept. It doesn't stop a run under way.
func (c *cache[T]) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	var none T
	c.value, c.err, c.until = none, nil, time.Time{}
}

// gatherTime is how long a batch waits for more callers: they come within moments of each
// other, and each run may take long.
const gatherTime = 20 * time.Millisecond

// batches lets callers share runs of a function that begin after they asked. A caller that
// comes while one is under way waits for the next, together with all others that wait.
// There are never two runs at once.
type batches[T any] struct {
	running sync.Mutex // held by the run under way

	mu   sync.Mutex
	next *cache[T] // those that wait for the next run; it keeps nothing
}

// do runs fn, or waits for the run of another caller.
func (b *batches[T]) do(ctx context.Context, clock rest.Clock, fn func(context.Context) (T, error)) (T, error) {
	b.mu.Lock()
	if b.next == nil {
		b.next = new(cache[T])
	}
	mine := b.next
	b.mu.Unlock()
	return mine.get(ctx, clock, func(ctx context.Context) (value T, until time.Time, err error) {
		b.running.Lock()
		defer b.running.Unlock()
		if err := clock.Sleep(ctx, gatherTime); err != nil { // all callers have left
			return value, until, err
		}
		// Callers that come from now on are too late for this run.
		b.mu.Lock()
		if b.next == mine {
			b.next = nil
		}
		b.mu.Unlock()
		value, err = fn(ctx)
		return value, until, err
	})
}
