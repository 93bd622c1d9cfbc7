package provider

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// expiresSoon is how long before its expiry a plan begins to warn of it.
const expiresSoon = 7 * 24 * time.Hour

// warnExpiringSoon warns while there is time to move the expiry.
func warnExpiringSoon(plan *secretModel, diags *diag.Diagnostics) {
	at := expiryInstant(plan.ExpiresAt)
	left := time.Until(at.Time)
	if at.State != helvetisafe.Known || left <= 0 || left > expiresSoon {
		return
	}
	diags.AddAttributeWarning(path.Root("expires_at"), "The secret expires within a week",
		fmt.Sprintf("The secret %q expires at %s, and the server then deletes it. Move expires_at if it is to stay.",
			plan.Key.ValueString(), plan.ExpiresAt.ValueString())+toWrite(expiryLine(monthFromNow())))
}

// expiryLine sets an expiry.
func expiryLine(at time.Time) string {
	return fmt.Sprintf("expires_at = %q", helvetisafe.Timestamp{State: helvetisafe.Known, Time: at.UTC()})
}

// monthFromNow is an expiry to propose.
func monthFromNow() time.Time { return time.Now().AddDate(0, 1, 0).Truncate(time.Hour) }

// warnNewline warns of a value, or a member of data, that ends in its only line
// break, as a file has it and a password hasn't. The diagnostic has no path, so
// that no value is printed, and names no member: data's names are sensitive too.
func warnNewline(config *secretModel, diags *diag.Diagnostics) {
	f := config.form()
	content, ok := config.wanted(f)
	if !ok {
		return
	}
	what, line, found := string(f), "%s = trimspace(file(\"…\"))", endsAsFile(content.Value)
	if f.fields() {
		what, line = "A member of "+what, "%s = { name = trimspace(file(\"…\")) }"
		for _, member := range content.Fields {
			found = found || endsAsFile(member)
		}
	}
	if !found {
		return
	}
	diags.AddWarning("The value ends in a line break",
		fmt.Sprintf("%s of the secret %q is one line with a line break at its end, as a file has it. If that is not meant, trim it:", what, config.Key.ValueString())+
			toWrite(fmt.Sprintf(line, f)))
}

// endsAsFile reports whether a text is one line and its line break.
func endsAsFile(text string) bool {
	line, found := strings.CutSuffix(text, "\n")
	return found && line != "" && !strings.Contains(line, "\n")
}
