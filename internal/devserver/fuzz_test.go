package devserver

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// FuzzServe sends any request. The answer must be one of the API's, and no secret with
// an invalid key or nonce may be stored.
func FuzzServe(f *testing.F) {
	f.Add("POST", "/api/v1/secrets", "application/json", creation("k", 1, `,"expiresAt":"2099-01-01T00:00:00+00:00"`))
	f.Add("PUT", "/api/v1/secrets/there", "application/json", change(2, `,"expiresAt":null`))
	f.Add("GET", "/api/v1/secrets/%zz", "", "")
	f.Add("DELETE", "/api/v1/secrets/../x", "", "")
	f.Add("POST", "/oauth/token", "application/x-www-form-urlencoded", "grant_type=client_credentials&client_id=client&client_secret=hush&scope=secrets:read")
	f.Add("POST", "/api/v1/secrets", "application/json", `{"key":"k","value":{"a":[`)
	f.Fuzz(func(t *testing.T, method, path, contentType, body string) {
		u, err := url.ParseRequestURI(path)
		if err != nil || strings.ContainsFunc(method, func(r rune) bool { return r <= ' ' || r >= 0x7f }) || method == "" {
			return // net/http lets none of these through
		}
		s, err := New(Options{Accounts: []Account{{ClientID: "client", ClientSecret: "hush", APIToken: "portal"}}})
		if err != nil {
			t.Fatal(err)
		}
		s.Put(Record{Key: "there"})
		r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(body))
		r.Method, r.URL = method, u
		r.Header.Set("Content-Type", contentType)
		if u.Path != "/oauth/token" {
			r.Header.Set("X-Aegis-Token", "portal")
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		switch w.Code {
		case 200, 201, 204, 400, 401, 404, 405, 409, 413:
		default:
			t.Errorf("status %d", w.Code)
		}
		for _, key := range s.Keys() {
			record, _ := s.Stored(key)
			if size, ok := decodedSize(record.Nonce); key != "there" && (!validKey(key) || !ok || size != nonceSize) {
				t.Error("stored what is invalid")
			}
		}
	})
}

// FuzzIsoformat holds that the server takes exactly what Python prints: printed again it
// is the same, except for the digits after the milliseconds.
func FuzzIsoformat(f *testing.F) {
	for _, text := range []string{
		"2099-01-01T00:00:00+00:00", "2099-01-01T00:00:00.123456-23:59", "2099-01-01T00:00:00Z", "2099-01-01T00:00:00,123456+00:00",
		"2099-01-01T00:00:00.123+00:00", "0000-01-01T00:00:00+00:00", "2099-13-01T00:00:00+00:00", "2099-01-01T24:00:00+00:00", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := parseIsoformat(text)
		if !ok {
			return
		}
		again, err := time.Parse(time.RFC3339Nano, text)
		if err != nil || !again.Truncate(time.Millisecond).Equal(got) || strings.HasSuffix(text, "Z") {
			t.Errorf("%q was taken as %v", text, got)
		}
	})
}
