package devserver

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestGuard holds that a page in a browser gets no answer, whether it reaches loopback
// by a name that resolves to it or from another origin.
func TestGuard(t *testing.T) {
	for _, row := range []struct {
		host, origin string
		status       int
	}{
		{"127.0.0.1:8200", "", 204},
		{"127.1.2.3", "", 204},
		{"localhost:8200", "", 204},
		{"LOCALHOST", "", 204},
		{"[::1]:8200", "", 204},
		{"[::1]", "", 204},
		{"", "", 421},
		{"rebound.example:8200", "", 421},
		{"127.0.0.1.example", "", 421},
		{"localhost.example:8200", "", 421},
		{"10.0.0.1:8200", "", 421},
		{"[::ffff:10.0.0.1]:8200", "", 421},
		{"127.0.0.1:8200", "http://127.0.0.1:8200", 403},
		{"localhost:8200", "https://page.example", 403},
		{"localhost:8200", "null", 403},
	} {
		answered := false
		guarded := Guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			answered = true
			w.WriteHeader(http.StatusNoContent)
		}))
		r := httptest.NewRequest(http.MethodGet, "/_dev/secrets", nil)
		r.Host = row.host
		if row.origin != "" {
			r.Header.Set("Origin", row.origin)
		}
		w := httptest.NewRecorder()
		guarded.ServeHTTP(w, r)
		if w.Code != row.status || answered != (row.status == 204) {
			t.Errorf("Host %q, Origin %q: %d, and let through %v, want %d", row.host, row.origin, w.Code, answered, row.status)
		}
	}
}
