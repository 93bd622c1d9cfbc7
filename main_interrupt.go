package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// interruptible ends the calls under way, and those that follow, when its context
// does. Terraform asks a provider to stop where it is interrupted while it applies,
// or in `terraform plan`, but not in the plan that `terraform apply` makes first: it
// then waits for every refresh to end by itself. A terminal sends Ctrl-C to the
// provider as well, which the plugin library ignores.
type interruptible struct {
	tfprotov6.ProviderServerWithListResource
	interrupted context.Context
}

// untilInterrupted wraps a server; one without list resources, which none is,
// stays as it is.
func untilInterrupted(interrupted context.Context, server tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	if full, ok := server.(tfprotov6.ProviderServerWithListResource); ok {
		return interruptible{full, interrupted}
	}
	return server
}

func until[Req, Resp any](ctx context.Context, s interruptible, req Req, call func(context.Context, Req) (Resp, error)) (Resp, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.interrupted, cancel)()
	return call(ctx, req)
}

// The calls below are those that make requests.

func (s interruptible) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return until(ctx, s, req, s.ProviderServerWithListResource.ReadResource)
}

func (s interruptible) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return until(ctx, s, req, s.ProviderServerWithListResource.PlanResourceChange)
}

func (s interruptible) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return until(ctx, s, req, s.ProviderServerWithListResource.ApplyResourceChange)
}

func (s interruptible) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return until(ctx, s, req, s.ProviderServerWithListResource.ReadDataSource)
}

func (s interruptible) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return until(ctx, s, req, s.ProviderServerWithListResource.OpenEphemeralResource)
}

// ListResource returns before its results are read, so its context ends with the
// caller's only.
func (s interruptible) ListResource(ctx context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	ctx, cancel := context.WithCancel(ctx)
	context.AfterFunc(s.interrupted, cancel)
	return s.ProviderServerWithListResource.ListResource(ctx, req)
}
