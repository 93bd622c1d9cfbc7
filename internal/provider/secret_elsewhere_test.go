package provider

import (
	"bytes"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// TestApplyGoneSincePlan removes the secret between plan and apply: the error says
// so, and what to do, in each form.
func TestApplyGoneSincePlan(t *testing.T) {
	t.Parallel()
	for _, column := range columns() {
		for name, more := range map[string]attributes{
			"value":  {"value_wo_version": "2"},
			"expiry": {"expires_at": "2099-01-01T00:00:00Z"},
		} {
			t.Run(column+"/"+name, func(t *testing.T) {
				t.Parallel()
				v, c := applied(t, column, nil)
				content := "one"
				if name == "value" {
					content = "two"
					if column != colVersioned {
						more = nil
					}
				}
				config := configuration(column, content, more)
				c.between = func() { v.Server.Remove("k") }
				out := c.apply(config, config)
				if !mentions(out.errors, "changed since the plan") || !mentions(out.errors, "Run plan again") || !mentions(out.errors, "removed or has expired") {
					t.Errorf("errors %q", out.errors)
				}
				c.between = nil
				mustApply(t, c, config, config)
				settled(t, c, config)
			})
		}
	}
}

// TestDriftToNoUnicode has somebody store half of a surrogate pair, or bytes that are
// no text: what no configuration can ask for is a drift of a write-only value like
// any other, and must not keep the plan from writing over it.
func TestDriftToNoUnicode(t *testing.T) {
	t.Parallel()
	for name, plaintext := range map[string]string{
		"half a pair":  `{"k": "\ud83d"}`,
		"no text":      "\xff\xfe",
		"in the names": `{"\ud83d": "one"}`,
	} {
		for column, test := range map[string]struct{ action, says string }{
			colBare:      {"write", "so the apply writes"},
			colVersioned: {"none", "so the other value stays"},
		} {
			t.Run(column+"/"+name, func(t *testing.T) {
				t.Parallel()
				v, c := applied(t, column, nil)
				config := configuration(column, "one", nil)
				v.WritePlain("k", plaintext)
				if out := c.plan(config); c.action(out) != test.action || !mentions(out.warnings, test.says) {
					t.Errorf("%s, errors %q, warnings %q", c.action(out), out.errors, out.warnings)
				}
				if column == colVersioned {
					c.refresh(c.start(), outcome{}, true) // as an apply keeps it
					if out := c.plan(config); !mentions(out.warnings, test.says) {
						t.Errorf("the drift is forgotten: %q", out.warnings)
					}
					config["value_wo_version"] = "2"
				}
				mustApply(t, c, config, config)
				if plain, _ := v.ReadPlain("k"); plain != `{"k":"one"}` {
					t.Error("it was not written over")
				}
				settled(t, c, config)
				v.WritePlain("k", plaintext)
				c.refresh(c.start(), outcome{}, true)
				v.WritePlain("k", stored(column, "one"))
				settled(t, c, config)
			})
		}
	}
}

// TestReadExpiryMissing has answers say nothing of an expiry: a missing one is not a
// cleared one. A null is, in the read as in the list.
func TestReadExpiryMissing(t *testing.T) {
	t.Parallel()
	member := regexp.MustCompile(`"expires_at":\s*"[^"]*"`)
	for name, test := range map[string]struct{ read, list, action string }{
		"missing in both":            {`"gone":0`, `"gone":0`, "none"},
		"missing in the read":        {`"gone":0`, `$0`, "none"},
		"missing in the list":        {`$0`, `"gone":0`, "none"},
		"null in both":               {`"expires_at":null`, `"expires_at":null`, "write"},
		"null in the read alone":     {`"expires_at":null`, `$0`, "write"},
		"null in the list, not read": {`"gone":0`, `"expires_at":null`, "write"},
	} {
		for _, column := range columns() {
			t.Run(name+"/"+column, func(t *testing.T) {
				t.Parallel()
				more := attributes{"expires_at": "2099-01-01T00:00:00Z"}
				v, c := applied(t, column, more)
				c.provider["full_refresh"] = true
				for path, replacement := range map[string]string{"read": test.read, "list": test.list} {
					v.Server.AddFault(devserver.Fault{Path: path, Edit: func(body []byte) []byte {
						return member.ReplaceAll(body, []byte(replacement))
					}})
				}
				if out := c.plan(configuration(column, "one", more)); c.action(out) != test.action {
					t.Errorf("%s, want %s; errors %q", c.action(out), test.action, out.errors)
				}
			})
		}
	}
}

// TestApplyExpiryConfirmed moves and removes an expiry while the answer to the update
// says another one, or nothing of it: a removal then has to be confirmed by a list. The
// state keeps what really is.
func TestApplyExpiryConfirmed(t *testing.T) {
	t.Parallel()
	const later = "2100-01-01T00:00:00Z"
	for name, test := range map[string]struct {
		to, clear       any
		noList, noStamp bool
		answer          string // expires_at in the answer; "" for none
		says, left      string // the error, and the expiry in the state
	}{
		"moved":                           {to: later, left: later},
		"moved, and no list may be had":   {to: later, noList: true, left: later},
		"moved elsewhere":                 {to: later, answer: `"2098-06-01T00:00:00Z"`, says: "instead of 2100-01-01T00:00:00.000Z", left: "2098-06-01T00:00:00.000Z"},
		"not moved":                       {to: later, answer: `"2099-01-01T00:00:00.000Z"`, says: "instead of 2100-01-01T00:00:00.000Z", left: "2099-01-01T00:00:00Z"},
		"removed, and the list shows it":  {},
		"removed, and the list says not":  {clear: devserver.IgnoresNull, says: "still expires at 2099-01-01T00:00:00.000Z", left: "2099-01-01T00:00:00Z"},
		"removed, and no list may be had": {noList: true, says: "don't tell whether the expiry", left: "2099-01-01T00:00:00Z"},
		"removed, and the list is silent": {noStamp: true, says: "don't tell whether the expiry", left: "2099-01-01T00:00:00Z"},
	} {
		for _, column := range columns() {
			t.Run(name+"/"+column, func(t *testing.T) {
				t.Parallel()
				v, c := applied(t, column, attributes{"expires_at": "2099-01-01T00:00:00Z"})
				v.Server.Configure(func(o *devserver.Options) {
					o.ListForbidden = test.noList
					if how, ok := test.clear.(devserver.ClearExpiry); ok {
						o.ClearExpiry = how
					}
				})
				edit := devserver.DropMember("expires_at")
				if test.answer != "" {
					edit = devserver.SetMember("expires_at", test.answer)
				}
				v.Server.AddFault(devserver.Fault{Path: "update", Edit: edit})
				if test.noStamp {
					v.Server.AddFault(devserver.Fault{Path: "list", Edit: func(body []byte) []byte {
						return bytes.ReplaceAll(body, []byte(`"expires_at"`), []byte(`"gone"`))
					}})
				}
				config := configuration(column, "one", attributes{"expires_at": test.to})
				out := c.apply(config, config)
				if test.says == "" && len(out.errors) > 0 || !mentions(out.errors, test.says) {
					t.Errorf("errors %q, want %q", out.errors, test.says)
				}
				if got := c.get(c.state, "expires_at"); got != test.left {
					t.Errorf("the state has the expiry %q, want %q", got, test.left)
				}
				if test.says == "" {
					settled(t, c, config)
				}
			})
		}
	}
}

// TestApplyVersionGrowsWithoutTheClock writes after the server's clock was set back,
// and while answers have no stamp: the version is one more than before.
func TestApplyVersionGrowsWithoutTheClock(t *testing.T) {
	t.Parallel()
	for name, disturb := range map[string]func(v *acctest.Vault){
		"set back": func(v *acctest.Vault) {
			v.Server.Configure(func(o *devserver.Options) { o.Now = func() time.Time { return time.Now().Add(-time.Hour) } })
		},
		"no stamp": func(v *acctest.Vault) {
			v.Server.AddFault(devserver.Fault{Path: "update", Edit: devserver.DropMember("updated_at")})
		},
	} {
		for _, column := range columns() {
			t.Run(name+"/"+column, func(t *testing.T) {
				t.Parallel()
				v, c := applied(t, column, nil)
				before, err := strconv.ParseInt(c.get(c.state, "version"), 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				disturb(v)
				config := configuration(column, "two", nil)
				if column == colVersioned {
					config["value_wo_version"] = "2"
				}
				mustApply(t, c, config, config)
				if got := c.get(c.state, "version"); got != strconv.FormatInt(before+1, 10) {
					t.Errorf("version %s after %d", got, before)
				}
				settled(t, c, config)
			})
		}
	}
}

// TestApplyUnderAnotherOrgKeyUnrefreshed plans without a refresh, so that the plan
// can't know which of the accepted Org Keys the write will be under.
func TestApplyUnderAnotherOrgKeyUnrefreshed(t *testing.T) {
	t.Parallel()
	for _, configured := range []bool{true, false} {
		for _, column := range []string{colValue, colData, colVersioned} {
			t.Run(column+"/provider known "+strconv.FormatBool(configured), func(t *testing.T) {
				t.Parallel()
				v, c := applied(t, column, nil)
				before := v.OrgKey.Fingerprint()
				v.RotateOrgKey(t, acctest.KeepCiphertext)
				c.skip = true
				c.provider["org_key_fingerprints"] = []string{before, v.OrgKey.Fingerprint()}
				if !configured {
					c.provider["base_url"] = unknown
				}
				c.between = func() { c.provider["base_url"] = v.URL }
				config := configuration(column, "two", nil)
				if column == colVersioned {
					config["value_wo_version"] = "2"
				}
				if out := mustApply(t, c, config, config); c.get(out.planned, "org_key_fingerprint") != "?" {
					t.Error("the Org Key of the write was planned as known")
				}
				if got := c.get(c.state, "org_key_fingerprint"); got != v.OrgKey.Fingerprint() {
					t.Errorf("fingerprint %q in the state", got)
				}
			})
		}
	}
}

// TestRefreshOfTheSameCiphertext reads a secret for want of a list: the ciphertext
// last seen needs no Org Key, if there is a version.
func TestRefreshOfTheSameCiphertext(t *testing.T) {
	t.Parallel()
	v := acctest.Start(t)
	v.Server.Configure(func(o *devserver.Options) { o.ListForbidden = true })
	c := newCore(t, providerAttributes(v))
	config := configuration(colVersioned, "one", nil)
	created(t, c, config)
	delete(c.provider, "private_key_path")
	v.Server.ResetRequests()
	settled(t, c, config)
	v.ExpectCounts(t, map[string]int{"token": 1, "list": 1, "read": 1})
	v.WritePlain("k", stored(colVersioned, "elsewhere"))
	if out := c.plan(config); !mentions(out.errors, "private_key_path") {
		t.Errorf("another ciphertext can't be read without a key: %q", out.errors)
	}
}

// TestDriftToNamesThatAreOne has somebody store a second field whose name is the same
// in NFC, which Terraform brings names to: it shows as a change, and at each plan.
func TestDriftToNamesThatAreOne(t *testing.T) {
	t.Parallel()
	v := acctest.Start(t)
	c := newCore(t, providerAttributes(v))
	config := attributes{"key": "k", "data_wo": map[string]string{"\u00e4": "composed"}}
	created(t, c, config)
	v.WritePlain("k", "{\"\u00e4\": \"composed\", \"a\u0308\": \"decomposed\"}")
	for range 20 {
		if got := c.action(c.plan(config)); got != "write" {
			t.Fatalf("the plan is %q", got)
		}
	}
}

// TestApplyExpiryOfAnotherCiphertext moves an expiry alone, and somebody writes between
// plan and apply, which no stamp shows: what is stored is not the one last seen.
func TestApplyExpiryOfAnotherCiphertext(t *testing.T) {
	t.Parallel()
	for name, untold := range map[string]func(o *devserver.Options){
		"no list":   func(o *devserver.Options) { o.ListForbidden = true },
		"no stamps": func(o *devserver.Options) { o.ListWithoutUpdatedAt = true },
	} {
		for _, column := range columns() {
			t.Run(name+"/"+column, func(t *testing.T) {
				t.Parallel()
				v := acctest.Start(t)
				v.Server.Configure(untold)
				c := newCore(t, providerAttributes(v))
				created(t, c, configuration(column, "one", nil))
				config := configuration(column, "one", attributes{"expires_at": "2099-01-01T00:00:00Z"})
				c.between = func() { v.WritePlain("k", stored(column, "elsewhere")) }
				if out := c.apply(config, config); !mentions(out.errors, "changed since the plan") {
					t.Errorf("errors %q", out.errors)
				}
				if plain, _ := v.ReadPlain("k"); plain != stored(column, "elsewhere") || v.Server.Count("update") > 0 {
					t.Error("it was written")
				}
			})
		}
	}
}

// TestGoneWithoutAnOrgKey finds no secret, and can't have the Org Key that would tell
// a deletion from another vault: the plan makes it again, and warns.
func TestGoneWithoutAnOrgKey(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(c *core){
		"no key source": func(c *core) { delete(c.provider, "private_key_path") },
		"no scope":      func(c *core) { c.provider["scopes"] = []string{"secrets:read", "secrets:list"} },
	} {
		for _, column := range columns() {
			t.Run(name+"/"+column, func(t *testing.T) {
				t.Parallel()
				v, c := applied(t, column, nil)
				v.Server.Remove("k")
				lose(c)
				out := c.plan(configuration(column, "one", nil))
				if c.action(out) != "create" || !mentions(out.warnings, "Check base_url and the provider alias") {
					t.Errorf("%s, errors %q, warnings %q", c.action(out), out.errors, out.warnings)
				}
			})
		}
	}
}

// TestApplyOrgKeySwappedSincePlan substitutes the Org Key between plan and apply, while
// nothing is pinned: what the resource recorded refuses the write.
func TestApplyOrgKeySwappedSincePlan(t *testing.T) {
	t.Parallel()
	for _, column := range columns() {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			v, c := applied(t, column, nil)
			before, _ := v.Server.Stored("k")
			config := configuration(column, "two", nil)
			if column == colVersioned {
				config["value_wo_version"] = "2"
			}
			c.between = func() { v.RotateOrgKey(t, acctest.KeepCiphertext) }
			if out := c.apply(config, config); !mentions(out.errors, "org_key_fingerprints") {
				t.Errorf("errors %q", out.errors)
			}
			if after, _ := v.Server.Stored("k"); after.Value != before.Value || v.Server.Count("update") > 0 {
				t.Error("it was written under the substituted key")
			}
		})
	}
}
