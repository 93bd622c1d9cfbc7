package serve

import (
	"context"
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// stuck is a server whose calls end with their context only.
type stuck struct {
	everyServer
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

func TestInterrupted(t *testing.T) {
	for _, tc := range []struct {
		name string
		call func(context.Context, everyServer) error
	}{
		{"read", func(ctx context.Context, s everyServer) error {
			_, err := s.ReadResource(ctx, nil)
			return err
		}},
		{"plan", func(ctx context.Context, s everyServer) error {
			_, err := s.PlanResourceChange(ctx, nil)
			return err
		}},
		{"apply", func(ctx context.Context, s everyServer) error {
			_, err := s.ApplyResourceChange(ctx, nil)
			return err
		}},
		{"data source", func(ctx context.Context, s everyServer) error {
			_, err := s.ReadDataSource(ctx, nil)
			return err
		}},
		{"ephemeral resource", func(ctx context.Context, s everyServer) error {
			_, err := s.OpenEphemeralResource(ctx, nil)
			return err
		}},
		{"list resource", func(ctx context.Context, s everyServer) error {
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
				server := wrap(interrupted, inner).(everyServer)
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
