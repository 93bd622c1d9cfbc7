package live

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// runMake runs a target as a user does, with the variables of a vault or without any.
func runMake(t *testing.T, environ []string, args ...string) (string, error) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test builds and runs commands (make test)")
	}
	cmd := exec.CommandContext(t.Context(), "make", append([]string{"--no-print-directory", "-C", "../.."}, args...)...)
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, prefixEnv) {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	cmd.Env = append(cmd.Env, environ...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestMakeSweepAndReport(t *testing.T) {
	v := start(t)
	environ := v.Env(acctest.OAuth, acctest.PEMFile)
	file := filepath.Join(t.TempDir(), "report.json")
	printed, err := runMake(t, environ, "protocol-report", "OUT="+file)
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	raw, err := os.ReadFile(file)
	var report struct{ Facts map[string]string }
	if err != nil || json.Unmarshal(raw, &report) != nil || report.Facts["null_expiry"] != "clears" {
		t.Errorf("%v\n%s", err, raw)
	}
	v.WritePlain("tfacc_left", `{"x":"y"}`)
	out, err := runMake(t, environ, "sweep", "SWEEP_OLDER_THAN=5m")
	if err != nil || !strings.Contains(out, "younger than 5m") {
		t.Errorf("%v\n%s", err, out)
	}
	leavesNothing(t, v, printed+out)
}

// Without the variables each says which to set, and a finding that the provider can't
// work with fails the report, which is written all the same.
func TestMakeFails(t *testing.T) {
	for _, target := range []string{"test-live", "sweep", "protocol-report"} {
		if out, err := runMake(t, nil, target); err == nil || !strings.Contains(out, "HELVETISAFE_BASE_URL") {
			t.Errorf("%s: %v\n%s", target, err, out)
		}
	}
	v := start(t)
	answers(v, "read", onErrors("No"))
	file := filepath.Join(t.TempDir(), "report.json")
	out, err := runMake(t, v.Env(acctest.OAuth, acctest.PEMFile), "protocol-report", "OUT="+file)
	if err == nil || !strings.Contains(out, "can't work with it") {
		t.Errorf("%v\n%s", err, out)
	}
	if raw, err := os.ReadFile(file); err != nil || !strings.Contains(string(raw), `"error_body": "not json"`) {
		t.Errorf("%v\n%s", err, raw)
	}
	if keys := v.Server.Keys(); !slices.Equal(keys, []string{others}) {
		t.Errorf("left: %q", keys)
	}
}
