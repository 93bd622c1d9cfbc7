package provider

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// chosen are the columns whose content the configuration chooses.
func chosen() []string { return columns()[:4] }

func columns() []string { return []string{colValue, colData, colVersioned, colBare, colGenerated} }

// applied makes a vault and a core that has created content "one" in a column.
func applied(t *testing.T, column string, more attributes) (*acctest.Vault, *core) {
	t.Helper()
	v := acctest.Start(t)
	c := newCore(t, providerAttributes(v))
	created(t, c, configuration(column, "one", more))
	v.Server.ResetRequests()
	return v, c
}

func mustApply(t *testing.T, c *core, config, final attributes) outcome {
	t.Helper()
	out := c.apply(config, final)
	if len(out.errors) > 0 {
		t.Fatalf("apply: %v", out.errors)
	}
	return out
}

// settled fails the test if a plan after an apply shows a change.
func settled(t *testing.T, c *core, config attributes) {
	t.Helper()
	if out := c.plan(config); c.action(out) != "none" || len(out.warnings) > 0 {
		t.Errorf("the plan after the apply is not empty: %s, errors %q, warnings %q", c.action(out), out.errors, out.warnings)
	}
}

func TestApplyUnknownValue(t *testing.T) {
	t.Parallel()
	for _, column := range columns() {
		for content, updates := range map[string]int{"one": 0, "two": 1} {
			t.Run(column+"/"+content, func(t *testing.T) {
				t.Parallel()
				v, c := applied(t, column, nil)
				final := configuration(column, content, nil)
				mustApply(t, c, configuration(column, "one", attributes{valueAttribute(column): unknown}), final)
				if column == colVersioned {
					updates = 0 // the version has not changed
				}
				if got := v.Server.Count("update"); got != updates {
					t.Errorf("%d updates, want %d", got, updates)
				}
				settled(t, c, final)
			})
		}
	}
}

func TestApplyUnknownVersion(t *testing.T) {
	t.Parallel()
	for version, updates := range map[string]int{"1": 0, "2": 1} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			v, c := applied(t, colVersioned, nil)
			final := configuration(colVersioned, "two", attributes{"value_wo_version": version})
			mustApply(t, c, configuration(colVersioned, "two", attributes{"value_wo_version": unknown}), final)
			if got := v.Server.Count("update"); got != updates {
				t.Errorf("%d updates, want %d", got, updates)
			}
			settled(t, c, final)
		})
	}
}

// TestApplyIgnoredValue moves the expiry of a secret whose value is ignored: the
// ciphertext goes back as it was, whoever wrote it.
func TestApplyIgnoredValue(t *testing.T) {
	t.Parallel()
	for _, column := range columns() {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			v, c := applied(t, column, nil)
			c.ignore = []string{valueAttribute(column)}
			before, _ := v.Server.Stored("k")
			config := configuration(column, "two", attributes{"expires_at": "2099-01-01T00:00:00Z"})
			mustApply(t, c, config, config)
			after, _ := v.Server.Stored("k")
			if after.Value != before.Value || after.Nonce != before.Nonce {
				t.Error("the ciphertext was written anew")
			}
			if after.ExpiresAt == nil {
				t.Error("the expiry was not set")
			}
			settled(t, c, config)
		})
	}
}

// TestApplyChangedSincePlan writes elsewhere between plan and apply: nothing may
// be overwritten.
func TestApplyChangedSincePlan(t *testing.T) {
	t.Parallel()
	for _, column := range columns() {
		for name, more := range map[string]attributes{
			"value":  nil,
			"expiry": {"expires_at": "2099-01-01T00:00:00Z"},
		} {
			t.Run(column+"/"+name, func(t *testing.T) {
				t.Parallel()
				v, c := applied(t, column, nil)
				content := "two"
				if more != nil {
					content = "one"
				}
				config := configuration(column, content, more)
				if column == colVersioned && more == nil {
					config["value_wo_version"] = "2"
				}
				c.between = func() { v.WritePlain("k", stored(column, "elsewhere")) }
				out := c.apply(config, config)
				if !mentions(out.errors, "changed since the plan") {
					t.Errorf("errors %q", out.errors)
				}
				if plain, _ := v.ReadPlain("k"); plain != stored(column, "elsewhere") {
					t.Error("the other write was overwritten")
				}
				if n := v.Server.Count("update"); n > 0 {
					t.Errorf("%d updates", n)
				}
			})
		}
	}
}

// TestApplyChangedSinceList writes elsewhere after the apply's list, which so shows the old
// stamp, and before the read that a change of the form needs: what is read shows it.
func TestApplyChangedSinceList(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ from, to, content string }{
		{colValue, colBare, "one"},
		{colBare, colValue, "one"},
		{colBare, colValue, "two"},
		{colGenerated, colValue, "one"},
	} {
		for _, elsewhere := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s to %s, %s, changed %t", test.from, test.to, test.content, elsewhere), func(t *testing.T) {
				t.Parallel()
				v, c := applied(t, test.from, nil)
				var write sync.Once
				front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if elsewhere && strings.HasSuffix(r.URL.Path, "/secrets/k") {
						write.Do(func() { v.WritePlain("k", stored(colValue, "elsewhere")) })
					}
					v.Server.ServeHTTP(w, r)
				}))
				t.Cleanup(front.Close)
				c.between = func() { c.provider["base_url"] = front.URL }
				config := configuration(test.to, test.content, nil)
				out := c.apply(config, config)
				want := stored(colValue, test.content)
				if elsewhere {
					want = stored(colValue, "elsewhere")
				}
				if elsewhere != mentions(out.errors, "changed since the plan") || !elsewhere && len(out.errors) > 0 {
					t.Errorf("errors %q", out.errors)
				}
				if plain, _ := v.ReadPlain("k"); strings.ReplaceAll(plain, " ", "") != strings.ReplaceAll(want, " ", "") {
					t.Error("the other write was overwritten, or the apply wrote something else")
				}
			})
		}
	}
}

// TestApplyChangedWhereStampsCantTell is the same against servers whose list doesn't
// show a write: the secret itself is compared then.
func TestApplyChangedWhereStampsCantTell(t *testing.T) {
	t.Parallel()
	second := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, server := range map[string]func(*devserver.Options){
		"twice within a whole second":     func(o *devserver.Options) { o.WholeSecondStamps, o.Now = true, func() time.Time { return second } },
		"no updated_at in the list":       func(o *devserver.Options) { o.ListWithoutUpdatedAt = true },
		"updated_at null until an update": func(o *devserver.Options) { o.ListNullUpdatedAt = true },
		"a list that leaves the key out":  nil,
	} {
		for _, column := range columns() {
			for _, elsewhere := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s/%s/changed %v", name, column, elsewhere), func(t *testing.T) {
					t.Parallel()
					v := acctest.Start(t)
					if server != nil {
						v.Server.Configure(server)
					}
					c := newCore(t, providerAttributes(v))
					created(t, c, configuration(column, "one", nil))
					c.between = func() {
						v.Server.ResetRequests()
						if server == nil {
							v.Server.AddFault(devserver.Fault{Path: "list", Edit: devserver.SetMember("keys", "[]")})
						}
						if !elsewhere {
							return
						}
						// As a server does that counts this write into the same tick.
						before, _ := v.Server.Stored("k")
						v.WritePlain("k", stored(column, "elsewhere"))
						after, _ := v.Server.Stored("k")
						after.UpdatedAt, after.Updated = before.UpdatedAt, before.Updated
						v.Server.Put(after)
					}
					out := c.apply(next(column), next(column))
					if elsewhere != mentions(out.errors, "changed since the plan") || !elsewhere && len(out.errors) > 0 {
						t.Errorf("errors %q", out.errors)
					}
					want := stored(column, "elsewhere")
					if plain, _ := v.ReadPlain("k"); elsewhere != (plain == want) {
						t.Error("the other write was overwritten, or the apply wrote something else")
					}
					if n := v.Server.Count("read"); n != 1 {
						t.Errorf("%d reads, want one", n)
					}
				})
			}
		}
	}
	t.Run("no scope to read", func(t *testing.T) {
		t.Parallel()
		v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.ListNullUpdatedAt = true }))
		c := newCore(t, providerAttributes(v))
		created(t, c, configuration(colVersioned, "one", nil))
		c.between = func() { v.Server.AddFault(devserver.Fault{Path: "read", Status: 403}) }
		mustApply(t, c, next(colVersioned), next(colVersioned))
	})
}

// TestApplyWithoutList shows that the scope is no condition: the secret is read
// itself, and the last write wins.
func TestApplyWithoutList(t *testing.T) {
	t.Parallel()
	for _, column := range columns() {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			v.Server.Configure(func(o *devserver.Options) { o.ListForbidden = true })
			c := newCore(t, providerAttributes(v))
			config := configuration(column, "one", nil)
			created(t, c, config)
			settled(t, c, config)
			config = configuration(column, "two", nil)
			if column == colVersioned {
				config["value_wo_version"] = "2"
			}
			mustApply(t, c, config, config)
			settled(t, c, config)
			v.WritePlain("k", stored(column, "elsewhere"))
			want := map[string]string{colVersioned: "none", colGenerated: "none"}[column]
			if want == "" {
				want = "write"
			}
			if got := c.action(c.plan(config)); got != want {
				t.Errorf("drift gives %q, want %q", got, want)
			}
		})
	}
}

func TestApplyVersionGrows(t *testing.T) {
	t.Parallel()
	for _, column := range columns() {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			_, c := applied(t, column, nil)
			last := int64(0)
			for i := range 4 {
				version, err := strconv.ParseInt(c.get(c.state, "version"), 10, 64)
				if err != nil || version <= last {
					t.Fatalf("version %d after %d (%v)", version, last, err)
				}
				last = version
				next := strconv.Itoa(i)
				more := attributes{}
				if column == colVersioned {
					more["value_wo_version"] = "v" + next
				}
				config := configuration(column, next, more)
				mustApply(t, c, config, config)
			}
		})
	}
}

// TestApplyAdoptOnly sets what no server knows: no request, no new stamp.
func TestApplyAdoptOnly(t *testing.T) {
	t.Parallel()
	for _, column := range columns() {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			v, c := applied(t, column, nil)
			before := c.get(c.state, "version")
			config := configuration(column, "one", attributes{"adopt_existing": true})
			mustApply(t, c, config, config)
			if v.Server.Count("update")+v.Server.Count("create") > 0 || c.get(c.state, "version") != before {
				t.Error("a write for adopt_existing alone")
			}
			settled(t, c, config)
		})
	}
}

// TestApplyAdoption keeps what the list tells of a secret that is taken over: when
// it was made, and a stamp that vouches for it.
func TestApplyAdoption(t *testing.T) {
	t.Parallel()
	for _, column := range columns() {
		for _, content := range []string{"one", "theirs"} {
			t.Run(column+"/"+content, func(t *testing.T) {
				t.Parallel()
				v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
				v.WritePlain("k", stored(column, content))
				before, _ := v.Server.Stored("k")
				c := newCore(t, providerAttributes(v))
				config := configuration(column, "one", attributes{"adopt_existing": true})
				mustApply(t, c, config, config)
				if got := helvetisafe.ParseTimestamp(c.get(c.state, "created_at")); !got.Time.Equal(before.CreatedAt.Truncate(time.Millisecond)) {
					t.Errorf("created_at is %v, want %v", got.Time, before.CreatedAt)
				}
				v.Server.ResetRequests()
				settled(t, c, config)
				if n := v.Server.Count("read"); n != 0 {
					t.Errorf("%d reads in the plan after it, want none", n)
				}
			})
		}
	}
}

// TestApplyDriftUndone restores what was written here, elsewhere: the warning goes.
func TestApplyDriftUndone(t *testing.T) {
	t.Parallel()
	v, c := applied(t, colVersioned, nil)
	config := configuration(colVersioned, "one", nil)
	v.WritePlain("k", stored(colVersioned, "elsewhere"))
	for range 2 { // it is told for as long as it is so, also after an apply has kept the refresh
		c.refresh(c.start(), outcome{}, true)
		if out := c.plan(config); !mentions(out.warnings, "changed elsewhere") || c.action(out) != "none" {
			t.Errorf("no warning of the drift: %q", out.warnings)
		}
	}
	v.WritePlain("k", stored(colVersioned, "one"))
	settled(t, c, config)
}

// TestApplyUnderRotatedOrgKey records anew what is stored under a new Org Key, and
// then writes under it.
func TestApplyUnderRotatedOrgKey(t *testing.T) {
	t.Parallel()
	for _, column := range columns() {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			v, c := applied(t, column, nil)
			before := v.OrgKey.Fingerprint()
			v.RotateOrgKey(t)
			two := configuration(column, "two", nil)
			if column == colVersioned {
				two["value_wo_version"] = "2"
			}
			if out := c.apply(two, two); !mentions(out.errors, "org_key_fingerprints") {
				t.Errorf("a write under another Org Key was not refused: %q", out.errors)
			}
			if n := v.Server.Count("update"); n > 0 {
				t.Errorf("%d updates", n)
			}
			c.provider["org_key_fingerprints"] = []string{before, v.OrgKey.Fingerprint()}
			mustApply(t, c, two, two)
			settled(t, c, two)
			if got := c.get(c.state, "org_key_fingerprint"); got != v.OrgKey.Fingerprint() {
				t.Errorf("fingerprint %q in the state", got)
			}
		})
	}
}
