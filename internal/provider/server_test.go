package provider

import (
	"reflect"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// TestServer: the answer that goes around the framework is the one that would have
// come through it, warnings and errors included.
func TestServer(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("one", `{"one":"value"}`)
	v.WritePlain("fields", `{"a":"b","n":1}`)
	v.WritePlain("not_nfc", "{\"not_nfc\":\"e\u0301\"}")
	r := newRPC(t, vaultBlock(v, nil))
	around, ok := r.server.(server)
	if !ok {
		t.Fatal("the provider is served without its own server")
	}
	through := *r
	through.server = around.frameworkServer
	for name, row := range map[string]struct {
		read   func(r *rpc, config attributes) (map[string]any, outcome)
		config attributes
		fails  bool
	}{
		"data source with values":  {dataOfSecrets, attributes{"include_values": true}, false},
		"data source without":      {dataOfSecrets, attributes{"key_prefix": "one"}, false},
		"data source, nothing":     {dataOfSecrets, attributes{"key_prefix": "none", "include_values": true}, false},
		"data source that fails":   {dataOfSecrets, attributes{"keys": []string{"none"}}, true},
		"ephemeral":                {ephemeralOfSecrets, attributes{"keys": []string{"fields", "not_nfc"}, "wait_for": "1"}, false},
		"ephemeral that fails":     {ephemeralOfSecrets, attributes{"keys": []string{"none"}}, true},
		"another data source":      {dataOfSecret, attributes{"key": "one"}, false},
		"another one, which fails": {dataOfSecret, attributes{"key": "none"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, gotOut := row.read(r, row.config)
			want, wantOut := row.read(&through, row.config)
			if !reflect.DeepEqual(got, want) || (got == nil) != row.fails {
				t.Errorf("got %v, through the framework %v", got, want)
			}
			if !reflect.DeepEqual(gotOut.errors, wantOut.errors) || !reflect.DeepEqual(gotOut.warnings, wantOut.warnings) {
				t.Errorf("says %v, through the framework %v", gotOut, wantOut)
			}
		})
	}
}

func dataOfSecrets(r *rpc, config attributes) (map[string]any, outcome) {
	return r.read("helvetisafe_secrets", config)
}

func ephemeralOfSecrets(r *rpc, config attributes) (map[string]any, outcome) {
	return r.open("helvetisafe_secrets", config)
}

func dataOfSecret(r *rpc, config attributes) (map[string]any, outcome) {
	return r.read("helvetisafe_secret", config)
}
