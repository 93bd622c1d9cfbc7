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

// server is the framework's server, except that it answers itself if the framework would
// only do work that changes nothing: a read of data, the state of a secret as it comes
// from the state file, and a secret that is found, or planned, as it was. The answers are
// those that the framework would give.
type server struct{ frameworkServer }

// Serve puts the provider's own server around the framework's.
func (p *helvetisafeProvider) Serve(framework tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	if full, ok := framework.(frameworkServer); ok {
		return server{full}
	}
	return framework
}

// answer is what goes around the framework, in the context of a request.
type answer struct {
	state    *tfprotov6.DynamicValue // of the secret that is read
	proposed tftypes.Value           // for the secret that is planned
	value    *tfprotov6.DynamicValue // replaces the framework's answer, if it is set
}

type answerKey struct{}

func answerFrom(ctx context.Context) *answer {
	slot, _ := ctx.Value(answerKey{}).(*answer)
	return slot
}

// leave makes the answer in the form that Terraform gets.
func (a *answer) leave(made tftypes.Value, diags *diag.Diagnostics) {
	value, err := tfprotov6.NewDynamicValue(made.Type(), made)
	if err != nil {
		addDefect(diags, err)
		return
	}
	a.value = &value
}

// The framework would compare and copy each value of an answer, and look each of its nulls
// up in the schema: twice the work of reading the secrets.

// ReadDataSource replaces the state that the framework has: the configuration.
func (s server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	var slot answer
	resp, err := s.frameworkServer.ReadDataSource(context.WithValue(ctx, answerKey{}, &slot), req)
	if err == nil && slot.value != nil && resp.State != nil {
		resp.State = slot.value
	}
	return resp, err
}

// OpenEphemeralResource replaces the result that the framework has: the configuration.
func (s server) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	var slot answer
	resp, err := s.frameworkServer.OpenEphemeralResource(context.WithValue(ctx, answerKey{}, &slot), req)
	if err == nil && slot.value != nil && resp.Result != nil {
		resp.Result = slot.value
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
	object, isObject := t.(tftypes.Object)
	members, isMap := t.(tftypes.Map)
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
		if !isObject && !isMap {
			return false
		}
	default:
		return false
	}
	for decoder.PeekKind() != '}' {
		name, err := decoder.ReadToken()
		if err != nil {
			return false
		}
		member := members.ElementType
		if isObject {
			member = object.AttributeTypes[name.String()]
		}
		if member == nil || !nextFits(decoder, member) {
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
	slot := answer{state: req.CurrentState}
	resp, err := s.frameworkServer.ReadResource(context.WithValue(ctx, answerKey{}, &slot), req)
	if err == nil && slot.value != nil {
		resp.NewState = slot.value
	}
	return resp, err
}

// leaveUnchanged answers a read whose state is as it was; without the server around it,
// it stays in the response.
func (m *secretModel) leaveUnchanged(ctx context.Context, resp *resource.ReadResponse) {
	if slot := answerFrom(ctx); slot != nil && m.ValueWO.IsNull() && m.DataWO.IsNull() {
		slot.value = slot.state
		resp.State.RemoveResource(ctx)
	}
}

// PlanResourceChange plans a secret that stays as it is without the framework's passes
// over all attributes, for defaults, marks and plan modifiers: they would end where they
// began, and take half of the CPU of a plan. The framework skips them for a deletion, so
// that is what it gets to see.
func (s server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	if req.TypeName != secretType || isNull(req.PriorState) || isNull(req.ProposedNewState) {
		return s.frameworkServer.PlanResourceChange(ctx, req) // a create, or a deletion
	}
	objectType := secretObjectType()
	proposed, err := req.ProposedNewState.Unmarshal(objectType)
	nothing, nothingErr := tfprotov6.NewDynamicValue(objectType, tftypes.NewValue(objectType, nil))
	if err != nil || nothingErr != nil {
		return s.frameworkServer.PlanResourceChange(ctx, req)
	}
	slot, deletion := answer{proposed: proposed}, *req
	deletion.ProposedNewState = &nothing
	resp, err := s.frameworkServer.PlanResourceChange(context.WithValue(ctx, answerKey{}, &slot), &deletion)
	if err != nil || slot.value == nil {
		return s.frameworkServer.PlanResourceChange(ctx, req)
	}
	resp.PlannedState = slot.value
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

// planUnchanged plans a secret for PlanResourceChange, if it stays as it is.
func (r *secretResource) planUnchanged(ctx context.Context, slot *answer, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if !staysAsItIs(req.Config.Raw, req.State.Raw, slot.proposed) {
		return
	}
	deletion := req.Plan.Raw
	req.Plan.Raw, resp.Plan.Raw = req.State.Raw, req.State.Raw
	r.plan(ctx, req, resp)
	slot.leave(resp.Plan.Raw, &resp.Diagnostics)
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
