package provider

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// origins are the environment variables that settings came from, by attribute. Errors name
// them: the user would look for the value in the configuration in vain.
type origins map[string]string

// of closes a text about settings with the variables that they came from. It is "" if they
// came from none.
func (o origins) of(attributes ...string) string {
	var variables []string
	for _, attribute := range attributes {
		if variable := o[attribute]; variable != "" {
			variables = append(variables, variable)
		}
	}
	switch len(variables) {
	case 0:
		return ""
	case 1:
		return ". The value comes from the environment variable " + variables[0]
	}
	return ". The values come from the environment variables " + strings.Join(variables, " and ")
}

// named closes a text with the variables of the settings that it names in backticks.
func (o origins) named(text string) string {
	var attributes []string
	for _, attribute := range slices.Sorted(maps.Keys(o)) {
		if strings.Contains(text, "`"+attribute+"`") && !strings.Contains(text, o[attribute]) {
			attributes = append(attributes, attribute)
		}
	}
	return o.of(attributes...)
}

// text is what an error says, without a full stop. An error of the client gets the names
// that settings have here, the next step, and the variables that settings came from.
func (o origins) text(err error) string {
	text := err.Error()
	if e, ok := errors.AsType[*helvetisafe.Error](err); ok {
		text = strings.Replace(text, e.Error(), e.Text(o.why), 1)
	}
	return strings.TrimSuffix(text, ".")
}

// why is the cause of an error of the client, and what to do about it.
func (o origins) why(e *helvetisafe.Error) string {
	next, special := nextSteps[e.Reason]
	if !special {
		next = kinds[e.Kind].next
	}
	text := e.Why(settingName) + e.Fill(next, settingName)
	if e.Effect == helvetisafe.UnknownEffect {
		text += "; it isn't known whether it took effect, the next plan shows it"
	}
	if e.Kind == helvetisafe.BadConfig || e.Kind == helvetisafe.BadKey {
		text += o.of(strings.Trim(settingName(e.Setting), "`"))
	} else {
		text += o.named(text)
	}
	if e.Effect == helvetisafe.NotSeen {
		text += ". Right after it the secret wasn't there; if the next run finds it, import it"
	}
	return text
}

// addError turns an error into a diagnostic. action says what was being done ("Reading the
// secret \"db\""); text adds the cause and the next step. The diagnostic has no path to an
// attribute: Terraform prints the source line that a path points to, with a literal secret
// in it.
func (o origins) addError(diags *diag.Diagnostics, action string, err error) {
	summary, cancelled := summaryOf(err)
	e, ofClient := errors.AsType[*helvetisafe.Error](err)
	if cancelled {
		text := action + " was interrupted before it was finished."
		if ofClient && e.Effect == helvetisafe.UnknownEffect {
			text += " It isn't known whether it took effect; the next plan shows it."
		}
		diags.AddError(summary, text+" Run the same command again to go on.")
		return
	}
	text := action + ": " + o.text(err) + "."
	if ofClient && e.Kind == helvetisafe.OtherOrgKey {
		text += toWrite(pinsLine(e))
	}
	diags.AddError(summary, text)
}

// toWrite closes a diagnostic with the line of HCL to write.
func toWrite(line string) string { return "\n\n  " + line }

// pinsLine is the line of HCL that accepts the present Org Key in addition to the earlier
// ones.
func pinsLine(e *helvetisafe.Error) string {
	quoted := make([]string, 0, len(e.Wanted)+1)
	for _, fingerprint := range append(slices.Clone(e.Wanted), e.OrgKey) {
		quoted = append(quoted, strconv.Quote(fingerprint))
	}
	return "org_key_fingerprints = [" + strings.Join(quoted, ", ") + "]"
}

// summaryOf is the headline of an error, and whether it only says that the user
// stopped the run.
func summaryOf(err error) (summary string, cancelled bool) {
	e, ofClient := errors.AsType[*helvetisafe.Error](err)
	_, ofList := errors.AsType[*reconcile.ListedError](err)
	_, isPending := errors.AsType[*pendingError](err)
	switch {
	// This comes before the interruption that may have caused it, so that what it says is
	// not lost.
	case ofClient && e.Kind == helvetisafe.Ambiguous:
		return kinds[e.Kind].headline, false
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "Interrupted", true
	case ofClient:
		return kinds[e.Kind].headline, false
	case ofList:
		return "The answers about the secret contradict each other", false
	case isPending:
		return configSummary, false
	}
	return "The operation failed", false
}

// sentence makes one of an error's text, to stand behind others.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}
