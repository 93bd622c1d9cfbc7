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
			plan.Key.ValueString(), plan.ExpiresAt.ValueString()))
}

// warnNewline warns of a value that ends in its only line break, as a file has it
// and a password hasn't. The diagnostic has no path, so that no value is printed.
func warnNewline(config *secretModel, diags *diag.Diagnostics) {
	f := config.form()
	content, ok := config.wanted(f)
	if !ok || f.fields() {
		return
	}
	line, found := strings.CutSuffix(content.Value, "\n")
	if !found || line == "" || strings.Contains(line, "\n") {
		return
	}
	diags.AddWarning("The value ends in a line break",
		fmt.Sprintf("%s of the secret %q is one line with a line break at its end, as a file has it. If that is not meant, use trimspace(file(\"…\")) or chomp(…).",
			f, config.Key.ValueString()))
}
