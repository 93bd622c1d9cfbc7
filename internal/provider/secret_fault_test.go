package provider

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// destroy refreshes, plans the end of the resource and applies that.
func (c *core) destroy() outcome {
	c.t.Helper()
	server := c.start()
	out := c.refresh(server, outcome{}, true)
	if len(out.errors) > 0 || c.state.IsNull() {
		return out
	}
	planned, private := c.planDelete(server)
	out.warnings = append(out.warnings, planned.warnings...)
	if out.errors = planned.errors; len(out.errors) > 0 {
		return out
	}
	if c.between != nil {
		c.between()
	}
	end := c.applyOnce(c.start(), nil, tftypes.NewValue(c.object, nil), private)
	out.errors, out.warnings = end.errors, append(out.warnings, end.warnings...)
	return out
}

// once retries once only, so that a test of failures doesn't wait.
func once(v *acctest.Vault) attributes {
	settings := providerAttributes(v)
	settings["max_retries"] = 1
	return settings
}

func importID(column string) string {
	return map[string]string{colValue: "k", colData: "k", colVersioned: "write-only:k", colBare: "write-only:k", colDataWO: "write-only:k", colGenerated: "write-only:k"}[column]
}

// TestFaultCreateAnswerLost: however the answer to a create is lost, there is one
// secret and it is in the state, or the error says what there may be and how to go on.
func TestFaultCreateAnswerLost(t *testing.T) {
	t.Parallel()
	lost := devserver.Fault{Path: "create", CutAfter: true, Times: 1}
	for name, test := range map[string]struct {
		prepare func(v *acctest.Vault)
		says    []string // nothing for a create that works
		theirs  bool     // the secret there is someone else's
	}{
		"the retry finds its own": {prepare: func(v *acctest.Vault) { v.Server.AddFault(lost) }},
		"a gateway hides it":      {prepare: func(v *acctest.Vault) { v.Server.AddFault(devserver.Fault{Path: "create", Status: 502, Commit: true}) }},
		"a page hides it":         {prepare: func(v *acctest.Vault) { v.Server.AddFault(devserver.Fault{Path: "create", HTML: true, Commit: true}) }},
		"no list to read back": {prepare: func(v *acctest.Vault) {
			v.Server.AddFault(lost)
			v.Server.Configure(func(o *devserver.Options) { o.ListForbidden = true })
		}},
		"no secrets:read": {
			prepare: func(v *acctest.Vault) {
				v.Server.AddFault(lost)
				v.Server.AddFault(devserver.Fault{Path: "read", Status: http.StatusForbidden})
			},
			says: []string{"secrets:read", "it is this one", "someone else's", "import {"},
		},
		"reading fails": {
			prepare: func(v *acctest.Vault) {
				v.Server.AddFault(lost)
				v.Server.AddFault(devserver.Fault{Path: "read", Status: http.StatusInternalServerError})
			},
			says: []string{"it is this one", "someone else's", "import {"},
		},
		"someone else's": {
			prepare: func(v *acctest.Vault) {
				v.WritePlain("k", `{"k": "theirs"}`)
				v.Server.AddFault(devserver.Fault{Path: "create", CutBefore: true, Times: 1})
			},
			says: []string{"exists", "import {", "adopt_existing"}, theirs: true,
		},
	} {
		for _, column := range columns() {
			t.Run(name+"/"+column, func(t *testing.T) {
				t.Parallel()
				v := acctest.Start(t)
				test.prepare(v)
				c := newCore(t, once(v))
				config := configuration(column, "one", nil)
				out := c.apply(config, config)
				v.Server.ClearFaults()
				if n := len(v.Server.Keys()); n != 1 {
					t.Errorf("%d secrets on the server, want one", n)
				}
				if test.says == nil {
					if len(out.errors) > 0 || c.state.IsNull() {
						t.Fatalf("it isn't in the state: %q", out.errors)
					}
					settled(t, c, config)
					return
				}
				if len(out.errors) != 1 || !c.state.IsNull() {
					t.Fatalf("errors %q, want one", out.errors)
				}
				for _, part := range append(test.says, `id = "`+importID(column)+`"`) {
					if !mentions(out.errors, part) {
						t.Errorf("the error doesn't say %q: %s", part, out.errors[0])
					}
				}
				if plain, _ := v.ReadPlain("k"); test.theirs && plain != `{"k": "theirs"}` {
					t.Error("someone else's secret was overwritten")
				}
				if out := c.importSecret(importID(column)); len(out.errors) > 0 {
					t.Fatalf("the import that the error names: %q", out.errors)
				}
				mustApply(t, c, config, config)
				settled(t, c, config)
			})
		}
	}
}

// TestFaultCreateAnswerLostWithAdoption: a create that may take over what is there
// says the same if it can't be settled, and the next apply comes to what was asked.
func TestFaultCreateAnswerLostWithAdoption(t *testing.T) {
	t.Parallel()
	for _, status := range []int{403, 500} {
		for _, column := range columns() {
			t.Run(fmt.Sprint(column, "/", status), func(t *testing.T) {
				t.Parallel()
				v := acctest.Start(t)
				v.Server.AddFault(devserver.Fault{Path: "create", CutAfter: true, Times: 1})
				v.Server.AddFault(devserver.Fault{Path: "read", Status: status})
				c := newCore(t, once(v))
				config := configuration(column, "one", attributes{"adopt_existing": true})
				out := c.apply(config, config)
				v.Server.ClearFaults()
				if len(out.errors) != 1 || !mentions(out.errors, "isn't known whether") || !c.state.IsNull() {
					t.Errorf("errors %q, want that it isn't known", out.errors)
				}
				mustApply(t, c, config, config)
				settled(t, c, config)
			})
		}
	}
}

// next is the configuration of a second write.
func next(column string) attributes {
	config := configuration(column, "two", nil)
	if column == colVersioned {
		config["value_wo_version"] = "2"
	}
	return config
}

// TestFaultUpdate: an update whose answer is lost is sent again with the same bytes,
// or settled by reading back; if it can't be settled, the state stays as it was
// and the next run comes to the same.
func TestFaultUpdate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults []devserver.Fault
		says   string // "" for an update that works
	}{
		"reset after the commit, once":  {faults: []devserver.Fault{{Path: "update", CutAfter: true, Times: 1}}},
		"reset after the commit":        {faults: []devserver.Fault{{Path: "update", CutAfter: true}}},
		"a gateway hides it":            {faults: []devserver.Fault{{Path: "update", Status: 504, Commit: true}}},
		"reset before it is read, once": {faults: []devserver.Fault{{Path: "update", CutBefore: true, Times: 1}}},
		"reset before it is read":       {faults: []devserver.Fault{{Path: "update", CutBefore: true}}, says: "the next plan shows it"},
		"nothing can be read back":      {faults: []devserver.Fault{{Path: "update", CutAfter: true}, {Path: "read", Status: 500}}, says: "the next plan shows it"},
		"refused":                       {faults: []devserver.Fault{{Path: "update", Status: 403}}, says: "secrets:write"},
	} {
		for _, column := range columns() {
			t.Run(name+"/"+column, func(t *testing.T) {
				t.Parallel()
				v := acctest.Start(t)
				c := newCore(t, once(v))
				created(t, c, configuration(column, "one", nil))
				before := c.state
				v.Server.ResetRequests()
				for _, fault := range test.faults {
					v.Server.AddFault(fault)
				}
				out := c.apply(next(column), next(column))
				v.Server.ClearFaults()
				sameBodies(t, v, "update")
				switch {
				case test.says == "" && len(out.errors) > 0:
					t.Errorf("errors %q", out.errors)
				case test.says != "" && (len(out.errors) != 1 || !mentions(out.errors, test.says)):
					t.Errorf("errors %q, want one that says %q", out.errors, test.says)
				case test.says != "" && !c.state.Equal(before):
					t.Error("the state changed although the update failed")
				}
				mustApply(t, c, next(column), next(column))
				if plain, _ := v.ReadPlain("k"); column != colGenerated && !strings.Contains(plain, "two") {
					t.Error("the server holds something else")
				}
				settled(t, c, next(column))
			})
		}
	}
}

// sameBodies demands that all requests of a route have the same body.
func sameBodies(t *testing.T, v *acctest.Vault, route string) {
	t.Helper()
	var first []byte
	for _, request := range v.Server.Requests() {
		if request.Route != route {
			continue
		}
		if first == nil {
			first = request.Body
		}
		if !bytes.Equal(first, request.Body) {
			t.Errorf("a second %s was sent with other bytes", route)
		}
	}
}

// TestFaultChangedSincePlanWithoutAList: a list that fails, other than for want of
// its scope, is no reason to overwrite what someone else wrote.
func TestFaultChangedSincePlanWithoutAList(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		elsewhere, unreadable bool
		status                int // of the list; 0 for 500
		says                  string
	}{
		"changed, and a proxy refuses the list": {elsewhere: true, status: 403, says: "changed since the plan"},
		"unchanged":                             {},
		"changed":                               {elsewhere: true, says: "changed since the plan"},
		"changed, and no read too":              {elsewhere: true, unreadable: true, says: "500"},
	} {
		for _, column := range columns() {
			t.Run(name+"/"+column, func(t *testing.T) {
				t.Parallel()
				v := acctest.Start(t)
				settings := providerAttributes(v)
				settings["max_retries"] = 0
				c := newCore(t, settings)
				created(t, c, configuration(column, "one", nil))
				c.between = func() {
					if test.elsewhere {
						v.WritePlain("k", stored(column, "elsewhere"))
					}
					v.Server.AddFault(devserver.Fault{Path: "list", Status: cmp.Or(test.status, 500), HTML: test.status != 0})
					if test.unreadable {
						v.Server.AddFault(devserver.Fault{Path: "read", Status: 403})
					}
				}
				out := c.apply(next(column), next(column))
				if (test.says == "") != (len(out.errors) == 0) || !mentions(out.errors, test.says) {
					t.Errorf("errors %q, want %q", out.errors, test.says)
				}
				if plain, _ := v.ReadPlain("k"); test.elsewhere && plain != stored(column, "elsewhere") {
					t.Error("the other write was overwritten")
				}
			})
		}
	}
}

// TestFaultDelete: a delete whose answer is lost has worked if the retry finds
// nothing, and one that fails leaves the secret in the state.
func TestFaultDelete(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault devserver.Fault
		says  string
	}{
		"reset after the commit, once": {fault: devserver.Fault{Path: "delete", CutAfter: true, Times: 1}},
		"500 after the commit, once":   {fault: devserver.Fault{Path: "delete", Status: 500, Commit: true, Times: 1}},
		"reset before it is read":      {fault: devserver.Fault{Path: "delete", CutBefore: true}, says: "the next plan shows it"},
		"500":                          {fault: devserver.Fault{Path: "delete", Status: 500}, says: "try again later"},
		"a page":                       {fault: devserver.Fault{Path: "delete", HTML: true}, says: "base_url"},
		"no scope":                     {fault: devserver.Fault{Path: "delete", Status: 403}, says: "secrets:delete"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			c := newCore(t, once(v))
			created(t, c, configuration(colValue, "one", nil))
			v.Server.AddFault(test.fault)
			out := c.destroy()
			v.Server.ClearFaults()
			if test.says == "" {
				if len(out.errors) > 0 || !c.state.IsNull() {
					t.Errorf("errors %q", out.errors)
				}
			} else {
				if !mentions(out.errors, test.says) || c.state.IsNull() {
					t.Errorf("errors %q, want one that says %q, and the secret in the state", out.errors, test.says)
				}
				if out := c.destroy(); len(out.errors) > 0 {
					t.Errorf("the next run: %q", out.errors)
				}
			}
			if n := len(v.Server.Keys()); n > 0 {
				t.Errorf("%d secrets are left", n)
			}
		})
	}
}
