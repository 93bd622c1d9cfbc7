package provider

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"golang.org/x/text/unicode/norm"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// newSecretDataSource makes the data source helvetisafe_secret.
func newSecretDataSource() datasource.DataSource {
	return &dataSource{name: "secret", read: readSecret, schema: schema.Schema{
		MarkdownDescription: "Reads one secret and decrypts it on this machine. The value is kept in the state; " +
			"the ephemeral resource of the same name keeps it out, and the data source `helvetisafe_secret_metadata` reads none.",
		Attributes: secretAttributes(),
	}}
}

// newSecretEphemeral makes the ephemeral resource helvetisafe_secret.
func newSecretEphemeral() ephemeral.EphemeralResource {
	return &ephemeralResource{
		name: "secret", read: readSecret, attributes: secretAttributes(),
		about: "Reads one secret and decrypts it on this machine. Nothing of it is kept in plan or state. Needs Terraform 1.10 or OpenTofu 1.11.",
	}
}

// secretAttributes are the attributes of one secret, whatever reads it.
func secretAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"key": keyAttribute,
		"value": schema.StringAttribute{
			Computed:  true,
			Sensitive: true,
			MarkdownDescription: "The value. If the secret is an object with a member that is named like the key, it is that member; otherwise it is the whole text. " +
				"A value that is not valid Unicode is an error.",
		},
		"value_base64": schema.StringAttribute{
			Computed:  true,
			Sensitive: true,
			MarkdownDescription: "The exact bytes of the value in standard base64. " +
				"Terraform brings every other string to Unicode NFC; a value that this changes brings a warning.",
		},
		"data": schema.MapAttribute{
			Computed:    true,
			Sensitive:   true,
			ElementType: types.StringType,
			MarkdownDescription: "The fields of the secret, each as a string; a member that is not a string is given as its JSON text. A secret of one value has one field, named like its key. " +
				"If that value is itself the JSON text of an object, as `value = jsonencode({…})` stores it, the members of that object are the fields instead, and there is none named like the key: " +
				"take the whole with `jsondecode(….value)`.",
		},
		"expires_at": expiresAtAttribute,
	}
}

func readSecret(ctx context.Context, l *lookup) {
	key := textOf(l.attributes["key"])
	r, err := l.read(ctx, key)
	if err != nil {
		l.fail(fmt.Sprintf("Reading the secret %q", key), err)
		return
	}
	l.attributes["value"] = tftypes.NewValue(tftypes.String, r.value)
	l.attributes["value_base64"] = tftypes.NewValue(tftypes.String, base64.StdEncoding.EncodeToString([]byte(r.value)))
	l.attributes["data"] = wireFields(r.fields)
	l.attributes["expires_at"] = wireTimestamp(r.expiresAt)
	if !r.normal() {
		warnNotNormal(l.diags, []string{key}, "If the exact bytes matter, take `value_base64`, which Terraform leaves as it is.")
	}
}

// reading is a secret as data sources and ephemeral resources show it.
type reading struct {
	redact.Redacted
	value     string
	fields    map[string]string
	expiresAt helvetisafe.Timestamp
}

// size is that of the value and the fields together, in bytes.
func (r reading) size() int {
	size := len(r.value)
	for name, field := range r.fields {
		size += len(name) + len(field)
	}
	return size
}

// read reads a secret and decrypts it.
func (i *instance) read(ctx context.Context, key string) (reading, error) {
	sealed, err := i.get(ctx, key)
	if err != nil {
		return reading{}, err
	}
	content, err := i.Client.Open(ctx, sealed)
	if err != nil {
		return reading{}, err
	}
	value, err := content.Value()
	if err != nil {
		return reading{}, err
	}
	fields, err := content.Fields()
	if err != nil {
		return reading{}, err
	}
	return reading{value: value, fields: fields, expiresAt: sealed.ExpiresAt}, nil
}

// get asks for a secret. If this run has made it and a 404 says that it isn't there, get
// asks once more.
func (i *instance) get(ctx context.Context, key string) (helvetisafe.Sealed, error) {
	sealed, err := i.Client.Get(ctx, key)
	if !helvetisafe.Is(err, helvetisafe.NotFound) || !i.Made(key) || i.Client.AwaitWrite(ctx) != nil {
		return sealed, err
	}
	return i.Client.Get(ctx, key)
}

// normal reports whether Terraform leaves the value and the fields as they are.
func (r reading) normal() bool {
	if !norm.NFC.IsNormalString(r.value) {
		return false
	}
	for name, field := range r.fields {
		if !norm.NFC.IsNormalString(name) || !norm.NFC.IsNormalString(field) {
			return false
		}
	}
	return true
}

// warnNotNormal warns that Terraform changes a value: it brings every string to Unicode
// NFC.
func warnNotNormal(diags *diag.Diagnostics, keys []string, step string) {
	diags.AddWarning("A value changes in Terraform",
		fmt.Sprintf("The secret %s is not in Unicode NFC, the form that Terraform brings every string to, so what arrives is not what is stored, byte for byte. %s",
			namesOf(keys, strconv.Quote), step))
}
