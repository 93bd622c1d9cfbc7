package docs

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// operation is a row of the table of scopes in the guide on CI.
type operation struct {
	row     string
	scopes  []string
	key     bool
	before  string                 // applied with all scopes, "" for nothing
	between func(v *acctest.Vault) // what happens elsewhere then
	config  string                 // what the operation runs on; "" for before
	args    []string
}

const (
	list, read, write, remove, credentials = "secrets:list", "secrets:read", "secrets:write", "secrets:delete", "credentials:read"

	required = "terraform {\n  required_providers {\n    helvetisafe = {\n      source = \"helvetisafe/helvetisafe\"\n    }\n  }\n}\n"

	value      = "resource \"helvetisafe_secret\" \"value\" {\n  key   = \"value\"\n  value = \"one\"\n}\n"
	fieldsData = "resource \"helvetisafe_secret\" \"data\" {\n  key  = \"data\"\n  data = { a = \"one\" }\n}\n"
	versioned  = "resource \"helvetisafe_secret\" \"versioned\" {\n  key              = \"versioned\"\n  value_wo         = \"one\"\n  value_wo_version = 1\n}\n"
	bare       = "resource \"helvetisafe_secret\" \"bare\" {\n  key      = \"bare\"\n  value_wo = \"one\"\n}\n"
	expiring   = "  expires_at = \"2099-01-01T00:00:00Z\"\n}\n"
)

func expires(resource string) string { return strings.TrimSuffix(resource, "}\n") + expiring }

func plain(key, text string) func(*acctest.Vault) {
	return func(v *acctest.Vault) { v.WritePlain(key, `{"`+key+`":"`+text+`"}`) }
}

var operations = []operation{
	{
		row:    "plan, nothing changed: `value`, `data`, or write-only with a version",
		scopes: []string{list}, before: value + fieldsData + versioned, args: []string{"plan", "-detailed-exitcode"},
	},
	{
		row:    "plan, nothing changed: write-only without a version",
		scopes: []string{list, credentials}, key: true, before: bare, args: []string{"plan", "-detailed-exitcode"},
	},
	{
		row:    "plan, the secret was changed elsewhere",
		scopes: []string{read, credentials}, key: true, before: value, between: plain("value", "two"), args: []string{"plan"},
	},
	{
		row:    "create",
		scopes: []string{write, credentials}, key: true, config: value + bare, args: []string{"apply", "-auto-approve"},
	},
	{
		row:    "create with `adopt_existing` if the secret exists",
		scopes: []string{write, read, credentials}, key: true, between: plain("value", "theirs"),
		config: strings.Replace(value, "}\n", "  adopt_existing = true\n}\n", 1), args: []string{"apply", "-auto-approve"},
	},
	{
		row:    "change of a value",
		scopes: []string{list, write, credentials}, key: true, before: value + bare + versioned,
		config: strings.NewReplacer(`"one"`, `"two"`, "= 1\n", "= 2\n").Replace(value + bare + versioned), args: []string{"apply", "-auto-approve"},
	},
	{
		row:    "change of `expires_at` alone: write-only with a version",
		scopes: []string{read, write}, before: versioned, config: expires(versioned), args: []string{"apply", "-auto-approve"},
	},
	{
		row:    "change of `expires_at` alone: all others",
		scopes: []string{read, write, credentials}, key: true, before: value, config: expires(value), args: []string{"apply", "-auto-approve"},
	},
	{
		row:    "destroy: `value`, `data`, or write-only with a version",
		scopes: []string{list, remove}, before: value + fieldsData + versioned, args: []string{"destroy", "-auto-approve"},
	},
	{
		row:    "destroy: write-only without a version",
		scopes: []string{list, remove, credentials}, key: true, before: bare, args: []string{"destroy", "-auto-approve"},
	},
	{
		row:    "import, in any form",
		scopes: []string{read, credentials}, key: true, between: plain("bare", "one"), config: bare,
		args: []string{"import", "helvetisafe_secret.bare", "write-only:bare"},
	},
	{
		row:    "data source or ephemeral resource `helvetisafe_secret`",
		scopes: []string{read, credentials}, key: true, between: plain("value", "one"), args: []string{"apply", "-auto-approve"},
		config: "data \"helvetisafe_secret\" \"d\" {\n  key = \"value\"\n}\nephemeral \"helvetisafe_secret\" \"e\" {\n  key = \"value\"\n}\n",
	},
	{
		row:    "data source `helvetisafe_secret_metadata`, data source `helvetisafe_secrets` without values, list resource",
		scopes: []string{list}, between: plain("value", "one"), args: []string{"apply", "-auto-approve"},
		config: "data \"helvetisafe_secret_metadata\" \"d\" {\n  key = \"value\"\n}\ndata \"helvetisafe_secrets\" \"d\" {}\n",
	},
	{
		row:    "data source `helvetisafe_secrets` with values, ephemeral resource `helvetisafe_secrets`",
		scopes: []string{list, read, credentials}, key: true, between: plain("value", "one"), args: []string{"apply", "-auto-approve"},
		config: "data \"helvetisafe_secrets\" \"d\" {\n  include_values = true\n}\nephemeral \"helvetisafe_secrets\" \"e\" {}\n",
	},
	{
		row:    "data source `helvetisafe_org_key`",
		scopes: []string{credentials}, key: true, args: []string{"apply", "-auto-approve"},
		config: "data \"helvetisafe_org_key\" \"d\" {}\n",
	},
}

// tableRow is a row of the guide's table: what runs, its scopes, whether it takes a
// private key.
var tableRow = regexp.MustCompile("(?m)^\\| ([^|]+) \\| ((?:`[a-z]+:[a-z]+`(?:, )?)+) \\| (yes|no) \\|$")

// The guide's table and this test have the same rows, each operation works with
// just the scopes and the key of its row, and with none of them taken away.
func TestScopes(t *testing.T) {
	rows := map[string]string{}
	for _, row := range tableRow.FindAllStringSubmatch(readFile(t, filepath.Join(root, "docs", "guides", "ci.md")), -1) {
		rows[row[1]] = strings.ReplaceAll(row[2], "`", "") + " " + row[3]
	}
	for _, o := range operations {
		want := strings.Join(o.scopes, ", ") + " " + map[bool]string{true: "yes", false: "no"}[o.key]
		if rows[o.row] != want {
			t.Errorf("the guide says %q of %q, want %q", rows[o.row], o.row, want)
		}
		delete(rows, o.row)
	}
	for row := range rows {
		t.Errorf("no test shows %q", row)
	}
	for _, o := range operations {
		t.Run(o.row, func(t *testing.T) { runOperation(t, o) })
	}
}

func runOperation(t *testing.T, o operation) {
	t.Helper()
	v := acctest.Start(t)
	c := newCLI(t, "", v.Env(acctest.OAuth, acctest.PEMFile)...)
	if o.before != "" {
		c.Write("main.tf", required+o.before)
		c.apply()
	}
	if o.between != nil {
		o.between(v)
	}
	if o.config != "" {
		c.Write("main.tf", required+o.config)
	}
	with := func(key acctest.Key, scopes ...string) (string, error) {
		limited := *c.Workspace
		limited.Env = append(slices.DeleteFunc(slices.Clone(c.Env), func(entry string) bool {
			return strings.HasPrefix(entry, "HELVETISAFE_")
		}), v.Env(acctest.OAuth, key)...)
		limited.Env = append(limited.Env, "HELVETISAFE_SCOPES="+strings.Join(scopes, " "))
		return (&cli{&limited}).try(o.args...)
	}
	for n, scope := range o.scopes {
		less := slices.Delete(slices.Clone(o.scopes), n, n+1)
		if len(less) == 0 { // a token has one scope at least
			less = []string{map[bool]string{true: list, false: remove}[scope == remove]}
		}
		if out, err := with(acctest.PEMFile, less...); err == nil {
			t.Errorf("works without %s:\n%s", scope, out)
		}
	}
	if o.key {
		if out, err := with(acctest.NoKey, o.scopes...); err == nil {
			t.Errorf("works without a private key:\n%s", out)
		}
	}
	key := acctest.NoKey
	if o.key {
		key = acctest.PEMFile
	}
	if out, err := with(key, o.scopes...); err != nil {
		t.Errorf("doesn't work with %s: %v\n%s", strings.Join(o.scopes, " "), err, out)
	}
}
