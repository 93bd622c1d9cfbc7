package provider

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// listed is a result of a list resource.
type listResult struct {
	name     string
	identity any
	resource map[string]any // nil if it wasn't asked for
}

// list runs the list resource, and stops after as many results; 0 for all.
func (r *rpc) list(config attributes, include bool, limit int64, stop int) ([]listResult, outcome) {
	r.t.Helper()
	object := r.schemas.ListResourceSchemas[secretType].ValueType().(tftypes.Object)
	server, ok := r.server.(tfprotov6.ProviderServerWithListResource)
	if !ok {
		r.t.Fatal("the server has no list resources")
	}
	value := r.dynamic(object, r.value(object, config))
	validated, err := server.ValidateListResourceConfig(r.t.Context(), &tfprotov6.ValidateListResourceConfigRequest{TypeName: secretType, Config: value})
	if err != nil {
		r.t.Fatal(err)
	}
	out := collect(outcome{}, validated.Diagnostics)
	if len(out.errors) > 0 {
		return nil, out
	}
	stream, err := server.ListResource(r.t.Context(), &tfprotov6.ListResourceRequest{TypeName: secretType, Config: value, IncludeResource: include, Limit: limit})
	if err != nil {
		r.t.Fatal(err)
	}
	identityType := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"key": tftypes.String}}
	var results []listResult
	for result := range stream.Results {
		out = collect(out, result.Diagnostics)
		if result.Identity == nil {
			continue
		}
		identity, err := result.Identity.IdentityData.Unmarshal(identityType)
		if err != nil {
			r.t.Fatal(err)
		}
		listed := listResult{name: result.DisplayName, identity: r.plain(identity)}
		if result.Resource != nil {
			resource, err := result.Resource.Unmarshal(r.object)
			if err != nil {
				r.t.Fatal(err)
			}
			listed.resource, _ = r.plain(resource).(map[string]any)
		}
		results = append(results, listed)
		if len(results) == stop {
			break
		}
	}
	return results, out
}

func names(results []listResult) (names []string) {
	for _, result := range results {
		names = append(names, result.name)
	}
	return names
}

// newListRPC is for an account that may list and nothing else, without a key.
func newListRPC(t *testing.T, v *acctest.Vault) *rpc {
	t.Helper()
	r := newRPC(t, vaultBlock(v, attributes{"private_key_path": nil, "scopes": []string{"secrets:list"}}))
	r.object = r.schemas.ResourceSchemas[secretType].ValueType().(tftypes.Object)
	return r
}

func TestListResource(t *testing.T) {
	v := acctest.Start(t)
	for _, key := range []string{"db_user", "app", "db_pass", "old_db"} {
		v.WritePlain(key, "hunter2")
	}
	r := newListRPC(t, v)
	for _, tc := range []struct {
		name   string
		config attributes
		limit  int64
		stop   int
		want   []string
	}{
		{name: "all, in order", limit: 100, want: []string{"app", "db_pass", "db_user", "old_db"}},
		{name: "prefix", config: attributes{"key_prefix": "db_"}, limit: 100, want: []string{"db_pass", "db_user"}},
		{name: "regular expression", config: attributes{"key_regex": "db$"}, limit: 100, want: []string{"old_db"}},
		{name: "both", config: attributes{"key_prefix": "db_", "key_regex": "user"}, limit: 100, want: []string{"db_user"}},
		{name: "none", config: attributes{"key_prefix": "x"}, limit: 100, want: nil},
		{name: "limit", limit: 2, want: []string{"app", "db_pass"}},
		{name: "limit after the filter", config: attributes{"key_prefix": "db_"}, limit: 1, want: []string{"db_pass"}},
		{name: "no limit", limit: 0, want: []string{"app", "db_pass", "db_user", "old_db"}},
		{name: "a reader that stops early", limit: 100, stop: 1, want: []string{"app"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			results, out := r.list(tc.config, false, tc.limit, tc.stop)
			if len(out.errors) > 0 || !reflect.DeepEqual(names(results), tc.want) {
				t.Errorf("listed %q, want %q (%q)", names(results), tc.want, out.errors)
			}
			for _, result := range results {
				if !reflect.DeepEqual(result.identity, map[string]any{"key": result.name}) {
					t.Errorf("%s has the identity %v", result.name, result.identity)
				}
				if result.resource != nil {
					t.Errorf("%s comes with a resource that wasn't asked for", result.name)
				}
			}
		})
	}
	v.ExpectCounts(t, map[string]int{"token": 1, "list": 9})
}

func TestListResourceIncludesMetadata(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("k", `{"k":"hunter2"}`)
	record, _ := v.Server.Stored("k")
	expires := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	record.ExpiresAt = &expires
	v.Server.Put(record)
	record, _ = v.Server.Stored("k")
	results, out := newListRPC(t, v).list(nil, true, 100, 0)
	if len(out.errors)+len(out.warnings) > 0 || len(results) != 1 {
		t.Fatalf("%d results: %q %q", len(results), out.errors, out.warnings)
	}
	const layout = "2006-01-02T15:04:05.000Z"
	want := map[string]any{
		"key": "k", "value": nil, "value_wo": nil, "value_wo_version": nil, "data": nil, "data_wo": nil, "data_wo_version": nil,
		"expires_at": "2099-01-01T00:00:00.000Z", "adopt_existing": false, "deletion_protection": false, "org_key_fingerprint": nil,
		"generate": nil, "generate_version": nil, "rotated_at": nil,
		"created_at": record.CreatedAt.UTC().Format(layout), "updated_at": record.UpdatedAt.UTC().Format(layout), "version": record.UpdatedAt.UnixMilli(),
	}
	if !reflect.DeepEqual(results[0].resource, want) {
		t.Errorf("listed %v, want %v", results[0].resource, want)
	}
	v.ExpectCounts(t, map[string]int{"token": 1, "list": 1})
}

func TestListResourceFails(t *testing.T) {
	v := acctest.Start(t)
	r := newListRPC(t, v)
	if _, out := r.list(attributes{"key_regex": "("}, false, 100, 0); len(out.errors) != 1 || !mentions(out.errors, "key_regex") {
		t.Errorf("no regular expression: %q", out.errors)
	}
	v.Server.Configure(func(o *devserver.Options) { o.ListForbidden = true })
	results, out := r.list(nil, true, 100, 0)
	if len(results) > 0 || len(out.errors) != 1 || !mentions(out.errors, "secrets:list") {
		t.Errorf("no scope: %d results, %q", len(results), out.errors)
	}
	r = newRPC(t, vaultBlock(v, attributes{"base_url": unknown}))
	if _, out := r.list(nil, false, 100, 0); len(out.errors) != 1 || !mentions(out.errors, "base_url") {
		t.Errorf("an unknown address: %q", out.errors)
	}
}

func TestListResourceOfMany(t *testing.T) {
	v := acctest.Start(t)
	for n := range 1200 {
		v.WritePlain(fmt.Sprintf("k%04d", n), "x")
	}
	results, out := newListRPC(t, v).list(nil, true, 1000, 0)
	if len(out.errors) > 0 || len(results) != 1000 || results[999].name != "k0999" {
		t.Errorf("%d results: %q", len(results), out.errors)
	}
}
