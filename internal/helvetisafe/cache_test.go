package helvetisafe

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestCacheKeepsUntil(t *testing.T) {
	boom := errors.New("boom")
	for _, row := range []struct {
		name  string
		keep  time.Duration // 0 for always
		err   error
		after time.Duration
		loads int
	}{
		{"a value within its time", time.Minute, nil, time.Minute - 1, 1},
		{"a value past its time", time.Minute, nil, time.Minute, 2},
		{"a value for good", 0, nil, 1000 * time.Hour, 1},
		{"a failure within its time", time.Second, boom, time.Second - 1, 1},
		{"a failure past its time", time.Second, boom, time.Second, 2},
		{"what is past its time at once", -1, nil, 0, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			var c cache[int]
			clock := newFakeClock()
			loads := 0
			get := func() {
				t.Helper()
				want := loads
				got, err := c.get(t.Context(), clock, func(context.Context) (int, time.Time, error) {
					loads++
					want = loads
					until := always
					if row.keep != 0 {
						until = clock.Now().Add(row.keep)
					}
					return loads, until, row.err
				})
				if got != want || !errors.Is(err, row.err) {
					t.Errorf("got %d, %v; want %d, %v", got, err, want, row.err)
				}
			}
			get()
			clock.advance(row.after)
			get()
			if loads != row.loads {
				t.Errorf("%d loads, want %d", loads, row.loads)
			}
		})
	}
}

func TestCacheDrop(t *testing.T) {
	var c cache[int]
	clock := newFakeClock()
	loads := 0
	load := func(context.Context) (int, time.Time, error) { loads++; return loads, always, nil }
	for _, want := range []int{1, 1, 2} {
		if want == 2 {
			c.drop()
		}
		if got, err := c.get(t.Context(), clock, load); got != want || err != nil {
			t.Errorf("got %d, %v; want %d", got, err, want)
		}
	}
}

func TestCacheLearnsNothingFromACancellation(t *testing.T) {
	var c cache[int]
	clock := newFakeClock()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	_, err := c.get(ctx, clock, func(ctx context.Context) (int, time.Time, error) {
		defer close(ended)
		cancel()
		<-ctx.Done()
		return 0, always, ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	<-ended
	if got, err := c.get(t.Context(), clock, func(context.Context) (int, time.Time, error) { return 7, always, nil }); got != 7 || err != nil {
		t.Errorf("the next caller got %d, %v", got, err)
	}
}

// TestCacheKeepsTheNewerResult: a run that all callers have left, and that ends well all
// the same, doesn't replace what a later run has brought.
func TestCacheKeepsTheNewerResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c cache[string]
		clock := newFakeClock()
		load := func(value string, wait <-chan struct{}) func(context.Context) (string, time.Time, error) {
			return func(context.Context) (string, time.Time, error) {
				<-wait
				return value, always, nil
			}
		}
		late, atOnce := make(chan struct{}), make(chan struct{})
		close(atOnce)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := c.get(ctx, clock, load("older", late)); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
		if got, err := c.get(t.Context(), clock, load("newer", atOnce)); got != "newer" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		close(late)
		synctest.Wait()
		if got, err := c.get(t.Context(), clock, load("another", atOnce)); got != "newer" || err != nil {
			t.Errorf("kept %q, %v", got, err)
		}
	})
}

func TestCacheIsLoadedOnceForAll(t *testing.T) {
	var c cache[int]
	clock := newFakeClock()
	var loads atomic.Int32
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			for range 100 {
				if got, err := c.get(t.Context(), clock, func(context.Context) (int, time.Time, error) {
					loads.Add(1)
					return 7, always, nil
				}); got != 7 || err != nil {
					t.Errorf("got %d, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
	if loads.Load() != 1 {
		t.Errorf("%d loads", loads.Load())
	}
}

// do shares a run, of which nothing is kept.
func (c *cache[T]) do(ctx context.Context, fn func(context.Context) (T, error)) (T, error) {
	return c.get(ctx, newFakeClock(), func(ctx context.Context) (value T, until time.Time, err error) {
		value, err = fn(ctx)
		return value, until, err
	})
}

// waiters waits until n callers share the run under way.
func (c *cache[T]) waiters(t *testing.T, n int) {
	t.Helper()
	for {
		c.mu.Lock()
		reached := c.current != nil && c.current.waiting == n
		c.mu.Unlock()
		if reached {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func TestCacheRunsOnceForAllCallers(t *testing.T) {
	var c cache[int]
	var runs atomic.Int32
	release := make(chan struct{})
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			got, err := c.do(context.Background(), func(context.Context) (int, error) {
				runs.Add(1)
				<-release
				return 7, nil
			})
			if got != 7 || err != nil {
				t.Errorf("do = %d, %v", got, err)
			}
		})
	}
	c.waiters(t, 100)
	close(release)
	wg.Wait()
	if runs.Load() != 1 {
		t.Errorf("%d runs, want 1", runs.Load())
	}
}

func TestCacheSharesAFailureAndKeepsNone(t *testing.T) {
	var c cache[int]
	boom := errors.New("boom")
	if _, err := c.do(context.Background(), func(context.Context) (int, error) { return 0, boom }); !errors.Is(err, boom) {
		t.Fatalf("err = %v", err)
	}
	if got, err := c.do(context.Background(), func(context.Context) (int, error) { return 1, nil }); got != 1 || err != nil {
		t.Fatalf("the next call got %d, %v", got, err)
	}
}

func TestCacheACancelledLeaderTakesNothingFromOthers(t *testing.T) {
	var c cache[int]
	release := make(chan struct{})
	leader, cancel := context.WithCancel(context.Background())
	fn := func(ctx context.Context) (int, error) {
		<-release
		return 7, ctx.Err()
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := c.do(leader, fn); !errors.Is(err, context.Canceled) {
			t.Errorf("the leader got %v", err)
		}
	})
	c.waiters(t, 1)
	wg.Go(func() {
		if got, err := c.do(context.Background(), fn); got != 7 || err != nil {
			t.Errorf("the other got %d, %v", got, err)
		}
	})
	c.waiters(t, 2)
	cancel()
	c.waiters(t, 1)
	close(release)
	wg.Wait()
}

func TestCacheEndsWhenTheLastCallerLeaves(t *testing.T) {
	var c cache[int]
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = c.do(ctx, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			close(ended)
			return 0, ctx.Err()
		})
	})
	c.waiters(t, 1)
	cancel()
	wg.Wait()
	<-ended
	// The next caller gets a run of its own, not the cancellation of the last one.
	if got, err := c.do(context.Background(), func(context.Context) (int, error) { return 1, nil }); got != 1 || err != nil {
		t.Errorf("the next call got %d, %v", got, err)
	}
}

func TestCacheTurnsAPanicIntoAnErrorWithoutItsValue(t *testing.T) {
	var c cache[int]
	_, err := c.do(context.Background(), func(context.Context) (int, error) { panic("marker") })
	if !errors.Is(err, errPanic) {
		t.Errorf("err = %v, want errPanic", err)
	}
}

func TestCacheRefusesADeadContext(t *testing.T) {
	var c cache[int]
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := c.do(ctx, func(context.Context) (int, error) { t.Error("it ran"); return 0, nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

// TestBatchesShareTheNextRun has callers come while a run is under way: all of them
// share the one after it, which begins when that has ended.
func TestBatchesShareTheNextRun(t *testing.T) {
	t.Parallel()
	var batches batches[int32]
	var runs, atOnce atomic.Int32
	began, release := make(chan struct{}), make(chan struct{})
	run := func(context.Context) (int32, error) {
		if atOnce.Add(1) > 1 {
			t.Error("two runs at once")
		}
		defer atOnce.Add(-1)
		n := runs.Add(1)
		if n == 1 {
			close(began)
			<-release
		}
		return n, nil
	}
	var wait sync.WaitGroup
	ask := func(want int32) {
		wait.Go(func() {
			if got, err := batches.do(context.Background(), newFakeClock(), run); got != want || err != nil {
				t.Errorf("run %d, %v, want run %d", got, err, want)
			}
		})
	}
	ask(1)
	<-began
	for range 50 {
		ask(2)
	}
	batches.waiting(t, 50)
	close(release)
	wait.Wait()
	if got, err := batches.do(context.Background(), newFakeClock(), run); got != 3 || err != nil {
		t.Errorf("a later one: run %d, %v", got, err)
	}
}

// waiting waits until n callers wait for the next run.
func (b *batches[T]) waiting(t *testing.T, n int) {
	t.Helper()
	for {
		b.mu.Lock()
		next := b.next
		b.mu.Unlock()
		if next != nil {
			next.waiters(t, n)
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// TestBatchesWithoutCallers has all leave that wait: their run never begins, and who
// comes later gets one.
func TestBatchesWithoutCallers(t *testing.T) {
	t.Parallel()
	var batches batches[int]
	began, release := make(chan struct{}), make(chan struct{})
	first := make(chan error)
	go func() {
		_, err := batches.do(context.Background(), newFakeClock(), func(context.Context) (int, error) {
			close(began)
			<-release
			return 0, nil
		})
		first <- err
	}()
	<-began
	ctx, leave := context.WithCancel(context.Background())
	second := make(chan error)
	go func() {
		_, err := batches.do(ctx, newFakeClock(), func(context.Context) (int, error) {
			t.Error("it began without callers")
			return 0, nil
		})
		second <- err
	}()
	batches.waiting(t, 1)
	leave()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("the one who left: %v", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Errorf("the first: %v", err)
	}
	boom := errors.New("boom")
	if _, err := batches.do(context.Background(), newFakeClock(), func(context.Context) (int, error) { return 0, boom }); !errors.Is(err, boom) {
		t.Errorf("a failure: %v", err)
	}
	if got, err := batches.do(context.Background(), newFakeClock(), func(context.Context) (int, error) { return 7, nil }); got != 7 || err != nil {
		t.Errorf("after a failure: %d, %v", got, err)
	}
}
