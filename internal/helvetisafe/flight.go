package helvetisafe

import (
	"context"
	"errors"
	"sync"
)

// flight lets concurrent callers share one run of a function. Unlike in
// x/sync/singleflight, a run doesn't belong to one caller: each waits under its own
// context, the others go on if one leaves, and the run is cancelled when the last has
// left.
type flight[T any] struct {
	mu      sync.Mutex
	current *run[T]
}

type run[T any] struct {
	done    chan struct{} // closed when value and err are there
	value   T
	err     error
	waiting int
	cancel  context.CancelFunc
}

// do returns what fn returned for this caller and all that wait with it, or the
// context's error. Nothing is kept: a later call runs fn again.
func (f *flight[T]) do(ctx context.Context, fn func(context.Context) (T, error)) (T, error) {
	var zero T
	if err := ctx.Err(); err != nil {
		return zero, err
	}
	f.mu.Lock()
	r := f.current
	if r == nil {
		r = &run[T]{done: make(chan struct{})}
		var shared context.Context
		shared, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
		f.current = r
		go f.fly(shared, r, fn)
	}
	r.waiting++
	f.mu.Unlock()

	select {
	case <-r.done:
		return r.value, r.err
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.waiting--; r.waiting == 0 {
		r.cancel()
		if f.current == r {
			// A caller that comes now must not be handed the cancellation.
			f.current = nil
		}
	}
	return zero, ctx.Err()
}

func (f *flight[T]) fly(ctx context.Context, r *run[T], fn func(context.Context) (T, error)) {
	defer r.cancel()
	defer func() {
		// What is recovered could hold a value, so it isn't printed.
		if recover() != nil { //nolint:forbidigo // a goroutine of ours: a panic here would end the process and print its message
			r.err = errPanic
		}
		f.mu.Lock()
		if f.current == r {
			f.current = nil
		}
		f.mu.Unlock()
		close(r.done)
	}()
	r.value, r.err = fn(ctx)
}

var errPanic = errors.New("the provider hit a defect of its own; please report it with the steps that led here")
