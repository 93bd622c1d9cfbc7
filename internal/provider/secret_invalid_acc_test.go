package provider

import (
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// TestAccSecretInvalid: bad combinations are errors at plan time that name the
// attribute, and show no source line with a secret in it.
func TestAccSecretInvalid(t *testing.T) {
	const literal = "lItErAl-9c1d"
	tests := map[string]struct {
		body string
		says []string
	}{
		"none":                    {``, []string{"Exactly one of value, value_wo, data, data_wo and generate", "generated", "fill one of them in"}},
		"value and value_wo":      {`value = "` + literal + `"` + "\n" + `value_wo = "` + literal + `"`, []string{"value and value_wo are"}},
		"value and data":          {`value = "` + literal + `"` + "\n" + `data = { a = "` + literal + `" }`, []string{"value and data are"}},
		"data and data_wo":        {`data = { a = "` + literal + `" }` + "\n" + `data_wo = { a = "` + literal + `" }`, []string{"data and data_wo are"}},
		"all four":                {`value = "` + literal + `"` + "\nvalue_wo = \"x\"\ndata = {}\ndata_wo = {}", []string{"value and value_wo and data and data_wo are"}},
		"value and generate":      {`value = "` + literal + `"` + "\ngenerate = {\n  length = 8\n}", []string{"value and generate are"}},
		"a wrong recipe":          {"generate = {\n  length = 0\n}", []string{"In generate, length must be from 1 to 4096"}},
		"a fraction of a day":     {"generate = {\n  length = 8\n  rotation_days = 1.5\n}", []string{"In generate, rotation_days must be a whole number"}},
		"a huge length":           {"generate = {\n  length = 1e30\n}", []string{"In generate, length must be from 1 to 4096"}},
		"a version of no recipe":  {`value = "` + literal + `"` + "\ngenerate_version = 1", []string{"generate_version", "Set generate, or remove generate_version"}},
		"a version without value": {`value = "` + literal + `"` + "\nvalue_wo_version = 1", []string{"value_wo_version", "Set value_wo, or remove value_wo_version"}},
		"a version without data":  {`value = "` + literal + `"` + "\ndata_wo_version = 1", []string{"data_wo_version", "Set data_wo, or remove data_wo_version"}},
		"a null member":           {`data = { a = "` + literal + `", b = null }`, []string{"Every member of data must be a string"}},
		"a key with a hyphen":     {`value = "` + literal + `"` + "\nkey = \"db-password\"", []string{"letters (a to z, A to Z), digits and underscores"}},
		"an empty key":            {`value = "` + literal + `"` + "\nkey = \"\"", []string{"letters (a to z, A to Z), digits and underscores"}},
		"an expiry of no date":    {`value = "` + literal + `"` + "\nexpires_at = \"tomorrow\"", []string{"expires_at", "RFC 3339"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t)
			key := "key = \"k\"\n"
			if strings.Contains(test.body, "key =") {
				key = ""
			}
			c := newCLI(t, required+v.Provider()+block(key+test.body))
			out, err := c.Run("plan", "-no-color")
			if err == nil {
				t.Errorf("it was accepted:\n%s", out)
			}
			if !says(test.says...).MatchString(strings.ReplaceAll(out, "│", "")) {
				t.Errorf("it doesn't say %q:\n%s", test.says, out)
			}
			if strings.Contains(out, literal) {
				t.Errorf("it shows the secret:\n%s", out)
			}
			if strings.Contains(out, "report") {
				t.Errorf("it takes the mistake for a defect:\n%s", out)
			}
			v.NoWrites(t)
		})
	}
}

// TestAccSecretVersionNull leaves a version null by a variable, as a module does
// whose caller gives a value of the state: when validating, Terraform doesn't know
// the variable yet.
func TestAccSecretVersionNull(t *testing.T) {
	v := acctest.Start(t)
	c := newCLI(t, required+v.Provider()+"variable \"version_of_value\" {\n  type    = string\n  default = null\n}\n"+
		block("key = \"k\"\nvalue = \"v\"\nvalue_wo_version = var.version_of_value"))
	c.MustRun("apply", "-auto-approve", "-no-color")
	if plain, _ := v.ReadPlain("k"); plain != `{"k":"v"}` {
		t.Error("the secret was not made")
	}
	out, err := c.Run("plan", "-no-color", "-var", "version_of_value=1")
	if err == nil || !says("value_wo_version", "Set value_wo, or remove value_wo_version").MatchString(strings.ReplaceAll(out, "│", "")) {
		t.Errorf("a version without its value was accepted (%v):\n%s", err, out)
	}
}

// TestAccSecretFormsUnknown gives two forms that are known only when applied: that
// both have a value, or neither, is an error then, and nothing is written.
func TestAccSecretFormsUnknown(t *testing.T) {
	for name, test := range map[string]struct {
		input string
		says  []string
	}{
		"both":    {`{ value = "one", other = "two" }`, []string{"value and value_wo are"}},
		"neither": {`{ value = null, other = null }`, []string{"Exactly one of value, value_wo, data, data_wo and generate must be set"}},
	} {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t)
			c := newCLI(t, required+v.Provider()+"resource \"terraform_data\" \"source\" {\n  input = "+test.input+"\n}\n"+
				block("key = \"k\"\nvalue = terraform_data.source.output.value\nvalue_wo = terraform_data.source.output.other"))
			c.MustRun("plan", "-no-color")
			out, err := c.Run("apply", "-auto-approve", "-no-color")
			if err == nil || !says(test.says...).MatchString(strings.ReplaceAll(out, "│", "")) {
				t.Errorf("it doesn't say %q (%v):\n%s", test.says, err, out)
			}
			v.NoWrites(t)
		})
	}
}
