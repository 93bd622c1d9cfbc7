package helvetisafe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
)

func TestCreateWhoseAnswerWasLost(t *testing.T) {
	lost := devserver.Fault{Path: devserver.RouteCreate, CutAfter: true, Times: 1}
	for _, row := range []struct {
		name  string
		setup func(t *testing.T, v *vault)
		kind  Kind // of the error, works for none
		says  string
		// of a create that worked
		created TimestampState
	}{
		{
			name:    "ours",
			setup:   func(_ *testing.T, v *vault) { v.AddFault(lost) },
			created: Known,
		},
		{
			name: "ours, and no list scope",
			setup: func(_ *testing.T, v *vault) {
				v.AddFault(lost)
				v.Configure(func(o *devserver.Options) { o.ListForbidden = true })
			},
			created: Missing,
		},
		{
			name: "ours, the retries fail as well",
			setup: func(_ *testing.T, v *vault) {
				v.AddFault(lost)
				v.AddFault(devserver.Fault{Path: devserver.RouteCreate, Status: 503})
			},
			created: Known,
		},
		{
			name: "someone else's",
			setup: func(t *testing.T, v *vault) {
				v.put(t, "k", `{"k":"theirs"}`)
				v.AddFault(devserver.Fault{Path: devserver.RouteCreate, CutBefore: true, Times: 1})
			},
			kind: Conflict,
		},
		{
			name: "someone else's, not visible",
			setup: func(t *testing.T, v *vault) {
				v.put(t, "k", `{"k":"theirs"}`)
				v.Hide("k")
				v.AddFault(devserver.Fault{Path: devserver.RouteCreate, CutBefore: true, Times: 1})
			},
			kind: Conflict,
		},
		{
			name: "no read scope",
			setup: func(_ *testing.T, v *vault) {
				v.AddFault(lost)
				v.AddFault(devserver.Fault{Path: devserver.RouteRead, Status: 403})
			},
			kind: Ambiguous, says: "secrets:read",
		},
		{
			name: "a proxy refuses the reading",
			setup: func(_ *testing.T, v *vault) {
				v.AddFault(lost)
				v.AddFault(devserver.Fault{Path: devserver.RouteRead, Status: 403, HTML: true})
			},
			kind: Ambiguous, says: "couldn't be read back",
		},
		{
			name: "reading fails",
			setup: func(_ *testing.T, v *vault) {
				v.AddFault(lost)
				v.AddFault(devserver.Fault{Path: devserver.RouteRead, Status: 500})
			},
			kind: Ambiguous, says: "couldn't be read back",
		},
		{
			name: "ours, and a firewall refused the answer",
			setup: func(_ *testing.T, v *vault) {
				v.AddFault(devserver.Fault{Path: devserver.RouteCreate, Status: 403, HTML: true, Commit: true})
			},
			created: Known,
		},
		{
			name: "not there, and a firewall refused the request",
			setup: func(_ *testing.T, v *vault) {
				v.AddFault(devserver.Fault{Path: devserver.RouteCreate, Status: 403, HTML: true})
			},
			kind: Foreign, says: "firewall",
		},
		{
			name: "a gateway's 409, and the key is free",
			setup: func(_ *testing.T, v *vault) {
				v.AddFault(devserver.Fault{Path: devserver.RouteCreate, Status: 409, HTML: true})
			},
			kind: Foreign, says: "not an answer from the HelvetiSafe API",
		},
		{
			name: "a gateway's 409, and the key is someone else's",
			setup: func(t *testing.T, v *vault) {
				v.put(t, "k", `{"k":"theirs"}`)
				v.AddFault(devserver.Fault{Path: devserver.RouteCreate, Status: 409, HTML: true})
			},
			kind: Conflict,
		},
		{
			name: "a conflict at first is nobody's lost answer",
			setup: func(t *testing.T, v *vault) {
				v.put(t, "k", `{"k":"theirs"}`)
				v.AddFault(devserver.Fault{Path: devserver.RouteRead, Status: 500})
			},
			kind: Conflict,
		},
		{
			name: "a rate limit before is no lost answer",
			setup: func(t *testing.T, v *vault) {
				v.put(t, "k", `{"k":"theirs"}`)
				v.AddFault(devserver.Fault{Path: devserver.RouteCreate, Status: 429, Times: 1})
				v.AddFault(devserver.Fault{Path: devserver.RouteRead, Status: 500})
			},
			kind: Conflict,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t)
			row.setup(t, v)
			c := v.client(t)
			expiry := time.Date(2099, 1, 2, 3, 4, 5, 0, time.UTC)
			w, err := c.Create(t.Context(), "k", Content{Value: testPlaintext}, expireAt(expiry))
			v.discreet(t, err)
			if row.kind == works {
				if err != nil || w.CreatedAt.State != row.created || w.OrgKeyFingerprint == "" || !w.ExpiresAt.Time.Equal(expiry) || v.plaintext(t, "k") != `{"k":"`+testPlaintext+`"}` {
					t.Errorf("%+v, %v", w.Metadata, err)
				}
				return
			}
			if kindOf(err) != row.kind || !strings.Contains(err.Error(), row.says) {
				t.Errorf("err = %T: %v", err, err)
			}
		})
	}
}

// TestLostAnswerAndAnotherWrite: the stamp of a write by someone else, between the read that
// settles a lost answer and the list, is not taken for ours.
func TestLostAnswerAndAnotherWrite(t *testing.T) {
	for _, row := range []struct {
		name, route string
		write       func(*testing.T, *Client) (Written, error)
	}{
		{"a create", devserver.RouteCreate, func(t *testing.T, c *Client) (Written, error) {
			return c.Create(t.Context(), "k", Content{Value: "ours"}, Timestamp{})
		}},
		{"an update", devserver.RouteUpdate, func(t *testing.T, c *Client) (Written, error) {
			return c.Update(t.Context(), "k", Content{Value: "ours"}, Timestamp{})
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t)
			if row.route == devserver.RouteUpdate {
				v.put(t, "k", `{"k":"before"}`)
			}
			v.AddFault(devserver.Fault{Path: row.route, CutAfter: true, Times: 1})
			v.AddFault(devserver.Fault{Path: row.route, Status: 503})
			read := false
			c := v.client(t, func(cfg *Config) {
				cfg.Log = func(_ context.Context, fields map[string]any) {
					if fields["method"] == "GET" && strings.HasSuffix(fmt.Sprint(fields["path"]), "/k") && !read {
						read = true
						v.put(t, "k", `{"k":"theirs"}`)
					}
				}
			})
			w, err := row.write(t, c)
			if err != nil || !read || w.UpdatedAt.State != Missing {
				t.Errorf("%+v, %v", w.Metadata, err)
			}
		})
	}
}

func TestCreateThatIsCancelledUnderWay(t *testing.T) {
	for _, row := range []struct {
		name  string
		fault devserver.Fault
		kind  Kind
	}{
		{"after the commit", devserver.Fault{Hang: true, Commit: true}, works},
		// The server may still be about to create it.
		{"before the commit", devserver.Fault{Hang: true}, Ambiguous},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t)
			c := v.client(t)
			if _, err := c.OrgKeyFingerprint(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			row.fault.Path = devserver.RouteCreate
			v.AddFault(row.fault)
			go func() {
				for v.Count(devserver.RouteCreate) == 0 || row.kind == works && len(v.Keys()) == 0 {
					time.Sleep(time.Millisecond)
				}
				cancel()
			}()
			_, err := c.Create(ctx, "k", Content{Value: testPlaintext}, keepExpiry)
			if kindOf(err) != row.kind {
				t.Errorf("err = %T: %v", err, err)
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Error("the error doesn't say that the call was cancelled")
			}
		})
	}
}

func TestUpdateSendsTheSameBytesAgain(t *testing.T) {
	v := newVault(t)
	v.put(t, "k", "x")
	c := v.client(t)
	v.AddFault(devserver.Fault{Path: devserver.RouteUpdate, CutAfter: true, Times: 1})
	if _, err := c.Update(t.Context(), "k", Content{Value: testPlaintext}, keepExpiry); err != nil {
		t.Fatal(err)
	}
	var bodies []string
	for _, r := range v.Requests() {
		if r.Route == devserver.RouteUpdate {
			bodies = append(bodies, string(r.Body))
		}
	}
	if len(bodies) != 2 || bodies[0] != bodies[1] {
		t.Errorf("%d updates, the same: %v", len(bodies), len(bodies) == 2 && bodies[0] == bodies[1])
	}
}

func TestExpiryOnlyUpdateWhoseAnswerWasLost(t *testing.T) {
	at := time.Date(2099, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, row := range []struct {
		name   string
		fault  devserver.Fault
		expiry Timestamp
		works  bool
	}{
		{"set, after the commit", devserver.Fault{CutAfter: true}, expireAt(at), true},
		{"set, before the commit", devserver.Fault{CutBefore: true}, expireAt(at), false},
		{"cleared, after the commit", devserver.Fault{CutAfter: true}, clearExpiry, true},
		{"cleared, before the commit", devserver.Fault{CutBefore: true}, clearExpiry, false},
		{"kept", devserver.Fault{CutBefore: true}, keepExpiry, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t)
			c := v.client(t)
			w, err := c.Create(t.Context(), "k", Content{Value: "v"}, expireAt(at.AddDate(-1, 0, 0)))
			if err != nil {
				t.Fatal(err)
			}
			row.fault.Path = devserver.RouteUpdate
			v.AddFault(row.fault)
			w, err = c.UpdateSealed(t.Context(), w.Sealed, row.expiry)
			if row.works != (err == nil) || !row.works && !Is(err, Unreachable) {
				t.Errorf("UpdateSealed = %v, %v", w.ExpiresAt, err)
			}
		})
	}
}

func TestTooLargeASecretIsToldItsSize(t *testing.T) {
	v := newVault(t, func(o *devserver.Options) { o.MaxBody = 1000 })
	_, err := v.client(t).Create(t.Context(), "k", Content{Value: strings.Repeat("x", 2000)}, keepExpiry)
	var large *Error
	if !as(err, TooLarge, &large) || large.Status != 413 || !strings.Contains(err.Error(), "2024 bytes") {
		t.Errorf("err = %v", err)
	}
}

// TestNothingIsWrittenThatCannotBeReadBack: the largest secret that is written can be
// read, and one byte more isn't sent.
func TestNothingIsWrittenThatCannotBeReadBack(t *testing.T) {
	v := newVault(t, func(o *devserver.Options) { o.MaxBody = 32 << 20 })
	c := v.client(t)
	largest := maxCiphertext - envelope.TagSize - len(`{"k":""}`)
	if _, err := c.Create(t.Context(), "k", Content{Value: strings.Repeat("x", largest)}, keepExpiry); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(t.Context(), "k"); err != nil {
		t.Error(err)
	}
	v.ResetRequests()
	_, err := c.Update(t.Context(), "k", Content{Value: strings.Repeat("x", largest+1)}, keepExpiry)
	var large *Error
	if !as(err, TooLarge, &large) || large.Size != maxCiphertext+1 {
		t.Errorf("err = %v", err)
	}
	v.counts(t, nil)
}

// TestARefusalAfterALostAnswer: a first try that may have taken effect, and then a
// refusal by the API: the error of an update and of a deletion says that it isn't
// known.
func TestARefusalAfterALostAnswer(t *testing.T) {
	for _, route := range []string{devserver.RouteUpdate, devserver.RouteDelete} {
		for _, status := range []int{400, 401, 403, 409, 413, 422, 429, 501} {
			t.Run(fmt.Sprintf("%s/%d", route, status), func(t *testing.T) {
				v := newVault(t)
				c := v.client(t)
				operation := matrixOperation(t, v, c, route)
				v.AddFault(devserver.Fault{Path: route, Status: 502, Commit: true, Times: 1})
				v.AddFault(devserver.Fault{Path: route, Status: status})
				v.AddFault(devserver.Fault{Path: devserver.RouteRead, Status: 403}) // nothing can be settled
				err := operation(t.Context())
				if err == nil || !strings.Contains(err.Error(), "it isn't known whether it took effect") {
					t.Errorf("err = %v", err)
				}
				v.discreet(t, err)
			})
		}
	}
}

// TestStampsThatTheAPIDoesNotPromise: a server may put more stamps into the answer to a
// write than the published client has seen. They are the server's word too.
func TestStampsThatTheAPIDoesNotPromise(t *testing.T) {
	const stamp = "2026-01-02T03:04:05.678Z"
	v := newVault(t)
	for route, member := range map[string]string{devserver.RouteCreate: "updated_at", devserver.RouteUpdate: "created_at"} {
		v.AddFault(devserver.Fault{Path: route, Edit: devserver.SetMember(member, `"`+stamp+`"`)})
	}
	c := v.client(t)
	created, err := c.Create(t.Context(), "k", Content{Value: "v1"}, keepExpiry)
	if err != nil || created.UpdatedAt.String() != stamp || created.CreatedAt.State != Known {
		t.Errorf("created: %+v, %v", created.Metadata, err)
	}
	updated, err := c.Update(t.Context(), "k", Content{Value: "v2"}, keepExpiry)
	if err != nil || updated.CreatedAt.String() != stamp || updated.UpdatedAt.State != Known {
		t.Errorf("updated: %+v, %v", updated.Metadata, err)
	}
}
