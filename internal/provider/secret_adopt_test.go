package provider

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// TestAdoptNoUnicode takes over what no configuration can ask for, in each form.
func TestAdoptNoUnicode(t *testing.T) {
	t.Parallel()
	for _, plaintext := range []string{`{"k": "\ud83d"}`, "\xff\xfe"} {
		for _, column := range columns() {
			t.Run(column, func(t *testing.T) {
				t.Parallel()
				v := acctest.Start(t)
				v.WritePlain("k", plaintext)
				c := newCore(t, providerAttributes(v))
				config := configuration(column, "one", attributes{"adopt_existing": true})
				mustApply(t, c, config, config)
				settled(t, c, config)
			})
		}
	}
}

// TestAdoptWithoutExpiryInTheRead takes over a secret whose expiry only the list
// tells: a missing expires_at is not a cleared one.
func TestAdoptWithoutExpiryInTheRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		expiry any
		kept   bool
	}{
		"without an expiry":   {nil, false},
		"with the one it has": {"2099-01-01T02:00:00+02:00", true},
	} {
		for _, column := range columns() {
			t.Run(name+"/"+column, func(t *testing.T) {
				t.Parallel()
				v := acctest.Start(t)
				v.WritePlain("k", stored(column, "one"))
				expireLater(t, v, "k")
				v.Server.AddFault(devserver.Fault{Path: "read", Edit: devserver.DropMember("expires_at")})
				c := newCore(t, providerAttributes(v))
				config := configuration(column, "one", attributes{"adopt_existing": true, "expires_at": test.expiry})
				mustApply(t, c, config, config)
				if got := v.Server.Count("update"); got != 1 {
					t.Errorf("%d updates, want one", got)
				}
				if record, _ := v.Server.Stored("k"); test.kept != (record.ExpiresAt != nil) {
					t.Errorf("the expiry is %v", record.ExpiresAt)
				}
				settled(t, c, config)
			})
		}
	}
}

// TestAdoptKeepsStamps takes over a secret and tells since when it is there, as the
// list has it. It always writes, so that whoever else holds the key sees a new stamp.
// What the list vouches for from then on isn't read again.
func TestAdoptKeepsStamps(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"one", "two"} {
		for _, column := range columns() {
			t.Run(content+"/"+column, func(t *testing.T) {
				t.Parallel()
				v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
				v.WritePlain("k", stored(column, "one"))
				before, _ := v.Server.Stored("k")
				c := newCore(t, providerAttributes(v))
				config := configuration(column, content, attributes{"adopt_existing": true})
				mustApply(t, c, config, config)
				now, _ := v.Server.Stored("k")
				stamp := func(at time.Time) string {
					return helvetisafe.TimestampOf(at).String()
				}
				want := []string{stamp(before.CreatedAt), stamp(now.UpdatedAt), strconv.FormatInt(now.UpdatedAt.UnixMilli(), 10)}
				got := []string{c.get(c.state, "created_at"), c.get(c.state, "updated_at"), c.get(c.state, "version")}
				if !slices.Equal(got, want) {
					t.Errorf("created_at, updated_at and version are %q, want %q", got, want)
				}
				if !now.UpdatedAt.After(before.UpdatedAt) {
					t.Error("it was not written")
				}
				v.Server.ResetRequests()
				settled(t, c, config)
				if n := v.Server.Count("read"); n > 0 {
					t.Errorf("%d reads of what the list vouches for", n)
				}
			})
		}
	}
}

// TestImportFirstVersion changes other things before the first version: it is still
// the first one after the import, so it is recorded and the value isn't written.
func TestImportFirstVersion(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]attributes{
		"adoption": {"adopt_existing": true},
		"expiry":   {"expires_at": "2099-01-01T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			v.WritePlain("k", stored(colBare, "one"))
			c := newCore(t, providerAttributes(v))
			if out := c.importSecret("write-only:k"); len(out.errors) > 0 {
				t.Fatal(out.errors)
			}
			config := configuration(colBare, "one", more)
			mustApply(t, c, config, config)
			before, _ := v.Server.Stored("k")
			config["value_wo_version"] = "1"
			mustApply(t, c, config, config)
			if after, _ := v.Server.Stored("k"); after.Nonce != before.Nonce {
				t.Error("the first version was written, and not only recorded")
			}
			settled(t, c, config)
			config["value_wo_version"] = "2"
			mustApply(t, c, config, config)
			second, _ := v.Server.Stored("k")
			if second.Nonce == before.Nonce {
				t.Error("the second version was not written")
			}
			delete(config, "value_wo_version")
			mustApply(t, c, config, config)
			config["value_wo_version"] = "3"
			mustApply(t, c, config, config)
			if after, _ := v.Server.Stored("k"); after.Nonce == second.Nonce {
				t.Error("a version after one that was removed was not written")
			}
		})
	}
}

// TestRenamedWhileAdopting creates, adopting, and deletes under the same key side by
// side, as a CLI does for a block that was renamed: while the creation looks at what
// is there, the deletion waits, and then leaves it alone.
func TestRenamedWhileAdopting(t *testing.T) {
	t.Parallel()
	for _, column := range columns() {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			v, before := applied(t, column, nil)
			config := configuration(column, "one", attributes{"adopt_existing": true})
			after := newCore(t, providerAttributes(v))
			server := after.start()
			planned, private := after.planOnce(server, config, outcome{})
			if len(planned.errors) > 0 {
				t.Fatal(planned.errors)
			}
			looking := make(chan struct{})
			v.Server.AddFault(devserver.Fault{Path: "read", Times: 1, Delay: 300 * time.Millisecond, Edit: func(body []byte) []byte {
				close(looking)
				return body
			}})
			apply := func(state, to tftypes.Value, private []byte, identity *tfprotov6.ResourceIdentityData) outcome {
				resp, err := server.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
					TypeName: secretType, PriorState: after.dynamic(after.object, state), PlannedState: after.dynamic(after.object, to),
					Config: after.dynamic(after.object, after.value(after.object, config)), PlannedPrivate: private, PlannedIdentity: identity,
				})
				if err != nil {
					return outcome{errors: []string{err.Error()}}
				}
				return collect(outcome{}, resp.Diagnostics)
			}
			none := tftypes.NewValue(after.object, nil)
			creation := make(chan outcome)
			go func() { creation <- apply(none, planned.planned, private, nil) }()
			<-looking
			deletion := apply(before.state, none, before.private, before.identity)
			created := <-creation
			if len(created.errors)+len(deletion.errors) > 0 || !mentions(deletion.warnings, "left in place") {
				t.Errorf("creation %q, deletion %q, %q", created.errors, deletion.errors, deletion.warnings)
			}
			if _, ok := v.ReadPlain("k"); !ok {
				t.Error("the secret was lost")
			}
		})
	}
}

// TestOneMemberNamedAsTheKey gives in either write-only form what is stored alike: an
// object of the one member that is named as the key. The fingerprint was made in the
// other form, and yet nothing differs, after an import as after a write.
func TestOneMemberNamedAsTheKey(t *testing.T) {
	t.Parallel()
	asFields := func(value string) attributes { return attributes{"key": "k", "data_wo": map[string]string{"k": value}} }
	asValue := func(value string) attributes { return attributes{"key": "k", "value_wo": value} }
	for name, start := range map[string]func(t *testing.T, v *acctest.Vault, c *core){
		"imported": func(t *testing.T, v *acctest.Vault, c *core) {
			v.WritePlain("k", `{"k":"one"}`)
			if out := c.importSecret("write-only:k"); len(out.errors) > 0 {
				t.Fatal(out.errors)
			}
		},
		"written as a value": func(t *testing.T, _ *acctest.Vault, c *core) { created(t, c, asValue("one")) },
		"written as fields":  func(t *testing.T, _ *acctest.Vault, c *core) { created(t, c, asFields("one")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			c := newCore(t, providerAttributes(v))
			start(t, v, c)
			settled(t, c, asFields("one"))
			settled(t, c, asValue("one"))
			v.WritePlain("k", `{ "k": "one" }`) // the same, elsewhere
			settled(t, c, asFields("one"))
			settled(t, c, asValue("one"))
			for _, other := range []attributes{asFields("two"), asValue("two"), {"key": "k", "data_wo": map[string]string{"k": "one", "l": ""}}, {"key": "k", "data_wo": map[string]string{"l": "one"}}} {
				if got := c.action(c.plan(other)); got != "write" {
					t.Errorf("another content gives %q", got)
				}
			}
		})
	}
}

// TestCreateOnceMore has a key be taken when it is created, and free a moment later: one
// more create tells that from a secret which this account doesn't see.
func TestCreateOnceMore(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(v *acctest.Vault)
		adopt   bool
		creates int
		says    string
	}{
		"gone by now": {prepare: func(v *acctest.Vault) {
			v.Server.AddFault(devserver.Fault{Path: "create", Status: http.StatusConflict, Times: 1})
		}, creates: 2},
		"gone by now, adopting": {prepare: func(v *acctest.Vault) {
			v.Server.AddFault(devserver.Fault{Path: "create", Status: http.StatusConflict, Times: 1})
		}, adopt: true, creates: 2},
		"gone between read and update": {prepare: func(v *acctest.Vault) {
			v.WritePlain("k", `{"k": "theirs"}`)
			v.Server.AddFault(devserver.Fault{Path: "update", Status: http.StatusNotFound, Times: 1})
		}, adopt: true, creates: 2},
		"never seen": {prepare: func(v *acctest.Vault) {
			v.WritePlain("k", `{"k": "theirs"}`)
			v.Server.Hide("k")
		}, creates: 2, says: "this account can't read it"},
		"seen": {prepare: func(v *acctest.Vault) { v.WritePlain("k", `{"k": "theirs"}`) }, creates: 1, says: "create_before_destroy"},
	} {
		for _, column := range columns() {
			t.Run(name+"/"+column, func(t *testing.T) {
				t.Parallel()
				v := acctest.Start(t)
				test.prepare(v)
				c := newCore(t, providerAttributes(v))
				config := configuration(column, "one", attributes{"adopt_existing": test.adopt})
				out := c.apply(config, config)
				if test.says == "" && len(out.errors) > 0 || !mentions(out.errors, test.says) {
					t.Errorf("errors %q, want %q", out.errors, test.says)
				}
				if n := v.Server.Count("create"); n != test.creates {
					t.Errorf("%d creates, want %d", n, test.creates)
				}
				if test.says == "" {
					settled(t, c, config)
				}
			})
		}
	}
}

// TestTaintedWhileAdoptionIsUnknown plans to make a tainted secret anew while adopt_existing
// isn't known: the secret that exists is its own, so the create need not fail.
func TestTaintedWhileAdoptionIsUnknown(t *testing.T) {
	t.Parallel()
	_, c := applied(t, colValue, nil)
	server := c.start()
	c.refresh(server, outcome{}, true)
	c.state, c.private = tftypes.NewValue(c.object, nil), nil
	out, _ := c.planOnce(server, configuration(colValue, "one", attributes{"adopt_existing": unknown}), outcome{})
	if len(out.errors) > 0 || !mentions(out.warnings, "the create fails, unless that is this very resource's secret, which is deleted first") {
		t.Errorf("errors %q, warnings %q", out.errors, out.warnings)
	}
}
