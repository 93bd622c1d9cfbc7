package rest

import "sync"

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
