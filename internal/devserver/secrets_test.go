package devserver

import (
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"
)

func TestSecretLife(t *testing.T) {
	r := newRig(t)
	value, nonce := sealed(1)
	check := func(step string, got, want map[string]any) {
		t.Helper()
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", step, got, want)
		}
	}
	const first, later = "2026-03-04T05:06:07.089Z", "2026-03-04T05:06:08.589Z"
	check("create", r.want(201, "POST", "/api/v1/secrets", creation("b", 1, `,"expiresAt":"2099-01-01T00:00:00.123456+02:00"`)),
		map[string]any{"key": "b", "created_at": first, "expires_at": "2098-12-31T22:00:00.123Z"})
	check("read", r.want(200, "GET", "/api/v1/secrets/b", ""),
		map[string]any{"key": "b", "value": value, "nonce": nonce, "expires_at": "2098-12-31T22:00:00.123Z"})
	r.want(409, "POST", "/api/v1/secrets", creation("b", 2))
	r.clock.add(1500 * time.Millisecond)
	check("update", r.want(200, "PUT", "/api/v1/secrets/b", change(3)),
		map[string]any{"key": "b", "updated_at": later, "expires_at": "2098-12-31T22:00:00.123Z"})
	r.want(201, "POST", "/api/v1/secrets", creation("a", 4))
	list := r.listed()
	if len(list) != 2 {
		t.Fatalf("%d entries", len(list))
	}
	check("list", list[0], map[string]any{"key": "a", "created_at": later, "updated_at": later, "expires_at": nil})
	check("list", list[1], map[string]any{"key": "b", "created_at": first, "updated_at": later, "expires_at": "2098-12-31T22:00:00.123Z"})
	r.want(204, "DELETE", "/api/v1/secrets/b", "")
	r.want(404, "DELETE", "/api/v1/secrets/b", "")
	r.want(404, "GET", "/api/v1/secrets/b", "")
	r.want(404, "PUT", "/api/v1/secrets/b", change(5))
	if keys := r.Keys(); !slices.Equal(keys, []string{"a"}) {
		t.Errorf("keys %v", keys)
	}
	r.noViolations()
}

func TestCredentials(t *testing.T) {
	r := newRig(t)
	want := map[string]any{"encrypted_private_key": "d3JhcHBlZCBwcml2YXRlIGtleQ==", "nonce": "bm9uY2U=", "salt": "c2FsdA==", "auth_tag": "dGFn"}
	if got := r.want(200, "GET", "/api/v1/credentials/private-key", ""); !maps.Equal(got, want) {
		t.Errorf("private key: %v", got)
	}
	if got := r.want(200, "GET", "/api/v1/credentials/org-key", ""); !maps.Equal(got, map[string]any{"encrypted_org_key": "d3JhcHBlZCBPcmcgS2V5"}) {
		t.Errorf("Org Key: %v", got)
	}
	r.Configure(func(o *Options) { o.Accounts = []Account{{APIToken: "portal"}} })
	r.want(404, "GET", "/api/v1/credentials/private-key", "")
	r.want(404, "GET", "/api/v1/credentials/org-key", "")
}

func TestClearExpiry(t *testing.T) {
	const date = "2099-01-01T00:00:00.000Z"
	tests := []struct {
		name   string
		mode   ClearExpiry
		body   string
		status int
		after  any
	}{
		{"null clears", ClearsOnNull, change(2, `,"expiresAt":null`), 200, nil},
		{"null is ignored", IgnoresNull, change(2, `,"expiresAt":null`), 200, date},
		{"null is refused", RefusesNull, change(2, `,"expiresAt":null`), 400, date},
		{"missing keeps", ClearsOnNull, change(2), 200, date},
		{"another date", RefusesNull, change(2, `,"expiresAt":"2098-01-01T00:00:00+00:00"`), 200, "2098-01-01T00:00:00.000Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, func(o *Options) { o.ClearExpiry = tt.mode })
			r.want(201, "POST", "/api/v1/secrets", creation("k", 1, `,"expiresAt":"2099-01-01T00:00:00+00:00"`))
			r.want(tt.status, "PUT", "/api/v1/secrets/k", tt.body)
			if got := r.want(200, "GET", "/api/v1/secrets/k", "")["expires_at"]; got != tt.after {
				t.Errorf("expires_at %v, want %v", got, tt.after)
			}
			r.noViolations()
		})
	}
}

func TestExpiryDeletes(t *testing.T) {
	seen := map[string]func(*rig) bool{
		"read": func(r *rig) bool {
			resp, _ := r.do("GET", "/api/v1/secrets/k", "")
			return resp.StatusCode == http.StatusOK
		},
		"update": func(r *rig) bool {
			resp, _ := r.do("PUT", "/api/v1/secrets/k", change(9))
			return resp.StatusCode == http.StatusOK
		},
		"delete": func(r *rig) bool {
			resp, _ := r.do("DELETE", "/api/v1/secrets/k", "")
			return resp.StatusCode == http.StatusNoContent
		},
		"create": func(r *rig) bool {
			resp, _ := r.do("POST", "/api/v1/secrets", creation("k", 8))
			return resp.StatusCode == http.StatusConflict
		},
		"list":   func(r *rig) bool { return len(r.listed()) > 0 },
		"stored": func(r *rig) bool { _, ok := r.Stored("k"); return ok },
		"remove": func(r *rig) bool { return r.Remove("k") },
		"keys":   func(r *rig) bool { return len(r.Keys()) > 0 },
	}
	for name, there := range seen {
		for _, expired := range []bool{false, true} {
			r := newRig(t)
			r.want(201, "POST", "/api/v1/secrets", creation("k", 1, `,"expiresAt":"2026-03-04T05:06:08+00:00"`))
			if expired {
				r.clock.add(911 * time.Millisecond) // to the moment itself
			}
			if got := there(r); got == expired {
				t.Errorf("%s: there %v, expired %v", name, got, expired)
			}
			if expired && name != "create" {
				r.clock.add(-time.Hour)
				if _, ok := r.Stored("k"); ok {
					t.Errorf("%s: hidden, not deleted", name)
				}
			}
		}
	}
}

func TestStampSwitches(t *testing.T) {
	r := newRig(t, func(o *Options) { o.WholeSecondStamps = true })
	if got := r.want(201, "POST", "/api/v1/secrets", creation("k", 1))["created_at"]; got != "2026-03-04T05:06:07Z" {
		t.Errorf("created_at %v", got)
	}
	r.clock.add(500 * time.Millisecond)
	if got := r.want(200, "PUT", "/api/v1/secrets/k", change(2))["updated_at"]; got != "2026-03-04T05:06:07Z" {
		t.Errorf("updated_at %v", got)
	}
	r.want(201, "POST", "/api/v1/secrets", creation("new", 3))
	r.Configure(func(o *Options) { o.ListNullUpdatedAt = true })
	for _, e := range r.listed() {
		if got, ok := e["updated_at"]; !ok || (got == nil) != (e["key"] == "new") {
			t.Errorf("%v: updated_at %v", e["key"], got)
		}
	}
	r.Configure(func(o *Options) { o.ListWithoutUpdatedAt = true })
	if _, ok := r.listed()[0]["updated_at"]; ok {
		t.Error("updated_at is there")
	}
	r.Configure(func(o *Options) { o.ListForbidden = true })
	r.want(403, "GET", "/api/v1/secrets", "")
	r.want(200, "GET", "/api/v1/secrets/k", "")
}

func TestDateHeader(t *testing.T) {
	r := newRig(t)
	date := func() []string {
		resp, _ := r.do("GET", "/api/v1/secrets", "")
		return resp.Header.Values("Date")
	}
	if got := date(); !slices.Equal(got, []string{"Wed, 04 Mar 2026 05:06:07 GMT"}) {
		t.Errorf("Date %v", got)
	}
	r.Configure(func(o *Options) { o.DateSkew = -time.Hour })
	if got := date(); !slices.Equal(got, []string{"Wed, 04 Mar 2026 04:06:07 GMT"}) {
		t.Errorf("Date %v", got)
	}
	r.Configure(func(o *Options) { o.NoDateHeader = true })
	if got := date(); got != nil {
		t.Errorf("Date %v", got)
	}
	r.AddFault(Fault{Status: 503})
	if resp, _ := r.do("GET", "/api/v1/secrets", ""); resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Date") != "" {
		t.Error("a fault's answer has a Date")
	}
}

func TestHidden(t *testing.T) {
	r := newRig(t)
	r.want(201, "POST", "/api/v1/secrets", creation("k", 1))
	r.Hide("k")
	r.Hide("none")
	r.want(404, "GET", "/api/v1/secrets/k", "")
	r.want(404, "PUT", "/api/v1/secrets/k", change(2))
	r.want(404, "DELETE", "/api/v1/secrets/k", "")
	r.want(409, "POST", "/api/v1/secrets", creation("k", 3))
	if list := r.listed(); len(list) > 0 {
		t.Errorf("listed: %v", list)
	}
	if record, ok := r.Stored("k"); !ok || !record.Hidden {
		t.Error("not stored, or not hidden")
	}
}

func TestPut(t *testing.T) {
	r := newRig(t)
	expires := r.clock.now().Add(time.Hour)
	given := Record{Key: "k", Value: "AAAA", Nonce: "BBBB", CreatedAt: r.clock.now().Add(-time.Hour), ExpiresAt: &expires}
	r.Put(given)
	expires = time.Time{} // the server keeps its own
	got, ok := r.Stored("k")
	if !ok || !got.CreatedAt.Equal(given.CreatedAt) || !got.UpdatedAt.Equal(r.clock.now()) || got.ExpiresAt.IsZero() {
		t.Errorf("%+v", got)
	}
	*got.ExpiresAt = time.Time{}
	if again, ok := r.Stored("k"); !ok || again.ExpiresAt.IsZero() {
		t.Error("a caller's copy reaches into the server")
	}
	if !r.Remove("k") || r.Remove("k") {
		t.Error("Remove doesn't tell what was there")
	}
}
