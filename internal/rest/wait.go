package rest

import (
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
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

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
