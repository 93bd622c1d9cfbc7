package provider

import (
	"context"
	"errors"
	"fmt"
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

// note closes a text about settings with the variables that they came from. It is "" if
// they came from none.
func (o origins) note(attributes ...string) string {
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

// noteFor is the note for the settings that a text names in backticks.
func (o origins) noteFor(text string) string {
	var attributes []string
	for _, attribute := range slices.Sorted(maps.Keys(o)) {
		if strings.Contains(text, "`"+attribute+"`") && !strings.Contains(text, o[attribute]) {
			attributes = append(attributes, attribute)
		}
	}
	return o.note(attributes...)
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
	text := e.Why(next, settingName)
	if e.Effect == helvetisafe.UnknownEffect {
		text += "; it isn't known whether it took effect, the next plan shows it"
	}
	if e.Kind == helvetisafe.BadConfig || e.Kind == helvetisafe.BadKey {
		// The next step may name other settings, which are right.
		text += o.note(strings.Trim(settingName(e.Setting), "`"))
	} else {
		text += o.noteFor(text)
	}
	if e.Effect == helvetisafe.NotSeen {
		text += ". Right after it the secret wasn't there; if the next run finds it, import it"
	}
	return text
}

// addError adds what diagnose says. The diagnostic has no path to an attribute: Terraform
// prints the source line that a path points to, with a literal secret in it.
func (o origins) addError(diags *diag.Diagnostics, action string, err error) {
	summary, text := o.diagnose(action, err)
	diags.AddError(summary, text)
}

// diagnose turns an error into a diagnostic. action says what was being done ("Reading the
// secret \"db\""); the cause and the next step follow.
func (o origins) diagnose(action string, err error) (summary, text string) {
	e, ofClient := errors.AsType[*helvetisafe.Error](err)
	own, ofOperation := errors.AsType[*reconcile.Error](err)
	text = action + ": " + o.text(err) + "."
	switch {
	// What an ambiguous error says must not be lost, even if an interruption has caused it.
	case interrupted(err) && (!ofClient || e.Kind != helvetisafe.Ambiguous):
		text = action + " was interrupted before it was finished."
		if ofClient && e.Effect == helvetisafe.UnknownEffect {
			text += " It isn't known whether it took effect; the next plan shows it."
		}
		return "Interrupted", text + " Run the same command again to go on."
	case ofClient && e.Kind == helvetisafe.OtherOrgKey:
		return kinds[e.Kind].headline, text + toWrite(pinsLine(e.Wanted, e.OrgKey))
	case ofClient:
		return kinds[e.Kind].headline, text
	case ofOperation && own.Kind == reconcile.StillListed:
		return "The answers about the secret contradict each other",
			fmt.Sprintf("%s: HelvetiSafe answers that there is no secret %q, but still lists it, so it isn't taken out of the state. "+
				"Check `base_url` and any proxy in between, and run the same command again.", action, own.Key)
	}
	return "The operation failed", text
}

// addDefect reports attributes that don't fit the schema. Errors of tftypes name
// types and not values.
func addDefect(diags *diag.Diagnostics, err error) {
	diags.AddError("A defect in the provider", fmt.Sprintf("A secret's attributes could not be converted: %s. Please report this.", err))
}

// interrupted reports whether the user has stopped the run.
func interrupted(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// toWrite closes a text with the HCL to write. It indents the first line; a block brings the
// indentation of the others.
func toWrite(hcl string) string { return "\n\n  " + hcl }

// pinsLine is the line of HCL that accepts one more Org Key in addition to the earlier ones.
func pinsLine(earlier []string, more string) string {
	quoted := make([]string, 0, len(earlier)+1)
	for _, fingerprint := range append(slices.Clone(earlier), more) {
		quoted = append(quoted, strconv.Quote(fingerprint))
	}
	return "org_key_fingerprints = [" + strings.Join(quoted, ", ") + "]"
}

// sentence makes one of an error's text, to stand behind others.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}

// kinds are the headline of each kind of error of the client, and the next step if
// nextSteps has none for the reason. It goes on from the cause.
var kinds = map[helvetisafe.Kind]struct{ headline, next string }{
	helvetisafe.Unauthorized:  {"HelvetiSafe doesn't accept the credentials", ""},
	helvetisafe.Forbidden:     {"A scope is missing", "; grant it in the portal, and name it in `scopes` if that attribute is set"},
	helvetisafe.NotFound:      {"There is no such secret", "; check its key, and what the account may see"},
	helvetisafe.Conflict:      {"The secret exists already", "; import it, or use another key"},
	helvetisafe.RateLimited:   {"HelvetiSafe limits the rate of requests", "; try again later, with a lower -parallelism or a higher `max_retries`"},
	helvetisafe.TooLarge:      {"The secret is too large", "; store less in it, or split it"},
	helvetisafe.Refused:       {"HelvetiSafe refused a request", "; check `base_url`, and any proxy in between"},
	helvetisafe.Failed:        {"HelvetiSafe couldn't carry out a request", "; try again later"},
	helvetisafe.Foreign:       {"Something other than HelvetiSafe answered", "; check `base_url`, and what stands in front of the API"},
	helvetisafe.Unreachable:   {"HelvetiSafe can't be reached", "; check `base_url` and any proxy in between"},
	helvetisafe.BadAnswer:     {"HelvetiSafe gave an unusable answer", "; check `base_url` and any proxy in between"},
	helvetisafe.BadKey:        {"The private key or the Org Key can't be used", ""},
	helvetisafe.BadCiphertext: {"The secret can't be decrypted", ""},
	helvetisafe.BadContent:    {"The stored content can't be used", "; write it again as valid Unicode"},
	helvetisafe.OtherOrgKey:   {"The Org Key is not the expected one", ""},
	helvetisafe.BadConfig:     {configSummary, ""},
	helvetisafe.InvalidKey:    {"A secret can't have this key", ""},
	helvetisafe.Ambiguous: {
		"It isn't known whether the secret was created",
		". If the portal shows it and it is this one, import it (its id is {key}). If it is someone else's, use another key. If it isn't there, run the same command again",
	},
}

// nextSteps say what to do about a reason. They go on from it.
var nextSteps = map[helvetisafe.Reason]string{
	helvetisafe.WrongClient:         "; check both, and that the service account is active",
	helvetisafe.WrongScopes:         "; name those that it has in `scopes`, or grant the others in the portal",
	helvetisafe.WrongGrant:          "; allow it in the portal, or use `api_token`",
	helvetisafe.APITokenEnded:       "; generate a new token in the portal",
	helvetisafe.APITokenRefused:     "; generate a new token in the portal, and check `base_url`",
	helvetisafe.AccessTokensRefused: "; check that `base_url` and the service account belong together, and that the account is active",

	helvetisafe.NoAPI:         "; check `base_url`, its path too",
	helvetisafe.NoOrgKey:      "; finish setting up the account in the portal, and check `base_url`",
	helvetisafe.NoPrivateKey:  "; use `private_key_path` or `private_key_pem` instead of `password`, and check `base_url`",
	helvetisafe.NoOAuthCode:   "; check `base_url`, its path too, and report it to the server's operator if that is right",
	helvetisafe.OtherConflict: "; run the same command again",
	helvetisafe.NotUnderstood: "; update the provider, or report it with the debug log (TF_LOG_PROVIDER=DEBUG)",

	helvetisafe.HTTPSPort:              "; check the scheme and the port of `base_url`",
	helvetisafe.GatewayLogin:           "; have it let requests to the API through, or check `base_url`",
	helvetisafe.Firewall:               "; ask whoever runs it to let requests to the API through",
	helvetisafe.NoRouteToAPI:           "; check `base_url`, its path too",
	helvetisafe.GatewayProxyLogin:      "; set them in HTTPS_PROXY or HTTP_PROXY, or name the host in NO_PROXY",
	helvetisafe.GatewayRequestTooLarge: "; store less in the secret, which has {size} bytes of ciphertext, or have the gateway's limit raised",
	helvetisafe.NetworkLogin:           "; log in there, and try again",
	helvetisafe.GatewayTrouble:         "; try again later",

	helvetisafe.UnknownAuthority:      "; give the authority's certificate in `ca_cert_pem` or `ca_cert_path`",
	helvetisafe.MissingIntermediate:   "; give the authority's certificate in `ca_cert_pem` or `ca_cert_path`, or set the server up to send its whole chain",
	helvetisafe.OtherHost:             "; check `base_url`",
	helvetisafe.InvalidCertificate:    "; check this machine's clock, and the server's certificate",
	helvetisafe.UnverifiedCertificate: "; check that certificate, and `ca_cert_pem` or `ca_cert_path`",
	helvetisafe.NoTLS:                 "; check the scheme and port of `base_url`",
	helvetisafe.HandshakeFailed:       "; check its settings, and any proxy in between",
	helvetisafe.CertificateWanted:     "; use an address that wants none",
	helvetisafe.ProxyUnreachable:      "; check HTTPS_PROXY, HTTP_PROXY and NO_PROXY",
	helvetisafe.ProxyLogin:            "; set them in HTTPS_PROXY, or name the host in NO_PROXY",
	helvetisafe.ProxyRefused:          "; ask whoever runs it to allow the host, or name the host in NO_PROXY",
	helvetisafe.ProxyTrouble:          "; check `base_url`, and whether this host needs the proxy (NO_PROXY)",
	helvetisafe.TimedOut:              "; try again, or raise `request_timeout`",
	helvetisafe.UnknownHost:           "; check `base_url`",
	helvetisafe.LookupFailed:          "; check this machine's network, and try again",
	helvetisafe.ConnectionRefused:     "; check `base_url`, and that the server is running",
	helvetisafe.ConnectionReset:       "; check any proxy in between, and try again",
	helvetisafe.ConnectionClosed:      "; check any proxy in between, and try again",
	helvetisafe.ConnectionDead:        "; check the network, and any firewall or VPN in between",
	helvetisafe.NoRoute:               "; check this machine's network, and `base_url`",
	helvetisafe.Elsewhere:             "; write 127.0.0.1 in `base_url`, or use https",
	helvetisafe.Redirected:            "; set `base_url` to the address that it leads to",

	helvetisafe.BadMember:           "; report it to the server's operator",
	helvetisafe.CutShort:            "; check any proxy in between, and try again",
	helvetisafe.NoAccessToken:       "; check `base_url`, and report it to the server's operator",
	helvetisafe.WrongSizes:          "; write the secret again, or report it to the server's operator",
	helvetisafe.DeletionUnconfirmed: "; check `base_url` and any proxy in between, and try again",

	helvetisafe.OtherPrivateKey: "; check that the key belongs to this account on this server",
	helvetisafe.WrongPassword:   "; try it in the portal (a password that is not in Unicode NFC works only in the variable HELVETISAFE_PASSWORD)",
	helvetisafe.NotFIPS:         "; use `private_key_path` or `private_key_pem`",
	helvetisafe.NotUnlocked:     "; use `private_key_path` or `private_key_pem`, or report it to the server's operator",
	helvetisafe.NotDecrypted:    "; write it again, or remove it",
	helvetisafe.NotPinned:       ". If the Org Key was changed on purpose, add that fingerprint; if not, find out who changed it",
	helvetisafe.NotRecorded: ". Check that `base_url` and the account are the right ones. " +
		"If the Org Key was changed on purpose, name {org_key} in `org_key_fingerprints`",

	helvetisafe.UserInURL: "; leave it out, credentials have attributes of their own",
	helvetisafe.PlainHTTP: "; use https, or set `allow_http = true` if that is acceptable",
	helvetisafe.ScopeList: "; write each scope as an element of the attribute, or with spaces in between in the variable. The scopes are {detail}",
	helvetisafe.NotAPin:   "; each is SHA256: and 22 characters, as the data source helvetisafe_org_key shows it",

	helvetisafe.UnreadableFile: "; check the path, and who may read the file",
	helvetisafe.NoKeySource:    "; set one of `private_key_path`, `private_key_pem` and `password`",
}

// settingNames are the attributes of the provider block that settings of the client come
// from.
var settingNames = map[helvetisafe.Setting]string{
	helvetisafe.SettingBaseURL:            "`base_url`",
	helvetisafe.SettingCredentials:        "`client_id` and `client_secret`",
	helvetisafe.SettingClientID:           "`client_id`",
	helvetisafe.SettingClientSecret:       "`client_secret`",
	helvetisafe.SettingScopes:             "`scopes`",
	helvetisafe.SettingAPIToken:           "`api_token`",
	helvetisafe.SettingPrivateKeyPath:     "`private_key_path`",
	helvetisafe.SettingPrivateKeyPEM:      "`private_key_pem`",
	helvetisafe.SettingPassword:           "`password`",
	helvetisafe.SettingOrgKeyFingerprints: "`org_key_fingerprints`",
	helvetisafe.SettingRequestTimeout:     "`request_timeout`",
	helvetisafe.SettingMaxRetries:         "`max_retries`",
}

func settingName(s helvetisafe.Setting) string { return settingNames[s] }
