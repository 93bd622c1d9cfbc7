package provider

import (
	"context"
	"fmt"
	"regexp"
	"regexp/syntax"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// textValidator checks a known string. It is for attributes that hold no secret
// only: its diagnostics have a path.
type textValidator struct {
	rule  string // "must be …"
	check func(string) error
	line  func() string // the line of HCL that the error ends in; nil for none
}

var _ validator.String = textValidator{}

func (v textValidator) Description(context.Context) string { return v.rule }

func (v textValidator) MarkdownDescription(context.Context) string { return v.rule }

func (v textValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := v.check(req.ConfigValue.ValueString()); err != nil {
		text := fmt.Sprintf("%s: %s. The value %s.", req.Path, err, v.rule)
		if v.line != nil {
			text += toWrite(v.line())
		}
		resp.Diagnostics.AddAttributeError(req.Path, fmt.Sprintf("Invalid %s", req.Path), text)
	}
}

// isRegexp accepts what selection compiles.
var isRegexp = textValidator{
	rule: "must be a regular expression in Go's syntax (RE2)",
	check: func(s string) error {
		_, err := regexp.Compile(s)
		if cause, ok := err.(*syntax.Error); ok { //nolint:errorlint // regexp returns it bare
			return fmt.Errorf("%s", cause.Code)
		}
		return err
	},
}

// isDateTime accepts what expires_at takes.
var isDateTime = textValidator{
	rule: "must be an RFC 3339 date-time with milliseconds at most",
	check: func(s string) error {
		_, err := parseExpiry(s)
		return err
	},
}

// isExpiry is isDateTime for expires_at.
var isExpiry = textValidator{
	rule:  isDateTime.rule,
	check: isDateTime.check,
	line:  func() string { return expiryLine(monthFromNow()) },
}

// isKey accepts what a secret can be called.
var isKey = textValidator{
	rule: "may hold letters (a to z, A to Z), digits and underscores only, and at least one of them",
	check: func(s string) error {
		if !keyPattern.MatchString(s) {
			return fmt.Errorf("%q can't be a secret's key", s)
		}
		return nil
	},
	line: func() string { return `key = "db_password"` },
}

var notEmpty = textValidator{
	rule: "must not be empty",
	check: func(s string) error {
		if s == "" {
			return fmt.Errorf("it is empty")
		}
		return nil
	},
}

// dateTime is the date-time of RFC 3339 section 5.6, of which package time takes
// more: an hour of one digit, a comma, an offset of a whole day.
var dateTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// parseExpiry reads an RFC 3339 date-time with milliseconds at most, which is what
// the server's stamps hold (PROTOCOL.md section 4): more digits would come back cut, as a
// change that no plan could settle.
func parseExpiry(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	t = t.UTC()
	parts := dateTime.FindStringSubmatch(s)
	switch {
	case err != nil || parts == nil:
		return time.Time{}, fmt.Errorf("%q is not an RFC 3339 date-time such as 2030-01-31T12:00:00Z", s)
	case len(parts[1]) > len(".000"):
		return time.Time{}, fmt.Errorf("%q has more digits than milliseconds", s)
	case t.Year() > 9999:
		return time.Time{}, fmt.Errorf("%q is after the year 9999 in UTC", s)
	}
	return t, nil
}

// expiryInstant is the instant of an expires_at attribute: Missing if it is unknown, Null
// if it is null.
func expiryInstant(v types.String) helvetisafe.Timestamp {
	switch {
	case v.IsUnknown():
		return helvetisafe.Timestamp{}
	case v.IsNull():
		return helvetisafe.Timestamp{State: helvetisafe.Null}
	}
	return stampOf(v)
}

// sameInstant reports whether two known expiries are the same, however spelled.
func sameInstant(a, b types.String) bool {
	if a.IsUnknown() || b.IsUnknown() || a.IsNull() != b.IsNull() {
		return false
	}
	return a.IsNull() || expiryInstant(a).Equal(expiryInstant(b))
}

// respelled is an expiry in the first of the spellings that mean it, or else in our own.
func respelled(at helvetisafe.Timestamp, spellings ...types.String) types.String {
	for _, spelling := range spellings {
		if expiryInstant(spelling).Equal(at) {
			return spelling
		}
	}
	return timestampValue(at)
}

// keepSpelling plans the spelling of the state for an equal instant, so that Z instead of
// +00:00 is not a change.
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
