package helvetisafe

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// dontGather waits for no more callers.
func dontGather(context.Context) error { return nil }

// TestTurnsShareTheNextRun has callers come while a run is under way: all of them
// share the one after it, which begins when that has ended.
func TestTurnsShareTheNextRun(t *testing.T) {
	t.Parallel()
	var turns turns[int32]
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
			if got, err := turns.do(context.Background(), dontGather, run); got != want || err != nil {
				t.Errorf("run %d, %v, want run %d", got, err, want)
			}
		})
	}
	ask(1)
	<-began
	for range 50 {
		ask(2)
	}
	turns.waiting(t, 50)
	close(release)
	wait.Wait()
	if got, err := turns.do(context.Background(), dontGather, run); got != 3 || err != nil {
		t.Errorf("a later one: run %d, %v", got, err)
	}
}

// waiting waits until n callers wait for the next run.
func (t *turns[T]) waiting(test *testing.T, n int) {
	test.Helper()
	for {
		t.mu.Lock()
		next := t.next
		t.mu.Unlock()
		if next != nil {
			next.waiters(test, n)
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// TestTurnsWithoutCallers has all leave that wait: their run never begins, and who
// comes later gets one.
func TestTurnsWithoutCallers(t *testing.T) {
	t.Parallel()
	var turns turns[int]
	began, release := make(chan struct{}), make(chan struct{})
	first := make(chan error)
	go func() {
		_, err := turns.do(context.Background(), dontGather, func(context.Context) (int, error) {
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
		_, err := turns.do(ctx, dontGather, func(context.Context) (int, error) {
			t.Error("it began without callers")
			return 0, nil
		})
		second <- err
	}()
	turns.waiting(t, 1)
	leave()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("the one who left: %v", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Errorf("the first: %v", err)
	}
	boom := errors.New("boom")
	if _, err := turns.do(context.Background(), dontGather, func(context.Context) (int, error) { return 0, boom }); !errors.Is(err, boom) {
		t.Errorf("a failure: %v", err)
	}
	if got, err := turns.do(context.Background(), dontGather, func(context.Context) (int, error) { return 7, nil }); got != 7 || err != nil {
		t.Errorf("after a failure: %d, %v", got, err)
	}
}

// TestFreshListIsNeverOlderThanTheCall writes before each call: the list shows it,
// and many calls make few requests, one at a time.
func TestFreshListIsNeverOlderThanTheCall(t *testing.T) {
	v := newVault(t)
	c := v.client(t)
	if _, err := c.List(background(t)); err != nil { // a token, so that only lists follow
		t.Fatal(err)
	}
	v.ResetRequests()
	const calls = 60
	var wait sync.WaitGroup
	for i := range calls {
		key := "k" + string(rune('A'+i%26)) + string(rune('a'+i/26))
		v.put(t, key, "x")
		wait.Go(func() {
			l, err := c.FreshList(background(t))
			if err != nil {
				t.Error(err)
				return
			}
			if _, ok := l.Lookup(key); !ok {
				t.Errorf("the list doesn't show %s", key)
			}
		})
	}
	wait.Wait()
	if n := v.Count(devserver.RouteList); n > calls || n == 0 {
		t.Errorf("%d lists", n)
	}
	if peak := v.PeakInFlight(); peak != 1 {
		t.Errorf("%d lists at once", peak)
	}
}
