package provider

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// TestRefreshFallsBack: wherever the list can't vouch for a secret, it is read
// itself, and what was changed elsewhere is found.
func TestRefreshFallsBack(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		server   func(*devserver.Options)
		fault    devserver.Fault
		provider attributes
		reads    int
	}{
		"the list vouches":           {reads: 0},
		"full_refresh":               {provider: attributes{"full_refresh": true}, reads: 1},
		"no list scope":              {server: func(o *devserver.Options) { o.ListForbidden = true }, reads: 1},
		"the list fails":             {fault: devserver.Fault{Path: "list", Status: 500}, provider: attributes{"max_retries": 0}, reads: 1},
		"the list is HTML":           {fault: devserver.Fault{Path: "list", HTML: true}, reads: 1},
		"no updated_at":              {server: func(o *devserver.Options) { o.ListWithoutUpdatedAt = true }, reads: 1},
		"updated_at is null":         {server: func(o *devserver.Options) { o.ListNullUpdatedAt = true }, reads: 1},
		"the key is missing":         {fault: devserver.Fault{Path: "list", Edit: func([]byte) []byte { return []byte(`{"keys": []}`) }}, reads: 1},
		"the Date is ahead":          {server: func(o *devserver.Options) { o.DateSkew = time.Hour }, reads: 0},
		"the Date is behind":         {server: func(o *devserver.Options) { o.DateSkew = -time.Hour }, reads: 0},
		"no Date":                    {server: func(o *devserver.Options) { o.NoDateHeader = true }, reads: 0},
		"stamps of whole seconds":    {server: func(o *devserver.Options) { o.WholeSecondStamps = true }, reads: 1},
		"whole seconds and no Date":  {server: func(o *devserver.Options) { o.WholeSecondStamps, o.NoDateHeader = true, true }, reads: 1},
		"whole seconds, Date behind": {server: func(o *devserver.Options) { o.WholeSecondStamps, o.DateSkew = true, -time.Hour }, reads: 1},
	}
	for name, test := range tests {
		for _, column := range columns() {
			t.Run(name+"/"+column, func(t *testing.T) {
				t.Parallel()
				v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) {
					o.Now = notOnAWholeSecond
					if test.server != nil {
						test.server(o)
					}
				}))
				if test.fault.Path != "" {
					v.Server.AddFault(test.fault)
				}
				settings := providerAttributes(v)
				for attribute, value := range test.provider {
					settings[attribute] = value
				}
				c := newCore(t, settings)
				config := configuration(column, "one", nil)
				created(t, c, config)
				v.Server.ResetRequests()
				settled(t, c, config)
				if got := v.Server.Count("read"); got != test.reads {
					t.Errorf("%d reads, want %d", got, test.reads)
				}
				v.WritePlain("k", stored(column, "elsewhere"))
				if out := c.plan(config); c.action(out) != "write" && !mentions(out.warnings, "changed elsewhere") {
					t.Errorf("the change elsewhere was missed: %s, %q", c.action(out), out.warnings)
				}
			})
		}
	}
}

// notOnAWholeSecond is the time, a little later if it would fall on a whole
// second: there a stamp in milliseconds vouches for nothing by itself.
func notOnAWholeSecond() time.Time {
	now := time.Now()
	if now.Nanosecond() < int(time.Millisecond) {
		now = now.Add(time.Millisecond)
	}
	return now
}

// TestRefreshSettles: a server that keeps whole seconds costs a read at each plan,
// until an apply has kept the observation of two seconds later.
func TestRefreshSettles(t *testing.T) {
	t.Parallel()
	var offset atomic.Int64
	start := time.Now()
	v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) {
		o.WholeSecondStamps = true
		o.Now = func() time.Time { return start.Add(time.Duration(offset.Load())) }
	}))
	c := newCore(t, providerAttributes(v))
	config := configuration(colValue, "one", nil)
	created(t, c, config)
	reads := func(step string, want int) {
		t.Helper()
		if got := v.Server.Count("read"); got != want {
			t.Errorf("%s: %d reads, want %d", step, got, want)
		}
		v.Server.ResetRequests()
	}
	v.Server.ResetRequests()
	settled(t, c, config)
	reads("the plan right after", 1)
	offset.Store(int64(3 * time.Second))
	settled(t, c, config)
	reads("a plan later, which keeps nothing", 1)
	c.refresh(c.start(), outcome{}, true)
	reads("an apply later", 1)
	settled(t, c, config)
	reads("a plan after that", 0)
	v.WritePlain("k", stored(colValue, "elsewhere"))
	if out := c.plan(config); c.action(out) != "write" {
		t.Error("the change elsewhere was missed")
	}
}

// TestRefreshKeepsStamps: a rewrite of the same value elsewhere moves neither
// updated_at nor version, and the server's own stamp is remembered beside them.
func TestRefreshKeepsStamps(t *testing.T) {
	t.Parallel()
	for _, column := range chosen() {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			v, c := applied(t, column, nil)
			updated, version := c.get(c.state, "updated_at"), c.get(c.state, "version")
			v.WritePlain("k", stored(column, "one"))
			c.refresh(c.start(), outcome{}, true)
			if c.get(c.state, "updated_at") != updated || c.get(c.state, "version") != version {
				t.Error("the stamps moved without a change")
			}
			v.Server.ResetRequests()
			settled(t, c, configuration(column, "one", nil))
			if n := v.Server.Count("read"); n != 0 {
				t.Errorf("%d reads, although the refresh has kept the server's stamp", n)
			}
		})
	}
}

// TestRefreshUnicode: a value stored in another form of Unicode than Terraform's is
// no change.
func TestRefreshUnicode(t *testing.T) {
	t.Parallel()
	for _, column := range chosen() {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			c := newCore(t, providerAttributes(v))
			config := configuration(column, "p\u00e4ss", nil)
			created(t, c, config)
			v.WritePlain("k", stored(column, "pa\u0308ss"))
			settled(t, c, config)
		})
	}
}

// TestRefreshScopes: an unchanged write-only secret needs no read scope, and one
// with a version no key source either.
func TestRefreshScopes(t *testing.T) {
	t.Parallel()
	for _, column := range []string{colVersioned, colBare, colGenerated} {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t, acctest.Scopes("secrets:write", "secrets:list", "secrets:delete", "credentials:read"),
				acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
			c := newCore(t, providerAttributes(v))
			c.provider["scopes"] = []string{"secrets:write", "secrets:list", "credentials:read"}
			config := configuration(column, "one", nil)
			created(t, c, config)
			settled(t, c, config)
			if column != colBare {
				delete(c.provider, "private_key_path")
				settled(t, c, config)
			}
		})
	}
}

// TestRefreshRefusesAnotherKey: an answer for another key is never taken.
func TestRefreshRefusesAnotherKey(t *testing.T) {
	t.Parallel()
	v, c := applied(t, colValue, nil)
	v.WritePlain("k", stored(colValue, "two"))
	v.Server.AddFault(devserver.Fault{Path: "read", Edit: func([]byte) []byte {
		return []byte(`{"key": "other", "value": "AAAA", "nonce": "AAAA", "expires_at": null}`)
	}})
	if out := c.plan(configuration(colValue, "one", nil)); len(out.errors) == 0 {
		t.Error("an answer for another key was taken")
	}
}

// TestRefreshOfNothing: a state file of which someone has left `"attributes": null` is an
// error, not the end of the provider.
func TestRefreshOfNothing(t *testing.T) {
	t.Parallel()
	_, c := applied(t, colValue, nil)
	resp, err := c.start().ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: secretType, CurrentState: c.dynamic(c.object, tftypes.NewValue(c.object, nil)), CurrentIdentity: c.identity,
	})
	if err != nil {
		t.Fatal(err)
	}
	if out := collect(outcome{}, resp.Diagnostics); !mentions(out.errors, "A secret can't have this key") {
		t.Errorf("errors %q", out.errors)
	}
}

// TestRefreshDamagedImport: an import whose private state can't be read is an error,
// and nothing is asked of the server or taken into the state.
func TestRefreshDamagedImport(t *testing.T) {
	t.Parallel()
	v := acctest.Start(t)
	c := newCore(t, providerAttributes(v))
	config := configuration(colValue, "one", nil)
	created(t, c, config)
	v.WritePlain("k", stored(colValue, "elsewhere"))
	c.private = []byte(`{"` + importKey + `": "NQ=="}`) // the number 5, where a form belongs
	v.Server.ResetRequests()
	out := c.plan(config)
	if len(out.errors) != 1 || !mentions(out.errors, "The import could not be completed") {
		t.Errorf("errors %q", out.errors)
	}
	v.ExpectCounts(t, map[string]int{})
}
