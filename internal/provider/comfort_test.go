package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// An error about a secret ends in the line of HCL that goes on from it.
func TestErrorsEndInHCL(t *testing.T) {
	t.Parallel()
	past, later := "2001-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
	tests := []struct {
		name   string
		vault  func(*acctest.Vault)
		before attributes // applied first
		after  func(*testing.T, *acctest.Vault)
		config attributes
		line   string // its last line, a regular expression
	}{
		{
			name: "it exists", vault: func(v *acctest.Vault) { v.WritePlain("k", `{"k":"theirs"}`) },
			config: attributes{"value": "one"}, line: `adopt_existing = true`,
		},
		{name: "no value", config: attributes{}, line: `value_wo = var\.secret`},
		{name: "expired", config: attributes{"value": "one", "expires_at": past}, line: `expires_at = "20\d\d-\d\d-\d\dT\d\d:00:00\.000Z"`},
		{
			name: "an expiry that stays", vault: func(v *acctest.Vault) {
				v.Server.Configure(func(o *devserver.Options) { o.ClearExpiry = devserver.IgnoresNull })
			},
			before: attributes{"value": "one", "expires_at": later}, config: attributes{"value": "one"}, line: `expires_at = "2099-01-01T00:00:00\.000Z"`,
		},
		{
			name: "another Org Key", before: attributes{"value": "one"},
			after:  func(t *testing.T, v *acctest.Vault) { t.Helper(); v.RotateOrgKey(t) },
			config: attributes{"value": "two"}, line: `org_key_fingerprints = \["SHA256:[^"]+", "SHA256:[^"]+"\]`,
		},
		{
			name: "another vault", before: attributes{"value": "one"},
			after:  func(t *testing.T, v *acctest.Vault) { t.Helper(); v.RotateOrgKey(t); v.Server.Remove("k") },
			config: attributes{"value": "one"}, line: `org_key_fingerprints = \["SHA256:[^"]+", "SHA256:[^"]+"\]`,
		},
		{
			name: "it can't be seen", vault: func(v *acctest.Vault) { v.WritePlain("k", `{"k":"theirs"}`); v.Server.Hide("k") },
			config: attributes{"value_wo": "one"}, line: `  id = "write-only:k"\n  }`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			if tt.vault != nil {
				tt.vault(v)
			}
			c := newCore(t, providerAttributes(v))
			with := func(config attributes) attributes {
				config["key"] = "k"
				return config
			}
			if tt.before != nil {
				config := with(tt.before)
				mustApply(t, c, config, config)
			}
			if tt.after != nil {
				tt.after(t, v)
			}
			config := with(tt.config)
			endsIn(t, c.apply(config, config), tt.line)
		})
	}
}

// endsIn fails the test unless there is one error, and its last line is as given, a
// regular expression (of several lines for a block).
func endsIn(t *testing.T, out outcome, line string) {
	t.Helper()
	if len(out.errors) != 1 {
		t.Fatalf("errors %q", out.errors)
	}
	if !regexp.MustCompile(`\n  ` + line + `$`).MatchString(out.errors[0]) {
		t.Errorf("the error doesn't end in %s:\n%s", line, out.errors[0])
	}
}

func TestInvalidEndsInHCL(t *testing.T) {
	t.Parallel()
	v := acctest.Start(t)
	c := newCore(t, providerAttributes(v))
	tests := []struct {
		name   string
		config attributes
		line   string
	}{
		{"a version without a value", attributes{"key": "k", "data": map[string]string{"a": "b"}, "value_wo_version": "1"}, `value_wo = var\.secret`},
		{"a version without fields", attributes{"key": "k", "value": "one", "data_wo_version": "1"}, `data_wo = { name = var\.secret }`},
		{"no value", attributes{"key": "k"}, `value_wo = var\.secret`},
		{"two values", attributes{"key": "k", "value": "one", "value_wo": "two"}, `value_wo = var\.secret`},
		{"a null member", attributes{"key": "k", "data": map[string]tftypes.Value{"a": tftypes.NewValue(tftypes.String, nil)}}, `data = { name = var\.secret }`},
		{"no key", attributes{"key": "", "value": "one"}, `key = "db_password"`},
		{"no such key", attributes{"key": "db-password", "value": "one"}, `key = "db_password"`},
		{"no date", attributes{"key": "k", "value": "one", "expires_at": "tomorrow"}, `expires_at = "20\d\d-\d\d-\d\dT\d\d:00:00\.000Z"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			config := c.dynamic(c.object, c.value(c.object, tt.config))
			resp, err := c.server().ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{
				TypeName: secretType, Config: config, ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
			})
			if err != nil {
				t.Fatal(err)
			}
			endsIn(t, collect(outcome{}, resp.Diagnostics), tt.line)
		})
	}
	endsIn(t, c.importSecret("no:such form"), `id = "write-only:<key>"`)
}

// A line break at the end is told of members too, without their names or values.
func TestPlanWarnsOfMembers(t *testing.T) {
	t.Parallel()
	for _, attribute := range []string{"data", "data_wo"} {
		v := acctest.Start(t)
		out := newCore(t, providerAttributes(v)).plan(attributes{"key": "k", attribute: map[string]string{"clean": "x", "from_file": "planted\n", "text": "a\nb\n"}})
		if len(out.warnings) != 1 || !mentions(out.warnings, "A member of "+attribute+" of the secret") || mentions(out.warnings, "planted") || mentions(out.warnings, "from_file") {
			t.Errorf("%s: warnings %q", attribute, out.warnings)
		}
	}
}

// The log has a line for each request, and tells how far a long read is.
func TestAccLog(t *testing.T) {
	v := acctest.Start(t)
	for n := range progressEvery + 1 {
		v.WritePlain(fmt.Sprintf("k%d", n), `{"a":"`+marker+`"}`)
	}
	c := newCLI(t, required+v.Provider()+"data \"helvetisafe_secrets\" \"all\" {\n  include_values = true\n}\n",
		"TF_LOG=DEBUG", "TF_LOG_PATH=provider.log")
	c.MustRun("plan", "-no-color")
	raw, err := os.ReadFile(filepath.Join(c.Dir, "provider.log"))
	if err != nil {
		t.Fatal(err)
	}
	log := string(raw)
	requests := regexp.MustCompile(`(?m)\[DEBUG\].*$`).FindAllString(log, -1)
	complete := 0
	for _, line := range requests {
		if strings.Contains(line, " path=/api/v1/secrets/k") {
			for _, field := range []string{" method=GET", " status=200", " duration_ms=", " attempt=1"} {
				if !strings.Contains(line, field) {
					t.Fatalf("no%s in %q", field, line)
				}
			}
			complete++
		}
	}
	if complete != progressEvery+1 {
		t.Errorf("%d lines of requests for %d secrets", complete, progressEvery+1)
	}
	if n := strings.Count(log, "reading secrets"); n != 1 || !strings.Contains(log, fmt.Sprintf("all=%d", progressEvery+1)) {
		t.Errorf("%d lines of progress", n)
	}
	leakMarkers(v).ExpectNotIn(t, "the log", raw)
}
