package provider

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// clientOf makes a client for the vault.
func clientOf(t testing.TB, v *acctest.Vault) *helvetisafe.Client {
	t.Helper()
	client, err := helvetisafe.New(helvetisafe.Config{
		BaseURL: v.URL,
		Auth:    helvetisafe.APIToken{Token: redact.NewString(v.APIToken)},
		Key:     helvetisafe.KeySource{Path: v.PEMPath},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestBulkRead(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("db_user", `{"db_user":"admin"}`)
	v.WritePlain("db_pass", `{"user":"a","pass":1}`)
	v.WritePlain("app", "old text")
	record, _ := v.Server.Stored("app")
	meta := func(key string) map[string]any {
		record, _ := v.Server.Stored(key)
		const layout = "2006-01-02T15:04:05.000Z"
		return map[string]any{
			"created_at": record.CreatedAt.UTC().Format(layout), "updated_at": record.UpdatedAt.UTC().Format(layout),
			"expires_at": nil, "version": record.UpdatedAt.UnixMilli(),
		}
	}
	if record.ExpiresAt != nil {
		t.Fatal("a secret that was written plainly doesn't expire")
	}
	r := newRPC(t, vaultBlock(v, nil))
	config := attributes{"key_prefix": "db_"}
	want := map[string]any{
		"keys": nil, "key_prefix": "db_", "key_regex": nil, "expires_before": nil, "include_values": nil,
		"secrets": map[string]any{"db_user": meta("db_user"), "db_pass": meta("db_pass")},
		"values":  nil, "data": nil,
	}
	got, out := r.read("helvetisafe_secrets", config)
	if len(out.errors) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("without values: got %v, want %v (%q)", got, want, out.errors)
	}
	v.ExpectCounts(t, map[string]int{"token": 1, "list": 1})

	config["include_values"] = true
	want["include_values"] = true
	want["values"] = map[string]any{"db_user": "admin", "db_pass": `{"user":"a","pass":1}`}
	want["data"] = map[string]any{"db_user": map[string]any{"db_user": "admin"}, "db_pass": map[string]any{"user": "a", "pass": "1"}}
	got, out = r.read("helvetisafe_secrets", config)
	if len(out.errors) > 0 || len(out.warnings) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("with values: got %v, want %v (%q)", got, want, out.errors)
	}

	delete(want, "include_values")
	want["wait_for"] = "1"
	got, out = r.open("helvetisafe_secrets", attributes{"key_prefix": "db_", "wait_for": "1"})
	if len(out.errors) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("ephemeral: got %v, want %v (%q)", got, want, out.errors)
	}

	got, out = r.read("helvetisafe_secrets", attributes{"keys": []string{}, "include_values": true})
	if len(out.errors) > 0 || len(got["secrets"].(map[string]any)) > 0 || len(got["values"].(map[string]any)) > 0 {
		t.Errorf("an empty set of keys takes none: %v (%q)", got, out.errors)
	}
}

func TestBulkReadFails(t *testing.T) {
	v := acctest.Start(t)
	for n := range 30 {
		v.WritePlain(fmt.Sprintf("k%02d", n), "hunter2")
	}
	r := newRPC(t, vaultBlock(v, nil))
	all := attributes{"include_values": true}
	expect := func(name string, out outcome, parts ...string) {
		t.Helper()
		if len(out.errors) != 1 || mentions(out.errors, "hunter2") {
			t.Errorf("%s: %q", name, out.errors)
		}
		for _, part := range parts {
			if !mentions(out.errors, part) {
				t.Errorf("%s: %q does not say %q", name, out.errors, part)
			}
		}
	}
	_, out := r.read("helvetisafe_secrets", attributes{"keys": []string{"k01", "nope"}})
	expect("a key that is missing", out, `"nope"`, "keys")

	record, _ := v.Server.Stored("k17")
	record.Value = base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 40)))
	v.Server.Put(record)
	_, out = r.read("helvetisafe_secrets", all)
	expect("one that doesn't open", out, `"k17"`)
	_, out = r.open("helvetisafe_secrets", nil)
	expect("one that doesn't open, in the ephemeral resource", out, `"k17"`)

	v.WritePlain("k17", "{\"k17\":\"hunter2\\ud83d\"}")
	_, out = r.read("helvetisafe_secrets", all)
	expect("one that is no Unicode", out, `"k17"`)

	v.WritePlain("k17", "x")
	v.Server.AddFault(devserver.Fault{Path: "read", Key: "k23", Status: 404})
	_, out = r.read("helvetisafe_secrets", all)
	expect("one that is gone since the list", out, `"k23"`)
	v.Server.ClearFaults()

	v.Server.Configure(func(o *devserver.Options) { o.ListForbidden = true })
	_, out = r.read("helvetisafe_secrets", nil)
	expect("no scope for the list", out, "secrets:list")
}

func TestBulkReadWarnsOfUnicode(t *testing.T) {
	v := acctest.Start(t)
	for n := range 12 {
		v.WritePlain(fmt.Sprintf("k%02d", n), "e\u0301")
	}
	got, out := newRPC(t, vaultBlock(v, nil)).read("helvetisafe_secrets", attributes{"include_values": true})
	if len(out.errors) > 0 || len(got["values"].(map[string]any)) != 12 {
		t.Fatalf("%q", out.errors)
	}
	if len(out.warnings) != 1 || !mentions(out.warnings, `"k09", 2 more`) || !mentions(out.warnings, "value_base64") {
		t.Errorf("warnings %q", out.warnings)
	}
}

// TestReadAll: several at a time, but not more than allowed; in order; told in the
// log, without what was read.
func TestReadAll(t *testing.T) {
	v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.Latency = 2 * time.Millisecond }))
	const secrets = 1030
	var entries []helvetisafe.Metadata
	for n := range secrets {
		key := fmt.Sprintf("k%04d", n)
		v.WritePlain(key, "hunter2 "+key)
		entries = append(entries, helvetisafe.Metadata{Key: key})
	}
	var log bytes.Buffer
	readings, err := (&instance{Run: reconcile.Run{Client: clientOf(t, v)}}).readAll(tflogtest.RootLogger(t.Context(), &log), entries, answerLimit)
	if err != nil {
		t.Fatal(err)
	}
	for n, r := range readings {
		if r.value != "hunter2 "+entries[n].Key {
			t.Fatalf("reading %d is another secret's", n)
		}
	}
	v.ExpectCounts(t, map[string]int{"read": secrets, "org-key": 1})
	if peak := v.Server.PeakInFlight(); peak < 2 || peak > readsInFlight+1 { // the Org Key's request may be one more
		t.Errorf("%d requests in flight, want at most %d", peak, readsInFlight)
	}
	if got := strings.Count(log.String(), `"done"`); got != secrets/progressEvery {
		t.Errorf("%d records of progress, want %d", got, secrets/progressEvery)
	}
	if strings.Contains(log.String(), "hunter2") {
		t.Error("the log shows a value")
	}
}

// TestReadAllBoundsTheAnswer: more than a CLI takes in one message is an error with a next
// step, not one about a plugin that failed.
func TestReadAllBoundsTheAnswer(t *testing.T) {
	v := acctest.Start(t)
	var entries []helvetisafe.Metadata
	for _, key := range []string{"a", "b", "c"} {
		v.WritePlain(key, strings.Repeat("x", 1000)) // read as a value, and as a field
		entries = append(entries, helvetisafe.Metadata{Key: key})
	}
	i := &instance{Run: reconcile.Run{Client: clientOf(t, v)}}
	all := 3 * (1000 + 1 + 1000 + perSecret)
	if _, err := i.readAll(t.Context(), entries, all); err != nil {
		t.Errorf("an answer at the limit: %v", err)
	}
	_, err := i.readAll(t.Context(), entries, all-1)
	if !errors.Is(err, errTooLarge) {
		t.Fatalf("an answer above the limit: %v", err)
	}
	var diags diag.Diagnostics
	(&lookup{instance: i, diags: &diags}).failBulk(err)
	if text := diags[0].Summary() + diags[0].Detail(); !strings.Contains(text, "240 MiB") || !strings.Contains(text, "key_prefix") {
		t.Errorf("told as %q", text)
	}
}

func TestReadAllEndsWithItsContext(t *testing.T) {
	v := acctest.Start(t)
	var entries []helvetisafe.Metadata
	for n := range 100 {
		entries = append(entries, helvetisafe.Metadata{Key: fmt.Sprintf("k%d", n)})
	}
	v.Server.AddFault(devserver.Fault{Path: "read", Hang: true})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := (&instance{Run: reconcile.Run{Client: clientOf(t, v)}}).readAll(ctx, entries, answerLimit); !errors.Is(err, context.Canceled) {
		t.Errorf("the read ended with %v", err)
	}
}

func TestRecoverAs(t *testing.T) {
	err := func() (err error) {
		defer recoverAs(&err)
		panic("hunter2")
	}()
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a panic became %v", err)
	}
}

// TestReadMissing: an error about a missing secret names wait_for if the data source or
// ephemeral resource has it, and only then.
func TestReadMissing(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("listed", "hunter2")
	v.Server.AddFault(devserver.Fault{Path: "read", Key: "listed", Status: 404})
	r := newRPC(t, vaultBlock(v, nil))
	for name, config := range map[string]attributes{
		"helvetisafe_secret":            {"key": "nope"},
		"helvetisafe_secrets":           {"keys": []string{"nope"}},
		"helvetisafe_secrets of a list": {"key_prefix": "li"},
	} {
		kind, _, _ := strings.Cut(name, " ")
		_, opened := r.open(kind, config)
		if kind == "helvetisafe_secrets" {
			config["include_values"] = true
		}
		_, read := r.read(kind, config)
		if len(opened.errors) != 1 || !mentions(opened.errors, "pass its version to wait_for") {
			t.Errorf("%s, ephemeral: %q", name, opened.errors)
		}
		if len(read.errors) != 1 || mentions(read.errors, "wait_for") {
			t.Errorf("%s, data source: %q", name, read.errors)
		}
	}
	v.ExpectCounts(t, map[string]int{"token": 1, "list": 4, "read": 4})
}
