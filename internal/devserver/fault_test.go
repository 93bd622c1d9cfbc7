package devserver

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFaultAnswers(t *testing.T) {
	const path = "/api/v1/secrets/k"
	tests := []struct {
		name   string
		fault  Fault
		status int
		check  func(resp *http.Response, body string) bool
	}{
		{"status", Fault{Status: 503}, 503, func(_ *http.Response, b string) bool { return b == `{"error":"Service Unavailable"}` }},
		{"Retry-After", Fault{Status: 429, RetryAfter: "1000000000"}, 429, func(r *http.Response, _ string) bool { return r.Header.Get("Retry-After") == "1000000000" }},
		{"HTML", Fault{HTML: true}, 200, func(r *http.Response, b string) bool {
			return strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") && strings.HasPrefix(b, "<!DOCTYPE html>")
		}},
		{"HTML with a status", Fault{HTML: true, Status: 502}, 502, func(_ *http.Response, b string) bool { return strings.HasPrefix(b, "<!DOCTYPE html>") }},
		{"a gateway", Fault{Gateway: Kong}, 502, func(r *http.Response, b string) bool {
			return strings.HasPrefix(r.Header.Get("Server"), "kong") && strings.HasPrefix(b, `{"message":"Bad Gateway"`)
		}},
		{"a gateway with a status and a text", Fault{Gateway: Cloudflare, Status: 524, Text: "A timeout occurred"}, 524, func(r *http.Response, b string) bool {
			return r.Header.Get("Server") == "cloudflare" && strings.Contains(b, "524: A timeout occurred")
		}},
		{"redirect", Fault{RedirectTo: "https://elsewhere.example/"}, 307, func(r *http.Response, _ string) bool { return r.Header.Get("Location") == "https://elsewhere.example/" }},
		{"other redirect", Fault{RedirectTo: "/x", Status: 301}, 301, func(r *http.Response, _ string) bool { return r.Header.Get("Location") == "/x" }},
		{"content type", Fault{ContentType: "text/plain"}, 200, func(r *http.Response, b string) bool {
			return r.Header.Get("Content-Type") == "text/plain" && strings.Contains(b, `"key":"k"`)
		}},
		{
			"edit",
			Fault{Edit: func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`"k"`), []byte(`"other"`)) }},
			200,
			func(_ *http.Response, b string) bool { return strings.Contains(b, `"key":"other"`) },
		},
		{"edit a member", Fault{Edit: SetMember("nonce", `[1]`)}, 200, func(_ *http.Response, b string) bool { return strings.Contains(b, `"nonce":[1]`) }},
		{"add a member", Fault{Edit: SetMember("more", `null`)}, 200, func(_ *http.Response, b string) bool { return strings.Contains(b, `"more":null`) }},
		{"drop a member", Fault{Edit: DropMember("nonce")}, 200, func(_ *http.Response, b string) bool {
			return !strings.Contains(b, "nonce") && strings.Contains(b, `"key":"k"`)
		}},
		{"edit what is not an object", Fault{HTML: true, Edit: DropMember("nonce")}, 200, func(_ *http.Response, b string) bool { return strings.HasPrefix(b, "<!DOCTYPE html>") }},
		{"header", Fault{Header: http.Header{"X-Request-Id": {"7"}}}, 200, func(r *http.Response, _ string) bool { return r.Header.Get("X-Request-Id") == "7" }},
		{"large body", Fault{BodySize: 1 << 20}, 200, func(_ *http.Response, b string) bool { return len(b) == 1<<20 && strings.HasSuffix(b, `A"}`) }},
		{"drip", Fault{Drip: time.Microsecond}, 200, func(_ *http.Response, b string) bool { return strings.HasSuffix(b, "}") }},
		{"delay", Fault{Delay: time.Millisecond}, 200, func(_ *http.Response, b string) bool { return strings.Contains(b, `"key":"k"`) }},
		{"other method", Fault{Method: "PUT", Status: 500}, 200, nil},
		{"other key", Fault{Key: "x", Status: 500}, 200, nil},
		{"other route", Fault{Path: RouteList, Status: 500}, 200, nil},
		{"other pattern", Fault{Path: "/api/*", Status: 500}, 200, nil},
		{"key", Fault{Key: "k", Status: 500}, 500, nil},
		{"route", Fault{Path: RouteRead, Status: 500}, 500, nil},
		{"pattern", Fault{Path: "/api/v1/secrets/?", Status: 500}, 500, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			r.want(201, "POST", "/api/v1/secrets", creation("k", 1))
			r.AddFault(tt.fault)
			resp, body, err := r.try("GET", path, "")
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.status || tt.check != nil && !tt.check(resp, string(body)) {
				t.Errorf("%d, want %d; or the body of %d bytes", resp.StatusCode, tt.status, len(body))
			}
			log := r.Requests()
			if last := log[len(log)-1]; last.Status != tt.status || last.Faulted != (tt.check != nil || tt.status != 200) {
				t.Errorf("logged %d, faulted %v", last.Status, last.Faulted)
			}
			r.ClearFaults()
			r.want(200, "GET", path, "")
		})
	}
}

func TestFaultCounts(t *testing.T) {
	r := newRig(t)
	r.AddFault(Fault{Path: RouteList, Skip: 1, Times: 2, Status: 500})
	r.AddFault(Fault{Path: RouteList, Skip: 1, Times: 1, Status: 502})
	r.AddFault(Fault{Path: "[", Status: 500})
	var got []int
	for range 6 {
		resp, _ := r.do("GET", "/api/v1/secrets", "")
		got = append(got, resp.StatusCode)
	}
	// The second rule counts only what the first one doesn't take.
	if want := []int{200, 500, 500, 502, 200, 200}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if v := r.Violations(); len(v) != 1 || !strings.Contains(v[0], "malformed") {
		t.Errorf("violations %q", v)
	}
}

func TestFaultsAroundTheCommit(t *testing.T) {
	tests := []struct {
		name      string
		fault     Fault
		status    int // 0 for no answer
		committed bool
	}{
		{"cut before", Fault{CutBefore: true}, 0, false},
		{"cut after", Fault{CutAfter: true}, 0, true},
		{"status", Fault{Status: 504}, 504, false},
		{"status after the commit", Fault{Status: 504, Commit: true}, 504, true},
		{"HTML after the commit", Fault{HTML: true, Commit: true}, 200, true},
		{"truncated", Fault{TruncateBody: true}, 0, true},
		{"edited", Fault{Edit: DropMember("created_at")}, 201, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			r.AddFault(tt.fault)
			resp, _, err := r.try("POST", "/api/v1/secrets", creation("k", 1))
			switch {
			case tt.status == 0 && err == nil:
				t.Error("an answer")
			case tt.status != 0 && (err != nil || resp.StatusCode != tt.status):
				t.Errorf("no answer, or another than %d: %v", tt.status, err)
			}
			if _, ok := r.Stored("k"); ok != tt.committed {
				t.Errorf("committed %v", ok)
			}
			if tt.fault.CutBefore && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
				t.Errorf("not a reset: %v", err)
			}
		})
	}
}

func TestHangEnds(t *testing.T) {
	for name, end := range map[string]func(r *rig, cancel func()){
		"with the client":  func(_ *rig, cancel func()) { cancel() },
		"with ClearFaults": func(r *rig, _ func()) { r.ClearFaults() },
		"with Close":       func(r *rig, _ func()) { r.Close() },
	} {
		for _, f := range []Fault{{Hang: true}, {Hang: true, Commit: true}, {Drip: time.Hour}} {
			r := newRig(t)
			arrived := make(chan struct{}, 1)
			r.AddFault(f)
			r.Configure(func(o *Options) { o.Observe = func(Request) { arrived <- struct{}{} } })
			ctx, cancel := context.WithCancel(t.Context())
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+"/api/v1/secrets", strings.NewReader(creation("k", 1)))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Aegis-Token", "portal")
			req.Header.Set("Content-Type", "application/json")
			done := make(chan struct{})
			go func() {
				defer close(done)
				if resp, err := r.http.Do(req); err == nil {
					_, _ = io.ReadAll(resp.Body)
					_ = resp.Body.Close()
				}
			}()
			for r.Count(RouteCreate) == 0 {
				time.Sleep(time.Millisecond)
			}
			end(r, cancel)
			<-done
			<-arrived // the server is through with it as well
			cancel()
			if _, ok := r.Stored("k"); ok != (f.Commit || f.Drip > 0) {
				t.Errorf("%s, %+v: committed %v", name, f, ok)
			}
		}
	}
}

func TestGzipBomb(t *testing.T) {
	r := newRig(t)
	r.AddFault(Fault{GzipBomb: 5 << 20})
	resp, body, err := r.try("GET", "/api/v1/secrets", "", "Accept-Encoding", "gzip")
	if err != nil || resp.Header.Get("Content-Encoding") != "gzip" || len(body) > 1<<20 {
		t.Fatalf("%v, %d bytes", err, len(body))
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, z); err != nil || n != 5<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestCutOverHTTP2(t *testing.T) {
	s, err := New(Options{Accounts: []Account{{APIToken: "portal"}}})
	if err != nil {
		t.Fatal(err)
	}
	host := httptest.NewUnstartedServer(s)
	host.EnableHTTP2 = true
	host.StartTLS()
	defer host.Close()
	s.AddFault(Fault{CutBefore: true})
	resp, err := host.Client().Get(host.URL + "/api/v1/secrets")
	if err == nil {
		_ = resp.Body.Close()
		t.Fatal("an answer")
	}
	if log := s.Requests(); len(log) == 0 || log[0].Proto != "HTTP/2.0" || log[0].Status != 0 {
		t.Error("not logged as a request over HTTP/2 without an answer")
	}
}
