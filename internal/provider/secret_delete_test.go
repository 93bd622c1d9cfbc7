package provider

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

const otherWrite = `{"k": "elsewhere"}`

// sameTick has somebody write with the stamp that was there, as a server does that
// counts both writes into one tick.
func sameTick(v *acctest.Vault) {
	before, _ := v.Server.Stored("k")
	v.WritePlain("k", otherWrite)
	after, _ := v.Server.Stored("k")
	after.UpdatedAt, after.Updated = before.UpdatedAt, before.Updated
	v.Server.Put(after)
}

// TestDeleteLooksFirst destroys a secret after something happened to it, before or
// after the plan, and on servers that tell more or less of it.
func TestDeleteLooksFirst(t *testing.T) {
	t.Parallel()
	write := func(v *acctest.Vault, _ *core) { v.WritePlain("k", otherWrite) }
	remove := func(v *acctest.Vault, _ *core) { v.Server.Remove("k") }
	again := func(v *acctest.Vault, _ *core) { v.Server.Remove("k"); v.WritePlain("k", otherWrite) }
	noRead := func(v *acctest.Vault, _ *core) {
		v.Server.AddFault(devserver.Fault{Path: "read", Status: http.StatusForbidden})
	}
	noStamps := func(o *devserver.Options) { o.ListWithoutUpdatedAt = true }
	noList := func(o *devserver.Options) { o.ListForbidden = true }
	for name, test := range map[string]struct {
		server        func(*devserver.Options)
		before, after func(v *acctest.Vault, c *core) // the plan
		skip          bool                            // plan without a refresh
		says, warns   string                          // an error, and a warning
		left          string                          // what is on the server at the end
		deletes       int                             // requests to delete
	}{
		"nothing":                                 {deletes: 1},
		"nothing, without a refresh":              {skip: true, deletes: 1},
		"written after the plan":                  {after: write, says: "changed since the plan", left: otherWrite},
		"made anew after the plan":                {after: again, says: "changed since the plan", left: otherWrite},
		"gone after the plan":                     {after: remove},
		"gone before the plan":                    {before: remove},
		"gone before the plan, without a refresh": {before: remove, skip: true},
		"written before the plan":                 {before: write, warns: "written elsewhere since", deletes: 1},
		"written before the plan, without a refresh": {
			before: write, skip: true, warns: "written elsewhere since", deletes: 1,
		},
		"written before and after the plan, without a refresh": {
			before: write, after: again, skip: true, says: "not with -refresh=false", warns: "written elsewhere since", left: otherWrite,
		},
		"another vault, without a refresh": {before: func(v *acctest.Vault, _ *core) {
			v.RotateOrgKey(t, acctest.KeepCiphertext)
			v.WritePlain("k", otherWrite)
		}, skip: true, says: "changed since the plan", warns: "written elsewhere since", left: otherWrite},
		"another vault without the key, without a refresh": {before: func(v *acctest.Vault, c *core) {
			v.RotateOrgKey(t, acctest.KeepCiphertext)
			remove(v, c)
		}, skip: true, says: "This is another vault"},
		"gone, and no key to tell the vault": {before: func(v *acctest.Vault, c *core) {
			remove(v, c)
			delete(c.provider, "private_key_path")
		}, skip: true, warns: "Cannot verify that this is the same vault"},
		"no stamps":                                    {server: noStamps, deletes: 1},
		"no stamps, written after the plan":            {server: noStamps, after: write, says: "changed since the plan", left: otherWrite},
		"no stamps, and may not be read":               {server: noStamps, after: noRead, deletes: 1},
		"no stamps, another vault":                     {server: noStamps, after: func(v *acctest.Vault, _ *core) { v.RotateOrgKey(t) }, says: "This is another vault", left: "as it was"},
		"no list: the last one wins":                   {server: noList, after: write, deletes: 1},
		"no list, another vault":                       {server: noList, after: func(v *acctest.Vault, _ *core) { v.RotateOrgKey(t) }, says: "This is another vault", left: "as it was"},
		"no list, gone":                                {server: noList, after: remove, deletes: 1},
		"two writes in one tick, where no value tells": {after: func(v *acctest.Vault, _ *core) { sameTick(v) }, deletes: 1},
		"another Org Key is pinned": {after: func(_ *acctest.Vault, c *core) {
			c.provider["org_key_fingerprints"] = []string{"SHA256:AAAAAAAAAAAAAAAAAAAAAA"}
		}, says: "The Org Key is not the expected one: Deleting", left: "as it was"},
		"pinned, and no Org Key can be had": {after: func(v *acctest.Vault, c *core) {
			c.provider["org_key_fingerprints"] = []string{v.OrgKey.Fingerprint()}
			v.Server.AddFault(devserver.Fault{Path: "org-key", Status: http.StatusForbidden})
		}, says: "credentials:read", left: "as it was"},
		"the list fails": {after: func(v *acctest.Vault, c *core) {
			c.provider["max_retries"] = 0
			v.Server.AddFault(devserver.Fault{Path: "list", Status: http.StatusInternalServerError})
		}, says: "500 on GET", left: "as it was"},
		"no API there": {after: func(v *acctest.Vault, _ *core) {
			v.Server.AddFault(devserver.Fault{Path: "/api/*/*", Status: http.StatusNotFound})
		}, says: "there is no HelvetiSafe API at this address", left: "as it was"},
		"a 404 for what is listed": {after: func(v *acctest.Vault, _ *core) {
			v.Server.AddFault(devserver.Fault{Path: "delete", Status: http.StatusNotFound})
		}, says: "but still lists it", left: "as it was", deletes: 1},
		"gone while it is deleted": {after: func(v *acctest.Vault, _ *core) {
			v.Server.AddFault(devserver.Fault{Path: "delete", Status: http.StatusNotFound, Commit: true})
		}, deletes: 1},
	} {
		for _, column := range columns() {
			t.Run(name+"/"+column, func(t *testing.T) {
				t.Parallel()
				v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
				if test.server != nil {
					v.Server.Configure(test.server)
				}
				c := newCore(t, providerAttributes(v))
				created(t, c, configuration(column, "one", nil))
				asItWas, _ := v.ReadPlain("k")
				state := c.state
				if test.before != nil {
					test.before(v, c)
				}
				c.skip = test.skip
				c.between = func() {
					v.Server.ResetRequests()
					if test.after != nil {
						test.after(v, c)
					}
				}
				out := c.destroy()
				if test.says == "" && len(out.errors) > 0 || !mentions(out.errors, test.says) {
					t.Errorf("errors %q, want %q", out.errors, test.says)
				}
				if test.warns == "" && len(out.warnings) > 0 || !mentions(out.warnings, test.warns) {
					t.Errorf("warnings %q, want %q", out.warnings, test.warns)
				}
				want := test.left
				if want == "as it was" {
					want = asItWas
				}
				if plain, _ := v.ReadPlain("k"); plain != want {
					t.Errorf("%q is left on the server, want %q", plain, want)
				}
				if kept := !c.state.IsNull(); kept != (test.says != "") {
					t.Errorf("in the state: %v", kept)
				} else if kept && !test.skip && !c.state.Equal(state) {
					t.Error("the state has changed")
				}
				if n := v.Server.Count("delete"); n != test.deletes {
					t.Errorf("%d requests to delete, want %d", n, test.deletes)
				}
				if name == "nothing" {
					v.ExpectCounts(t, map[string]int{"token": 1, "list": 1, "delete": 1})
				}
			})
		}
	}
}

// TestDeletesShareLists deletes many secrets side by side: those that wait share the
// next list, and there are never two at once.
func TestDeletesShareLists(t *testing.T) {
	t.Parallel()
	const secrets, atOnce = 100, 10
	v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
	settings := providerAttributes(v)
	objects := make([]*core, secrets)
	plans := make([][]byte, secrets)
	for i := range objects {
		objects[i] = newCore(t, settings)
		created(t, objects[i], keyed(colValue, i))
	}
	v.Server.ResetRequests()
	planning := objects[0].start()
	for i, c := range objects {
		out, private := c.planDelete(planning)
		if len(out.errors)+len(out.warnings) > 0 {
			t.Fatal(out)
		}
		plans[i] = private
	}
	v.ExpectCounts(t, map[string]int{"token": 1, "list": 1})
	v.Server.ResetRequests()

	v.Server.AddFault(devserver.Fault{Path: "list", Delay: 20 * time.Millisecond})
	applying := objects[0].start()
	slots := make(chan struct{}, atOnce)
	var wait sync.WaitGroup
	for i, c := range objects {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			if out := c.applyOnce(applying, nil, tftypes.NewValue(c.object, nil), plans[i]); len(out.errors) > 0 {
				t.Error(out.errors)
			}
		})
	}
	wait.Wait()
	if left := v.Server.Keys(); len(left) > 0 {
		t.Errorf("left on the server: %q", left)
	}
	if n := v.Server.Count("list"); n > secrets/4 {
		t.Errorf("%d lists for %d deletions", n, secrets)
	}
	if n := v.Server.Count("delete"); n != secrets {
		t.Errorf("%d requests to delete", n)
	}
}
