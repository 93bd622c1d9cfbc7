package helvetisafe

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// stopped is a clock that only moves when told to.
type stopped struct {
	mu sync.Mutex
	at time.Time
}

func (s *stopped) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *stopped) move(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

func (s *stopped) Sleep(context.Context, time.Duration) error { return nil }

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
			clock := &stopped{at: time.Unix(1_000_000, 0)}
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
			clock.move(row.after)
			get()
			if loads != row.loads {
				t.Errorf("%d loads, want %d", loads, row.loads)
			}
		})
	}
}

func TestCacheDrop(t *testing.T) {
	var c cache[int]
	clock := &stopped{at: time.Unix(1_000_000, 0)}
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
	clock := &stopped{at: time.Unix(1_000_000, 0)}
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

func TestCacheIsLoadedOnceForAll(t *testing.T) {
	var c cache[int]
	clock := &stopped{at: time.Unix(1_000_000, 0)}
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
