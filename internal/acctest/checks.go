package acctest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// Counts returns how many requests each route has had since Server.ResetRequests.
func (v *Vault) Counts() map[string]int { return v.Server.Counts() }

// ExpectCounts fails the test unless each route had as many requests as want says
// since Server.ResetRequests. A route that want doesn't name must have had none.
func (v *Vault) ExpectCounts(t testing.TB, want map[string]int) {
	t.Helper()
	if err := v.compareCounts(want); err != nil {
		t.Error(err)
	}
}

// CheckCounts is ExpectCounts for a test step.
func (v *Vault) CheckCounts(want map[string]int) resource.TestCheckFunc {
	return func(*terraform.State) error { return v.compareCounts(want) }
}

func (v *Vault) compareCounts(want map[string]int) error {
	got, want := v.Server.Counts(), maps.Clone(want)
	var wrong []string
	for _, route := range append(devserver.Routes(), devserver.RouteUnknown) {
		if got[route] != want[route] {
			wrong = append(wrong, fmt.Sprintf("%s %d (want %d)", route, got[route], want[route]))
		}
		delete(want, route)
	}
	for _, route := range slices.Sorted(maps.Keys(want)) {
		wrong = append(wrong, route+" is not a route")
	}
	if wrong != nil {
		return errors.New("requests: " + strings.Join(wrong, ", "))
	}
	return nil
}

// NoWrites fails the test if there was a create, update or delete since
// Server.ResetRequests.
func (v *Vault) NoWrites(t testing.TB) {
	t.Helper()
	for _, route := range []string{devserver.RouteCreate, devserver.RouteUpdate, devserver.RouteDelete} {
		if n := v.Server.Count(route); n > 0 {
			t.Errorf("%d requests of %s, and nothing was to be written", n, route)
		}
	}
}

type noAttribute struct{ address, name string }

// ExpectNoAttribute checks that an attribute is missing from a resource's state, or
// null there, as a write-only attribute must be.
func ExpectNoAttribute(address, name string) statecheck.StateCheck { return noAttribute{address, name} }

// CheckState implements statecheck.StateCheck.
func (n noAttribute) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	if req.State == nil || req.State.Values == nil || req.State.Values.RootModule == nil {
		resp.Error = errors.New("the state holds nothing")
		return
	}
	for _, r := range req.State.Values.RootModule.Resources {
		if r.Address != n.address {
			continue
		}
		if r.AttributeValues[n.name] != nil {
			resp.Error = fmt.Errorf("%s has %s in the state", n.address, n.name)
		}
		return
	}
	resp.Error = fmt.Errorf("%s is not in the root module's state", n.address)
}

type noMarkers struct{ markers *Markers }

// ExpectNoMarkers checks that none of the markers is in the state or the plan. It is a
// check for both.
func ExpectNoMarkers(m *Markers) interface {
	statecheck.StateCheck
	plancheck.PlanCheck
} {
	return noMarkers{m}
}

// CheckState implements statecheck.StateCheck.
func (n noMarkers) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	resp.Error = n.check("the state", req.State)
}

// CheckPlan implements plancheck.PlanCheck.
func (n noMarkers) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	resp.Error = n.check("the plan", req.Plan)
}

func (n noMarkers) check(where string, object any) error {
	text, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("print %s: %w", where, err)
	}
	if found := n.markers.InBytes(text); found != nil {
		return fmt.Errorf("%s holds %s", where, strings.Join(found, ", "))
	}
	return nil
}
