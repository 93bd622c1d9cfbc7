package provider

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// milliseconds is what the server's stamps hold (PROTOCOL.md); more digits would
// come back cut, as a change that no plan could settle.
var milliseconds = regexp.MustCompile(`^[^.,]*(\.[0-9]{1,3})?(Z|[+-][0-9]{2}:[0-9]{2})$`)

// parseExpiry reads an RFC 3339 date-time with milliseconds at most.
func parseExpiry(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no RFC 3339 date-time such as 2030-01-31T12:00:00Z", s)
	}
	if !milliseconds.MatchString(s) {
		return time.Time{}, fmt.Errorf("%q has more digits than milliseconds", s)
	}
	return t.UTC(), nil
}

// expiryInstant is the instant of an expires_at attribute: Missing where it is
// unknown, Null where it is null.
func expiryInstant(v types.String) helvetisafe.Timestamp {
	switch {
	case v.IsUnknown():
		return helvetisafe.Timestamp{}
	case v.IsNull():
		return helvetisafe.Timestamp{State: helvetisafe.Null}
	}
	return timestampOf(v.ValueString())
}

// sameInstant reports whether two known expiries are the same, however spelled.
func sameInstant(a, b types.String) bool {
	if a.IsUnknown() || b.IsUnknown() || a.IsNull() != b.IsNull() {
		return false
	}
	return a.IsNull() || expiryInstant(a).Equal(expiryInstant(b))
}

// expiryValidator checks the spelling of expires_at.
type expiryValidator struct{}

var _ validator.String = expiryValidator{}

func (expiryValidator) Description(context.Context) string {
	return "must be an RFC 3339 date-time with milliseconds at most"
}

func (v expiryValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (expiryValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := parseExpiry(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid expires_at",
			fmt.Sprintf("expires_at: %s. Write it as RFC 3339 with milliseconds at most, for example \"2030-01-31T12:00:00Z\".", err))
	}
}

// keepSpelling plans the spelling of the state for an equal instant, so that
// Z and +00:00 are no change.
type keepSpelling struct{}

var _ planmodifier.String = keepSpelling{}

func (keepSpelling) Description(context.Context) string {
	return "Equal instants are equal, however they are spelled."
}

func (m keepSpelling) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (keepSpelling) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if !req.StateValue.IsNull() && sameInstant(req.StateValue, req.PlanValue) {
		resp.PlanValue = req.StateValue
	}
}
