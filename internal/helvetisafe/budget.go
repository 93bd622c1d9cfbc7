package helvetisafe

import "sync"

// The budget's figures are those of the AWS SDK for Go v2 (aws/ratelimit and
// aws/retry/standard.go): 100 retries at first, and then one for every five calls
// that work.
const (
	budgetSize  = 500
	retryCost   = 5
	callsReward = 1
)

// budget bounds the retries of all callers together, so that a server that is
// down isn't asked a thousand times max_retries times.
type budget struct {
	mu   sync.Mutex
	left int
}

func newBudget() *budget { return &budget{left: budgetSize} }

// spend takes a retry's cost, or reports that it isn't there.
func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < retryCost {
		return false
	}
	b.left -= retryCost
	return true
}

// reward is for a call that was answered, with the number of its retries: it gives
// back what they cost, and a little more.
func (b *budget) reward(retries int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(budgetSize, b.left+retries*retryCost+callsReward)
}
