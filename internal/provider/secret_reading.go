package provider

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// reading is a secret as data sources and ephemeral resources show it.
type reading struct {
	helvetisafe.Redacted
	value     string
	fields    map[string]string
	expiresAt helvetisafe.Timestamp
}

// open decrypts what the server holds.
func open(ctx context.Context, client *helvetisafe.Client, sealed helvetisafe.Sealed) (reading, error) {
	content, err := client.Open(ctx, sealed)
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

// readingModel is what the data source and the ephemeral resource of one secret
// have in common.
type readingModel struct {
	helvetisafe.Redacted
	Key         types.String `tfsdk:"key"`
	Value       types.String `tfsdk:"value"`
	ValueBase64 types.String `tfsdk:"value_base64"`
	Data        types.Map    `tfsdk:"data"`
	ExpiresAt   types.String `tfsdk:"expires_at"`
}

// read fills the model in. What goes wrong goes to diags.
func (m *readingModel) read(ctx context.Context, i *instance, diags *diag.Diagnostics) {
	client, clientDiags := i.Client()
	diags.Append(clientDiags...)
	if diags.HasError() {
		return
	}
	key := m.Key.ValueString()
	action := fmt.Sprintf("Reading the secret %q", key)
	sealed, err := client.Get(ctx, key)
	if err != nil {
		addError(diags, action, err)
		return
	}
	r, err := open(ctx, client, sealed)
	if err != nil {
		addError(diags, action, err)
		return
	}
	m.Value = types.StringValue(r.value)
	m.ValueBase64 = types.StringValue(base64.StdEncoding.EncodeToString([]byte(r.value)))
	m.Data = fieldMap(r.fields)
	m.ExpiresAt = timestampValue(r.expiresAt)
	if !r.normal() {
		warnNotNormal(diags, []string{key}, "Where the exact bytes count, take `value_base64`, which Terraform leaves as it is.")
	}
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

func fieldMap(fields map[string]string) types.Map {
	elements := make(map[string]attr.Value, len(fields))
	for name, field := range fields {
		elements[name] = types.StringValue(field)
	}
	return types.MapValueMust(types.StringType, elements)
}
