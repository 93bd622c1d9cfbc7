package provider

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// TestServer: the answer that goes around the framework is the one that would have
// come through it, warnings and errors included.
func TestServer(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("one", `{"one":"value"}`)
	v.WritePlain("fields", `{"a":"b","n":1}`)
	v.WritePlain("not_nfc", "{\"not_nfc\":\"e\u0301\"}")
	r := newRPC(t, vaultBlock(v, nil))
	around, ok := r.server.(server)
	if !ok {
		t.Fatal("the provider is served without its own server")
	}
	through := *r
	through.server = around.frameworkServer
	for name, row := range map[string]struct {
		read   func(r *rpc, config attributes) (map[string]any, outcome)
		config attributes
		fails  bool
	}{
		"data source with values":  {dataOfSecrets, attributes{"include_values": true}, false},
		"data source without":      {dataOfSecrets, attributes{"key_prefix": "one"}, false},
		"data source, nothing":     {dataOfSecrets, attributes{"key_prefix": "none", "include_values": true}, false},
		"data source that fails":   {dataOfSecrets, attributes{"keys": []string{"none"}}, true},
		"ephemeral":                {ephemeralOfSecrets, attributes{"keys": []string{"fields", "not_nfc"}, "wait_for": "1"}, false},
		"ephemeral that fails":     {ephemeralOfSecrets, attributes{"keys": []string{"none"}}, true},
		"another data source":      {dataOfSecret, attributes{"key": "one"}, false},
		"another one, which fails": {dataOfSecret, attributes{"key": "none"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, gotOut := row.read(r, row.config)
			want, wantOut := row.read(&through, row.config)
			if !reflect.DeepEqual(got, want) || (got == nil) != row.fails {
				t.Errorf("got %v, through the framework %v", got, want)
			}
			if !reflect.DeepEqual(gotOut.errors, wantOut.errors) || !reflect.DeepEqual(gotOut.warnings, wantOut.warnings) {
				t.Errorf("says %v, through the framework %v", gotOut, wantOut)
			}
		})
	}
}

func dataOfSecrets(r *rpc, config attributes) (map[string]any, outcome) {
	return r.read("helvetisafe_secrets", config)
}

func ephemeralOfSecrets(r *rpc, config attributes) (map[string]any, outcome) {
	return r.open("helvetisafe_secrets", config)
}

func dataOfSecret(r *rpc, config attributes) (map[string]any, outcome) {
	return r.read("helvetisafe_secret", config)
}

// TestUnchangedAround: a secret that is found, or planned, as it was gets the answer that
// it would get through the framework, and so does one that is not.
func TestUnchangedAround(t *testing.T) {
	type row struct {
		config    attributes // beside what was applied; nil takes an attribute out
		elsewhere func(v *acctest.Vault)
		edit      attributes // of the state, by hand
		skip      bool       // no refresh
		rotated   bool       // it was created long ago
		imported  bool
	}
	protected := attributes{"deletion_protection": true, "adopt_existing": true}
	for name, r := range map[string]row{
		"as it was":                  {},
		"as it was, without refresh": {skip: true},
		"another expiry":             {config: attributes{"expires_at": "2099-01-01T00:00:00Z"}},
		"protection spelled out":     {config: attributes{"deletion_protection": false}},
		"protection set":             {config: protected},
		"protection set before":      {edit: protected, config: protected},
		"protection taken out":       {edit: protected},
		"value changed elsewhere":    {elsewhere: func(v *acctest.Vault) { v.WritePlain("k", `{"k":"elsewhere"}`) }},
		"changed, without refresh":   {elsewhere: func(v *acctest.Vault) { v.WritePlain("k", `{"k":"elsewhere"}`) }, skip: true},
		"removed elsewhere":          {elsewhere: func(v *acctest.Vault) { v.Server.Remove("k") }},
		"a version taken out":        {config: attributes{"value_wo_version": nil, "generate_version": nil}},
		"a value by another form":    {config: attributes{"value": "two", "value_wo": nil, "value_wo_version": nil, "data": nil, "generate": nil, "generate_version": nil}},
		"an unknown expiry":          {config: attributes{"expires_at": unknown}},
		"rotation is due":            {rotated: true},
		"a write-only value kept":    {edit: attributes{"value_wo": "by hand"}},
		"the same, without refresh":  {edit: attributes{"value_wo": "by hand"}, skip: true},
		"imported":                   {imported: true},
	} {
		for _, column := range columns() {
			t.Run(name+"/"+column, func(t *testing.T) {
				v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
				c := newCore(t, providerAttributes(v))
				created(t, c, configuration(column, "one", nil))
				if r.edit != nil {
					members := c.members(c.state)
					for name, value := range r.edit {
						members[name] = tftypes.NewValue(c.object.AttributeTypes[name], value)
					}
					c.state = tftypes.NewValue(c.object, members)
				}
				if r.elsewhere != nil {
					r.elsewhere(v)
				}
				if r.imported {
					if out := c.importSecret("k"); len(out.errors) > 0 {
						t.Fatal(out.errors)
					}
				}
				config := configuration(column, "one", r.config)
				if r.rotated && column == colGenerated {
					config["generate"] = rotating(1)["generate"]
					created(t, c, config)
					c.now = func() time.Time { return time.Now().Add(48 * time.Hour) }
				}
				c.skip = r.skip
				around := c.start().(server)
				got := c.answers(around, config)
				want := c.answers(c.start().(server).frameworkServer, config)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("got %v,\nthrough the framework %v", got, want)
				}
			})
		}
	}
}

// answers are what a plan gets from a server for the state as it is.
func (c *core) answers(server tfprotov6.ProviderServer, config attributes) (all []any) {
	c.t.Helper()
	state, private, identity := c.state, c.private, c.identity
	if !c.skip {
		resp, err := server.ReadResource(c.t.Context(), &tfprotov6.ReadResourceRequest{
			TypeName: secretType, CurrentState: c.dynamic(c.object, state), Private: private, CurrentIdentity: identity,
		})
		if err != nil {
			c.t.Fatal(err)
		}
		state, private, identity = c.decode(resp.NewState), resp.Private, resp.NewIdentity
		all = append(all, state.String(), string(private), identity, collect(outcome{}, resp.Diagnostics))
		if state.IsNull() || len(resp.Diagnostics) > 0 && resp.Diagnostics[0].Severity == tfprotov6.DiagnosticSeverityError {
			return all
		}
	}
	twin := *c
	twin.state = state
	full := c.value(c.object, config)
	resp, err := server.PlanResourceChange(c.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: secretType, PriorState: c.dynamic(c.object, state), ProposedNewState: c.dynamic(c.object, twin.proposed(full)),
		Config: c.dynamic(c.object, full), PriorPrivate: private, PriorIdentity: identity,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return append(all, c.decode(resp.PlannedState).String(), string(resp.PlannedPrivate), resp.PlannedIdentity, resp.RequiresReplace,
		collect(outcome{}, resp.Diagnostics))
}

// TestPlanRules: staysAsItIs knows what the framework does to a plan before ModifyPlan.
func TestPlanRules(t *testing.T) {
	rules := map[string][]string{}
	note := func(name string, a schema.Attribute) {
		if a.IsWriteOnly() {
			rules["WriteOnly"] = append(rules["WriteOnly"], name)
		}
		for field, value := range reflect.ValueOf(a).Fields() {
			if (field.Name == "Default" || field.Name == "PlanModifiers") && !value.IsZero() {
				rules[field.Name] = append(rules[field.Name], name)
			}
		}
	}
	for name, a := range secretSchema().Attributes {
		note(name, a)
	}
	for name, a := range generateAttribute().Attributes {
		note("generate."+name, a)
	}
	for _, names := range rules {
		slices.Sort(names)
	}
	// These two plan modifiers do nothing if the attribute stays as it is.
	want := map[string][]string{
		"WriteOnly": {"data_wo", "value_wo"}, "Default": {"adopt_existing", "deletion_protection"}, "PlanModifiers": {"expires_at", "key"},
	}
	if !reflect.DeepEqual(rules, want) {
		t.Errorf("the schema's rules are %v; staysAsItIs knows %v", rules, want)
	}
}

// TestUpgradeAround: a state of this version comes back as the framework would give it,
// and one of another version, or one whose types aren't the schema's, is the framework's.
func TestUpgradeAround(t *testing.T) {
	c := newCore(t, nil)
	around := c.server().(server)
	for name, row := range map[string]struct {
		version int64
		json    string
		around  bool
	}{
		"whole":                    {0, `{"key":"k","value":"v","adopt_existing":false,"deletion_protection":true,"version":1764115200000,"data":null,"generate":null}`, true},
		"with a map":               {0, `{"key":"k","data":{"user":"u","none":null}}`, true},
		"of an older one":          {0, `{"key":"k"}`, true},
		"null":                     {0, `null`, true},
		"generated":                {0, `{"key":"k","generate":{"length":24,"special":false}}`, true},
		"edited by hand":           {0, `{"key":"k","value_wo":"v"}`, true},
		"a large number":           {0, `{"version":123456789012345678901234567890}`, true},
		"of a newer schema":        {1, `{"key":"k"}`, false},
		"a number for a string":    {0, `{"key":5}`, false},
		"a bool for a string":      {0, `{"value":true}`, false},
		"a string for a number":    {0, `{"version":"17"}`, false},
		"a number for a bool":      {0, `{"adopt_existing":0}`, false},
		"a string for a bool":      {0, `{"adopt_existing":"false"}`, false},
		"no bool at all":           {0, `{"adopt_existing":"nope"}`, false},
		"no number at all":         {0, `{"version":"abc"}`, false},
		"an object for a string":   {0, `{"value":{"a":"b"}}`, false},
		"a list for a map":         {0, `{"data":["a"]}`, false},
		"a string for a map":       {0, `{"data":"a"}`, false},
		"a number in a map":        {0, `{"data":{"a":1}}`, false},
		"a string in a recipe":     {0, `{"generate":{"length":"24"}}`, false},
		"an object in a recipe":    {0, `{"generate":{"length":{}}}`, false},
		"one too many":             {0, `{"key":"k","other":"o"}`, false},
		"one too many in a recipe": {0, `{"generate":{"length":24,"other":"o"}}`, false},
		"a list":                   {0, `["k"]`, false},
		"cut off":                  {0, `{"key":"k"`, false},
		"cut off in a member":      {0, `{"key":`, false},
		"cut off in a name":        {0, `{"ke`, false},
		"no JSON":                  {0, `key = "k"`, false},
		"empty":                    {0, ``, false},
	} {
		t.Run(name, func(t *testing.T) {
			upgrade := func(server tfprotov6.ProviderServer) (string, outcome, bool) {
				resp, err := server.UpgradeResourceState(t.Context(), &tfprotov6.UpgradeResourceStateRequest{
					TypeName: secretType, Version: row.version, RawState: &tfprotov6.RawState{JSON: []byte(row.json)},
				})
				if err != nil {
					t.Fatal(err)
				}
				out := collect(outcome{}, resp.Diagnostics)
				if len(out.errors) > 0 {
					return "", out, false
				}
				return c.decode(resp.UpgradedState).String(), out, resp.UpgradedState.JSON != nil
			}
			got, gotOut, went := upgrade(around)
			want, wantOut, _ := upgrade(around.frameworkServer)
			if got != want || !reflect.DeepEqual(gotOut, wantOut) || went != row.around {
				t.Errorf("got %s, %v, around the framework %t; through the framework %s, %v", got, gotOut, went, want, wantOut)
			}
		})
	}
}
