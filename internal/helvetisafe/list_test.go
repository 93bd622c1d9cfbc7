package helvetisafe

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

func TestListBoundsItsEntries(t *testing.T) {
	body := []byte(`{"keys":[`)
	for i := range maxListed {
		body = fmt.Appendf(body, `{"key":"%d"},`, i)
	}
	complete := func(body []byte, end string) *answer {
		a := jsonAnswer(http.StatusOK, "")
		a.Body = append(bytes.Clone(body), end...)
		return a
	}
	l, err := parseList(complete(body[:len(body)-1], `]}`), "GET /x")
	if err != nil || len(l.All()) != maxListed {
		t.Fatalf("as many as are read: %v", err)
	}
	// What follows isn't looked at, whatever it is.
	_, err = parseList(complete(body, `{"key":"one more"},`+marker), "GET /x")
	unusable(t, err)
	if !strings.Contains(err.Error(), "more than 500000 entries") {
		t.Errorf("the error doesn't say why: %v", err)
	}
}

// TestListKeepsNoNames: an answer of nothing but names takes no memory beside its own.
func TestListKeepsNoNames(t *testing.T) {
	body := []byte(`{"keys":[`)
	for _, open := range []string{`],`, `{"key":"k",`} { // names of the answer, names of an entry
		many := append(bytes.Clone(body), open...)
		for i := range 500_000 {
			many = fmt.Appendf(many, `"%x":0,`, i)
		}
		a := jsonAnswer(http.StatusOK, "")
		a.Body = append(many, `"last":0}`...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = parseList(a, "GET /x")
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > uint64(len(a.Body)) {
			t.Errorf("%d bytes of answer took %d more", len(a.Body), took)
		}
	}
}

// padded answers everything with an empty list of so many bytes.
type padded struct{ size int64 }

func (p padded) RoundTrip(req *http.Request) (*http.Response, error) {
	const list = `{"keys":[]}`
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(io.MultiReader(strings.NewReader(list), io.LimitReader(blanks{}, p.size-int64(len(list))))),
		Request:    req,
	}, nil
}

type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestListBoundsItsBytes(t *testing.T) {
	c, err := New(Config{BaseURL: "https://vault.invalid", Auth: APIToken{Token: redact.NewString("t")}})
	if err != nil {
		t.Fatal(err)
	}
	list := func(size int64) error {
		c.rest.Transport = padded{size}
		_, err := c.List(context.Background())
		return err
	}
	if err := list(limitList); err != nil {
		t.Errorf("as many as are read: %v", err)
	}
	unusable(t, list(limitList+1))
	c.rest.Transport = padded{limitSecret + 1}
	_, err = c.Get(context.Background(), "k")
	unusable(t, err)
}
