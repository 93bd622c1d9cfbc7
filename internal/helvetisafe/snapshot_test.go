package helvetisafe

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

func TestSnapshotIsOneListForAllCallers(t *testing.T) {
	v := newVault(t)
	v.put(t, "a", "x")
	v.put(t, "b", "x")
	c := v.client(t)
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			l, err := c.Snapshot(background(t))
			if err != nil || len(l.All()) != 2 {
				t.Errorf("Snapshot = %v", err)
			}
		})
	}
	wg.Wait()
	v.put(t, "c", "x")
	if l, err := c.Snapshot(background(t)); err != nil || len(l.All()) != 2 {
		t.Errorf("later: %v", err)
	}
	v.counts(t, map[string]int{devserver.RouteToken: 1, devserver.RouteList: 1})
	if l, err := c.List(background(t)); err != nil || len(l.All()) != 3 {
		t.Errorf("List = %v", err)
	}
}

func TestSnapshotForgetsOwnWrites(t *testing.T) {
	v := newVault(t)
	for _, key := range []string{"updated", "sealed", "deleted", "forgotten", "early", "kept"} {
		v.put(t, key, "x")
	}
	c := v.client(t)
	ctx := background(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.Update(ctx, "early", NewValue("early", "v"), KeepExpiry())
	must(err)
	l, err := c.Snapshot(ctx)
	must(err)
	_, err = c.Update(ctx, "updated", NewValue("updated", "v"), KeepExpiry())
	must(err)
	s, err := c.Get(ctx, "sealed")
	must(err)
	_, err = c.UpdateSealed(ctx, s, KeepExpiry())
	must(err)
	_, err = c.Delete(ctx, "deleted")
	must(err)
	_, err = c.Create(ctx, "created", NewValue("created", "v"), KeepExpiry())
	must(err)
	c.Forget("forgotten")
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
		l, err := c.Snapshot(background(t))
		if err != nil {
			t.Error(err)
			return
		}
		if _, ok := l.Lookup("k"); ok {
			t.Error("a list made before a write tells of the secret")
		}
	})
	<-answered.here
	if _, err := c.Update(background(t), "k", NewValue("k", "v"), KeepExpiry()); err != nil {
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
	ctx, cancel := context.WithCancel(background(t))
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
		var missing *ForbiddenError
		if _, err := c.Snapshot(background(t)); !errors.As(err, &missing) || missing.Scope != "secrets:list" {
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
			l, err := v.client(t).List(background(t))
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
		ctx := background(t)
		l, err := c.List(ctx)
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.Get(ctx, "k")
		if err != nil {
			t.Fatal(err)
		}
		w, err := c.UpdateSealed(ctx, s, KeepExpiry())
		if err != nil {
			t.Fatal(err)
		}
		return []time.Time{l.Date, s.Date, w.Date, w.Sealed.Date}
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
