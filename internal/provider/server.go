package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// frameworkServer is the framework's server: ProviderServer, and the interfaces that
// terraform-plugin-go finds by a type assertion.
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// server is the framework's server, except that it hands the answer of a data source or
// an ephemeral resource to Terraform as it was made. The framework would compare and copy
// each value of a bulk read, and look each of its nulls up in the schema: twice the work of
// reading the secrets.
type server struct{ frameworkServer }

// Serve puts the provider's own server around the framework's.
func (p *helvetisafeProvider) Serve(framework tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	if full, ok := framework.(frameworkServer); ok {
		return server{full}
	}
	return framework
}

// answer takes the answer that a read leaves for the server.
type answer struct{ value *tfprotov6.DynamicValue }

type answerKey struct{}

// leaveAnswer makes the answer in the form that Terraform gets. left is false if nothing
// waits for it; it then has to go through the framework.
func leaveAnswer(ctx context.Context, made tftypes.Value) (left bool, err error) {
	slot, ok := ctx.Value(answerKey{}).(*answer)
	if !ok {
		return false, nil
	}
	value, err := tfprotov6.NewDynamicValue(made.Type(), made)
	if err != nil {
		return false, err
	}
	slot.value = &value
	return true, nil
}

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
