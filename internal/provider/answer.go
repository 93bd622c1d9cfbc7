package provider

import (
	"context"
	"maps"
	"math/big"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// answer is what a data source or an ephemeral resource answers: what was configured and
// what was found, by attribute. It can have tens of thousands of elements, so it is made
// in the form that it is sent in: the framework would convert each of them three times.
type answer struct {
	redact.Redacted
	object     tftypes.Type
	attributes map[string]tftypes.Value
}

// newAnswer begins an answer with what was configured.
func newAnswer(config tftypes.Value, diags *diag.Diagnostics) *answer {
	return &answer{object: config.Type(), attributes: maps.Clone(attributesOf(config, diags))}
}

// save leaves the answer for answerServer, or writes it to raw. It does nothing after an
// error.
func (a *answer) save(ctx context.Context, raw *tftypes.Value, diags *diag.Diagnostics) {
	if diags.HasError() {
		return
	}
	value := tftypes.NewValue(a.object, a.attributes)
	slot, ok := ctx.Value(answerKey{}).(*answerSlot)
	if !ok {
		*raw = value
		return
	}
	wire, err := tfprotov6.NewDynamicValue(a.object, value)
	if err != nil {
		addDefect(diags, err)
		return
	}
	slot.value = &wire
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

// wireStrings is a map of strings as it is sent.
var wireStrings = tftypes.Map{ElementType: tftypes.String}

// wireFields is fields as they are sent.
func wireFields(fields map[string]string) tftypes.Value {
	elements := make(map[string]tftypes.Value, len(fields))
	for name, field := range fields {
		elements[name] = tftypes.NewValue(tftypes.String, field)
	}
	return tftypes.NewValue(wireStrings, elements)
}

// wireTimestamp is a timestamp as it is sent.
func wireTimestamp(t helvetisafe.Timestamp) tftypes.Value {
	return tftypes.NewValue(tftypes.String, timestampValue(t).ValueStringPointer())
}

// frameworkServer is the framework's server: ProviderServer, and the interfaces that
// terraform-plugin-go finds by a type assertion.
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// answerServer is the framework's server, except that it hands an answer to Terraform as
// it was made. The framework would compare and copy each of its values, and look each of
// its nulls up in the schema: twice the work of reading the secrets.
type answerServer struct{ frameworkServer }

// Serve puts the provider's own server around the framework's.
func (p *helvetisafeProvider) Serve(framework tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	if full, ok := framework.(frameworkServer); ok {
		return answerServer{full}
	}
	return framework
}

// answerSlot takes the answer that a read leaves for answerServer.
type answerSlot struct{ value *tfprotov6.DynamicValue }

type answerKey struct{}

// ReadDataSource replaces the state that the framework has: the configuration.
func (s answerServer) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	var slot answerSlot
	resp, err := s.frameworkServer.ReadDataSource(context.WithValue(ctx, answerKey{}, &slot), req)
	if err == nil && slot.value != nil && resp.State != nil {
		resp.State = slot.value
	}
	return resp, err
}

// OpenEphemeralResource replaces the result that the framework has: the configuration.
func (s answerServer) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	var slot answerSlot
	resp, err := s.frameworkServer.OpenEphemeralResource(context.WithValue(ctx, answerKey{}, &slot), req)
	if err == nil && slot.value != nil && resp.Result != nil {
		resp.Result = slot.value
	}
	return resp, err
}
