package provider

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// keyPattern is what the service accepts as a secret's key (PROTOCOL.md section 15).
var keyPattern = regexp.MustCompile(`^[a-zA-Z0-9_]+$`)

// secretIdentity identifies a secret within its tenant.
type secretIdentity struct {
	Key types.String `tfsdk:"key"`
}

func secretIdentitySchema() identityschema.Schema {
	return identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"key": identityschema.StringAttribute{
				RequiredForImport: true,
				Description:       "The secret's key.",
			},
		},
	}
}

// parseImportID splits an import ID into its form and the secret's key.
func parseImportID(id string) (reconcile.ImportForm, string, error) {
	form, key := reconcile.ImportStored, id
	if prefix, rest, ok := strings.Cut(id, ":"); ok {
		form, key = reconcile.ImportForm(prefix), rest
		if form != reconcile.ImportData && form != reconcile.ImportWriteOnly {
			return "", "", fmt.Errorf("the prefix before the colon must be data or write-only")
		}
	}
	if !keyPattern.MatchString(key) {
		return "", "", fmt.Errorf("a secret's key holds letters (a to z, A to Z), digits and underscores only, and at least one of them")
	}
	return form, key, nil
}

// importFor is what the user writes to take over a secret that is there, in the form
// that is configured for it.
func importFor(key string, f reconcile.Form) string {
	if !f.InState() {
		key = string(reconcile.ImportWriteOnly) + ":" + key
	}
	return importAs(key)
}

// importAs is the block that takes over a secret that is there, by an import ID.
func importAs(id string) string {
	return fmt.Sprintf("  import {\n    to = helvetisafe_secret.example\n    id = %q\n  }", id)
}
