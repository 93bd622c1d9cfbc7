package rest

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, row := range []struct {
		name, header string
		want         time.Duration
	}{
		{"missing", "", 0},
		{"zero", "0", 0},
		{"seconds", "5", 5 * time.Second},
		{"more than the cap", "3600", maxWait},
		{"a billion", "1000000000", maxWait},
		{"more than 32 bits", "99999999999999999999999999", maxWait},
		{"negative", "-5", 0},
		{"signed", "+5", 0},
		{"a fraction", "6.5", 7 * time.Second},
		{"a whole number with a point", "6.", 6 * time.Second},
		{"a small fraction", "0.01", time.Second},
		{"a fraction past the cap", "59.5", maxWait},
		{"a fraction of nothing", "0.0", 0},
		{"only a fraction", ".5", 0},
		{"two points", "1.5.5", 0},
		{"an exponent", "1e3", 0},
		{"infinity", "Inf", 0},
		{"words", "soon", 0},
		{"spaces around", " 5 ", 0},
		{"date ahead", now.Add(7 * time.Second).Format(http.TimeFormat), 7 * time.Second},
		{"date in the past", now.Add(-time.Hour).Format(http.TimeFormat), 0},
		{"date far ahead", now.AddDate(100, 0, 0).Format(http.TimeFormat), maxWait},
		{"date of RFC 850", now.Add(9 * time.Second).Format("Monday, 02-Jan-06 15:04:05 GMT"), 9 * time.Second},
		{"date of another form", now.Format(time.RFC3339), 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := retryAfter(row.header, now); got != row.want {
				t.Errorf("retryAfter(%q) = %v, want %v", row.header, got, row.want)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("5")
	f.Add("Fri, 02 Jan 2026 03:04:05 GMT")
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f.Fuzz(func(t *testing.T, header string) {
		if d := retryAfter(header, now); d < 0 || d > maxWait {
			t.Errorf("retryAfter = %v", d)
		}
	})
}

func TestBackoffGrowsWithJitterUnderTheCap(t *testing.T) {
	for retry := range 40 {
		top := maxWait
		if retry < 7 { // 2^7 × 0.5 s is past the cap
			top = firstWait << retry
		}
		different := false
		first := backoff(retry)
		for range 100 {
			d := backoff(retry)
			if d < top/2 || d > top {
				t.Fatalf("backoff(%d) = %v, want %v to %v", retry, d, top/2, top)
			}
			different = different || d != first
		}
		if !different {
			t.Errorf("backoff(%d) has no jitter", retry)
		}
	}
}

func TestAskedNeverComesEarlyNorPastTheCap(t *testing.T) {
	for _, d := range []time.Duration{0, time.Second, maxWait} {
		for range 100 {
			if got := asked(d); got < d || got > maxWait {
				t.Fatalf("asked(%v) = %v", d, got)
			}
		}
	}
}

func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{}
		began := time.Now()
		if err := g.wait(t.Context(), SystemClock{}); err != nil || time.Since(began) != 0 {
			t.Fatalf("an open gate: err %v, waited %v", err, time.Since(began))
		}
		g.extend(time.Now().Add(10 * time.Second))
		g.extend(time.Now().Add(5 * time.Second)) // a shorter one doesn't shorten it
		if err := g.wait(t.Context(), SystemClock{}); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(began); got < 10*time.Second || got > 11*time.Second {
			t.Errorf("waited %v, want 10 to 11 s", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		g.extend(time.Now().Add(time.Hour))
		if err := g.wait(ctx, SystemClock{}); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v, want the context's", err)
		}
	})
}

func TestSystemClockEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := (SystemClock{}).Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("sleep = %v, want the context's error", err)
	}
	if err := (SystemClock{}).Sleep(context.Background(), time.Nanosecond); err != nil {
		t.Errorf("sleep = %v", err)
	}
}

func TestQuota(t *testing.T) {
	q := newQuota()
	spent := 0
	for q.spend() {
		spent++
	}
	if spent != quotaSize/retryCost {
		t.Errorf("%d retries at first, want %d", spent, quotaSize/retryCost)
	}
	for range retryCost - 1 {
		q.reward(0)
	}
	if q.spend() {
		t.Error("a retry was there too early")
	}
	q.reward(0)
	if !q.spend() {
		t.Error("no retry after enough calls that worked")
	}
	q.reward(1) // what it cost comes back
	if !q.spend() {
		t.Error("a retry that worked wasn't given back")
	}
	for range 10 * quotaSize {
		q.reward(3)
	}
	if q.left != quotaSize {
		t.Errorf("left = %d, want the size as the most", q.left)
	}
}
