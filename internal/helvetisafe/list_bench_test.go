package helvetisafe

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkParseList reads a list of 10,000 secrets, as a plan of so many does once.
func BenchmarkParseList(b *testing.B) {
	var body strings.Builder
	body.WriteString(`{"keys":[`)
	for i := range 10_000 {
		if i > 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, `{"key":"secret_%d","created_at":"2026-01-02T03:04:05.678Z","updated_at":"2026-01-02T03:04:05.678Z","expires_at":null}`, i)
	}
	body.WriteString(`]}`)
	a := jsonAnswer(200, body.String())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseList(a, "GET /x"); err != nil {
			b.Fatal(err)
		}
	}
}
