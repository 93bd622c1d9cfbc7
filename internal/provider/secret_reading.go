package provider

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// reading is a secret as data sources and ephemeral resources show it.
type reading struct {
	redact.Redacted
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
	redact.Redacted
	Key         types.String `tfsdk:"key"`
	Value       types.String `tfsdk:"value"`
	ValueBase64 types.String `tfsdk:"value_base64"`
	Data        types.Map    `tfsdk:"data"`
	ExpiresAt   types.String `tfsdk:"expires_at"`
}

// readingAttributes are the attributes of one secret, whatever reads it.
func readingAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"key": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "The secret's key. It is an error if there is no such secret.",
			Validators:          []validator.String{notEmpty},
		},
		"value": schema.StringAttribute{
			Computed:            true,
			Sensitive:           true,
			MarkdownDescription: describeValue + " A value that is not valid Unicode is an error.",
		},
		"value_base64": schema.StringAttribute{
			Computed:            true,
			Sensitive:           true,
			MarkdownDescription: describeValueBase64,
		},
		"data": schema.MapAttribute{
			Computed:            true,
			Sensitive:           true,
			ElementType:         types.StringType,
			MarkdownDescription: describeFields,
		},
		"expires_at": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: describeExpiresAt,
		},
	}
}

// ephemeralAttributes adds the attribute that an ephemeral resource has instead of
// depends_on. The attributes of data sources serve ephemeral resources as they are.
func ephemeralAttributes(attributes map[string]schema.Attribute) map[string]ephemeralschema.Attribute {
	all := map[string]ephemeralschema.Attribute{
		"wait_for": ephemeralschema.StringAttribute{Optional: true, MarkdownDescription: describeWaitFor},
	}
	for name, attribute := range attributes {
		all[name] = attribute
	}
	return all
}

// waiting says whether the data source or ephemeral resource has the attribute wait_for.
type waiting bool

const (
	waits    waiting = true  // an ephemeral resource
	waitsNot waiting = false // a data source, which has depends_on
)

// waitHint is added to an error about a missing secret, which may be one that this apply
// is about to write.
func (w waiting) waitHint() string {
	if !w {
		return ""
	}
	return " If this configuration writes the secret, pass its version to wait_for." + toWrite("wait_for = helvetisafe_secret.example.version")
}

// addReadError reports a read that failed.
func (w waiting) addReadError(i *instance, diags *diag.Diagnostics, action string, err error) {
	if !helvetisafe.IsNotFound(err) {
		i.addError(diags, action, err)
		return
	}
	summary, _ := summaryOf(err)
	diags.AddError(summary, action+": "+i.text(err)+"."+w.waitHint())
}

// secondLook is the wait before a secret that this run has just made is asked for again
// after a 404: not every server shows a write at once.
const secondLook = time.Second

// get reads a secret. If this run has made the secret and a 404 says that it isn't there,
// it reads once more.
func get(ctx context.Context, i *instance, key string) (helvetisafe.Sealed, error) {
	sealed, err := i.Run.Client.Get(ctx, key)
	if !helvetisafe.IsNotFound(err) || !i.Made(key) || pause(ctx, secondLook) != nil {
		return sealed, err
	}
	return i.Run.Client.Get(ctx, key)
}

// pause returns early, with the context's error, when ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read fills the model in, and reports errors to diags.
func (m *readingModel) read(ctx context.Context, i *instance, w waiting, diags *diag.Diagnostics) {
	client, clientDiags := i.Client()
	diags.Append(clientDiags...)
	if diags.HasError() {
		return
	}
	key := m.Key.ValueString()
	action := fmt.Sprintf("Reading the secret %q", key)
	sealed, err := get(ctx, i, key)
	if err != nil {
		w.addReadError(i, diags, action, err)
		return
	}
	r, err := open(ctx, client, sealed)
	if err != nil {
		i.addError(diags, action, err)
		return
	}
	m.Value = types.StringValue(r.value)
	m.ValueBase64 = types.StringValue(base64.StdEncoding.EncodeToString([]byte(r.value)))
	m.Data = fieldMap(r.fields)
	m.ExpiresAt = timestampValue(r.expiresAt)
	if !r.normal() {
		warnNotNormal(diags, []string{key}, "If the exact bytes matter, take `value_base64`, which Terraform leaves as it is.")
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

var _ datasource.DataSourceWithConfigure = (*secretDataSource)(nil)

func newSecretDataSource() datasource.DataSource { return &secretDataSource{} }

// secretDataSource is the data source helvetisafe_secret.
type secretDataSource struct{ configuredDataSource }

func (d *secretDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret"
}

func (d *secretDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one secret and decrypts it on this machine. The value is kept in the state; " +
			"the ephemeral resource of the same name keeps it out, and the data source `helvetisafe_secret_metadata` reads none.",
		Attributes: readingAttributes(),
	}
}

func (d *secretDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model readingModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	model.read(ctx, d.instance, waitsNot, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

var _ ephemeral.EphemeralResourceWithConfigure = (*secretEphemeral)(nil)

func newSecretEphemeral() ephemeral.EphemeralResource { return &secretEphemeral{} }

// secretEphemeral is the ephemeral resource helvetisafe_secret. It has no Renew and no
// Close, since a value that was read doesn't expire during a run.
type secretEphemeral struct{ configuredEphemeral }

// secretEphemeralModel is the ephemeral resource as Terraform holds it.
type secretEphemeralModel struct {
	readingModel
	WaitFor types.String `tfsdk:"wait_for"`
}

func (e *secretEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret"
}

func (e *secretEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = ephemeralschema.Schema{
		MarkdownDescription: "Reads one secret and decrypts it on this machine. Nothing of it is kept in plan or state. " +
			"Needs Terraform 1.10 or OpenTofu 1.11.",
		Attributes: ephemeralAttributes(readingAttributes()),
	}
}

func (e *secretEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model secretEphemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	model.read(ctx, e.instance, waits, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, model)...)
}
