package serve

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/provider"
)

func framework() tfprotov6.ProviderServer {
	return providerserver.NewProtocol6(provider.New("test")())()
}

func wrapped(t *testing.T) tfprotov6.ProviderServer {
	t.Helper()
	return wrap(t.Context(), Server(provider.New("test")()))
}

type heldKey struct{}

// held reports whether the server still holds the context of a request after that
// has been answered and its context has ended.
func held(t *testing.T, server tfprotov6.ProviderServer, call func(context.Context, tfprotov6.ProviderServer) error) bool {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	value := new([1 << 10]byte)
	pointer := weak.Make(value)
	if err := call(context.WithValue(ctx, heldKey{}, value), server); err != nil {
		t.Fatal(err)
	}
	end()
	runtime.GC()
	defer runtime.KeepAlive(server)
	return pointer.Value() != nil
}

// TestContextsAreReleased: a request's context can be collected after the request. If the
// framework lets it go by itself one day, this half of the wrapper can go.
func TestContextsAreReleased(t *testing.T) {
	for name, call := range map[string]func(context.Context, tfprotov6.ProviderServer) error{
		"validate": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: "x"})
			return err
		},
		"upgrade": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{TypeName: "x"})
			return err
		},
		"upgrade of an identity": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.UpgradeResourceIdentity(ctx, &tfprotov6.UpgradeResourceIdentityRequest{TypeName: "x"})
			return err
		},
		"read": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: "x"})
			return err
		},
		"plan": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{TypeName: "x"})
			return err
		},
		"apply": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{TypeName: "x"})
			return err
		},
		"import": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: "x"})
			return err
		},
		"validate a data source": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: "x"})
			return err
		},
		"data source": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: "x"})
			return err
		},
		"validate an ephemeral resource": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.ValidateEphemeralResourceConfig(ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: "x"})
			return err
		},
		"ephemeral resource": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.OpenEphemeralResource(ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: "x"})
			return err
		},
	} {
		if !held(t, framework(), call) {
			t.Errorf("%s: the framework releases it by itself; the wrapper need not", name)
		}
		if held(t, wrapped(t), call) {
			t.Errorf("%s: the context is still held", name)
		}
	}
}

// TestNothingIsHidden: a method that the framework's server has, for actions for
// example, and that Terraform may ask for, is one of the wrapper's too.
func TestNothingIsHidden(t *testing.T) {
	outside := wrapped(t)
	if _, ok := outside.(server); !ok {
		t.Fatal("the server isn't wrapped; everyServer asks for an interface that it doesn't have")
	}
	inner, outer := reflect.TypeOf(framework()), reflect.TypeOf(outside)
	for method := range inner.Methods() {
		if method.Type.NumIn() < 2 || method.Type.In(1) != reflect.TypeFor[context.Context]() {
			continue // not a request
		}
		if _, ok := outer.MethodByName(method.Name); !ok {
			t.Errorf("Terraform can't call %s: add its interface to everyServer", method.Name)
		}
	}
}

// TestRequestContext: it is its parent, and ends with it or with the request.
func TestRequestContext(t *testing.T) {
	deadline := time.Now().Add(time.Hour)
	parent, end := context.WithDeadline(context.WithValue(t.Context(), heldKey{}, "value"), deadline)
	var after context.Context
	_, _ = bounded(parent, server{interrupted: t.Context()}, 0, func(ctx context.Context, _ int) (int, error) {
		after = ctx
		if at, ok := ctx.Deadline(); !ok || !at.Equal(deadline) || ctx.Value(heldKey{}) != "value" || ctx.Err() != nil {
			t.Error("not the parent's deadline, value or error")
		}
		child, cancel := context.WithCancel(ctx)
		defer cancel()
		end()
		<-child.Done()
		if !errors.Is(ctx.Err(), context.Canceled) || !errors.Is(child.Err(), context.Canceled) {
			t.Error("not ended with its parent")
		}
		return 0, nil
	})
	<-after.Done()
	if _, ok := after.Deadline(); ok || after.Value(heldKey{}) != nil || !errors.Is(after.Err(), context.Canceled) {
		t.Error("something of the parent is left")
	}
}
