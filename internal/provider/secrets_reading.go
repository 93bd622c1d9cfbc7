package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"golang.org/x/sync/errgroup"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

const (
	// readsInFlight bounds the requests of a bulk read, at the number that
	// Terraform itself has in flight by default.
	readsInFlight = 10
	// progressEvery is the number of secrets after which the log reports progress.
	progressEvery = 500
	// namesShown bounds the keys that a diagnostic lists.
	namesShown = 10
)

var fieldsType = types.MapType{ElemType: types.StringType}

// wireStrings is a map of strings as it is sent.
var wireStrings = tftypes.Map{ElementType: tftypes.String}

// bulkModel is what the bulk data source and the bulk ephemeral resource have in
// common. What they compute is in bulkRead.
type bulkModel struct {
	redact.Redacted
	selectionModel
	Secrets types.Map `tfsdk:"secrets"`
	Values  types.Map `tfsdk:"values"`
	Data    types.Map `tfsdk:"data"`
}

// bulkAttributes are the attributes of what reads several secrets. condition says when
// the values are null.
func bulkAttributes(condition string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"keys": schema.SetAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: describeKeys,
		},
		"key_prefix": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: describeKeyPrefix,
		},
		"key_regex": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: describeKeyRegex,
			Validators:          []validator.String{isRegexp},
		},
		"expires_before": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: describeBefore,
			Validators:          []validator.String{isDateTime},
		},
		"secrets": schema.MapNestedAttribute{
			Computed:            true,
			MarkdownDescription: describeSecrets,
			NestedObject: schema.NestedAttributeObject{
				Attributes: map[string]schema.Attribute{
					"created_at": schema.StringAttribute{Computed: true, MarkdownDescription: describeCreatedAt},
					"updated_at": schema.StringAttribute{Computed: true, MarkdownDescription: describeUpdatedAt},
					"expires_at": schema.StringAttribute{Computed: true, MarkdownDescription: describeExpiresAt},
					"version":    schema.Int64Attribute{Computed: true, MarkdownDescription: describeStampOrder},
				},
			},
		},
		"values": schema.MapAttribute{
			Computed:            true,
			Sensitive:           true,
			ElementType:         types.StringType,
			MarkdownDescription: "The value of each secret, by key, as the attribute `value` of `helvetisafe_secret` has it." + condition,
		},
		"data": schema.MapAttribute{
			Computed:            true,
			Sensitive:           true,
			ElementType:         fieldsType,
			MarkdownDescription: "The fields of each secret, by key, as the attribute `data` of `helvetisafe_secret` has them." + condition,
		},
	}
}

// bulkRead is the result of a bulk read, by attribute. There can be tens of thousands of
// elements, so they are made once, in the form that they are sent in: the framework's
// Set would convert each of them three times.
type bulkRead map[string]tftypes.Value

// read selects secrets, and reads their values if include says so.
func (m *bulkModel) read(ctx context.Context, i *instance, w waiting, include bool, diags *diag.Diagnostics) bulkRead {
	wanted := newSelection(&m.selectionModel, diags)
	client, clientDiags := i.Client()
	diags.Append(clientDiags...)
	if diags.HasError() {
		return nil
	}
	list, err := client.List(ctx)
	if err == nil && slices.ContainsFunc(wanted.absent(list), i.Made) && pause(ctx, secondLook) == nil {
		list, err = client.List(ctx)
	}
	if err != nil {
		i.addError(diags, "Listing secrets", err)
		return nil
	}
	entries, err := wanted.of(list)
	if err != nil {
		diags.AddError("A secret is missing", fmt.Sprintf("Selecting secrets: %s.", err)+w.waitHint())
		return nil
	}
	entries = wanted.shown(entries, diags)
	result := bulkRead{
		"secrets": metadataMap(entries),
		"values":  tftypes.NewValue(wireStrings, nil),
		"data":    tftypes.NewValue(tftypes.Map{ElementType: wireStrings}, nil),
	}
	if !include {
		return result
	}
	readings, err := readAll(ctx, i, entries)
	if err != nil {
		w.addReadError(i, diags, "Reading secrets", err)
		return nil
	}
	values := make(map[string]tftypes.Value, len(entries))
	data := make(map[string]tftypes.Value, len(entries))
	var changed []string
	for n, r := range readings {
		key := entries[n].Key
		values[key] = tftypes.NewValue(tftypes.String, r.value)
		data[key] = wireFields(r.fields)
		if !r.normal() {
			changed = append(changed, key)
		}
	}
	result["values"] = tftypes.NewValue(wireStrings, values)
	result["data"] = tftypes.NewValue(tftypes.Map{ElementType: wireStrings}, data)
	if len(changed) > 0 {
		warnNotNormal(diags, changed, "If the exact bytes matter, read that secret by itself and take its `value_base64`.")
	}
	return result
}

// wireFields is fields as they are sent.
func wireFields(fields map[string]string) tftypes.Value {
	elements := make(map[string]tftypes.Value, len(fields))
	for name, field := range fields {
		elements[name] = tftypes.NewValue(tftypes.String, field)
	}
	return tftypes.NewValue(wireStrings, elements)
}

// save leaves the result, and what was configured, for bulkServer, or writes it to raw.
func (b bulkRead) save(ctx context.Context, config tftypes.Value, raw *tftypes.Value, diags *diag.Diagnostics) {
	var members map[string]tftypes.Value
	if err := config.As(&members); err != nil {
		addDefect(diags, err)
		return
	}
	members = maps.Clone(members)
	maps.Copy(members, b)
	answer := tftypes.NewValue(config.Type(), members)
	left, err := leaveAnswer(ctx, answer)
	if err != nil {
		addDefect(diags, err)
		return
	}
	if !left {
		*raw = answer
	}
}

// readAll reads and decrypts secrets, in the order of entries. The first failure
// ends it.
func readAll(ctx context.Context, i *instance, entries []helvetisafe.Metadata) ([]reading, error) {
	readings := make([]reading, len(entries))
	var done atomic.Int64

	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readsInFlight)
	for n, entry := range entries {
		group.Go(func() (err error) {
			defer recoverAs(&err)
			if readings[n], err = readOne(ctx, i, entry.Key); err != nil {
				return fmt.Errorf("the secret %q: %w", entry.Key, err)
			}
			if count := done.Add(1); count%progressEvery == 0 {
				logProgress(ctx, int(count), len(entries))
			}
			return nil
		})
	}
	return readings, group.Wait()
}

func readOne(ctx context.Context, i *instance, key string) (reading, error) {
	sealed, err := get(ctx, i, key)
	if err != nil {
		return reading{}, err
	}
	return open(ctx, i.Run.Client, sealed)
}

// recoverAs turns a panic into an error. Terraform would show the message of a panic, and
// any value in it.
func recoverAs(err *error) {
	if recover() != nil { //nolint:forbidigo // called by goroutines of ours
		*err = errors.New("a defect in the provider; please report it")
	}
}

// warnNotNormal warns that Terraform changes a value: it brings every string to Unicode
// NFC.
func warnNotNormal(diags *diag.Diagnostics, keys []string, step string) {
	names := make([]string, 0, namesShown+1)
	for _, key := range keys[:min(len(keys), namesShown)] {
		names = append(names, fmt.Sprintf("%q", key))
	}
	if len(keys) > namesShown {
		names = append(names, fmt.Sprintf("%d more", len(keys)-namesShown))
	}
	diags.AddWarning("A value changes in Terraform",
		fmt.Sprintf("The secret %s is not in Unicode NFC, the form that Terraform brings every string to, so what arrives is not what is stored, byte for byte. %s",
			strings.Join(names, ", "), step))
}

var _ datasource.DataSourceWithConfigure = (*secretsDataSource)(nil)

func newSecretsDataSource() datasource.DataSource { return &secretsDataSource{} }

// secretsDataSource is the data source helvetisafe_secrets.
type secretsDataSource struct{ configuredDataSource }

// secretsModel is the data source as Terraform holds it.
type secretsModel struct {
	bulkModel
	IncludeValues types.Bool `tfsdk:"include_values"`
}

func (d *secretsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secrets"
}

func (d *secretsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := bulkAttributes(" It is null without `include_values`.")
	attributes["include_values"] = schema.BoolAttribute{
		Optional: true,
		MarkdownDescription: "Whether the values are read too, which needs the scope `secrets:read` and a source of the private key. Defaults to `false`. " +
			"If one secret can't be read, nothing is, and the error names its key.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists secrets and, with `include_values`, reads their values, several at a time. " + selectionText +
			" The values are kept in the state; the ephemeral resource of the same name keeps them out.",
		Attributes: attributes,
	}
}

func (d *secretsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model secretsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	result := model.read(ctx, d.instance, waitsNot, model.IncludeValues.ValueBool(), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	result.save(ctx, req.Config.Raw, &resp.State.Raw, &resp.Diagnostics)
}

var _ ephemeral.EphemeralResourceWithConfigure = (*secretsEphemeral)(nil)

func newSecretsEphemeral() ephemeral.EphemeralResource { return &secretsEphemeral{} }

// secretsEphemeral is the ephemeral resource helvetisafe_secrets.
type secretsEphemeral struct{ configuredEphemeral }

// secretsEphemeralModel is the ephemeral resource as Terraform holds it.
type secretsEphemeralModel struct {
	bulkModel
	WaitFor types.String `tfsdk:"wait_for"`
}

func (e *secretsEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secrets"
}

func (e *secretsEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = ephemeralschema.Schema{
		MarkdownDescription: "Reads several secrets at a time and decrypts them on this machine. Nothing of them is kept in plan or state. " + selectionText +
			" If one secret can't be read, nothing is, and the error names its key. Needs Terraform 1.10 or OpenTofu 1.11.",
		Attributes: ephemeralAttributes(bulkAttributes("")),
	}
}

func (e *secretsEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model secretsEphemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	result := model.read(ctx, e.instance, waits, true, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	result.save(ctx, req.Config.Raw, &resp.Result.Raw, &resp.Diagnostics)
}
