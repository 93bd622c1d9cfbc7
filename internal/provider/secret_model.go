package provider

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// secretModel is the resource as Terraform holds it; secret_codec.go reads and
// writes it. The write-only attributes are null everywhere but in the configuration.
type secretModel struct {
	redact.Redacted
	Key                types.String
	Value              types.String
	ValueWO            types.String
	ValueWOVersion     types.String
	Data               types.Map
	DataWO             types.Map
	DataWOVersion      types.String
	Generate           types.Object
	GenerateVersion    types.String
	RotatedAt          types.String
	ExpiresAt          types.String
	AdoptExisting      types.Bool
	DeletionProtection types.Bool
	CreatedAt          types.String
	UpdatedAt          types.String
	Version            types.Int64
	OrgKeyFingerprint  types.String
}

// form is one of the five ways to give a secret its value.
type form string

const (
	formNone     form = ""
	formValue    form = "value"
	formValueWO  form = "value_wo"
	formData     form = "data"
	formDataWO   form = "data_wo"
	formGenerate form = "generate"
)

var allForms = []form{formValue, formValueWO, formData, formDataWO, formGenerate}

// attribute returns the attribute that the form is named after.
func (m *secretModel) attribute(f form) attr.Value {
	switch f {
	case formValue:
		return m.Value
	case formValueWO:
		return m.ValueWO
	case formData:
		return m.Data
	case formDataWO:
		return m.DataWO
	case formGenerate:
		return m.Generate
	}
	return types.StringNull()
}

// forms lists the forms that are given a value, and those that may yet turn out
// to be null.
func (m *secretModel) forms() (given, unknown []form) {
	for _, f := range allForms {
		switch v := m.attribute(f); {
		case v.IsUnknown():
			unknown = append(unknown, f)
		case !v.IsNull():
			given = append(given, f)
		}
	}
	return given, unknown
}

// form is the form in use, or formNone; a known one goes before an unknown one.
func (m *secretModel) form() form {
	given, unknown := m.forms()
	if len(given) > 0 {
		return given[0]
	}
	if len(unknown) > 0 {
		return unknown[0]
	}
	return formNone
}

func (f form) writeOnly() bool { return f == formValueWO || f == formDataWO }

// inState reports whether the state holds the value. In all other forms a record of
// it stands in private state.
func (f form) inState() bool { return f == formValue || f == formData }

func (f form) fields() bool { return f == formData || f == formDataWO }

// line is the line of HCL that gives a secret in this form.
func (f form) line() string {
	switch {
	case f.fields():
		return string(f) + " = { name = var.secret }"
	case f == formGenerate:
		return string(f) + " = {\n    length = 32\n  }"
	}
	return string(f) + " = var.secret"
}

// prefer is how a stored object is to be read for this form.
func (f form) prefer() helvetisafe.Form {
	if f.fields() {
		return helvetisafe.FormFields
	}
	return helvetisafe.FormValue
}

// wanted returns what the form's attribute asks to be stored. ok is false where
// any part of it is unknown or null.
func (m *secretModel) wanted(f form) (content helvetisafe.StoredContent, ok bool) {
	switch f {
	case formValue, formValueWO:
		v := m.Value
		if f == formValueWO {
			v = m.ValueWO
		}
		if v.IsNull() || v.IsUnknown() {
			return content, false
		}
		return helvetisafe.StoredContent{Form: helvetisafe.FormValue, Value: v.ValueString()}, true
	case formData, formDataWO:
		v := m.Data
		if f == formDataWO {
			v = m.DataWO
		}
		fields, ok := fieldsOf(v)
		if !ok {
			return content, false
		}
		return helvetisafe.StoredContent{Form: helvetisafe.FormFields, Fields: fields}, true
	}
	return content, false
}

// plaintext is what is encrypted for the content under key.
func plaintext(key string, content helvetisafe.StoredContent) helvetisafe.Content {
	if content.Form == helvetisafe.FormFields {
		return helvetisafe.NewFields(content.Fields)
	}
	return helvetisafe.NewValue(key, content.Value)
}

// version is the attribute that says when the form, whose value the configuration
// can't be compared by, is written.
func (m *secretModel) version(f form) types.String {
	switch f {
	case formValueWO:
		return m.ValueWOVersion
	case formDataWO:
		return m.DataWOVersion
	case formGenerate:
		return m.GenerateVersion
	}
	return types.StringNull()
}

// setStored puts what is stored into the attribute of its form.
func (m *secretModel) setStored(content helvetisafe.StoredContent) {
	m.Value, m.Data = types.StringNull(), types.MapNull(types.StringType)
	if content.Form == helvetisafe.FormFields {
		m.Data = fieldMap(content.Fields)
		return
	}
	m.Value = types.StringValue(content.Value)
}

// keepComputed takes the computed attributes over from an earlier state.
func (m *secretModel) keepComputed(from *secretModel) {
	m.CreatedAt, m.UpdatedAt = from.CreatedAt, from.UpdatedAt
	m.Version, m.OrgKeyFingerprint = from.Version, from.OrgKeyFingerprint
	m.keepRotatedAt(from)
}

// dropWriteOnly clears what may be in no plan and no state.
func (m *secretModel) dropWriteOnly() {
	m.ValueWO, m.DataWO = types.StringNull(), types.MapNull(types.StringType)
}

// touch records a write, or a change found elsewhere, at the given stamp. The
// version grows whatever the server's clock says.
func (m *secretModel) touch(updatedAt helvetisafe.Timestamp, previous types.Int64) {
	if updatedAt.State == helvetisafe.Known {
		m.UpdatedAt = timestampValue(updatedAt)
	}
	m.Version = types.Int64Value(nextVersion(previous, updatedAt))
}

// nextVersion is max(previous + 1, updated_at in milliseconds since 1970).
func nextVersion(previous types.Int64, updatedAt helvetisafe.Timestamp) int64 {
	next := previous.ValueInt64() + 1
	if updatedAt.State == helvetisafe.Known {
		next = max(next, updatedAt.Time.UnixMilli())
	}
	return next
}

// fieldsOf returns the members of a map of strings; ok is false where the map or
// one of its elements is null or unknown.
func fieldsOf(m types.Map) (fields map[string]string, ok bool) {
	if m.IsNull() || m.IsUnknown() {
		return nil, false
	}
	fields = make(map[string]string, len(m.Elements()))
	for name, element := range m.Elements() {
		s, isString := element.(types.String)
		if !isString || s.IsNull() || s.IsUnknown() {
			return nil, false
		}
		fields[name] = s.ValueString()
	}
	return fields, true
}

// fieldMap is fields as an attribute.
func fieldMap(fields map[string]string) types.Map {
	elements := make(map[string]attr.Value, len(fields))
	for name, field := range fields {
		elements[name] = types.StringValue(field)
	}
	return types.MapValueMust(types.StringType, elements)
}

// normalised brings the content to NFC, as Terraform does with every string, so
// that a value stored in another form of Unicode is not a change.
func normalised(content helvetisafe.StoredContent) helvetisafe.StoredContent {
	content.Value = norm.NFC.String(content.Value)
	if content.Fields == nil {
		return content
	}
	fields := make(map[string]string, len(content.Fields))
	for _, name := range slices.Sorted(maps.Keys(content.Fields)) {
		normal := norm.NFC.String(name)
		_, stored := content.Fields[normal]
		if _, taken := fields[normal]; stored || taken {
			normal = name // of names that are one in NFC none may hide another
		}
		fields[normal] = norm.NFC.String(content.Fields[name])
	}
	content.Fields = fields
	return content
}

func sameContent(a, b helvetisafe.StoredContent) bool {
	a, b = normalised(a), normalised(b)
	return a.Form == b.Form && a.Value == b.Value && maps.Equal(a.Fields, b.Fields)
}

// holdsSame reports whether content is what is sealed, for a form. What is no text,
// or no valid Unicode, is nothing that a configuration can ask for.
func holdsSame(ctx context.Context, client *helvetisafe.Client, sealed helvetisafe.Sealed, f form, content helvetisafe.StoredContent) (bool, error) {
	var stored helvetisafe.StoredContent
	read, err := client.Open(ctx, sealed)
	if err == nil {
		stored, err = read.Stored(f.prefer())
	}
	var noText *helvetisafe.ContentError
	if errors.As(err, &noText) {
		return false, nil
	}
	return err == nil && sameContent(stored, content), err
}

// timestampOf reads a stamp of the state; null, unknown and unreadable text give
// a Missing one.
func timestampOf(s string) helvetisafe.Timestamp {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return helvetisafe.Timestamp{}
	}
	return helvetisafe.Timestamp{State: helvetisafe.Known, Time: t.UTC()}
}

func timestampValue(t helvetisafe.Timestamp) types.String {
	if t.State != helvetisafe.Known {
		return types.StringNull()
	}
	return types.StringValue(t.String())
}
