package provider

import (
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// TestMetadataDataSource: the list is enough, and neither values nor keys are read.
func TestMetadataDataSource(t *testing.T) {
	v := acctest.Start(t, acctest.Scopes("secrets:list"))
	v.WritePlain("k", "x")
	record, _ := v.Server.Stored("k")
	expires := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	record.ExpiresAt = &expires
	v.Server.Put(record)
	record, _ = v.Server.Stored("k")
	r := newRPC(t, vaultBlock(v, attributes{"private_key_path": nil, "scopes": []string{"secrets:list"}}))
	const layout = "2006-01-02T15:04:05.000Z"
	want := map[string]any{
		"key": "k", "created_at": record.CreatedAt.UTC().Format(layout), "updated_at": record.UpdatedAt.UTC().Format(layout),
		"expires_at": "2099-01-01T00:00:00.000Z", "version": record.UpdatedAt.UnixMilli(),
	}
	got, out := r.read("helvetisafe_secret_metadata", attributes{"key": "k"})
	if len(out.errors) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v (%q)", got, want, out.errors)
	}
	v.Server.Configure(func(o *devserver.Options) { o.ListWithoutUpdatedAt = true })
	want["updated_at"], want["version"] = nil, record.CreatedAt.UnixMilli()
	got, out = r.read("helvetisafe_secret_metadata", attributes{"key": "k"})
	if len(out.errors) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("without updated_at: got %v, want %v (%q)", got, want, out.errors)
	}
	_, out = r.read("helvetisafe_secret_metadata", attributes{"key": "other"})
	if len(out.errors) != 1 || !mentions(out.errors, `"other"`) {
		t.Errorf("a missing secret: %q", out.errors)
	}
	v.ExpectCounts(t, map[string]int{"token": 1, "list": 3})
	v.Server.AddFault(devserver.Fault{Path: "list", Status: http.StatusForbidden})
	_, out = r.read("helvetisafe_secret_metadata", attributes{"key": "k"})
	if len(out.errors) != 1 || !mentions(out.errors, "secrets:list") {
		t.Errorf("no scope: %q", out.errors)
	}
}

func TestStampVersion(t *testing.T) {
	at := time.Date(2024, 1, 15, 10, 30, 0, int(250*time.Millisecond), time.UTC)
	known := helvetisafe.TimestampOf(at)
	earlier := helvetisafe.TimestampOf(at.Add(-time.Hour))
	for _, tc := range []struct {
		name  string
		entry helvetisafe.Metadata
		want  types.Int64
	}{
		{"updated", helvetisafe.Metadata{CreatedAt: earlier, UpdatedAt: known}, types.Int64Value(at.UnixMilli())},
		{"created only", helvetisafe.Metadata{CreatedAt: known, UpdatedAt: helvetisafe.Timestamp{State: helvetisafe.Null}}, types.Int64Value(at.UnixMilli())},
		{"neither", helvetisafe.Metadata{}, types.Int64Null()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := stampVersion(tc.entry); !got.Equal(tc.want) {
				t.Errorf("version %v, want %v", got, tc.want)
			}
		})
	}
}

func TestOrgKeyDataSource(t *testing.T) {
	v := acctest.Start(t)
	got, out := newRPC(t, vaultBlock(v, nil)).read("helvetisafe_org_key", nil)
	if len(out.errors) > 0 || got["fingerprint"] != v.OrgKey.Fingerprint() {
		t.Errorf("fingerprint %v: %q", got["fingerprint"], out.errors)
	}
	_, out = newRPC(t, vaultBlock(v, attributes{"org_key_fingerprints": []string{pin}})).read("helvetisafe_org_key", nil)
	if !mentions(out.errors, v.OrgKey.Fingerprint()) || !mentions(out.errors, "org_key_fingerprints") {
		t.Errorf("the error doesn't tell which Org Key there is and where to name it: %q", out.errors)
	}
}
