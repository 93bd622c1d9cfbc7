package acctest

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

func TestParseVersion(t *testing.T) {
	tests := []struct{ name, out, cli, version string }{
		{"Terraform", "Terraform v1.11.4\non linux_amd64\n", "Terraform", "1.11.4"},
		{"OpenTofu", "OpenTofu v1.12.6\non linux_amd64\n", "OpenTofu", "1.12.6"},
		{"pre-release", "Terraform v1.15.0-beta1\non darwin_arm64\n", "Terraform", "1.15.0"},
		{"development build", "OpenTofu v1.12.6-dev\n", "OpenTofu", "1.12.6"},
		{"another program", "Pulumi v3.1.0\n", "", ""},
		{"nothing", "", "", ""},
	}
	for _, tt := range tests {
		cli, version, err := parseVersion(tt.out)
		if cli != tt.cli || version != tt.version || (err == nil) != (tt.cli != "") {
			t.Errorf("%s: %q %q %v", tt.name, cli, version, err)
		}
	}
}

func TestMinimums(t *testing.T) {
	type versions struct{ terraform, opentofu string } // the oldest that will do, "" for none
	tests := []struct {
		name  string
		check tfversion.TerraformVersionCheck
		needs versions
	}{
		{"ephemeral", RequireEphemeral(), versions{"1.10", "1.11"}},
		{"write-only", RequireWriteOnly(), versions{"1.11", "1.11"}},
		{"identity", RequireIdentity(), versions{"1.12", "1.12"}},
		{"query", RequireQuery(), versions{"1.14", ""}},
	}
	order := []string{"1.9", "1.10", "1.11", "1.12", "1.13", "1.14", "2.0"}
	segments := map[string][]int{"1.9": {1, 9, 8}, "1.10": {1, 10, 0}, "1.11": {1, 11, 4}, "1.12": {1, 12, 6}, "1.13": {1, 13, 0}, "1.14": {1, 14, 0}, "2.0": {2, 0, 0}}
	for _, tt := range tests {
		m, ok := tt.check.(minimum)
		if !ok {
			t.Fatalf("%s is another kind of check", tt.name)
		}
		for cli, oldest := range map[string]string{"Terraform": tt.needs.terraform, "OpenTofu": tt.needs.opentofu} {
			reached := false
			for _, version := range order {
				reached = reached || version == oldest
				if why := m.missing(cli, segments[version], version); (why == "") != reached {
					t.Errorf("%s on %s %s: %q", tt.name, cli, version, why)
				}
			}
		}
		if why := m.missing("Terraform", nil, ""); why == "" {
			t.Errorf("%s: no version is enough", tt.name)
		}
	}
}

// TestCLI asks the CLI of this machine, if there is one.
func TestCLI(t *testing.T) {
	name, version := CLI()
	switch {
	case theCLI().err != nil:
		if name != "" || version != "" || CLIPath() != "" {
			t.Error("an error, and a CLI")
		}
	case name != "Terraform" && name != "OpenTofu", !strings.Contains(version, "."), CLIPath() == "":
		t.Errorf("%q %q", name, version)
	}
}
