package helvetisafe

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// waiters waits until n callers share the flight's run.
func (f *flight[T]) waiters(t *testing.T, n int) {
	t.Helper()
	for {
		f.mu.Lock()
		r := f.current
		f.mu.Unlock()
		if r != nil {
			f.mu.Lock()
			have := r.waiting
			f.mu.Unlock()
			if have == n {
				return
			}
		}
		time.Sleep(time.Millisecond)
	}
}

func TestFlightRunsOnceForAllCallers(t *testing.T) {
	var f flight[int]
	var runs atomic.Int32
	release := make(chan struct{})
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			got, err := f.do(context.Background(), func(context.Context) (int, error) {
				runs.Add(1)
				<-release
				return 7, nil
			})
			if got != 7 || err != nil {
				t.Errorf("do = %d, %v", got, err)
			}
		})
	}
	f.waiters(t, 100)
	close(release)
	wg.Wait()
	if runs.Load() != 1 {
		t.Errorf("%d runs, want 1", runs.Load())
	}
}

func TestFlightSharesAFailureAndKeepsNone(t *testing.T) {
	var f flight[int]
	boom := errors.New("boom")
	if _, err := f.do(context.Background(), func(context.Context) (int, error) { return 0, boom }); !errors.Is(err, boom) {
		t.Fatalf("err = %v", err)
	}
	if got, err := f.do(context.Background(), func(context.Context) (int, error) { return 1, nil }); got != 1 || err != nil {
		t.Fatalf("the next call got %d, %v", got, err)
	}
}

func TestFlightACancelledLeaderTakesNothingFromOthers(t *testing.T) {
	var f flight[int]
	release := make(chan struct{})
	leader, cancel := context.WithCancel(context.Background())
	fn := func(ctx context.Context) (int, error) {
		<-release
		return 7, ctx.Err()
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := f.do(leader, fn); !errors.Is(err, context.Canceled) {
			t.Errorf("the leader got %v", err)
		}
	})
	f.waiters(t, 1)
	wg.Go(func() {
		if got, err := f.do(context.Background(), fn); got != 7 || err != nil {
			t.Errorf("the other got %d, %v", got, err)
		}
	})
	f.waiters(t, 2)
	cancel()
	f.waiters(t, 1)
	close(release)
	wg.Wait()
}

func TestFlightEndsWhenTheLastCallerLeaves(t *testing.T) {
	var f flight[int]
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = f.do(ctx, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			close(ended)
			return 0, ctx.Err()
		})
	})
	f.waiters(t, 1)
	cancel()
	wg.Wait()
	<-ended
	// The next caller gets a run of its own, not the cancellation of the last one.
	if got, err := f.do(context.Background(), func(context.Context) (int, error) { return 1, nil }); got != 1 || err != nil {
		t.Errorf("the next call got %d, %v", got, err)
	}
}

func TestFlightTurnsAPanicIntoAnErrorWithoutItsValue(t *testing.T) {
	var f flight[int]
	_, err := f.do(context.Background(), func(context.Context) (int, error) { panic("marker") })
	if !errors.Is(err, errPanic) {
		t.Errorf("err = %v, want errPanic", err)
	}
}

func TestFlightRefusesADeadContext(t *testing.T) {
	var f flight[int]
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := f.do(ctx, func(context.Context) (int, error) { t.Error("it ran"); return 0, nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}
