package provider

import (
	"maps"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/serve"
)

// unknown stands for a value that isn't known at plan time.
var unknown = struct{}{}

// attributes is a configuration: strings, maps of strings, booleans or unknown.
type attributes map[string]any

// core plays Terraform for one resource over the plugin protocol: refresh, plan,
// and apply with its second plan, each command in a provider process of its own.
// It shows what a real CLI hides: warnings, private state and planned unknowns.
type core struct {
	t        testing.TB
	now      func() time.Time // of the provider; nil takes the real one
	provider attributes
	object   tftypes.Object
	state    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	ignore   []string
	skip     bool   // -refresh=false
	between  func() // runs between plan and apply
	// tests has all commands use one provider, which isn't validated, as terraform test does
	// with a provider block of a test file.
	tests  bool
	shared tfprotov6.ProviderServer
}

// outcome is what a command came to.
type outcome struct {
	errors, warnings []string
	prior, planned   tftypes.Value
}

func newCore(t testing.TB, provider attributes) *core {
	t.Helper()
	c := &core{t: t, provider: provider}
	schemas, err := c.server().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	c.object = schemas.ResourceSchemas[secretType].ValueType().(tftypes.Object)
	c.state = tftypes.NewValue(c.object, nil)
	return c
}

func (c *core) server() tfprotov6.ProviderServer {
	p := New("test")()
	if c.now != nil {
		p = &helvetisafeProvider{version: "test", now: c.now}
	}
	return serve.Server(p)
}

// start validates and configures a provider, as each Terraform command does.
func (c *core) start() tfprotov6.ProviderServer {
	c.t.Helper()
	if c.shared != nil {
		return c.shared
	}
	server := c.server()
	schemas, err := server.GetProviderSchema(c.t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		c.t.Fatal(err)
	}
	object := schemas.Provider.ValueType().(tftypes.Object)
	config := c.dynamic(object, c.value(object, c.provider))
	if c.tests {
		c.shared = server
	} else if _, err := server.ValidateProviderConfig(c.t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: config}); err != nil {
		c.t.Fatal(err)
	}
	resp, err := server.ConfigureProvider(c.t.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: config})
	if err != nil {
		c.t.Fatal(err)
	}
	if out := collect(outcome{}, resp.Diagnostics); len(out.errors) > 0 {
		c.t.Fatalf("configure: %v", out.errors)
	}
	return server
}

func (c *core) value(object tftypes.Object, set attributes) tftypes.Value {
	values := map[string]tftypes.Value{}
	for name, attribute := range object.AttributeTypes {
		values[name] = tftypes.NewValue(attribute, nil)
		switch v := set[name].(type) {
		case nil:
		case struct{}:
			values[name] = tftypes.NewValue(attribute, tftypes.UnknownValue)
		case attributes:
			values[name] = c.value(attribute.(tftypes.Object), v)
		case map[string]string:
			members := map[string]tftypes.Value{}
			for k, s := range v {
				members[k] = tftypes.NewValue(tftypes.String, s)
			}
			values[name] = tftypes.NewValue(attribute, members)
		case []string:
			var elements []tftypes.Value
			for _, s := range v {
				elements = append(elements, tftypes.NewValue(tftypes.String, s))
			}
			values[name] = tftypes.NewValue(attribute, elements)
		default:
			values[name] = tftypes.NewValue(attribute, v)
		}
	}
	for name := range set {
		if _, ok := object.AttributeTypes[name]; !ok {
			c.t.Fatalf("no attribute %q", name)
		}
	}
	return tftypes.NewValue(object, values)
}

func (c *core) dynamic(object tftypes.Object, v tftypes.Value) *tfprotov6.DynamicValue {
	c.t.Helper()
	d, err := tfprotov6.NewDynamicValue(object, v)
	if err != nil {
		c.t.Fatal(err)
	}
	return &d
}

func (c *core) decode(d *tfprotov6.DynamicValue) tftypes.Value {
	c.t.Helper()
	v, err := d.Unmarshal(c.object)
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

func collect(out outcome, diags []*tfprotov6.Diagnostic) outcome {
	for _, d := range diags {
		text := d.Summary + ": " + d.Detail
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			out.errors = append(out.errors, text)
		} else {
			out.warnings = append(out.warnings, text)
		}
	}
	return out
}

// importSecret imports and refreshes.
func (c *core) importSecret(id string) outcome {
	c.t.Helper()
	server := c.start()
	resp, err := server.ImportResourceState(c.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: secretType, ID: id})
	if err != nil {
		c.t.Fatal(err)
	}
	out := collect(outcome{}, resp.Diagnostics)
	if len(out.errors) > 0 {
		return out
	}
	imported := resp.ImportedResources[0]
	c.state, c.private, c.identity = c.decode(imported.State), imported.Private, imported.Identity
	return c.refresh(server, out, true)
}

// refresh reads the resource. keep says whether the outcome is saved, as an apply
// does and a plan doesn't.
func (c *core) refresh(server tfprotov6.ProviderServer, out outcome, keep bool) outcome {
	c.t.Helper()
	if c.state.IsNull() || c.skip {
		return out
	}
	resp, err := server.ReadResource(c.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: secretType, CurrentState: c.dynamic(c.object, c.state), Private: c.private, CurrentIdentity: c.identity,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	out = collect(out, resp.Diagnostics)
	if len(out.errors) == 0 && keep {
		c.state, c.private, c.identity = c.decode(resp.NewState), resp.Private, resp.NewIdentity
	}
	return out
}

// plan refreshes and plans, and leaves the saved state as it was.
func (c *core) plan(config attributes) outcome {
	c.t.Helper()
	saved := *c
	defer func() { c.state, c.private, c.identity = saved.state, saved.private, saved.identity }()
	server := c.start()
	out := c.refresh(server, outcome{}, true)
	if len(out.errors) > 0 {
		return out
	}
	out, _ = c.planOnce(server, config, out)
	return out
}

func (c *core) planOnce(server tfprotov6.ProviderServer, config attributes, out outcome) (outcome, []byte) {
	c.t.Helper()
	effective := maps.Clone(config)
	for _, name := range c.ignore {
		if !c.state.IsNull() {
			effective[name] = nil
		}
	}
	full := c.value(c.object, effective)
	if len(c.ignore) > 0 && !c.state.IsNull() {
		full = c.override(full, c.ignore)
	}
	resp, err := server.PlanResourceChange(c.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: secretType, PriorState: c.dynamic(c.object, c.state), ProposedNewState: c.dynamic(c.object, c.proposed(full)),
		Config: c.dynamic(c.object, full), PriorPrivate: c.private, PriorIdentity: c.identity,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	out = collect(out, resp.Diagnostics)
	if len(out.errors) == 0 {
		out.prior, out.planned = c.state, c.decode(resp.PlannedState)
		if len(resp.RequiresReplace) > 0 {
			c.t.Fatal("a replacement; this core plans none")
		}
	}
	return out, resp.PlannedPrivate
}

// planDestroy plans the deletion alone.
func (c *core) planDestroy(server tfprotov6.ProviderServer) outcome {
	c.t.Helper()
	null := c.dynamic(c.object, tftypes.NewValue(c.object, nil))
	resp, err := server.PlanResourceChange(c.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: secretType, PriorState: c.dynamic(c.object, c.state), ProposedNewState: null, Config: null,
		PriorPrivate: c.private, PriorIdentity: c.identity,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return collect(outcome{}, resp.Diagnostics)
}

// override takes attributes from the state, as ignore_changes does.
func (c *core) override(full tftypes.Value, names []string) tftypes.Value {
	values, prior := c.members(full), c.members(c.state)
	for _, name := range names {
		values[name] = prior[name]
	}
	return tftypes.NewValue(c.object, values)
}

// proposed is Terraform's proposed new state: the configuration, and for computed
// attributes that it leaves out the prior state.
func (c *core) proposed(config tftypes.Value) tftypes.Value {
	values := c.members(config)
	for _, name := range []string{"created_at", "updated_at", "version", "org_key_fingerprint", "adopt_existing", "deletion_protection", "rotated_at"} {
		if !c.state.IsNull() && values[name].IsNull() {
			values[name] = c.members(c.state)[name]
		}
	}
	return tftypes.NewValue(c.object, values)
}

func (c *core) members(v tftypes.Value) map[string]tftypes.Value {
	c.t.Helper()
	values := map[string]tftypes.Value{}
	if err := v.As(&values); err != nil {
		c.t.Fatal(err)
	}
	return maps.Clone(values)
}

// apply plans, and if there is something to do applies it: with a second plan, as
// Terraform makes one. final is the configuration with what was unknown filled in.
func (c *core) apply(config, final attributes) outcome {
	c.t.Helper()
	server := c.start()
	out := c.refresh(server, outcome{}, true)
	if len(out.errors) > 0 {
		return out
	}
	out, _ = c.planOnce(server, config, out)
	if len(out.errors) > 0 || out.planned.Equal(c.state) {
		return out
	}
	if c.between != nil {
		c.between()
	}
	server = c.start()
	second, private := c.planOnce(server, final, outcome{})
	if len(second.errors) > 0 || second.planned.Equal(c.state) {
		return second
	}
	conforms(c.t, c.members(out.planned), c.members(second.planned))
	resp, err := server.ApplyResourceChange(c.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: secretType, PriorState: c.dynamic(c.object, c.state), PlannedState: c.dynamic(c.object, second.planned),
		Config: c.dynamic(c.object, c.value(c.object, final)), PlannedPrivate: private, PlannedIdentity: c.identity,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	out = collect(out, resp.Diagnostics)
	c.state, c.private, c.identity = c.decode(resp.NewState), resp.Private, resp.NewIdentity
	if len(out.errors) == 0 {
		conforms(c.t, c.members(second.planned), c.members(c.state))
	}
	return out
}

// conforms fails the test if what was planned as known comes out otherwise, as
// Terraform would with 'inconsistent result'.
func conforms(t testing.TB, planned, actual map[string]tftypes.Value) {
	t.Helper()
	for name, value := range planned {
		if value.IsFullyKnown() && !value.Equal(actual[name]) {
			t.Errorf("%s was planned as a known value and came out another", name)
		}
	}
}

// get returns an attribute of the state as text: "" for null, "?" for unknown.
func (c *core) get(v tftypes.Value, name string) string {
	c.t.Helper()
	attribute := c.members(v)[name]
	var s string
	switch {
	case !attribute.IsKnown():
		return "?"
	case attribute.IsNull():
		return ""
	case attribute.Type().Is(tftypes.String):
		if err := attribute.As(&s); err != nil {
			c.t.Fatal(err)
		}
		return s
	case attribute.Type().Is(tftypes.Number):
		n := new(big.Float)
		if err := attribute.As(&n); err != nil {
			c.t.Fatal(err)
		}
		return n.Text('f', 0)
	}
	return attribute.String()
}

// action says what a plan would do.
func (c *core) action(out outcome) string {
	switch {
	case len(out.errors) > 0:
		return "error"
	case out.prior.IsNull():
		return "create"
	case c.get(out.planned, "version") == "?":
		return "write"
	case !out.planned.Equal(out.prior):
		return "update"
	}
	return "none"
}

func mentions(texts []string, part string) bool {
	return strings.Contains(strings.Join(texts, "\n"), part)
}
