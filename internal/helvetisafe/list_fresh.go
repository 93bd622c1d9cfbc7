package helvetisafe

import (
	"context"
	"sync"
	"time"
)

// gatherTime is how long a fresh list waits for others that want it: deletions begin
// within moments of each other, and each list may be long.
const gatherTime = 20 * time.Millisecond

// turns lets callers share runs of a function that begin after they asked. A caller that
// comes while one is under way waits for the next, together with all others that wait.
// There are never two runs at once.
type turns[T any] struct {
	once sync.Once
	turn chan struct{} // holds one token while no run is under way

	mu   sync.Mutex
	next *flight[T] // those that wait for the next run
}

// do runs fn, or waits for the run of another caller. gather waits for more callers
// before a run.
func (t *turns[T]) do(ctx context.Context, gather func(context.Context) error, fn func(context.Context) (T, error)) (T, error) {
	t.once.Do(func() {
		t.turn = make(chan struct{}, 1)
		t.turn <- struct{}{}
	})
	t.mu.Lock()
	if t.next == nil {
		t.next = new(flight[T])
	}
	mine := t.next
	t.mu.Unlock()
	return mine.do(ctx, func(ctx context.Context) (T, error) {
		var none T
		select {
		case <-t.turn:
		case <-ctx.Done(): // all callers have left
			return none, ctx.Err()
		}
		defer func() { t.turn <- struct{}{} }()
		if err := gather(ctx); err != nil {
			return none, err
		}
		// Callers that come from now on are too late for this run.
		t.mu.Lock()
		if t.next == mine {
			t.next = nil
		}
		t.mu.Unlock()
		return fn(ctx)
	})
}

// FreshList is a list that was asked for after this call began. Callers that wait share
// the next one, and there are never two at once. So many deletions at the same time, each
// of which looks first, need only a few lists.
func (c *Client) FreshList(ctx context.Context) (*Listing, error) {
	gather := func(ctx context.Context) error { return c.rest.Clock.Sleep(ctx, gatherTime) }
	l, err := c.fresh.do(ctx, gather, c.List)
	if err != nil && ctx.Err() != nil {
		return nil, c.newCall(get(pathSecrets, scopeList, limitList)).cancelled(ctx)
	}
	return l, err
}

// Pinned reports whether Org Keys are pinned, so that each write and each deletion
// checks the one in use.
func (c *Client) Pinned() bool { return len(c.keys.pins) > 0 }
