package serve

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// everyServer has every interface that terraform-plugin-go asks a server for. It
// finds the optional ones by a type assertion, so one that is missing here would be
// hidden from Terraform by the wrapper.
type everyServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// server is the framework's server, except that the context of a request ends when
// the request has been answered, or when the process is interrupted.
//
// When it is answered: the framework keeps a function that cancels each request, for
// StopProvider (hashicorp/terraform-plugin-framework#781), and never drops one
// (v1.19.0, proto6server.Server.registerContext). Each holds the context of its
// request with loggers, fields and the gRPC stream, 10 kB a request. That is half a
// gigabyte at 10,000 secrets, which the garbage collector scans again and again.
//
// When the process is interrupted: Terraform asks a provider to stop during an apply
// and `terraform plan`, but not during the plan that `terraform apply` makes first.
// In that plan it waits until every refresh has ended by itself. A terminal sends
// Ctrl-C to the provider too, but the plugin library ignores it.
//
// The methods below are those that Terraform calls for each resource. The others are
// the framework's.
type server struct {
	everyServer
	interrupted context.Context
}

// wrap returns the framework's server as a server whose requests end with
// interrupted.
func wrap(interrupted context.Context, framework tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	if every, ok := framework.(everyServer); ok {
		return server{every, interrupted}
	}
	return framework
}

// bounded calls next with a context that ends, and is empty, once next has returned.
func bounded[Req, Resp any](ctx context.Context, s server, req Req, next func(context.Context, Req) (Resp, error)) (Resp, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.interrupted, cancel)()
	c, release := newRequestContext(ctx)
	defer release()
	return next(c, req)
}

func (s server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return bounded(ctx, s, req, s.everyServer.ValidateResourceConfig)
}

func (s server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return bounded(ctx, s, req, s.everyServer.UpgradeResourceState)
}

func (s server) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return bounded(ctx, s, req, s.everyServer.UpgradeResourceIdentity)
}

func (s server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return bounded(ctx, s, req, s.everyServer.ReadResource)
}

func (s server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return bounded(ctx, s, req, s.everyServer.PlanResourceChange)
}

func (s server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return bounded(ctx, s, req, s.everyServer.ApplyResourceChange)
}

func (s server) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return bounded(ctx, s, req, s.everyServer.ImportResourceState)
}

func (s server) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return bounded(ctx, s, req, s.everyServer.ValidateDataResourceConfig)
}

func (s server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return bounded(ctx, s, req, s.everyServer.ReadDataSource)
}

func (s server) ValidateEphemeralResourceConfig(ctx context.Context, req *tfprotov6.ValidateEphemeralResourceConfigRequest) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	return bounded(ctx, s, req, s.everyServer.ValidateEphemeralResourceConfig)
}

func (s server) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return bounded(ctx, s, req, s.everyServer.OpenEphemeralResource)
}

// ListResource returns before its results are read, so the context has to outlive
// the call: it ends with the caller's, or when the process is interrupted.
func (s server) ListResource(ctx context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	ctx, cancel := context.WithCancel(ctx)
	context.AfterFunc(s.interrupted, cancel)
	return s.everyServer.ListResource(ctx, req)
}

// requestContext is its parent until it is released, and then ended: so it no longer holds
// the parent in memory, has no values, and counts as cancelled.
type requestContext struct {
	current atomic.Pointer[context.Context]
	done    <-chan struct{} // the parent's
}

// ended is a context that was cancelled and has no values.
var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// newRequestContext returns the context and the function that releases it. The caller
// cancels the parent when it releases this one.
func newRequestContext(parent context.Context) (c *requestContext, release func()) {
	c = &requestContext{done: parent.Done()}
	c.current.Store(&parent)
	return c, func() { c.current.Store(&ended) }
}

func (c *requestContext) Deadline() (time.Time, bool) { return (*c.current.Load()).Deadline() }

func (c *requestContext) Done() <-chan struct{} { return c.done }

func (c *requestContext) Err() error { return (*c.current.Load()).Err() }

func (c *requestContext) Value(key any) any { return (*c.current.Load()).Value(key) }
