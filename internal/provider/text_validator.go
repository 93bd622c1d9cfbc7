package provider

import (
	"context"
	"fmt"
	"regexp"
	"regexp/syntax"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
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
