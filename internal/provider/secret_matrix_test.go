package provider

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// The columns of the matrix: the ways to give a secret its value.
const (
	colValue     = "value"
	colData      = "data"
	colVersioned = "write-only with a version"
	colBare      = "write-only without a version"
	colGenerated = "generated"

	colDataWO = "write-only fields" // like colBare, so not in the matrix itself
)

// cell is what a situation asks of one column.
type cell struct {
	// action is none, update (of the state alone), write (which it may come to), create
	// or error.
	action string
	// requests are the routes that the plan asked, each once.
	requests string
	// says must be in the warnings, or in the errors if action is error; with
	// "" there must be no warning.
	says string
}

const (
	onlyList = "list token"
	withKey  = "list org-key token"
	withRead = "list org-key read token"
)

// configuration is the column's way to ask for content.
func configuration(column, content string, more attributes) attributes {
	config := attributes{"key": "k"}
	switch column {
	case colValue:
		config["value"] = content
	case colData:
		config["data"] = map[string]string{"user": "u", "pass": content}
	case colDataWO:
		config["data_wo"] = map[string]string{"user": "u", "pass": content}
	case colVersioned:
		config["value_wo"], config["value_wo_version"] = content, "1"
	case colBare:
		config["value_wo"] = content
	case colGenerated:
		// What is stored is nobody's to choose: another content is another version.
		config["generate"], config["generate_version"] = attributes{"length": int64(24)}, content
	}
	maps.Copy(config, more)
	return config
}

// rotating is what a generated secret has beside its version, to rotate by age.
func rotating(days int64) attributes {
	return attributes{"generate": attributes{"length": int64(24), "rotation_days": days}}
}

// stored is the plaintext that the column stores for content.
func stored(column, content string) string {
	if column == colData {
		return `{"user": "u", "pass": "` + content + `"}`
	}
	return `{"k": "` + content + `"}`
}

// valueAttribute is the attribute that holds the column's value.
func valueAttribute(column string) string {
	return map[string]string{
		colValue: "value", colData: "data", colVersioned: "value_wo", colBare: "value_wo", colGenerated: "generate_version",
	}[column]
}

// situation brings a created secret somewhere and plans there.
type situation struct {
	name string
	// plan returns the outcome of the plan that the cells describe.
	plan  func(t *testing.T, v *acctest.Vault, c *core, column string) outcome
	cells map[string]cell
}

func created(t *testing.T, c *core, config attributes) {
	t.Helper()
	if out := c.apply(config, config); len(out.errors) > 0 {
		t.Fatalf("create: %v", out.errors)
	}
}

func all(same cell) map[string]cell {
	return map[string]cell{colValue: same, colData: same, colVersioned: same, colBare: same, colGenerated: same}
}

// but replaces cells of a row.
func but(row map[string]cell, changes map[string]cell) map[string]cell {
	maps.Copy(row, changes)
	return row
}

func situations() []situation {
	return []situation{
		{"create", func(_ *testing.T, _ *acctest.Vault, c *core, column string) outcome {
			return c.plan(configuration(column, "one", nil))
		}, all(cell{"create", "", ""})},
		{"same", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", nil))
		}, but(all(cell{"none", onlyList, ""}), map[string]cell{colBare: {"none", withKey, ""}})},
		{"changed", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.Server.ResetRequests()
			return c.plan(configuration(column, "two", nil))
		}, but(all(cell{"write", onlyList, ""}), map[string]cell{
			colVersioned: {"none", onlyList, ""},
			colBare:      {"write", withKey, "differs from what is stored"},
		})},
		{"version bump", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", attributes{"value_wo_version": "2"}))
		}, map[string]cell{colVersioned: {"write", onlyList, ""}, colBare: {"write", withKey, ""}}},
		{"drift", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.WritePlain("k", stored(column, "elsewhere"))
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", nil))
		}, but(all(cell{"write", withRead, ""}), map[string]cell{
			colVersioned: {"none", withRead, "so the other value stays"},
			colBare:      {"write", withRead, "writes value_wo again"},
			colGenerated: {"none", withRead, "the other value stays until the next rotation"},
		})},
		{"drift of members", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.WritePlain("k", `{"k": "one", "user": "u", "pass": "one", "extra": "x"}`)
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", nil))
		}, but(all(cell{"write", withRead, ""}), map[string]cell{
			colVersioned: {"none", withRead, "ignore_changes = [value_wo]"},
			colBare:      {"write", withRead, "writes value_wo again"},
			colGenerated: {"none", withRead, "the other value stays until the next rotation"},
		})},
		{"rewritten same", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			same, _ := v.ReadPlain("k")
			v.WritePlain("k", same)
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", nil))
		}, all(cell{"none", withRead, ""})},
		{"deleted", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.Server.Remove("k")
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", nil))
		}, all(cell{"create", withRead, ""})},
		{"expired", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			soon := time.Now().Add(1500 * time.Millisecond).UTC().Format("2006-01-02T15:04:05.000Z")
			config := configuration(column, "one", attributes{"expires_at": soon})
			created(t, c, config)
			v.Server.ResetRequests()
			time.Sleep(1600 * time.Millisecond)
			out := c.plan(config)
			if !mentions(out.warnings, "has expired") {
				t.Errorf("the refresh doesn't say that the secret expired: %q", out.warnings)
			}
			return out
		}, all(cell{"create", withRead, "Move expires_at or remove the block"})},
		{"unknown", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", attributes{valueAttribute(column): unknown}))
		}, but(all(cell{"write", onlyList, ""}), map[string]cell{colVersioned: {"none", onlyList, ""}, colBare: {"write", withKey, ""}})},
		{"import", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			v.WritePlain("k", stored(column, "one"))
			if out := c.importSecret(importID(column)); len(out.errors) > 0 {
				t.Fatalf("import: %v", out.errors)
			}
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", nil))
		}, but(all(cell{"none", onlyList, ""}), map[string]cell{
			colVersioned: {"write", withKey, ""},
			colBare:      {"none", withKey, ""},
			colGenerated: {"update", withKey, "makes no new value"}, // the refresh asks before it knows the form
		})},
		{"import, differs", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			v.WritePlain("k", stored(column, "elsewhere"))
			if out := c.importSecret(importID(column)); len(out.errors) > 0 {
				t.Fatalf("import: %v", out.errors)
			}
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", nil))
		}, but(all(cell{"write", onlyList, "overwrites what is stored, and nothing keeps it"}), map[string]cell{
			colVersioned: {"write", withKey, "overwrites what is stored, and nothing keeps it"},
			colBare:      {"write", withKey, "overwrites what is stored, and nothing keeps it"},
			colGenerated: {"update", withKey, "makes no new value"},
		})},
		{"import of fields, empty", func(t *testing.T, v *acctest.Vault, c *core, _ string) outcome {
			v.WritePlain("k", `{"user": "u", "pass": "p"}`)
			if out := c.importSecret("write-only:k"); len(out.errors) > 0 {
				t.Fatalf("import: %v", out.errors)
			}
			v.Server.ResetRequests()
			return c.plan(configuration(colVersioned, "", nil))
		}, map[string]cell{colVersioned: {"write", withKey, "all of them become one value. The new value is empty."}}},
		{"emptied", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.Server.ResetRequests()
			return c.plan(configuration(column, "", nil))
		}, map[string]cell{colBare: {"write", withKey, "The new value is empty."}}},
		{"protected", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", attributes{"deletion_protection": true}))
		}, but(all(cell{"update", onlyList, ""}), map[string]cell{colBare: {"write", withKey, ""}})},
		{"recipe spelled out", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", attributes{"generate": attributes{"length": int64(24), "lower": true, "min_special": int64(0)}}))
		}, map[string]cell{colGenerated: {"update", onlyList, ""}}},
		{"another recipe", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", attributes{"generate": attributes{"bytes": int64(24)}}))
		}, map[string]cell{colGenerated: {"write", onlyList, "The recipe of the secret"}}},
		{"recipe unknown", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", attributes{"generate": attributes{"length": unknown}}))
		}, map[string]cell{colGenerated: {"write", onlyList, ""}}},
		{"rotation set", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", rotating(30)))
		}, map[string]cell{colGenerated: {"write", onlyList, ""}}}, // it may fall due before the apply
		{"not due yet", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", rotating(30)))
			v.Server.ResetRequests()
			c.now = func() time.Time { return time.Now().AddDate(0, 0, 29) }
			return c.plan(configuration(column, "one", rotating(30)))
		}, map[string]cell{colGenerated: {"none", onlyList, ""}}},
		{"due", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", rotating(30)))
			v.Server.ResetRequests()
			c.now = func() time.Time { return time.Now().AddDate(0, 0, 31) }
			return c.plan(configuration(column, "one", rotating(30)))
		}, map[string]cell{colGenerated: {"write", onlyList, "is due for rotation since 20"}}},
		{"imported and old", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			v.WritePlain("k", stored(column, "one"))
			c.now = func() time.Time { return time.Now().AddDate(1, 0, 0) }
			if out := c.importSecret("write-only:k"); len(out.errors) > 0 {
				t.Fatalf("import: %v", out.errors)
			}
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", rotating(30)))
		}, map[string]cell{colGenerated: {"update", withKey, "makes no new value"}}},
		{"moved to generate", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.Server.ResetRequests()
			return c.plan(configuration(colGenerated, "one", nil))
		}, but(all(cell{"write", onlyList, "the apply makes a value and overwrites what is stored"}), map[string]cell{
			colBare:      {"write", withKey, "the apply makes a value and overwrites what is stored"},
			colGenerated: {"none", onlyList, ""},
		})},
		{"moved from generate", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(colGenerated, "one", nil))
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", nil))
		}, but(all(cell{"write", onlyList, ""}), map[string]cell{
			colBare: {"write", withKey, "so the apply writes it"}, colGenerated: {"none", onlyList, ""},
		})},
		{"imported as a value, moved to generate", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			v.WritePlain("k", stored(column, "one"))
			if out := c.importSecret("k"); len(out.errors) > 0 {
				t.Fatalf("import: %v", out.errors)
			}
			v.Server.ResetRequests()
			return c.plan(configuration(colGenerated, "one", nil))
		}, map[string]cell{colValue: {"write", onlyList, "It makes no new value"}, colData: {"write", onlyList, "It makes no new value"}}},
		{"version taken out", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", attributes{"value_wo_version": "1"}))
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", nil))
		}, map[string]cell{colBare: {"write", withKey, ""}}},
		{"ignored", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.Server.ResetRequests()
			c.ignore = []string{valueAttribute(column)}
			return c.plan(configuration(column, "two", nil))
		}, but(all(cell{"none", onlyList, ""}), map[string]cell{colBare: {"none", withKey, ""}})},
		{"drift, ignored", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.WritePlain("k", stored(column, "elsewhere"))
			v.Server.ResetRequests()
			c.ignore = []string{valueAttribute(column)}
			return c.plan(configuration(column, "one", nil))
		}, but(all(cell{"none", withRead, ""}), map[string]cell{colGenerated: {"none", withRead, "the other value stays until the next rotation"}})},
		{"other Org Key", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			v.RotateOrgKey(t)
			v.Server.ResetRequests()
			return c.plan(configuration(column, "one", nil))
		}, all(cell{"error", withRead, "org_key_fingerprints"})},
		{"other Org Key, pinned", func(t *testing.T, v *acctest.Vault, c *core, column string) outcome {
			created(t, c, configuration(column, "one", nil))
			before := v.OrgKey.Fingerprint()
			v.RotateOrgKey(t)
			v.Server.ResetRequests()
			c.provider["org_key_fingerprints"] = []string{before, v.OrgKey.Fingerprint()}
			return c.plan(configuration(column, "one", nil))
		}, all(cell{"none", withRead, ""})},
	}
}

// TestPlanMatrix is the plan logic: what a plan does in each situation, what it
// asks of the server for it, and what it warns of.
func TestPlanMatrix(t *testing.T) {
	t.Parallel()
	for _, s := range situations() {
		for column, want := range s.cells {
			t.Run(s.name+"/"+column, func(t *testing.T) {
				t.Parallel()
				v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
				c := newCore(t, providerAttributes(v))
				out := s.plan(t, v, c, column)
				if got := c.action(out); got != want.action {
					t.Errorf("action %q, want %q; errors %q, warnings %q", got, want.action, out.errors, out.warnings)
				}
				if got := routes(v); got != want.requests {
					t.Errorf("requests %q, want %q", got, want.requests)
				}
				texts := out.warnings
				if want.action == "error" {
					texts = out.errors
				}
				if want.says == "" && len(out.warnings) > 0 || !mentions(texts, want.says) {
					t.Errorf("it says %q, want %q", texts, want.says)
				}
				if mentions(append(out.errors, out.warnings...), "elsewhere\"") {
					t.Error("a diagnostic shows a value")
				}
			})
		}
	}
}

// providerAttributes configure the provider for the vault.
func providerAttributes(v *acctest.Vault) attributes {
	return attributes{
		"base_url": v.URL, "client_id": v.ClientID, "client_secret": v.ClientSecret, "private_key_path": v.PEMPath,
	}
}

// routes lists the requests of a plan by route, sorted.
func routes(v *acctest.Vault) string {
	var names []string
	for _, request := range v.Server.Requests() {
		names = append(names, request.Route)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}
