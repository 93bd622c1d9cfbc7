package helvetisafe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
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
	l, err := parseList(complete(body[:len(body)-1], `]}`))
	if err != nil || len(l.All()) != maxListed {
		t.Fatalf("as many as are read: %v", err)
	}
	// What follows isn't looked at, whatever it is.
	_, err = parseList(complete(body, `{"key":"one more"},`+marker))
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
		_, _ = parseList(a)
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

// TestFreshListIsNeverOlderThanTheCall writes before each call: the list shows it,
// and many calls make few requests, one at a time.
func TestFreshListIsNeverOlderThanTheCall(t *testing.T) {
	v := newVault(t)
	c := v.client(t)
	if _, err := c.List(t.Context()); err != nil { // a token, so that only lists follow
		t.Fatal(err)
	}
	v.ResetRequests()
	const calls = 60
	var wait sync.WaitGroup
	for i := range calls {
		key := "k" + string(rune('A'+i%26)) + string(rune('a'+i/26))
		v.put(t, key, "x")
		wait.Go(func() {
			l, err := c.FreshList(t.Context())
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

func TestSnapshotIsOneListForAllCallers(t *testing.T) {
	v := newVault(t)
	v.put(t, "a", "x")
	v.put(t, "b", "x")
	c := v.client(t)
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			l, err := c.Snapshot(t.Context())
			if err != nil || len(l.All()) != 2 {
				t.Errorf("Snapshot = %v", err)
			}
		})
	}
	wg.Wait()
	v.put(t, "c", "x")
	if l, err := c.Snapshot(t.Context()); err != nil || len(l.All()) != 2 {
		t.Errorf("later: %v", err)
	}
	v.counts(t, map[string]int{devserver.RouteToken: 1, devserver.RouteList: 1})
	if l, err := c.List(t.Context()); err != nil || len(l.All()) != 3 {
		t.Errorf("List = %v", err)
	}
}

func TestSnapshotForgetsOwnWrites(t *testing.T) {
	v := newVault(t)
	for _, key := range []string{"updated", "sealed", "deleted", "forgotten", "early", "kept"} {
		v.put(t, key, "x")
	}
	c := v.client(t)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.Update(ctx, "early", Content{Value: "v"}, keepExpiry)
	must(err)
	l, err := c.Snapshot(ctx)
	must(err)
	_, err = c.Update(ctx, "updated", Content{Value: "v"}, keepExpiry)
	must(err)
	s, err := c.Get(ctx, "sealed")
	must(err)
	_, err = c.UpdateSealed(ctx, s, keepExpiry)
	must(err)
	_, err = c.Delete(ctx, "deleted")
	must(err)
	_, err = c.Create(ctx, "created", Content{Value: "v"}, keepExpiry)
	must(err)
	c.forget("forgotten")
	if all := l.All(); len(all) != 1 || all[0].Key != "kept" {
		t.Errorf("left: %v", all)
	}
	if _, ok := l.Lookup("updated"); ok {
		t.Error("a written secret is still found")
	}
}

func TestSnapshotForgetsAWriteDuringTheList(t *testing.T) {
	v := newVault(t)
	v.put(t, "k", "x")
	c := v.client(t)
	answered := holding{c.rest.Transport, make(chan struct{}), make(chan struct{})}
	c.rest.Transport = answered
	var wg sync.WaitGroup
	wg.Go(func() {
		l, err := c.Snapshot(t.Context())
		if err != nil {
			t.Error(err)
			return
		}
		if _, ok := l.Lookup("k"); ok {
			t.Error("a list made before a write tells of the secret")
		}
	})
	<-answered.here
	if _, err := c.Update(t.Context(), "k", Content{Value: "v"}, keepExpiry); err != nil {
		t.Error(err)
	}
	close(answered.release)
	wg.Wait()
}

// holding keeps the answer to a list back.
type holding struct {
	http.RoundTripper
	here, release chan struct{}
}

func (h holding) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := h.RoundTripper.RoundTrip(req)
	if routeOf(req) == devserver.RouteList {
		close(h.here)
		<-h.release
	}
	return resp, err
}

func TestSnapshotKeepsAFailureButNoCancellation(t *testing.T) {
	v := newVault(t)
	c := v.client(t)
	v.AddFault(devserver.Fault{Path: devserver.RouteList, Hang: true, Times: 1})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for v.Count(devserver.RouteList) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := c.Snapshot(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
	v.Configure(func(o *devserver.Options) { o.ListForbidden = true })
	v.ResetRequests()
	for range 10 {
		var missing *Error
		if _, err := c.Snapshot(t.Context()); !as(err, Forbidden, &missing) || missing.Scope != "secrets:list" {
			t.Fatalf("err = %v", err)
		}
	}
	v.counts(t, map[string]int{devserver.RouteList: 1})
}

func TestListWithOddStamps(t *testing.T) {
	for _, row := range []struct {
		name   string
		option func(*devserver.Options)
		want   TimestampState
	}{
		{"as usual", func(*devserver.Options) {}, Known},
		{"no updated_at", func(o *devserver.Options) { o.ListWithoutUpdatedAt = true }, Missing},
		{"null", func(o *devserver.Options) { o.ListNullUpdatedAt = true }, Null},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t, row.option)
			v.put(t, "k", "x")
			l, err := v.client(t).List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if m, ok := l.Lookup("k"); !ok || m.UpdatedAt.State != row.want {
				t.Errorf("%+v, %v", m, ok)
			}
		})
	}
}

func TestDateHeader(t *testing.T) {
	v := newVault(t, func(o *devserver.Options) { o.DateSkew = -time.Hour })
	v.put(t, "k", "x")
	c := v.client(t)
	dates := func() (all []time.Time) {
		t.Helper()
		ctx := t.Context()
		l, err := c.List(ctx)
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.Get(ctx, "k")
		if err != nil {
			t.Fatal(err)
		}
		w, err := c.UpdateSealed(ctx, s, keepExpiry)
		if err != nil {
			t.Fatal(err)
		}
		return []time.Time{l.Date, s.Date, w.Sealed.Date}
	}
	for i, d := range dates() {
		if since := time.Since(d); since < 59*time.Minute || since > 62*time.Minute || d.Location() != time.UTC {
			t.Errorf("date %d: %v", i, d)
		}
	}
	v.Configure(func(o *devserver.Options) { o.NoDateHeader = true })
	for i, d := range dates() {
		if !d.IsZero() {
			t.Errorf("date %d without a header: %v", i, d)
		}
	}
}
