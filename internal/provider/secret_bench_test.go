package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// planned makes secrets in a column and returns what a plan asks of the provider for
// an unchanged one: validate, read and plan. An instance plans each key once, so the
// steps take turns, and begin anew on another instance when all have had theirs.
func planned(t testing.TB, column string) (step func()) {
	t.Helper()
	v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
	const secrets = 60
	var validate [secrets]*tfprotov6.ValidateResourceConfigRequest
	var read [secrets]*tfprotov6.ReadResourceRequest
	var plan [secrets]*tfprotov6.PlanResourceChangeRequest
	c := newCore(t, providerAttributes(v))
	for i := range secrets {
		c = newCore(t, providerAttributes(v))
		set := keyed(column, i)
		if out := c.apply(set, set); len(out.errors) > 0 {
			t.Fatalf("create: %v", out.errors)
		}
		config := c.value(c.object, set)
		validate[i] = &tfprotov6.ValidateResourceConfigRequest{
			TypeName: secretType, Config: c.dynamic(c.object, config),
			ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
		}
		read[i] = &tfprotov6.ReadResourceRequest{
			TypeName: secretType, CurrentState: c.dynamic(c.object, c.state), Private: c.private, CurrentIdentity: c.identity,
		}
		plan[i] = &tfprotov6.PlanResourceChangeRequest{
			TypeName: secretType, Config: c.dynamic(c.object, config), ProposedNewState: c.dynamic(c.object, c.proposed(config)),
			PriorState: c.dynamic(c.object, c.state), PriorPrivate: c.private, PriorIdentity: c.identity,
		}
	}
	ctx, server, i := t.Context(), c.start(), 0
	return func() {
		if i == secrets {
			server, i = c.start(), 0
		}
		if resp, err := server.ValidateResourceConfig(ctx, validate[i]); err != nil || len(resp.Diagnostics) > 0 {
			t.Fatalf("validate: %v", err)
		}
		if resp, err := server.ReadResource(ctx, read[i]); err != nil || len(resp.Diagnostics) > 0 {
			t.Fatalf("read: %v", err)
		}
		resp, err := server.PlanResourceChange(ctx, plan[i])
		if err != nil || len(resp.Diagnostics) > 0 {
			t.Fatalf("plan: %v", err)
		}
		i++
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
// allocates 4,400 to 5,000 objects, nearly all of them in the framework, which walks
// each of the 17 attributes several times, and 6,400 with the 13 of a recipe beside.
// The passes that the provider's own server goes around would add 5,700, and the
// framework's reflection 3,800.
func TestPlanAllocations(t *testing.T) {
	for _, column := range columns() {
		limit := 5_400.0
		if column == colGenerated {
			limit = 7_000
		}
		if got := testing.AllocsPerRun(50, planned(t, column)); got > limit {
			t.Errorf("%s: %.0f allocations, want at most %.0f", column, got, limit)
		}
	}
}
