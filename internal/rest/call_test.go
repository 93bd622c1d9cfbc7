package rest

import "testing"

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
