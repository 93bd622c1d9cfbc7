package interop

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/provider"
)

var (
	fence         = regexp.MustCompile("(?s)\n```(python|terraform)\n(.*?)\n```")
	terraformPart = regexp.MustCompile(`(?s)^terraform \{.*?\n\}\n`)
)

// The guide for users of the Python client works from top to bottom. Each part starts
// with what the parts before it left.
func TestInteropGuide(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test runs the real CLI (make test)")
	}
	bin := requirePython(t)
	acctest.ClearEnv(t)
	page, err := os.ReadFile("../../docs/guides/from-the-python-client.md")
	if err != nil {
		t.Fatal(err)
	}
	var python, hcl []string
	for _, block := range fence.FindAllStringSubmatch(string(page), -1) {
		switch {
		case strings.Contains(block[2], "https://vault.example.com"): // the same settings, written out
		case block[1] == "python":
			python = append(python, block[2])
		case strings.Contains(block[2], "resource "): // not a provider block alone
			hcl = append(hcl, terraformPart.ReplaceAllString(block[2], ""))
		}
	}
	if len(python) != 3 || len(hcl) != 2 {
		t.Fatalf("the guide has %d parts in Python and %d for Terraform, and this test knows 3 and 2", len(python), len(hcl))
	}
	v := acctest.Start(t)
	v.SetEnv(t, acctest.OAuth, acctest.PEMFile)
	run := func(parts ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "python"), "-c", strings.Join(parts, "\n"))
		cmd.Env = pythonEnv(v.Env(acctest.OAuth, acctest.PEMFile)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	run(python[0], python[1])
	steps := []resource.TestStep{{
		Config: hcl[0], ConfigVariables: config.Variables{"database_password": config.StringVariable("s3cr3t-v@lue")},
	}}
	resource.Test(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{acctest.RequireWriteOnly()},
		ProtoV6ProviderFactories: acctest.Factories(provider.New("interop")), Steps: steps,
	})

	run(python[0], python[2])
	before, _ := v.Server.Stored("api_key")
	resource.Test(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{acctest.RequireWriteOnly()},
		ProtoV6ProviderFactories: acctest.Factories(provider.New("interop")),
		Steps: []resource.TestStep{{
			Config: hcl[1], ConfigVariables: config.Variables{"api_key": config.StringVariable("k3y-v@lue")},
			ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			Check: func(*terraform.State) error {
				if after, _ := v.Server.Stored("api_key"); after.Value != before.Value {
					return errors.New("the import has written")
				}
				return nil
			},
		}},
	})
}

// The guide says what inject makes of a field that is not a string.
func TestInteropInjectNested(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test is of those that make test runs")
	}
	bin := requirePython(t)
	v := acctest.Start(t)
	v.WritePlain("nested", `{"FIELD":{"a":true},"OTHER":"x"}`)
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "helvetisafe-vault-k8s"), "inject", "--output-dir", dir)
	cmd.Env = pythonEnv(append(v.Env(acctest.OAuth, acctest.PEMFile), "HELVETISAFE_SECRET_KEYS=nested")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, err := files(dir)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/guides/from-the-python-client.md")
	if err != nil {
		t.Fatal(err)
	}
	if got["FIELD"] != `{'a': True}` || !strings.Contains(string(page), fmt.Sprintf("(`%s`)", got["FIELD"])) {
		t.Errorf("inject wrote %q", got["FIELD"])
	}
}
