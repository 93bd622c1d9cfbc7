package devserver

import (
	"fmt"
	"maps"
	"net/http"
	"sync"
	"testing"
	"time"
)

func TestRequestLog(t *testing.T) {
	var mu sync.Mutex
	var observed []Request
	r := newRig(t, func(o *Options) {
		o.Observe = func(q Request) { mu.Lock(); defer mu.Unlock(); observed = append(observed, q) }
	})
	headers := r.bearer(all)
	r.want(201, "POST", "/api/v1/secrets", creation("k", 1), headers...)
	r.want(404, "GET", "/api/v1/secrets/a%20b", "")
	log := r.Requests()
	if len(log) != 3 {
		t.Fatalf("%d entries", len(log))
	}
	tests := []struct {
		route, path, key, account string
		status                    int
	}{
		{RouteToken, "/oauth/token", "", "client", 200},
		{RouteCreate, "/api/v1/secrets", "k", "client", 201},
		{RouteRead, "/api/v1/secrets/a%20b", "a b", "client", 404},
	}
	for i, want := range tests {
		got := log[i]
		if got.Route != want.route || got.Path != want.path || got.Key != want.key || got.Account != want.account || got.Status != want.status || !got.Time.Equal(r.clock.now()) {
			t.Errorf("entry %d is another one: %s %s %q %d", i, got.Route, got.Path, got.Key, got.Status)
		}
	}
	if string(log[1].Body) != creation("k", 1) || log[1].Header.Get("Content-Type") != "application/json" {
		t.Error("body or header is missing")
	}
	log[1].Body[0], log[1].Header["Content-Type"][0] = 'x', "x"
	if again := r.Requests()[1]; again.Body[0] != '{' || again.Header.Get("Content-Type") != "application/json" {
		t.Error("a caller's copy reaches into the log")
	}
	if want := map[string]int{RouteToken: 1, RouteCreate: 1, RouteRead: 1}; !maps.Equal(r.Counts(), want) || r.Count(RouteList) != 0 {
		t.Errorf("counts %v", r.Counts())
	}
	if n := r.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
	r.ResetRequests()
	if len(r.Requests()) != 0 || len(r.Counts()) != 0 || r.Connections() != 0 {
		t.Error("not empty after the reset")
	}
	mu.Lock()
	defer mu.Unlock()
	if len(observed) != 3 {
		t.Errorf("%d observed", len(observed))
	}
}

func TestDiscardRequests(t *testing.T) {
	r := newRig(t, func(o *Options) { o.DiscardRequests = true })
	r.want(200, "GET", "/api/v1/secrets", "")
	if len(r.Requests()) != 0 || r.Count(RouteList) != 1 {
		t.Error("kept, or not counted")
	}
}

// TestConcurrentUse is for the race detector, and holds that a key is made once.
func TestConcurrentUse(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Latency = time.Microsecond })
	const workers = 8
	var wg sync.WaitGroup
	statuses := make([]int, workers)
	for w := range workers {
		wg.Go(func() {
			for i := range 10 {
				key := fmt.Sprintf("w%d_%d", w, i)
				for _, call := range [][3]string{
					{"POST", "/api/v1/secrets", creation(key, byte(w*10+i))},
					{"GET", "/api/v1/secrets/" + key, ""},
					{"GET", "/api/v1/secrets", ""},
				} {
					if resp, _, err := r.try(call[0], call[1], call[2]); err != nil || resp.StatusCode/100 != 2 {
						t.Errorf("%s %s: %v", call[0], call[1], err)
					}
				}
				r.Configure(func(o *Options) { o.DateSkew += time.Second })
				r.AddFault(Fault{Path: RouteDelete, Status: 500, Times: 1})
				_, _, _, _ = r.Requests(), r.Keys(), r.Violations(), r.PeakInFlight()
			}
			if resp, _, err := r.try("POST", "/api/v1/secrets", creation("same", 100)); err == nil {
				statuses[w] = resp.StatusCode
			}
		})
	}
	wg.Wait()
	created := 0
	for _, status := range statuses {
		switch status {
		case http.StatusCreated:
			created++
		case http.StatusConflict:
		default:
			t.Errorf("status %d", status)
		}
	}
	if created != 1 || len(r.Keys()) != workers*10+1 {
		t.Errorf("made %d times, %d keys", created, len(r.Keys()))
	}
	if peak := r.PeakInFlight(); peak < 1 || peak > workers {
		t.Errorf("%d in flight", peak)
	}
	r.noViolations()
}
