package provider

import (
	"encoding/base64"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// TestReadSecret: what the data source and the ephemeral resource make of what
// others stored (WIRE, "What the plaintext of a secret means").
func TestReadSecret(t *testing.T) {
	v := acctest.Start(t)
	r := newRPC(t, vaultBlock(v, nil))
	for _, tc := range []struct {
		name    string
		stored  string
		value   string
		data    map[string]any
		warning bool
	}{
		{name: "one value", stored: `{"k":"s3cr3t"}`, value: "s3cr3t", data: map[string]any{"k": "s3cr3t"}},
		{name: "an empty value", stored: `{"k":""}`, value: "", data: map[string]any{"k": ""}},
		{name: "portal fields", stored: `{"DB_HOST":"localhost","DB_PORT":5432}`, value: `{"DB_HOST":"localhost","DB_PORT":5432}`, data: map[string]any{"DB_HOST": "localhost", "DB_PORT": "5432"}},
		{name: "the key among fields", stored: `{"k":"v","other":true}`, value: "v", data: map[string]any{"k": "v", "other": "true"}},
		{name: "JSON text as the value", stored: `{"k":"{\"a\":\"b\",\"n\":1.50}"}`, value: `{"a":"b","n":1.50}`, data: map[string]any{"a": "b", "n": "1.50"}},
		{name: "an object as the value", stored: `{"k":{"a":1}}`, value: `{"a":1}`, data: map[string]any{"k": `{"a":1}`}},
		{name: "null as the value", stored: `{"k":null}`, value: "null", data: map[string]any{"k": "null"}},
		{name: "another spelling of the key", stored: `{"K":"v"}`, value: `{"K":"v"}`, data: map[string]any{"K": "v"}},
		{name: "bare text", stored: "old text", value: "old text", data: map[string]any{"k": "old text"}},
		{name: "a list", stored: `[1,"a"]`, value: `[1,"a"]`, data: map[string]any{"k": `[1,"a"]`}},
		{name: "an empty object", stored: `{}`, value: `{}`, data: map[string]any{}},
		{name: "Unicode", stored: `{"k":"Zürich 🏔 \u0000 </x>"}`, value: "Zürich 🏔 \x00 </x>", data: map[string]any{"k": "Zürich 🏔 \x00 </x>"}},
		{name: "a value that is not in NFC", stored: "{\"k\":\"e\u0301\"}", value: "e\u0301", data: map[string]any{"k": "e\u0301"}, warning: true},
		{name: "a field that is not in NFC once decoded", stored: `{"a":"e\u0301","b":"x"}`, value: `{"a":"e\u0301","b":"x"}`, data: map[string]any{"a": "e\u0301", "b": "x"}, warning: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v.WritePlain("k", tc.stored)
			want := map[string]any{"key": "k", "value": tc.value, "data": tc.data, "expires_at": nil, "value_base64": base64.StdEncoding.EncodeToString([]byte(tc.value))}
			got, out := r.read("helvetisafe_secret", attributes{"key": "k"})
			expectReading(t, "data source", got, out, want, tc.warning)
			got, out = r.open("helvetisafe_secret", attributes{"key": "k", "wait_for": "7"})
			want["wait_for"] = "7"
			expectReading(t, "ephemeral resource", got, out, want, tc.warning)
		})
	}
}

func expectReading(t *testing.T, where string, got map[string]any, out outcome, want map[string]any, warning bool) {
	t.Helper()
	if len(out.errors) > 0 {
		t.Fatalf("%s: %q", where, out.errors)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %q, want %q", where, got, want)
	}
	if (len(out.warnings) == 1) != warning {
		t.Errorf("%s: warnings %q", where, out.warnings)
	}
	if warning && (!mentions(out.warnings, "value_base64") || mentions(out.warnings, "\u0301")) {
		t.Errorf("%s: the warning shows the value, or no way on: %q", where, out.warnings)
	}
}

func TestReadSecretExpiry(t *testing.T) {
	v := acctest.Start(t)
	v.WritePlain("k", "x")
	record, _ := v.Server.Stored("k")
	expires := time.Date(2099, 1, 2, 3, 4, 5, int(60*time.Millisecond), time.UTC)
	record.ExpiresAt = &expires
	v.Server.Put(record)
	got, out := newRPC(t, vaultBlock(v, nil)).read("helvetisafe_secret", attributes{"key": "k"})
	if len(out.errors) > 0 || got["expires_at"] != "2099-01-02T03:04:05.060Z" {
		t.Errorf("expires_at is %v (%q)", got["expires_at"], out.errors)
	}
}

// TestReadSecretFails: one error each, which names what to look at and shows
// nothing of what is stored.
func TestReadSecretFails(t *testing.T) {
	const secret = "hunter2-hunter2"
	noKey := attributes{"private_key_path": nil}
	for _, tc := range []struct {
		name    string
		block   attributes
		prepare func(v *acctest.Vault)
		want    []string
	}{
		{name: "no such secret", prepare: func(v *acctest.Vault) { v.Server.Remove("k") }, want: []string{`"k"`, "no secret"}},
		{name: "no source of the private key", block: noKey, want: []string{"private_key_path", "private_key_pem", "password"}},
		{name: "an unknown source", block: attributes{"private_key_path": nil, "password": unknown}, want: []string{"password"}},
		{name: "unknown pins", block: attributes{"org_key_fingerprints": unknown}, want: []string{"org_key_fingerprints"}},
		{name: "another pin", block: attributes{"org_key_fingerprints": []string{pin}}, want: []string{"org_key_fingerprints"}},
		{name: "an unknown address", block: attributes{"base_url": unknown}, want: []string{"base_url"}},
		{name: "a missing key file", block: attributes{"private_key_path": "no-such.pem"}, want: []string{"private_key_path"}},
		{name: "a private key that is none", block: attributes{"private_key_path": nil, "private_key_pem": secret}, want: []string{"private_key_pem"}},
		{name: "a wrong password", block: attributes{"private_key_path": nil, "password": secret}, want: []string{"password"}},
		{name: "a wrong client secret", block: attributes{"client_secret": secret}, want: []string{"client_secret"}},
		{name: "no scope", block: attributes{"scopes": []string{"secrets:list", "credentials:read"}}, want: []string{"secrets:read"}},
		{name: "half a surrogate", prepare: func(v *acctest.Vault) { v.WritePlain("k", `{"k":"`+secret+`\ud83d"}`) }, want: []string{`"k"`, "Unicode"}},
		{name: "half a surrogate in a field", prepare: func(v *acctest.Vault) { v.WritePlain("k", `{"k":"v","f":"`+secret+`\ud83d"}`) }, want: []string{`"k"`, "Unicode"}},
		{name: "no UTF-8", prepare: func(v *acctest.Vault) { v.WritePlain("k", secret+"\xff") }, want: []string{`"k"`}},
		{name: "a ciphertext that doesn't open", prepare: func(v *acctest.Vault) {
			record, _ := v.Server.Stored("k")
			record.Value = base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 40)))
			v.Server.Put(record)
		}, want: []string{`"k"`}},
		{name: "a page of a proxy", prepare: func(v *acctest.Vault) { v.Server.AddFault(devserver.Fault{Path: "read", HTML: true}) }, want: []string{"base_url"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := acctest.Start(t)
			v.WritePlain("k", `{"k":"`+secret+`"}`)
			if tc.prepare != nil {
				tc.prepare(v)
			}
			v.ExpectViolation("invalid_client")
			block := vaultBlock(v, nil)
			maps.Copy(block, tc.block)
			r := newRPC(t, block)
			_, read := r.read("helvetisafe_secret", attributes{"key": "k"})
			_, open := r.open("helvetisafe_secret", attributes{"key": "k"})
			for where, out := range map[string]outcome{"data source": read, "ephemeral resource": open} {
				if len(out.errors) != 1 {
					t.Errorf("%s: %d errors, want one: %q", where, len(out.errors), out.errors)
				}
				for _, part := range tc.want {
					if !mentions(out.errors, part) {
						t.Errorf("%s: %q does not say %q", where, out.errors, part)
					}
				}
				if mentions(out.errors, "hunter2") {
					t.Errorf("%s: the error shows a secret", where)
				}
			}
		})
	}
}
