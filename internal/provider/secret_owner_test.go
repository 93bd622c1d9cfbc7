package provider

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// planDelete plans the end of the object that the core has.
func (c *core) planDelete(server tfprotov6.ProviderServer) (outcome, []byte) {
	c.t.Helper()
	none := c.dynamic(c.object, tftypes.NewValue(c.object, nil))
	resp, err := server.PlanResourceChange(c.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: secretType, PriorState: c.dynamic(c.object, c.state), ProposedNewState: none,
		Config: none, PriorPrivate: c.private, PriorIdentity: c.identity,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return collect(outcome{}, resp.Diagnostics), resp.PlannedPrivate
}

// TestPlanOwners plans two objects with one key on one instance, in both orders: what
// comes second tells of it, with the key, both objects and the way out.
func TestPlanOwners(t *testing.T) {
	t.Parallel()
	var others atomic.Int32
	const destroyAll = "To destroy everything, run terraform destroy -refresh=false, which plans deletions only; if one of them stops because the secret has changed, run it again."
	plain := configuration(colValue, "one", nil)
	adopting := configuration(colValue, "one", attributes{"adopt_existing": true})
	objects := map[string]func(c *core, server tfprotov6.ProviderServer) outcome{
		"keeps": func(c *core, server tfprotov6.ProviderServer) outcome {
			out, _ := c.planOnce(server, plain, outcome{})
			return out
		},
		"creates": func(c *core, server tfprotov6.ProviderServer) outcome {
			out, _ := newCore(c.t, c.provider).planOnce(server, plain, outcome{})
			return out
		},
		"adopts": func(c *core, server tfprotov6.ProviderServer) outcome {
			out, _ := newCore(c.t, c.provider).planOnce(server, adopting, outcome{})
			return out
		},
		"destroys": func(c *core, server tfprotov6.ProviderServer) outcome {
			out, _ := c.planDelete(server)
			return out
		},
		"leaves": func(c *core, server tfprotov6.ProviderServer) outcome {
			out, _ := c.replaced(server, configuration(colValue, "one", attributes{"key": fmt.Sprint("other", others.Add(1))}))
			return out
		},
		"imports": func(c *core, server tfprotov6.ProviderServer) outcome {
			resp, err := server.ImportResourceState(c.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: secretType, ID: "k"})
			if err != nil {
				c.t.Fatal(err)
			}
			return collect(outcome{}, resp.Diagnostics)
		},
	}
	two := []string{"Two resources have the same key", `"k"`, "removed {", "destroy = false", "terraform state rm", destroyAll}
	loses := []string{"A deletion would lose a secret that is kept", `"k"`, "moved {", "from = helvetisafe_secret.old", "removed {", "terraform state rm", "import {", `id = "k"`, "deposed", destroyAll}
	warns := []string{"may be taken over", "is replaced, this is fine", "moved {"}
	says := map[string][]string{
		"keeps keeps": two, "creates creates": two, "adopts creates": two, "adopts adopts": two, "imports imports": two,
		"adopts keeps": warns, "adopts imports": warns,
	}
	for _, holder := range []string{"keeps", "creates", "adopts", "imports"} {
		for _, end := range []string{"destroys", "leaves"} {
			pair := []string{holder, end}
			slices.Sort(pair)
			says[strings.Join(pair, " ")] = loses
		}
	}
	says["creates keeps"], says["creates imports"] = two, two
	for first := range objects {
		for second := range objects {
			t.Run(first+" then "+second, func(t *testing.T) {
				t.Parallel()
				v, c := applied(t, colValue, nil)
				server := c.start()
				if out := objects[first](c, server); len(out.errors) > 0 || mentions(out.warnings, "may be taken over") {
					t.Fatalf("the first: errors %q, warnings %q", out.errors, out.warnings)
				}
				out := objects[second](c, server)
				pair := []string{first, second}
				slices.Sort(pair)
				want := says[strings.Join(pair, " ")]
				texts := out.errors
				if len(want) > 0 && want[0] == warns[0] {
					if texts = out.warnings; len(out.errors) > 0 {
						t.Errorf("errors %q", out.errors)
					}
				}
				if want == nil && len(out.errors) > 0 {
					t.Errorf("errors %q", out.errors)
				}
				for _, part := range want {
					if !mentions(texts, part) {
						t.Errorf("%q doesn't say %q", texts, part)
					}
				}
				for _, text := range out.errors {
					if !strings.HasSuffix(text, destroyAll) {
						t.Errorf("%q doesn't end with the way to destroy everything", text)
					}
				}
				for route, n := range map[string]int{"create": 0, "update": 0, "delete": 0} {
					if got := v.Server.Count(route); got != n {
						t.Errorf("%d requests of %s", got, route)
					}
				}
				if out := objects[second](c, c.start()); len(out.errors) > 0 {
					t.Errorf("another run is told of this one's: %q", out.errors)
				}
			})
		}
	}
}

// TestApplyKeyKnownLate has a key become known during an apply that changes the value
// of another resource with that key: nothing is written over it.
func TestApplyKeyKnownLate(t *testing.T) {
	t.Parallel()
	for _, adopt := range []bool{false, true} {
		v, kept := applied(t, colValue, nil)
		server := kept.start()
		if out, _ := kept.planOnce(server, configuration(colValue, "two", nil), outcome{}); len(out.errors) > 0 {
			t.Fatal(out.errors)
		}
		late := newCore(t, kept.provider)
		config := configuration(colValue, "late", attributes{"adopt_existing": adopt})
		out, private := late.planOnce(server, config, outcome{})
		if !adopt {
			if !mentions(out.errors, "Two resources have the same key") {
				t.Errorf("errors %q", out.errors)
			}
			continue
		}
		if len(out.errors) > 0 {
			t.Fatal(out.errors)
		}
		if out = late.applyOnce(server, config, out.planned, private); !mentions(out.errors, "became known only during this apply") {
			t.Errorf("errors %q", out.errors)
		}
		if n := v.Server.Count("create") + v.Server.Count("update"); n > 0 {
			t.Errorf("%d writes", n)
		}
	}
}

// TestPlanLetGoAndPerhapsAdopted refreshes a protected secret that a removed block lets
// go, as OpenTofu does, beside a block of which it isn't known yet whether it takes the
// secret over.
func TestPlanLetGoAndPerhapsAdopted(t *testing.T) {
	t.Parallel()
	refreshes := func(c *core, server tfprotov6.ProviderServer) outcome { return c.refresh(server, outcome{}, false) }
	mayAdopt := func(c *core, server tfprotov6.ProviderServer) outcome {
		out, _ := newCore(c.t, c.provider).planOnce(server, configuration(colValue, "one", attributes{"adopt_existing": unknown}), outcome{})
		return out
	}
	for _, order := range [][]func(*core, tfprotov6.ProviderServer) outcome{{refreshes, mayAdopt}, {mayAdopt, refreshes}} {
		_, c := applied(t, colValue, attributes{"deletion_protection": true})
		server := c.start()
		for _, step := range order {
			if out := step(c, server); len(out.errors) > 0 {
				t.Errorf("errors %q", out.errors)
			}
		}
	}
}

// replaced plans a change that replaces the object, as Terraform does: once with what
// there is, and once more without it but with the private state of the first plan.
func (c *core) replaced(server tfprotov6.ProviderServer, config attributes) (outcome, []byte) {
	c.t.Helper()
	full := c.value(c.object, config)
	plan := func(prior, proposed tftypes.Value, private []byte) (outcome, []byte) {
		resp, err := server.PlanResourceChange(c.t.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: secretType, PriorState: c.dynamic(c.object, prior), ProposedNewState: c.dynamic(c.object, proposed),
			Config: c.dynamic(c.object, full), PriorPrivate: private, PriorIdentity: c.identity,
		})
		if err != nil {
			c.t.Fatal(err)
		}
		out := collect(outcome{}, resp.Diagnostics)
		if len(out.errors) == 0 {
			out.prior, out.planned = c.state, c.decode(resp.PlannedState)
		}
		return out, resp.PlannedPrivate
	}
	first, private := plan(c.state, c.proposed(full), c.private)
	if len(first.errors) > 0 {
		return first, nil
	}
	second, private := plan(tftypes.NewValue(c.object, nil), full, private)
	second.warnings = append(first.warnings, second.warnings...)
	return second, private
}

// applyOnce applies what was planned on the same server.
func (c *core) applyOnce(server tfprotov6.ProviderServer, config attributes, planned tftypes.Value, private []byte) outcome {
	c.t.Helper()
	full := tftypes.NewValue(c.object, nil)
	if config != nil {
		full = c.value(c.object, config)
	}
	resp, err := server.ApplyResourceChange(c.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: secretType, PriorState: c.dynamic(c.object, c.state), PlannedState: c.dynamic(c.object, planned),
		Config: c.dynamic(c.object, full), PlannedPrivate: private, PlannedIdentity: c.identity,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.state, c.private, c.identity = c.decode(resp.NewState), resp.Private, resp.NewIdentity
	return collect(outcome{}, resp.Diagnostics)
}

// TestOneProviderOfTests plans and applies again and again with one provider, as terraform
// test does: nobody is a second owner of what an earlier plan wanted, what is made is
// deleted, and a protected secret isn't.
func TestOneProviderOfTests(t *testing.T) {
	t.Parallel()
	v := acctest.Start(t)
	c := newCore(t, providerAttributes(v))
	c.tests = true
	for range 2 {
		for _, value := range []string{"one", "two"} {
			config := configuration(colValue, value, attributes{"deletion_protection": value == "one"})
			if out := c.apply(config, config); len(out.errors) > 0 {
				t.Fatalf("%s: %q", value, out.errors)
			}
			if out := c.plan(config); len(out.errors) > 0 || c.action(out) != "none" {
				t.Errorf("%s: then %s, %q", value, c.action(out), out.errors)
			}
			if out := c.destroy(); (len(out.errors) > 0) != (value == "one") {
				t.Errorf("%s: the deletion comes to %q", value, out.errors)
			}
		}
		if keys := v.Server.Keys(); len(keys) > 0 {
			t.Fatalf("left: %q", keys)
		}
	}
}

// TestOneProviderOfTestsReplaces adopts a secret that an older object has, as a replacement
// with create_before_destroy does, and then deletes the old object, with the one provider of
// terraform test. That leaves the secret to the new object, whose own deletion takes it.
func TestOneProviderOfTestsReplaces(t *testing.T) {
	t.Parallel()
	for _, scopes := range [][]string{nil, {"secrets:read", "secrets:write", "secrets:delete", "credentials:read"}} {
		t.Run(fmt.Sprintf("scopes %q", scopes), func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			before := newCore(t, providerAttributes(v))
			before.tests = true
			if scopes != nil {
				before.provider["scopes"] = scopes
			}
			config := configuration(colValue, "one", attributes{"adopt_existing": true})
			if out := before.apply(config, config); len(out.errors) > 0 {
				t.Fatalf("%q", out.errors)
			}
			after := newCore(t, before.provider)
			after.tests, after.shared = true, before.shared
			if out := after.apply(config, config); len(out.errors) > 0 {
				t.Fatalf("the adoption: %q", out.errors)
			}
			out := before.destroy()
			if len(out.errors) > 0 || !mentions(out.warnings, "created or taken over in this same run") {
				t.Errorf("the deletion of the old object comes to %q, %q", out.errors, out.warnings)
			}
			if keys := v.Server.Keys(); len(keys) != 1 {
				t.Fatalf("it has left %q", keys)
			}
			if out := after.plan(config); len(out.errors) > 0 || after.action(out) != "none" {
				t.Errorf("then %s, %q", after.action(out), out.errors)
			}
			if out := after.destroy(); len(out.errors) > 0 || len(v.Server.Keys()) > 0 {
				t.Errorf("the deletion of the new object comes to %q, and leaves %q", out.errors, v.Server.Keys())
			}
		})
	}
}

// TestOneProviderOfTestsRenames changes a key there and back, each time by a replacement that
// deletes first, with the one provider of terraform test: the old object is deleted by what is
// known of it, and not of the one that had its next key before.
func TestOneProviderOfTestsRenames(t *testing.T) {
	t.Parallel()
	for _, column := range append(columns(), colDataWO) {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			c := newCore(t, providerAttributes(v))
			c.tests = true
			created(t, c, configuration(column, "one", nil))
			for _, key := range []string{"other", "k", "other", "k"} {
				config := configuration(column, "one", attributes{"key": key})
				server := c.start()
				c.refresh(server, outcome{}, true)
				planned, private := c.replaced(server, config)
				if len(planned.errors) > 0 {
					t.Fatalf("to %s: %q", key, planned.errors)
				}
				if out := c.applyOnce(server, nil, tftypes.NewValue(c.object, nil), private); len(out.errors)+len(out.warnings) > 0 {
					t.Fatalf("to %s, the deletion: %q, %q", key, out.errors, out.warnings)
				}
				c.private, c.identity = nil, nil
				planned, private = c.planOnce(server, config, outcome{})
				if out := c.applyOnce(server, config, planned.planned, private); len(out.errors) > 0 {
					t.Fatalf("to %s, the creation: %q", key, out.errors)
				}
				if keys := v.Server.Keys(); len(keys) != 1 || keys[0] != key {
					t.Fatalf("to %s: on the server are %q", key, keys)
				}
			}
		})
	}
}
