package provider

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// settingState is what is known of a setting.
type settingState int

const (
	settingUnset settingState = iota
	settingKnown
	settingPending // configured, and not known yet
)

// setting is an attribute of the provider block, or the variable that stands in
// for it.
type setting struct {
	redact.Redacted
	attribute string
	variable  string
	value     string
	state     settingState
	fromEnv   bool
}

// from is the sentence that names the variable of a value; "" for an attribute.
func (v setting) from() string {
	if !v.fromEnv {
		return ""
	}
	return " The value comes from the environment variable " + v.variable + "."
}

// name is what the user wrote: the variable or the attribute.
func (v setting) name() string {
	if v.fromEnv {
		return v.variable
	}
	return "`" + v.attribute + "`"
}

// resolver reads settings. It is the one way from an attribute and its variable to a
// value.
type resolver struct {
	lookup  func(variable string) (value string, set bool)
	diags   *diag.Diagnostics
	origins origins
}

func (r *resolver) fail(detail string) { r.diags.AddError(configSummary, detail) }

// fallback is the setting as the environment has it.
func (r *resolver) fallback(attribute, variable string) setting {
	v := setting{attribute: attribute, variable: variable}
	if v.value, _ = r.lookup(variable); v.value != "" {
		v.state, v.fromEnv = settingKnown, true
		r.origins[attribute] = variable
	}
	return v
}

func (r *resolver) text(attribute, variable string, value types.String) setting {
	switch {
	case value.IsUnknown():
		return setting{attribute: attribute, variable: variable, state: settingPending}
	case value.IsNull():
		return r.fallback(attribute, variable)
	case value.ValueString() == "":
		r.fail(fmt.Sprintf("`%s` is empty. Give it a value, or leave it out.", attribute))
	}
	return setting{attribute: attribute, variable: variable, value: value.ValueString(), state: settingKnown}
}

// set reads a set of strings. known is false if the set, or a part of it, isn't known yet.
func (r *resolver) set(attribute, variable string, value types.Set, split func(string) []string) (items []string, known bool) {
	if value.IsUnknown() {
		return nil, false
	}
	if value.IsNull() {
		v := r.fallback(attribute, variable)
		if v.value != "" && r.check(v, holdsNoKey) {
			items = split(v.value)
		}
		return items, true
	}
	for _, element := range value.Elements() {
		item, ok := element.(types.String)
		switch {
		case element.IsUnknown():
			return nil, false
		case !ok || item.ValueString() == "":
			r.fail(fmt.Sprintf("`%s` has an element that is null or empty. Give it a value, or leave the element out.", attribute))
			return nil, true
		}
		if !r.check(setting{attribute: attribute, value: item.ValueString()}, holdsNoKey) {
			return nil, true
		}
		items = append(items, item.ValueString())
	}
	if len(items) == 0 {
		r.fail(fmt.Sprintf("`%s` is empty. Give it an element, or leave it out.", attribute))
	}
	return items, true
}

func (r *resolver) number(attribute, variable string, value types.Number, standard int) (n int, known bool) {
	if value.IsUnknown() {
		return standard, false
	}
	v := setting{attribute: attribute}
	var whole int64
	var err error
	if value.IsNull() {
		if v = r.fallback(attribute, variable); v.value == "" || !r.check(v, isWord) {
			return standard, true
		}
		whole, err = strconv.ParseInt(v.value, 10, 64)
	} else {
		var accuracy big.Accuracy
		if whole, accuracy = value.ValueBigFloat().Int64(); accuracy != big.Exact {
			err = strconv.ErrRange
		}
	}
	if err != nil || whole < 0 || whole > math.MaxInt32 {
		r.fail(fmt.Sprintf("`%s` is not a whole number, 0 or greater. Write it like %d.%s", attribute, standard, v.from()))
		return standard, true
	}
	return int(whole), true
}

func (r *resolver) flag(attribute, variable string, value types.Bool) (on, known bool) {
	if value.IsUnknown() {
		return false, false
	}
	if !value.IsNull() {
		return value.ValueBool(), true
	}
	v := r.fallback(attribute, variable)
	if v.value == "" || !r.check(v, isWord) {
		return false, true
	}
	on, err := strconv.ParseBool(v.value)
	if err != nil {
		r.fail(fmt.Sprintf("`%s` is neither true nor false.%s", attribute, v.from()))
	}
	return on, true
}

// choose finds the one group in use: an auth mode, or a key source. If the configuration
// names any attribute of a group, the variables of the other groups don't count; within
// the group each variable still stands in for its attribute. chosen is -1 if there is no
// such group, or if it depends on an attribute, pending, that isn't known yet and may be
// null.
func (r *resolver) choose(rule string, groups ...[]setting) (chosen int, pending string) {
	known, _ := firstOfEach(groups, func(v setting) bool { return v.state == settingKnown && !v.fromEnv })
	if r.conflict(rule, known) {
		return -1, ""
	}
	named, chosen := firstOfEach(groups, func(v setting) bool { return v.state == settingPending || v.state == settingKnown && !v.fromEnv })
	if len(named) > 1 {
		waiting, _ := firstOfEach(groups, func(v setting) bool { return v.state == settingPending })
		return -1, waiting[0].attribute
	}
	if len(named) == 1 {
		return chosen, ""
	}
	given, chosen := firstOfEach(groups, func(v setting) bool { return v.fromEnv })
	if r.conflict(rule, given) {
		return -1, ""
	}
	return chosen, ""
}

func (r *resolver) conflict(rule string, given []setting) bool {
	if len(given) < 2 {
		return false
	}
	names := make([]string, len(given))
	for i, v := range given {
		names[i] = v.name()
	}
	r.fail(fmt.Sprintf("%s, and %s are set. Keep one of them.", rule, strings.Join(names, " and ")))
	return true
}

// firstOfEach returns the first setting of each group that matches, and the last
// group that has one, or -1.
func firstOfEach(groups [][]setting, match func(setting) bool) (found []setting, last int) {
	last = -1
	for i, group := range groups {
		for _, v := range group {
			if match(v) {
				found, last = append(found, v), i
				break
			}
		}
	}
	return found, last
}

// splitComma splits the list in a variable. It keeps blank parts, so that they are
// refused.
func splitComma(s string) []string {
	parts := strings.Split(s, ",")
	for i, part := range parts {
		parts[i] = strings.TrimSpace(part)
	}
	return parts
}
