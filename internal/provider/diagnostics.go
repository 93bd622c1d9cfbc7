package provider

import (
	"context"
	"errors"
	"maps"
	"net/http"
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

// text is what an error says, with the variables that its settings came from.
func (o origins) text(err error) string {
	text := strings.TrimSuffix(err.Error(), ".")
	var config *helvetisafe.ConfigError
	var key *helvetisafe.CryptoError
	switch {
	case errors.As(err, &config) && config.Attribute != "":
		return text + o.of(config.Attribute)
	case errors.As(err, &key) && key.Attribute != "":
		return text + o.of(key.Attribute)
	}
	var named []string
	for _, attribute := range slices.Sorted(maps.Keys(o)) {
		if strings.Contains(text, "`"+attribute+"`") && !strings.Contains(text, o[attribute]) {
			named = append(named, attribute)
		}
	}
	return text + o.of(named...)
}

// addError turns an error of the client into a diagnostic. action says what was
// being done ("Reading the secret \"db\""); the client's text adds the cause and
// the next step. The diagnostic has no path to an attribute: Terraform prints the source
// line that a path points to, with a literal secret in it.
func (o origins) addError(diags *diag.Diagnostics, action string, err error) {
	summary, cancelled := summaryOf(err)
	if cancelled {
		text := action + " was interrupted before it was finished."
		var conn *helvetisafe.ConnectionError
		if errors.As(err, &conn) && conn.Lost {
			text += " It isn't known whether it took effect; the next plan shows it."
		}
		diags.AddError(summary, text+" Run the same command again to go on.")
		return
	}
	text := action + ": " + o.text(err) + "."
	var orgKey *helvetisafe.OrgKeyError
	if errors.As(err, &orgKey) {
		text += toWrite(pinsLine(orgKey))
	}
	diags.AddError(summary, text)
}

// toWrite closes a diagnostic with the line of HCL to write.
func toWrite(line string) string { return "\n\n  " + line }

// pinsLine is the line of HCL that accepts the present Org Key in addition to the earlier
// ones.
func pinsLine(e *helvetisafe.OrgKeyError) string {
	quoted := make([]string, 0, len(e.Wanted)+1)
	for _, fingerprint := range append(slices.Clone(e.Wanted), e.Current) {
		quoted = append(quoted, strconv.Quote(fingerprint))
	}
	return "org_key_fingerprints = [" + strings.Join(quoted, ", ") + "]"
}

// summaryOf is the headline of an error, and whether it only says that the user
// stopped the run.
func summaryOf(err error) (summary string, cancelled bool) {
	var (
		ambiguous *helvetisafe.AmbiguousCreateError
		auth      *helvetisafe.AuthError
		forbidden *helvetisafe.ForbiddenError
		notFound  *helvetisafe.NotFoundError
		conflict  *helvetisafe.ConflictError
		rateLimit *helvetisafe.RateLimitError
		api       *helvetisafe.APIError
		gateway   *helvetisafe.GatewayError
		conn      *helvetisafe.ConnectionError
		response  *helvetisafe.ResponseError
		crypto    *helvetisafe.CryptoError
		orgKey    *helvetisafe.OrgKeyError
		config    *helvetisafe.ConfigError
		invalid   *helvetisafe.InvalidKeyError
		tooLarge  *helvetisafe.TooLargeError
		content   *helvetisafe.ContentError
		listed    *reconcile.ListedError
	)
	switch {
	// This comes before the interruption that may have caused it, so that what it says is
	// not lost.
	case errors.As(err, &ambiguous):
		return "It isn't known whether the secret was created", false
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "Interrupted", true
	case errors.As(err, &auth):
		return "HelvetiSafe doesn't accept the credentials", false
	case errors.As(err, &forbidden):
		return "A scope is missing", false
	case errors.As(err, &notFound):
		return "There is no such secret", false
	case errors.As(err, &conflict):
		return "The secret exists already", false
	case errors.As(err, &rateLimit):
		return "HelvetiSafe limits the rate of requests", false
	case errors.As(err, &gateway):
		return "Something other than HelvetiSafe answered", false
	case errors.As(err, &api) && api.Status >= http.StatusInternalServerError:
		return "HelvetiSafe couldn't carry out a request", false
	case errors.As(err, &api):
		return "HelvetiSafe refused a request", false
	case errors.As(err, &conn):
		return "HelvetiSafe can't be reached", false
	case errors.As(err, &response):
		return "HelvetiSafe gave an unusable answer", false
	case errors.As(err, &orgKey):
		return "Another Org Key than expected", false
	case errors.As(err, &crypto) && crypto.Key == "":
		return "A key can't be used", false
	case errors.As(err, &crypto):
		return "The secret can't be decrypted", false
	case errors.As(err, &config):
		return "The provider's configuration can't be used", false
	case errors.As(err, &invalid):
		return "The key can't be used", false
	case errors.As(err, &listed):
		return "The answers about the secret contradict each other", false
	case errors.As(err, &tooLarge):
		return "The secret is too large", false
	case errors.As(err, &content):
		return "The stored content can't be used", false
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
