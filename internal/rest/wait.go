package rest

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// maxWait caps every wait, whatever the server asks for.
	maxWait = 60 * time.Second
	// firstWait is what the exponential back-off starts from.
	firstWait = 500 * time.Millisecond
)

// retryAfter is the wait that a Retry-After header asks for (RFC 9110 section
// 10.2.3: seconds, or a date), capped at maxWait. It is 0 if the header is missing,
// junk, or asks for none. Some servers send a fraction of a second, which is rounded
// up.
func retryAfter(header string, now time.Time) time.Duration {
	if whole, fraction, _ := strings.Cut(header, "."); isDigits(whole) && (fraction == "" || isDigits(fraction)) {
		seconds, err := strconv.ParseFloat(header, 64)
		if err != nil || seconds > maxWait.Seconds() { // more than fits is a long time
			return maxWait
		}
		return time.Duration(math.Ceil(seconds)) * time.Second
	}
	date, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return max(0, min(date.Sub(now), maxWait))
}

// backoff is the wait before the retry of that number (from 0): exponential, the
// upper half of it at random, so that callers who failed together don't come back
// together.
func backoff(retry int) time.Duration {
	d := firstWait << min(retry, 10)
	d = min(d, maxWait)
	return d/2 + rand.N(d/2+1) //nolint:gosec // spreads callers, hides nothing
}

// asked spreads callers over a tenth after the time that a server named.
func asked(d time.Duration) time.Duration {
	return min(d+rand.N(d/10+1), maxWait) //nolint:gosec // spreads callers, hides nothing
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// gate is closed for the time that a 429 asks for, to all callers: one that is told to
// slow down speaks for the account, not for the request.
type gate struct {
	mu    sync.Mutex
	until time.Time
}

// extend keeps the gate closed until t at least.
func (g *gate) extend(t time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.After(g.until) {
		g.until = t
	}
}

// wait returns when the gate is open, or with the context's error.
func (g *gate) wait(ctx context.Context, c Clock) error {
	for {
		// Asked again after each sleep: another caller may have been told to
		// wait longer meanwhile.
		g.mu.Lock()
		d := g.until.Sub(c.Now())
		g.mu.Unlock()
		if d <= 0 {
			return ctx.Err()
		}
		// Spread, so that those who waited together don't come back together.
		if err := c.Sleep(ctx, asked(d)); err != nil {
			return err
		}
	}
}

// The quota's figures are those of the AWS SDK for Go v2 (aws/ratelimit and
// aws/retry/standard.go): 100 retries at first, and then one for every five calls
// that work.
const (
	quotaSize   = 500
	retryCost   = 5
	callsReward = 1
)

// quota bounds the retries of all calls together, so that a server that is down isn't
// asked a thousand times by a thousand calls.
type quota struct {
	mu   sync.Mutex
	left int
}

func newQuota() *quota { return &quota{left: quotaSize} }

// spend takes a retry's cost, or reports that it isn't there.
func (q *quota) spend() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.left < retryCost {
		return false
	}
	q.left -= retryCost
	return true
}

// reward is for a call that was answered, with the number of its retries: it gives
// back what they cost, and a little more.
func (q *quota) reward(retries int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left = min(quotaSize, q.left+retries*retryCost+callsReward)
}

// Clock is the time that waits and lifetimes go by, so that tests of them take none.
type Clock interface {
	Now() time.Time
	// Sleep returns early, with the context's error, when ctx ends.
	Sleep(ctx context.Context, d time.Duration) error
}

// SystemClock is the machine's.
type SystemClock struct{}

// Now implements Clock.
func (SystemClock) Now() time.Time { return time.Now() }

// Sleep implements Clock.
func (SystemClock) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
