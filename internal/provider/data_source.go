package provider

import (
	"context"
	"maps"
	"math/big"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

var (
	_ datasource.DataSourceWithConfigure       = (*dataSource)(nil)
	_ ephemeral.EphemeralResourceWithConfigure = (*ephemeralResource)(nil)
)

// dataSource is a data source of the provider. They differ in name, schema and in what
// they read.
type dataSource struct {
	instance *instance
	name     string // without the provider's
	schema   schema.Schema
	read     func(ctx context.Context, l *lookup)
}

func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + d.name
}

func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = d.schema
}

func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.instance = instanceFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	l := &lookup{instance: d.instance, diags: &resp.Diagnostics}
	l.answer(ctx, d.read, req.Config.Raw, &resp.State.Raw)
}

// ephemeralResource is an ephemeral resource of the provider. It has no Renew and no
// Close, since a value that was read doesn't expire during a run.
type ephemeralResource struct {
	instance   *instance
	name       string // without the provider's
	about      string
	attributes map[string]schema.Attribute // those of data sources serve as they are
	read       func(ctx context.Context, l *lookup)
}

func (e *ephemeralResource) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + e.name
}

// Schema adds the attribute that an ephemeral resource has instead of depends_on.
func (e *ephemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	attributes := map[string]ephemeralschema.Attribute{
		"wait_for": ephemeralschema.StringAttribute{
			Optional: true,
			MarkdownDescription: "What to wait for, as any string or number. It is not sent anywhere: pass the `version` of a `helvetisafe_secret` resource, " +
				"which is unknown until the secret is written, and the value is read after the write. To wait for several, `join` their versions.",
		},
	}
	for name, attribute := range e.attributes {
		attributes[name] = attribute
	}
	resp.Schema = ephemeralschema.Schema{MarkdownDescription: e.about, Attributes: attributes}
}

func (e *ephemeralResource) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.instance = instanceFrom(req.ProviderData, &resp.Diagnostics)
}

func (e *ephemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	l := &lookup{instance: e.instance, ephemeral: true, diags: &resp.Diagnostics}
	l.answer(ctx, e.read, req.Config.Raw, &resp.Result.Raw)
}

// lookup is a read of a data source or an ephemeral resource. It starts from the
// attributes that are configured, and adds those that are found, as Terraform gets them:
// there can be tens of thousands of elements, and the framework would convert each of them
// three times.
type lookup struct {
	redact.Redacted
	*instance
	ephemeral  bool
	attributes map[string]tftypes.Value
	diags      *diag.Diagnostics
}

// answer reads, and gives the answer to the provider's server, or writes it to raw.
func (l *lookup) answer(ctx context.Context, read func(context.Context, *lookup), config tftypes.Value, raw *tftypes.Value) {
	l.attributes = maps.Clone(attributesOf(config, l.diags))
	if !l.ready(l.diags) || l.diags.HasError() {
		return
	}
	if read(ctx, l); l.diags.HasError() {
		return
	}
	answer := tftypes.NewValue(config.Type(), l.attributes)
	if short := shortcutFrom(ctx); short != nil {
		short.answerWith(answer, l.diags)
	} else {
		*raw = answer
	}
}

// waitHint closes an error of an ephemeral resource about a missing secret, which may be
// one that this apply is about to write.
func (l *lookup) waitHint() string {
	if !l.ephemeral {
		return ""
	}
	return " If this configuration writes the secret, pass its version to wait_for." + toWrite("wait_for = helvetisafe_secret.example.version")
}

// fail reports a read that failed.
func (l *lookup) fail(action string, err error) {
	summary, text := l.diagnose(action, err)
	if helvetisafe.Is(err, helvetisafe.NotFound) {
		text += l.waitHint()
	}
	l.diags.AddError(summary, text)
}

// attributesOf are the attributes of a configuration.
func attributesOf(config tftypes.Value, diags *diag.Diagnostics) (attributes map[string]tftypes.Value) {
	if err := config.As(&attributes); err != nil {
		addDefect(diags, err)
	}
	return attributes
}

// textOf is a string, number or switch as text; "" for what is null or not known.
func textOf(raw tftypes.Value) string {
	var text string
	var number big.Float
	var on bool
	switch {
	case raw.As(&text) == nil:
		return text
	case raw.As(&on) == nil:
		return strconv.FormatBool(on)
	case raw.As(&number) != nil:
		return ""
	}
	if whole, accuracy := number.Int64(); accuracy == big.Exact {
		return strconv.FormatInt(whole, 10)
	}
	return number.Text('g', -1)
}

// What is called wire… below and in other files is a type or a value as Terraform gets it.

var wireStrings = tftypes.Map{ElementType: tftypes.String}

func wireFields(fields map[string]string) tftypes.Value {
	elements := make(map[string]tftypes.Value, len(fields))
	for name, field := range fields {
		elements[name] = tftypes.NewValue(tftypes.String, field)
	}
	return tftypes.NewValue(wireStrings, elements)
}

func wireTimestamp(t helvetisafe.Timestamp) tftypes.Value {
	return tftypes.NewValue(tftypes.String, timestampValue(t).ValueStringPointer())
}
