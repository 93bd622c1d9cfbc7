package main

import (
	"context"
	"encoding/json"
	"os"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/provider"
)

const (
	hollowResource = "hollow_secret"
	// envHollow holds a hollowSpec as JSON.
	envHollow = "BENCH_HOLLOW"
)

// hollowSpec says in what a hollow provider differs from ours.
type hollowSpec struct {
	// Attributes are what a real secret has in its state, by name; null ones are
	// missing.
	Attributes map[string]any `json:"attributes"`
	// Without are attributes that the schema lacks.
	Without []string `json:"without"`
	// Private is how many bytes of private state each resource has.
	Private int `json:"private"`
	// Plain leaves out the marks Sensitive and WriteOnly.
	Plain bool `json:"plain"`
	// NoIdentity leaves out the identity.
	NoIdentity bool `json:"no_identity"`
}

// hollow is our provider's schema with nothing behind it: no request, no plan logic.
// What a command takes with it is the core's, so that an attribute or a byte of
// private state can be weighed by leaving it out.
type hollow struct {
	tfprotov6.ProviderServer // ours, for what the core asks beside
	spec                     hollowSpec
	schema                   *tfprotov6.Schema
	object                   tftypes.Object
	identity                 *tfprotov6.ResourceIdentitySchema
}

// serveHollow runs the hollow provider until the core ends it.
func serveHollow(ctx context.Context) error {
	var spec hollowSpec
	if err := json.Unmarshal([]byte(os.Getenv(envHollow)), &spec); err != nil {
		return err
	}
	h := &hollow{ProviderServer: providerserver.NewProtocol6(provider.New("bench")())(), spec: spec}
	schemas, err := h.ProviderServer.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return err
	}
	identities, err := h.ProviderServer.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return err
	}
	h.schema, h.identity = schemas.ResourceSchemas[ourResource], identities.IdentitySchemas[ourResource]
	h.schema.Block.Attributes = slices.DeleteFunc(h.schema.Block.Attributes, func(a *tfprotov6.SchemaAttribute) bool {
		return slices.Contains(spec.Without, a.Name)
	})
	if spec.Plain {
		for _, attribute := range h.schema.Block.Attributes {
			attribute.Sensitive, attribute.WriteOnly = false, false
		}
	}
	h.object = h.schema.ValueType().(tftypes.Object)
	return tf6server.Serve("registry.terraform.io/"+sources["hollow"], func() tfprotov6.ProviderServer { return h })
}

func (h *hollow) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	return &tfprotov6.GetMetadataResponse{
		ServerCapabilities: &tfprotov6.ServerCapabilities{GetProviderSchemaOptional: true, PlanDestroy: true},
		Resources:          []tfprotov6.ResourceMetadata{{TypeName: hollowResource}},
	}, nil
}

func (h *hollow) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{
		ServerCapabilities: &tfprotov6.ServerCapabilities{GetProviderSchemaOptional: true, PlanDestroy: true},
		Provider:           &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{}},
		ResourceSchemas:    map[string]*tfprotov6.Schema{hollowResource: h.schema},
	}, nil
}

func (h *hollow) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	resp := &tfprotov6.GetResourceIdentitySchemasResponse{}
	if !h.spec.NoIdentity {
		resp.IdentitySchemas = map[string]*tfprotov6.ResourceIdentitySchema{hollowResource: h.identity}
	}
	return resp, nil
}

func (h *hollow) ValidateProviderConfig(_ context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: req.Config}, nil
}

func (h *hollow) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (h *hollow) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (h *hollow) UpgradeResourceState(_ context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	state, err := req.RawState.Unmarshal(h.object)
	if err != nil {
		return nil, err
	}
	upgraded, err := tfprotov6.NewDynamicValue(h.object, state)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &upgraded}, err
}

func (h *hollow) UpgradeResourceIdentity(_ context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	typ := h.identity.ValueType()
	identity, err := req.RawIdentity.Unmarshal(typ)
	if err != nil {
		return nil, err
	}
	upgraded, err := tfprotov6.NewDynamicValue(typ, identity)
	return &tfprotov6.UpgradeResourceIdentityResponse{UpgradedIdentity: &tfprotov6.ResourceIdentityData{IdentityData: &upgraded}}, err
}

func (h *hollow) ReadResource(_ context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: req.Private, NewIdentity: req.CurrentIdentity}, nil
}

func (h *hollow) PlanResourceChange(_ context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp := &tfprotov6.PlanResourceChangeResponse{PlannedState: req.ProposedNewState, PlannedPrivate: req.PriorPrivate, PlannedIdentity: req.PriorIdentity}
	prior, members, err := h.members(req.PriorState, req.ProposedNewState)
	if err != nil || !prior.IsNull() || members == nil {
		return resp, err // unchanged, or a deletion
	}
	for _, attribute := range h.schema.Block.Attributes {
		if attribute.Computed && members[attribute.Name].IsNull() {
			members[attribute.Name] = tftypes.NewValue(attribute.Type, tftypes.UnknownValue)
		}
	}
	planned, err := tfprotov6.NewDynamicValue(h.object, tftypes.NewValue(h.object, members))
	if err != nil {
		return nil, err
	}
	resp.PlannedState, resp.PlannedPrivate = &planned, h.private()
	resp.PlannedIdentity, err = h.identityOf(members)
	return resp, err
}

func (h *hollow) ApplyResourceChange(_ context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp := &tfprotov6.ApplyResourceChangeResponse{NewState: req.PlannedState, Private: req.PlannedPrivate, NewIdentity: req.PlannedIdentity}
	_, members, err := h.members(req.PriorState, req.PlannedState)
	if err != nil || members == nil {
		return resp, err
	}
	for _, attribute := range h.schema.Block.Attributes {
		switch {
		case attribute.WriteOnly:
			members[attribute.Name] = tftypes.NewValue(attribute.Type, nil)
		case !members[attribute.Name].IsKnown():
			members[attribute.Name] = tftypes.NewValue(attribute.Type, h.spec.Attributes[attribute.Name])
		}
	}
	state, err := tfprotov6.NewDynamicValue(h.object, tftypes.NewValue(h.object, members))
	resp.NewState = &state
	return resp, err
}

// members are those of the planned state, or nil if there is none.
func (h *hollow) members(prior, planned *tfprotov6.DynamicValue) (before tftypes.Value, members map[string]tftypes.Value, err error) {
	if before, err = prior.Unmarshal(h.object); err != nil {
		return before, nil, err
	}
	after, err := planned.Unmarshal(h.object)
	if err == nil && !after.IsNull() {
		err = after.As(&members)
	}
	return before, members, err
}

func (h *hollow) private() []byte { return slices.Repeat([]byte("p"), h.spec.Private) }

func (h *hollow) identityOf(members map[string]tftypes.Value) (*tfprotov6.ResourceIdentityData, error) {
	if h.spec.NoIdentity {
		return nil, nil
	}
	typ := h.identity.ValueType()
	data, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, map[string]tftypes.Value{"key": members["key"]}))
	return &tfprotov6.ResourceIdentityData{IdentityData: &data}, err
}
