package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// BenchmarkBulk reads 1,000 secrets from a server in the same process: by the
// client alone, and by the data source, which adds what the framework does.
func BenchmarkBulk(b *testing.B) {
	v := acctest.Start(b, acctest.Configure(func(o *devserver.Options) { o.DiscardRequests = true }))
	var entries []helvetisafe.Metadata
	for n := range 1000 {
		key := fmt.Sprintf("k%04d", n)
		v.WritePlain(key, fmt.Sprintf(`{%q:"value %d"}`, key, n))
		entries = append(entries, helvetisafe.Metadata{Key: key})
	}
	b.Run("client", func(b *testing.B) {
		client := clientOf(b, v)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := (&instance{Run: reconcile.Run{Client: client}}).readAll(b.Context(), entries, answerLimit); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("data source", func(b *testing.B) {
		const source = "helvetisafe_secrets"
		c := &core{t: b, provider: providerAttributes(v)}
		server := c.start()
		schemas, err := server.GetProviderSchema(b.Context(), &tfprotov6.GetProviderSchemaRequest{})
		if err != nil {
			b.Fatal(err)
		}
		object := schemas.DataSourceSchemas[source].ValueType().(tftypes.Object)
		config := c.dynamic(object, c.value(object, attributes{"include_values": true}))
		b.ReportAllocs()
		for b.Loop() {
			resp, err := server.ReadDataSource(b.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: source, Config: config})
			if err != nil || len(resp.Diagnostics) > 0 {
				b.Fatalf("%v, %d diagnostics", err, len(resp.Diagnostics))
			}
		}
	})
}
