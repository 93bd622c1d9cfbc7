package release

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/helvetisafe/terraform-provider-helvetisafe"

// The binary that users run holds keys; what tests need (a server that makes
// up credentials, helpers that print secrets) must not be in it, not even unused.
func TestBinaryLinksNoTestCode(t *testing.T) {
	linked := dependencies(t, module)
	if !linked[module+"/internal/provider"] {
		t.Fatal("the binary doesn't link internal/provider: this test looked at something else")
	}
	for _, unwanted := range []string{
		module + "/internal/devserver",
		module + "/internal/acctest",
		module + "/internal/keymaker",
		"github.com/hashicorp/terraform-plugin-testing/helper/resource",
		"net/http/httptest",
	} {
		if linked[unwanted] {
			t.Errorf("the binary links %s", unwanted)
		}
	}
}

// README says that there is no telemetry and no update check. Nothing that could
// make one is linked.
func TestBinaryLinksNoTelemetry(t *testing.T) {
	for dependency := range dependencies(t, module) {
		for _, unwanted := range []string{"checkpoint", "telemetry", "analytics", "sentry"} {
			if strings.Contains(dependency, unwanted) {
				t.Errorf("the binary links %s", dependency)
			}
		}
	}
}

// That the development server cannot decrypt is a fact of the build, and that
// the client knows nothing of Terraform keeps it usable on its own.
func TestPackagesStandApart(t *testing.T) {
	tests := []struct {
		name, pkg string
		unwanted  []string
	}{
		{
			name:     "the development server cannot decrypt",
			pkg:      "internal/devserver",
			unwanted: []string{module + "/internal/envelope", module + "/internal/keymaker", module + "/internal/helvetisafe"},
		},
		{
			name:     "the client knows no Terraform",
			pkg:      "internal/helvetisafe",
			unwanted: []string{"github.com/hashicorp/terraform-", module + "/internal/provider"},
		},
		{
			name:     "the cryptography does no I/O and waits for nothing",
			pkg:      "internal/envelope",
			unwanted: []string{"net/http", module + "/internal/helvetisafe", module + "/internal/provider"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for dependency := range dependencies(t, module+"/"+tt.pkg) {
				for _, prefix := range tt.unwanted {
					if strings.HasPrefix(dependency, prefix) {
						t.Errorf("%s imports %s, directly or through another package", tt.pkg, dependency)
					}
				}
			}
		})
	}
}

// The cryptography comes from nowhere but Go, its x/crypto and go-jose.
func TestCryptographyImports(t *testing.T) {
	for dependency := range dependencies(t, module+"/internal/envelope") {
		first, _, _ := strings.Cut(dependency, "/")
		allowed := !strings.Contains(first, ".") || first == "vendor" || strings.HasPrefix(dependency, module+"/internal/") ||
			strings.HasPrefix(dependency, "golang.org/x/crypto/") || strings.HasPrefix(dependency, "golang.org/x/sys/") ||
			strings.HasPrefix(dependency, "github.com/go-jose/go-jose/v4")
		if !allowed {
			t.Errorf("the cryptography is built from %s too", dependency)
		}
	}
}

// dependencies lists every package that pkg is built from, itself included,
// for a release build: without cgo.
func dependencies(t *testing.T, pkg string) map[string]bool {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", pkg)
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", pkg, err)
	}
	deps := map[string]bool{}
	for _, dependency := range strings.Fields(string(out)) {
		deps[dependency] = true
	}
	return deps
}
