package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// standIn plays one provider. It does nothing with its configuration.
type standIn struct {
	name string
	cast map[string]part
}

var _ provider.ProviderWithEphemeralResources = (*standIn)(nil)

func (s *standIn) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = s.name
}

func (s *standIn) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema.Attributes = settings[s.name]
}

func (s *standIn) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (s *standIn) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (s *standIn) Resources(context.Context) []func() resource.Resource {
	var all []func() resource.Resource
	for name, p := range s.cast {
		if p.resource != nil {
			all = append(all, func() resource.Resource { return &managed{name, p} })
		}
	}
	return all
}

func (s *standIn) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	var all []func() ephemeral.EphemeralResource
	for name, p := range s.cast {
		if p.ephemeral != nil {
			all = append(all, func() ephemeral.EphemeralResource { return &opened{name, p} })
		}
	}
	return all
}

// opened is an ephemeral resource.
type opened struct {
	name string
	part part
}

func (o *opened) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = o.name
}

func (o *opened) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema.Attributes = o.part.ephemeral
}

func (o *opened) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	resp.Result.Raw = req.Config.Raw
	for name, value := range o.part.gives() {
		resp.Diagnostics.Append(resp.Result.SetAttribute(ctx, path.Root(name), value)...)
	}
}

// managed is a resource. It stores nothing beyond the state.
type managed struct {
	name string
	part part
}

func (m *managed) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = m.name
}

func (m *managed) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = m.part.resourceSchema()
}

func (m *managed) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	now := clock(&resp.Diagnostics)
	for name, attribute := range m.part.resource {
		if attribute.IsWriteOnly() {
			m.log(name, req.Config, &resp.Diagnostics)
			continue
		}
		var value types.String
		if !attribute.IsComputed() {
			continue
		}
		switch name {
		case "id":
			value = types.StringValue(now.Format(time.RFC3339))
		case "rotation_rfc3339":
			var days types.Int64
			resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("rotation_days"), &days)...)
			value = types.StringValue(now.AddDate(0, 0, int(days.ValueInt64())).Format(time.RFC3339))
		}
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
}

// Read takes a rotation that is over out of the state, as time_rotating does.
func (m *managed) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if _, ok := m.part.resource["rotation_rfc3339"]; !ok {
		return
	}
	var end string
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("rotation_rfc3339"), &end)...)
	at, err := time.Parse(time.RFC3339, end)
	if err != nil {
		resp.Diagnostics.AddError("No rotation_rfc3339", err.Error())
		return
	}
	if !clock(&resp.Diagnostics).Before(at) {
		resp.State.RemoveResource(ctx)
	}
}

func (m *managed) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
	for name, attribute := range m.part.resource {
		if attribute.IsWriteOnly() {
			m.log(name, req.Config, &resp.Diagnostics)
		}
	}
}

func (m *managed) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// log tells the test what a write-only attribute was given: a string, or a map of
// them.
func (m *managed) log(name string, config tfsdk.Config, diags *diag.Diagnostics) {
	file := os.Getenv("STANDIN_LOG")
	var all map[string]tftypes.Value
	if file == "" || config.Raw.As(&all) != nil || all[name].IsNull() {
		return
	}
	entry := map[string]any{"resource": m.name, "attribute": name}
	var text string
	var members map[string]tftypes.Value
	switch {
	case all[name].As(&text) == nil:
		entry["value"] = text
	case all[name].As(&members) == nil:
		values := map[string]string{}
		for member, value := range members {
			if err := value.As(&text); err != nil {
				diags.AddError("A member is no string", err.Error())
			}
			values[member] = text
		}
		entry["value"] = values
	}
	line, err := json.Marshal(entry)
	if err == nil {
		err = appendLine(file, line)
	}
	if err != nil {
		diags.AddError("The log can't be written", err.Error())
	}
}

func appendLine(file string, line []byte) (err error) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // the test names the file
	if err != nil {
		return err
	}
	if _, err = fmt.Fprintln(f, strings.TrimSpace(string(line))); err != nil {
		_ = f.Close() // the write's error tells more
		return err
	}
	return f.Close()
}

func clock(diags *diag.Diagnostics) time.Time {
	text := os.Getenv("STANDIN_NOW")
	if text == "" {
		return time.Now().UTC()
	}
	now, err := time.Parse(time.RFC3339, text)
	if err != nil {
		diags.AddError("STANDIN_NOW is no time", err.Error())
	}
	return now
}
