package provider

import (
	"math/big"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// rpc drives data sources, ephemeral and list resources over the plugin protocol,
// where warnings and every null show.
type rpc struct {
	*core
	server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
}

// vaultBlock is a provider block for the vault, with changes; nil leaves out.
func vaultBlock(v *acctest.Vault, changes attributes) attributes {
	block := attributes{"base_url": v.URL, "client_id": v.ClientID, "client_secret": v.ClientSecret, "private_key_path": v.PEMPath}
	for name, value := range changes {
		block[name] = value
	}
	return block
}

func newRPC(t *testing.T, block attributes) *rpc {
	t.Helper()
	acctest.ClearEnv(t)
	c := &core{t: t, provider: block}
	server := c.start()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return &rpc{core: c, server: server, schemas: schemas}
}

// read reads a data source.
func (r *rpc) read(name string, config attributes) (map[string]any, outcome) {
	r.t.Helper()
	object := r.schemas.DataSourceSchemas[name].ValueType().(tftypes.Object)
	resp, err := r.server.ReadDataSource(r.t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName: name, Config: r.dynamic(object, r.value(object, config)),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.result(object, resp.State, resp.Diagnostics)
}

// open opens an ephemeral resource.
func (r *rpc) open(name string, config attributes) (map[string]any, outcome) {
	r.t.Helper()
	object := r.schemas.EphemeralResourceSchemas[name].ValueType().(tftypes.Object)
	resp, err := r.server.OpenEphemeralResource(r.t.Context(), &tfprotov6.OpenEphemeralResourceRequest{
		TypeName: name, Config: r.dynamic(object, r.value(object, config)),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if !resp.RenewAt.IsZero() {
		r.t.Error("there is nothing to renew")
	}
	return r.result(object, resp.Result, resp.Diagnostics)
}

func (r *rpc) result(object tftypes.Object, value *tfprotov6.DynamicValue, diags []*tfprotov6.Diagnostic) (map[string]any, outcome) {
	r.t.Helper()
	out := collect(outcome{}, diags)
	if len(out.errors) > 0 || value == nil {
		return nil, out
	}
	decoded, err := value.Unmarshal(object)
	if err != nil {
		r.t.Fatal(err)
	}
	if !decoded.IsFullyKnown() {
		r.t.Error("the result has unknown values")
	}
	attributes, _ := r.plain(decoded).(map[string]any)
	return attributes, out
}

// plain turns a value into strings, bools, numbers as int64, slices and maps; nil
// for null.
func (r *rpc) plain(v tftypes.Value) any {
	r.t.Helper()
	if v.IsNull() {
		return nil
	}
	var err error
	var result any
	switch {
	case v.Type().Is(tftypes.String):
		var s string
		err = v.As(&s)
		result = s
	case v.Type().Is(tftypes.Bool):
		var b bool
		err = v.As(&b)
		result = b
	case v.Type().Is(tftypes.Number):
		var f big.Float
		err = v.As(&f)
		n, _ := f.Int64()
		result = n
	case v.Type().Is(tftypes.Set{}), v.Type().Is(tftypes.List{}):
		var elements []tftypes.Value
		err = v.As(&elements)
		slice := make([]any, len(elements))
		for i, element := range elements {
			slice[i] = r.plain(element)
		}
		result = slice
	default:
		var members map[string]tftypes.Value
		err = v.As(&members)
		all := make(map[string]any, len(members))
		for name, member := range members {
			all[name] = r.plain(member)
		}
		result = all
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return result
}
