package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// planned makes a secret in a column and returns what a plan asks of the
// provider for an unchanged one: validate, read and plan.
func planned(t testing.TB, column string) (step func()) {
	t.Helper()
	v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
	c := newCore(t, providerAttributes(v))
	set := configuration(column, "one", nil)
	if out := c.apply(set, set); len(out.errors) > 0 {
		t.Fatalf("create: %v", out.errors)
	}
	server := c.start()
	config := c.value(c.object, set)
	validate := &tfprotov6.ValidateResourceConfigRequest{
		TypeName: secretType, Config: c.dynamic(c.object, config),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	}
	read := &tfprotov6.ReadResourceRequest{
		TypeName: secretType, CurrentState: c.dynamic(c.object, c.state), Private: c.private, CurrentIdentity: c.identity,
	}
	plan := &tfprotov6.PlanResourceChangeRequest{
		TypeName: secretType, Config: c.dynamic(c.object, config), ProposedNewState: c.dynamic(c.object, c.proposed(config)),
		PriorState: c.dynamic(c.object, c.state), PriorPrivate: c.private, PriorIdentity: c.identity,
	}
	ctx := t.Context()
	return func() {
		if resp, err := server.ValidateResourceConfig(ctx, validate); err != nil || len(resp.Diagnostics) > 0 {
			t.Fatalf("validate: %v", err)
		}
		if resp, err := server.ReadResource(ctx, read); err != nil || len(resp.Diagnostics) > 0 {
			t.Fatalf("read: %v", err)
		}
		resp, err := server.PlanResourceChange(ctx, plan)
		if err != nil || len(resp.Diagnostics) > 0 {
			t.Fatalf("plan: %v", err)
		}
	}
}

func BenchmarkPlanUnchanged(b *testing.B) {
	for _, column := range columns() {
		b.Run(column, func(b *testing.B) {
			step := planned(b, column)
			b.ReportAllocs()
			for b.Loop() {
				step()
			}
		})
	}
}

// TestPlanAllocations: what a plan asks of the provider for an unchanged secret
// allocates 7,500 to 8,700 objects, nearly all of them in the framework. Its
// reflection alone would add 3,800.
func TestPlanAllocations(t *testing.T) {
	for _, column := range columns() {
		if got := testing.AllocsPerRun(50, planned(t, column)); got > 9800 {
			t.Errorf("%s: %.0f allocations, want at most 9800", column, got)
		}
	}
}
