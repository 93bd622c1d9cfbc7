package helvetisafe

import (
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// otherFingerprint is well-formed, and no Org Key's.

const otherFingerprint = "SHA256:AAAAAAAAAAAAAAAAAAAAAA"

// wrapBytes wraps what envelope itself doesn't: an Org Key of another size.

func TestAFailureIsKeptForAWhileOnly(t *testing.T) {
	v := newVault(t)
	c := v.client(t)
	v.AddFault(devserver.Fault{Path: devserver.RouteOrgKey, Status: 403, Times: 1})
	for range 10 {
		if _, err := c.OrgKeyFingerprint(t.Context()); err == nil {
			t.Fatal("no error")
		}
	}
	if n := v.Count(devserver.RouteOrgKey); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	c.rest.Clock.(*fakeClock).advance(failureLife)
	if _, err := c.OrgKeyFingerprint(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPins(t *testing.T) {
	v := newVault(t)
	v.put(t, "k", `{"k":"v"}`)
	current := v.org.Fingerprint()
	for _, row := range []struct {
		name  string
		pins  []string
		noted string
		write bool // allowed, as is the reading of a value
		load  bool // what needs no trust: to show the Org Key, to send a ciphertext back
		check bool // CheckOrgKey with noted
	}{
		{"nothing known", nil, "", true, true, true},
		{"recorded", nil, current, true, true, true},
		{"another recorded", nil, otherFingerprint, false, true, false},
		{"pinned", []string{otherFingerprint, current}, "", true, true, true},
		{"pinned, another recorded", []string{current}, otherFingerprint, true, true, true},
		{"another pinned", []string{otherFingerprint}, "", false, false, true},
		{"another pinned, recorded", []string{otherFingerprint}, current, false, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := v.client(t, func(cfg *Config) { cfg.OrgKeyFingerprints = row.pins })
			c.NoteOrgKey(row.noted)
			ctx := t.Context()
			s, err := c.Get(ctx, "k")
			if err != nil {
				t.Fatal(err)
			}
			before := len(v.Requests())
			allowed := func(what string, err error, want bool) {
				t.Helper()
				var bad *Error
				if want != (err == nil) || !want && (!as(err, OtherOrgKey, &bad) || bad.OrgKey != current) {
					t.Errorf("%s: %v", what, err)
				}
			}
			_, err = c.Open(ctx, s)
			allowed("Open", err, row.write)
			_, err = c.OrgKeyFingerprint(ctx)
			allowed("OrgKeyFingerprint", err, row.load)
			_, err = c.Update(ctx, "k", Content{Value: "v"}, keepExpiry)
			allowed("Update", err, row.write)
			_, err = c.Create(ctx, "n", Content{Value: "v"}, keepExpiry)
			allowed("Create", err, row.write)
			v.Remove("n")
			_, err = c.UpdateSealed(ctx, s, keepExpiry)
			allowed("UpdateSealed", err, row.load)
			allowed("CheckOrgKey", c.CheckOrgKey(ctx, row.noted), row.check)
			if !row.write {
				for _, r := range v.Requests()[before:] {
					if r.Route == devserver.RouteCreate || r.Route == devserver.RouteUpdate && !row.load {
						t.Errorf("%s was sent", r.Route)
					}
				}
			}
		})
	}
}

func TestUpdateSealedNeedsNoOrgKeyWithoutPins(t *testing.T) {
	v := newVault(t)
	v.put(t, "k", "bare text")
	c := v.client(t, withKey(KeySource{}))
	s, err := c.Get(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	w, err := c.UpdateSealed(t.Context(), s, keepExpiry)
	if err != nil || w.OrgKeyFingerprint != "" || v.plaintext(t, "k") != "bare text" {
		t.Errorf("UpdateSealed = %q, %v", w.OrgKeyFingerprint, err)
	}
}
