package provider

import (
	"bytes"
	"context"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// secretType is the resource's name in requests.
const secretType = "helvetisafe_secret" //nolint:gosec // a name, not a credential

// frameworkServer is the framework's server: ProviderServer, and the interfaces that
// terraform-plugin-go finds by a type assertion.
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// server is the framework's server with shortcuts: it answers itself if the framework
// would only do work that changes nothing. That is so for what a data source or an ephemeral
// resource has read, the state of a secret as it comes from the state file, and a secret
// that a refresh finds, or a plan leaves, as it was. The answers are those that the
// framework would give.
type server struct{ frameworkServer }

// Serve puts the provider's own server around the framework's.
func (p *helvetisafeProvider) Serve(framework tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	if full, ok := framework.(frameworkServer); ok {
		return server{full}
	}
	return framework
}

// shortcut carries an answer past the framework, from the resource that it calls to the
// server around it. It is in the context of the request.
type shortcut struct {
	answer    *tfprotov6.DynamicValue // replaces the framework's, if it is set
	unchanged bool                    // a refresh has found the secret as the state has it
	proposed  tftypes.Value           // what Terraform proposes for a secret that is planned
}

type shortcutKey struct{}

func withShortcut(ctx context.Context, s *shortcut) context.Context {
	return context.WithValue(ctx, shortcutKey{}, s)
}

// shortcutFrom is nil if the answer has to go through the framework.
func shortcutFrom(ctx context.Context) *shortcut {
	s, _ := ctx.Value(shortcutKey{}).(*shortcut)
	return s
}

// answerWith makes the answer in the form that Terraform gets.
func (s *shortcut) answerWith(value tftypes.Value, diags *diag.Diagnostics) {
	answer, err := tfprotov6.NewDynamicValue(value.Type(), value)
	if err != nil {
		addDefect(diags, err)
		return
	}
	s.answer = &answer
}

// ReadDataSource hands on what was read. The framework would compare and copy each value,
// and look each null up in the schema: twice the work of reading the secrets.
func (s server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	var short shortcut
	resp, err := s.frameworkServer.ReadDataSource(withShortcut(ctx, &short), req)
	if err == nil && short.answer != nil {
		resp.State = short.answer
	}
	return resp, err
}

// OpenEphemeralResource is ReadDataSource for ephemeral resources.
func (s server) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	var short shortcut
	resp, err := s.frameworkServer.OpenEphemeralResource(withShortcut(ctx, &short), req)
	if err == nil && short.answer != nil {
		resp.Result = short.answer
	}
	return resp, err
}

// UpgradeResourceState hands the state of a secret back as it is stored if it has the
// version and the types of the schema: Terraform takes JSON as it takes the framework's
// encoding of it. Of what doesn't fit, Terraform would only name the attribute. The
// framework converts it, or says of which resource it is and what to do.
func (s server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	if req.TypeName == secretType && req.Version == secretVersion && req.RawState != nil && fits(req.RawState.JSON, secretObjectType()) {
		return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &tfprotov6.DynamicValue{JSON: req.RawState.JSON}}, nil
	}
	return s.frameworkServer.UpgradeResourceState(ctx, req)
}

// fits reports whether raw is JSON as Terraform writes a value of the type.
func fits(raw []byte, t tftypes.Type) bool {
	return nextFits(jsontext.NewDecoder(bytes.NewReader(raw)), t)
}

// nextFits reports whether the next value of the decoder is of the type.
func nextFits(decoder *jsontext.Decoder, t tftypes.Type) bool {
	token, _ := decoder.ReadToken() // what can't be read has no kind
	switch token.Kind() {
	case 'n':
		return true
	case '"':
		return t.Is(tftypes.String)
	case '0':
		return t.Is(tftypes.Number)
	case 't', 'f':
		return t.Is(tftypes.Bool)
	case '{':
		switch t := t.(type) {
		case tftypes.Object:
			return membersFit(decoder, func(name string) tftypes.Type { return t.AttributeTypes[name] })
		case tftypes.Map:
			return membersFit(decoder, func(string) tftypes.Type { return t.ElementType })
		}
	}
	return false
}

// membersFit reports whether each member of the object that the decoder is in is of its
// type, which is nil for one that isn't known.
func membersFit(decoder *jsontext.Decoder, typeOf func(name string) tftypes.Type) bool {
	for decoder.PeekKind() != '}' {
		name, err := decoder.ReadToken()
		if err != nil {
			return false
		}
		if t := typeOf(name.String()); t == nil || !nextFits(decoder, t) {
			return false
		}
	}
	_, err := decoder.ReadToken()
	return err == nil
}

// ReadResource hands the state of a secret that has not changed back as it came. The
// framework would look each attribute up in the schema several times to find the same; it
// doesn't if the secret is gone, so that is what it is told.
func (s server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	var short shortcut
	resp, err := s.frameworkServer.ReadResource(withShortcut(ctx, &short), req)
	if err == nil && short.unchanged {
		resp.NewState = req.CurrentState
	}
	return resp, err
}

// leaveUnchanged ends a refresh that has found the secret as the state has it. A write-only
// value that someone has put into the state is the framework's to take out.
func (m *secretModel) leaveUnchanged(ctx context.Context, resp *resource.ReadResponse) {
	if short := shortcutFrom(ctx); short != nil && m.ValueWO.IsNull() && m.DataWO.IsNull() {
		short.unchanged = true
		resp.State.RemoveResource(ctx)
	}
}

// PlanResourceChange plans a secret that stays as it is without the framework's passes
// over all attributes, for defaults, unknown values and plan modifiers: they would end
// where they began, and take half of the CPU of a plan. The framework skips them for a
// deletion, so that is what it gets to see first. A secret that doesn't stay as it is takes
// the usual way.
func (s server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	if req.TypeName != secretType || isNull(req.PriorState) || isNull(req.ProposedNewState) {
		return s.frameworkServer.PlanResourceChange(ctx, req) // a create, or a deletion
	}
	proposed, err := req.ProposedNewState.Unmarshal(secretObjectType())
	if err != nil {
		return s.frameworkServer.PlanResourceChange(ctx, req)
	}
	short, deletion := shortcut{proposed: proposed}, *req
	deletion.ProposedNewState = &tfprotov6.DynamicValue{MsgPack: []byte{0xc0}} // null
	resp, err := s.frameworkServer.PlanResourceChange(withShortcut(ctx, &short), &deletion)
	if err != nil || short.answer == nil {
		return s.frameworkServer.PlanResourceChange(ctx, req)
	}
	resp.PlannedState = short.answer
	return resp, nil
}

func isNull(value *tfprotov6.DynamicValue) bool {
	if value == nil {
		return true
	}
	null, err := value.IsNull()
	return null || err != nil
}

// secretObjectType is made once: it takes long enough to show in a plan of many.
var secretObjectType = sync.OnceValue(func() tftypes.Type { return secretSchema().Type().TerraformType(context.Background()) })

// planIfUnchanged plans a secret that stays as it is, for PlanResourceChange. The plan of
// the request is that of a deletion, and the framework demands the same of the response.
func (r *secretResource) planIfUnchanged(ctx context.Context, short *shortcut, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if !staysAsItIs(req.Config.Raw, req.State.Raw, short.proposed) {
		return
	}
	deletion := req.Plan.Raw
	req.Plan.Raw, resp.Plan.Raw = req.State.Raw, req.State.Raw
	r.plan(ctx, req, resp)
	short.answerWith(resp.Plan.Raw, &resp.Diagnostics)
	resp.Plan.Raw = deletion
}

// staysAsItIs reports whether the framework's passes over the proposed state would end
// at the prior one. Write-only attributes are in no plan.
func staysAsItIs(config, prior, proposed tftypes.Value) bool {
	var configured, before, after map[string]tftypes.Value
	if config.As(&configured) != nil || prior.As(&before) != nil || proposed.As(&after) != nil {
		return false
	}
	for name, value := range before {
		switch name {
		case "value_wo", "data_wo":
			if !value.IsNull() {
				return false // someone has edited the state
			}
			continue
		case "adopt_existing", "deletion_protection": // false by default
			if configured[name].IsNull() && !value.Equal(tftypes.NewValue(tftypes.Bool, false)) {
				return false
			}
		}
		if !after[name].Equal(value) {
			return false
		}
	}
	return true
}
