package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// ephemeralVariable is the source of a write-only value that can differ between plan
// and apply.
const ephemeralVariable = "variable \"pw\" {\n  type = string\n  ephemeral = true\n}\n"

// TestAccSecretEphemeralValue plans each kind of change in place with one value of an
// ephemeral variable, and applies it with another: the apply goes through, and writes
// if the decision compares values.
func TestAccSecretEphemeralValue(t *testing.T) {
	const bare, versioned = "value_wo = var.pw\n", "value_wo = var.pw\nvalue_wo_version = 1\n"
	for name, test := range map[string]struct {
		imported      bool
		before, after string
		writes        bool
	}{
		"adopt_existing":            {before: bare, after: bare + "adopt_existing = true", writes: true},
		"deletion_protection":       {before: bare, after: bare + "deletion_protection = true", writes: true},
		"expires_at":                {before: bare, after: bare + `expires_at = "2099-01-01T00:00:00Z"`, writes: true},
		"a version taken out":       {before: versioned, after: bare, writes: true},
		"fields of the same":        {before: bare, after: "data_wo = { k = var.pw }\nadopt_existing = true", writes: true},
		"the first after an import": {imported: true, after: versioned, writes: true},
		"an import alone":           {imported: true, after: bare + "adopt_existing = true", writes: true},
		"from the state":            {before: "value = \"one\"\n", after: bare, writes: true},
		"protected, versioned":      {before: versioned, after: versioned + "deletion_protection = true"},
		"expires, versioned":        {before: versioned, after: versioned + `expires_at = "2099-01-01T00:00:00Z"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			head := required + v.Provider() + ephemeralVariable
			var c *cli
			if test.imported {
				v.WritePlain("k", `{"k":"one"}`)
				c = newCLI(t, head+importBlock("write-only:k")+block("key = \"k\"\n"+test.after))
			} else {
				c = newCLI(t, head+block("key = \"k\"\n"+test.before))
				c.MustRun("apply", "-auto-approve", "-no-color", "-var=pw=one")
				c.Write("main.tf", head+block("key = \"k\"\n"+test.after))
			}
			c.MustRun("plan", "-no-color", "-var=pw=one", "-out=saved")
			v.Server.ResetRequests()
			c.MustRun("apply", "-no-color", "-var=pw=two", "saved")
			want := `{"k":"one"}`
			if test.writes {
				want = `{"k":"two"}`
			}
			if got, _ := v.ReadPlain("k"); got != want {
				t.Errorf("the server holds another value than the one of the apply")
			}
			if out, err := c.Run("plan", "-no-color", "-var=pw=two", "-detailed-exitcode"); err != nil {
				t.Errorf("there is something left to do:\n%s", out)
			}
		})
	}
}

// TestAccSecretEphemeralValueBack plans a write, and applies the value that is stored:
// there is then nothing to do.
func TestAccSecretEphemeralValueBack(t *testing.T) {
	v := acctest.Start(t)
	c := newCLI(t, required+v.Provider()+ephemeralVariable+block("key = \"k\"\nvalue_wo = var.pw"))
	c.MustRun("apply", "-auto-approve", "-no-color", "-var=pw=one")
	c.MustRun("plan", "-no-color", "-var=pw=two", "-out=saved")
	v.Server.ResetRequests()
	c.MustRun("apply", "-no-color", "-var=pw=one", "saved")
	if v.Server.Count("update") > 0 {
		t.Error("the stored value was written again")
	}
	if out, err := c.Run("plan", "-no-color", "-var=pw=one", "-detailed-exitcode"); err != nil {
		t.Errorf("there is something left to do:\n%s", out)
	}
}

// TestAccSecretImportOverwrites: an import that would write over what it imported says
// so in its plan, with what becomes of fields and whether the new value is empty.
func TestAccSecretImportOverwrites(t *testing.T) {
	const value = "vAlUe-7f31"
	for name, test := range map[string]struct {
		stored, id, body string
		says             []string
	}{
		"first version":       {`{"k":"` + value + `"}`, "write-only:k", "value_wo = \"x\"\nvalue_wo_version = 1", []string{"was imported, and value_wo differs", "ignore_changes = [value_wo]"}},
		"without a version":   {`{"k":"` + value + `"}`, "write-only:k", `value_wo = "x"`, []string{"was imported, and value_wo differs"}},
		"fields to one value": {`{"a":"` + value + `","b":"1"}`, "write-only:k", "value_wo = \"x\"\nvalue_wo_version = 1", []string{"fields, and all of them become one value"}},
		"empty":               {`{"k":"` + value + `"}`, "write-only:k", "value_wo = \"\"\nvalue_wo_version = 1", []string{"The new value is empty"}},
		"by key":              {`{"k":"` + value + `"}`, "k", "value_wo = \"x\"\nvalue_wo_version = 1", []string{"was imported, and value_wo differs"}},
		"into the state":      {`{"k":"` + value + `"}`, "k", `value = "x"`, []string{"was imported, and value differs"}},
		"fields of the state": {`{"a":"` + value + `","b":"1"}`, "k", `value = "x"`, []string{"was imported, and value differs", "all of them become one value"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			v.WritePlain("k", test.stored)
			head := required + v.Provider()
			c := newCLI(t, head+importBlock(test.id)+block("key = \"k\"\n"+test.body))
			out := c.MustRun("plan", "-no-color")
			if !saysOn(out, append([]string{"An imported secret will be overwritten"}, test.says...)...) || strings.Contains(out, value) {
				t.Errorf("it doesn't warn, or shows the value:\n%s", out)
			}
			if kept, _ := v.ReadPlain("k"); kept != test.stored {
				t.Error("a plan wrote")
			}
			// What the warning says keeps what is stored.
			attribute, _, _ := strings.Cut(test.body, " ")
			c.Write("main.tf", head+importBlock(test.id)+block(fmt.Sprintf("key = \"k\"\n%s\nlifecycle {\n  ignore_changes = [%s]\n}", test.body, attribute)))
			out = c.MustRun("apply", "-auto-approve", "-no-color")
			if kept, _ := v.ReadPlain("k"); kept != test.stored || saysOn(out, "overwritten") {
				t.Errorf("with ignore_changes it is overwritten all the same:\n%s", out)
			}
			if out, err := c.Run("plan", "-no-color", "-detailed-exitcode"); err != nil {
				t.Errorf("there is something left to do:\n%s", out)
			}
		})
	}
}
