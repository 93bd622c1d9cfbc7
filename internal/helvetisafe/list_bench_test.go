package helvetisafe

import (
	"fmt"
	"testing"
)

// listOf is a list of so many secrets, in the order of their creation.
func listOf(n int) []byte {
	body := []byte(`{"keys":[`)
	for i := range n {
		if i > 0 {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, `{"key":"secret_%d","created_at":"2026-01-02T03:04:05.678Z","updated_at":"2026-01-02T03:04:05.678Z","expires_at":"2027-01-02T03:04:05.000Z"}`, i)
	}
	return append(body, `]}`...)
}

// BenchmarkList reads a list and then finds each of its secrets, as a plan does. The
// time for a thousand entries is what shows whether the cost is linear.
func BenchmarkList(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000, 200_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			a := jsonAnswer(200, "")
			a.Body = listOf(n)
			keys := make([]string, n)
			for i := range keys {
				keys[i] = fmt.Sprintf("secret_%d", i)
			}
			b.ReportAllocs()
			for b.Loop() {
				l, err := parseList(a)
				if err != nil {
					b.Fatal(err)
				}
				for _, key := range keys {
					if _, ok := l.Lookup(key); !ok {
						b.Fatal("a secret isn't found")
					}
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/float64(n)*1e6, "ms/1000entries")
		})
	}
}
