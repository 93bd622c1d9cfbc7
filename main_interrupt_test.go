package main

import (
	"context"
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/provider"
)

// stuck is a server whose calls end with their context only.
type stuck struct {
	tfprotov6.ProviderServerWithListResource
	begun chan struct{}
}

func (s stuck) end(ctx context.Context) error {
	close(s.begun)
	<-ctx.Done()
	return ctx.Err()
}

func (s stuck) ReadResource(ctx context.Context, _ *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return nil, s.end(ctx)
}

func (s stuck) PlanResourceChange(ctx context.Context, _ *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return nil, s.end(ctx)
}

func (s stuck) ApplyResourceChange(ctx context.Context, _ *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return nil, s.end(ctx)
}

func (s stuck) ReadDataSource(ctx context.Context, _ *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return nil, s.end(ctx)
}

func (s stuck) OpenEphemeralResource(ctx context.Context, _ *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return nil, s.end(ctx)
}

func (s stuck) ListResource(ctx context.Context, _ *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	return nil, s.end(ctx)
}

func TestInterruptible(t *testing.T) {
	for _, tc := range []struct {
		name string
		call func(context.Context, tfprotov6.ProviderServerWithListResource) error
	}{
		{"read", func(ctx context.Context, s tfprotov6.ProviderServerWithListResource) error {
			_, err := s.ReadResource(ctx, nil)
			return err
		}},
		{"plan", func(ctx context.Context, s tfprotov6.ProviderServerWithListResource) error {
			_, err := s.PlanResourceChange(ctx, nil)
			return err
		}},
		{"apply", func(ctx context.Context, s tfprotov6.ProviderServerWithListResource) error {
			_, err := s.ApplyResourceChange(ctx, nil)
			return err
		}},
		{"data source", func(ctx context.Context, s tfprotov6.ProviderServerWithListResource) error {
			_, err := s.ReadDataSource(ctx, nil)
			return err
		}},
		{"ephemeral resource", func(ctx context.Context, s tfprotov6.ProviderServerWithListResource) error {
			_, err := s.OpenEphemeralResource(ctx, nil)
			return err
		}},
		{"list resource", func(ctx context.Context, s tfprotov6.ProviderServerWithListResource) error {
			_, err := s.ListResource(ctx, nil)
			return err
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for who, end := range map[string]func(interrupt, leave context.CancelFunc){
				"the process": func(interrupt, _ context.CancelFunc) { interrupt() },
				"the caller":  func(_, leave context.CancelFunc) { leave() },
			} {
				interrupted, interrupt := context.WithCancel(t.Context())
				caller, leave := context.WithCancel(t.Context())
				inner := stuck{begun: make(chan struct{})}
				server := untilInterrupted(interrupted, inner).(tfprotov6.ProviderServerWithListResource)
				go func() {
					<-inner.begun
					end(interrupt, leave)
				}()
				if err := tc.call(caller, server); !errors.Is(err, context.Canceled) {
					t.Errorf("ended by %s: %v", who, err)
				}
				interrupt()
				leave()
			}
		})
	}
}

// TestInterruptibleHidesNothing: the wrapped provider still offers all that it has.
func TestInterruptibleHidesNothing(t *testing.T) {
	server := untilInterrupted(t.Context(), providerserver.NewProtocol6(provider.New("test")())())
	if _, ok := server.(interruptible); !ok {
		t.Fatal("the provider isn't wrapped")
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(schemas.ListResourceSchemas) == 0 || len(schemas.EphemeralResourceSchemas) == 0 {
		t.Errorf("%v, %d list resources, %d ephemeral resources", err, len(schemas.ListResourceSchemas), len(schemas.EphemeralResourceSchemas))
	}
}
