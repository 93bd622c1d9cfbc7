package acctest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

// cliVersion is the first line of `<cli> version`. Its JSON form has one name for
// both: terraform_version.
var cliVersion = regexp.MustCompile(`^(Terraform|OpenTofu) v(\d+\.\d+\.\d+)`)

type cli struct {
	path, name, version string
	err                 error
}

var theCLI = sync.OnceValue(func() cli {
	c := cli{path: os.Getenv("TF_ACC_TERRAFORM_PATH")}
	if c.path == "" {
		if c.path, c.err = exec.LookPath("terraform"); c.err != nil {
			c.err = fmt.Errorf("no terraform on PATH, and TF_ACC_TERRAFORM_PATH names no other CLI: %w", c.err)
			return c
		}
	}
	cmd := exec.Command(c.path, "version")
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE="+os.DevNull, "TF_CLI_ARGS=", "TF_CLI_ARGS_version=", "TF_LOG=")
	out, err := cmd.Output()
	if err != nil {
		c.err = fmt.Errorf("%s version: %w", c.path, err)
		return c
	}
	c.name, c.version, c.err = parseVersion(string(out))
	return c
})

func parseVersion(out string) (name, version string, err error) {
	m := cliVersion.FindStringSubmatch(out)
	if m == nil {
		line, _, _ := strings.Cut(out, "\n")
		return "", "", fmt.Errorf("neither Terraform nor OpenTofu prints this as its version: %q", line)
	}
	return m[1], m[2], nil
}

// CLI tells which CLI acceptance tests run, "Terraform" or "OpenTofu", and its
// version ("1.11.4"): the one that TF_ACC_TERRAFORM_PATH names, else terraform on
// PATH. Both are "" if there is none.
func CLI() (name, version string) {
	c := theCLI()
	return c.name, c.version
}

// CLIPath is the path of the CLI that CLI describes, "" if there is none.
func CLIPath() string {
	if c := theCLI(); c.err == nil {
		return c.path
	}
	return ""
}

// minimum is a check for a feature. tfversion's own checks see only a number, so they
// take OpenTofu's 1.12 for Terraform's.
type minimum struct {
	feature             string
	terraform, opentofu [2]int // {0, 0} for never
}

// RequireEphemeral skips the test if the CLI has no ephemeral resources.
func RequireEphemeral() tfversion.TerraformVersionCheck {
	return minimum{"ephemeral resources", [2]int{1, 10}, [2]int{1, 11}}
}

// RequireWriteOnly skips the test if the CLI has no write-only attributes.
func RequireWriteOnly() tfversion.TerraformVersionCheck {
	return minimum{"write-only attributes", [2]int{1, 11}, [2]int{1, 11}}
}

// RequireIdentity skips the test if the CLI has no resource identity.
func RequireIdentity() tfversion.TerraformVersionCheck {
	return minimum{"resource identity", [2]int{1, 12}, [2]int{1, 12}}
}

// RequireQuery skips the test if the CLI has no list resources.
func RequireQuery() tfversion.TerraformVersionCheck {
	return minimum{"list resources", [2]int{1, 14}, [2]int{}}
}

// CheckTerraformVersion skips the test if the running CLI lacks the feature, and fails
// it if it can't find out which CLI that is.
func (m minimum) CheckTerraformVersion(_ context.Context, req tfversion.CheckTerraformVersionRequest, resp *tfversion.CheckTerraformVersionResponse) {
	c := theCLI()
	if c.err != nil {
		resp.Error = c.err
		return
	}
	resp.Skip = m.missing(c.name, req.TerraformVersion.Segments(), req.TerraformVersion.String())
}

// missing says why the feature isn't there, "" if it is. A pre-release counts as its
// release.
func (m minimum) missing(name string, segments []int, version string) string {
	needed := m.terraform
	if name == "OpenTofu" {
		needed = m.opentofu
	}
	if needed == [2]int{} {
		return fmt.Sprintf("%s has no %s", name, m.feature)
	}
	if len(segments) < 2 || segments[0] < needed[0] || segments[0] == needed[0] && segments[1] < needed[1] {
		return fmt.Sprintf("%s %s has no %s; they came with %d.%d", name, version, m.feature, needed[0], needed[1])
	}
	return ""
}
