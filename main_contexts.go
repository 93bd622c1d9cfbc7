package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// forgetful hands each request to the framework as it is, under a context that ends
// with the request. The framework (v1.19.0, proto6server.Server.registerContext)
// keeps a CancelFunc of each request's context until the process ends, and with it
// loggers, fields and the gRPC stream, 10 kB a request: at 10,000 secrets that was
// half a gigabyte, which the garbage collector went through again and again. The
// requests that are made for each resource are here, data sources and ephemeral
// resources with them.
type forgetful struct {
	tfprotov6.ProviderServerWithListResource
}

// forgetContexts wraps the framework's server; one without list resources, which
// none is, stays as it is.
func forgetContexts(server tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	if full, ok := server.(tfprotov6.ProviderServerWithListResource); ok {
		return forgetful{full}
	}
	return server
}

func forget[Req, Resp any](ctx context.Context, req Req, call func(context.Context, Req) (Resp, error)) (Resp, error) {
	c := &requestContext{done: ctx.Done()}
	c.parent.Store(&ctx)
	defer c.parent.Store(nil)
	return call(c, req)
}

func (s forgetful) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return forget(ctx, req, s.ProviderServerWithListResource.ValidateResourceConfig)
}

func (s forgetful) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return forget(ctx, req, s.ProviderServerWithListResource.UpgradeResourceState)
}

func (s forgetful) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return forget(ctx, req, s.ProviderServerWithListResource.UpgradeResourceIdentity)
}

func (s forgetful) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return forget(ctx, req, s.ProviderServerWithListResource.ReadResource)
}

func (s forgetful) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return forget(ctx, req, s.ProviderServerWithListResource.PlanResourceChange)
}

func (s forgetful) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return forget(ctx, req, s.ProviderServerWithListResource.ApplyResourceChange)
}

func (s forgetful) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return forget(ctx, req, s.ProviderServerWithListResource.ImportResourceState)
}

func (s forgetful) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return forget(ctx, req, s.ProviderServerWithListResource.ValidateDataResourceConfig)
}

func (s forgetful) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return forget(ctx, req, s.ProviderServerWithListResource.ReadDataSource)
}

func (s forgetful) ValidateEphemeralResourceConfig(ctx context.Context, req *tfprotov6.ValidateEphemeralResourceConfigRequest) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	return forget(ctx, req, s.ProviderServerWithListResource.ValidateEphemeralResourceConfig)
}

func (s forgetful) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return forget(ctx, req, s.ProviderServerWithListResource.OpenEphemeralResource)
}

// requestContext is its parent until the request has been answered; then it is
// cancelled and empty, as the parent will be, but no longer holds it in memory.
type requestContext struct {
	parent atomic.Pointer[context.Context]
	done   <-chan struct{}
}

func (c *requestContext) Deadline() (time.Time, bool) {
	if parent := c.parent.Load(); parent != nil {
		return (*parent).Deadline()
	}
	return time.Time{}, false
}

// Done is closed by gRPC, right after the request has been answered at the latest.
func (c *requestContext) Done() <-chan struct{} { return c.done }

func (c *requestContext) Err() error {
	if parent := c.parent.Load(); parent != nil {
		return (*parent).Err()
	}
	return context.Canceled
}

func (c *requestContext) Value(key any) any {
	if parent := c.parent.Load(); parent != nil {
		return (*parent).Value(key)
	}
	return nil
}
