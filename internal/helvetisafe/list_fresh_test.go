package helvetisafe

import (
	"sync"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

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
