package helvetisafe

import (
	"crypto/fips140"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestFIPS runs itself again under each FIPS 140-3 mode, which is fixed when a
// process starts. If only approved algorithms are allowed, a PEM works, and the error
// about a password says why that doesn't.
func TestFIPS(t *testing.T) {
	const mark = "HELVETISAFE_TEST_FIPS_MODE"
	mode := os.Getenv(mark)
	if mode == "" {
		for _, mode := range []string{"on", "only"} {
			t.Run(mode, func(t *testing.T) {
				child := exec.Command(os.Args[0], "-test.run=^TestFIPS$", "-test.v")
				child.Env = append(os.Environ(), "GODEBUG=fips140="+mode, mark+"="+mode)
				if out, err := child.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestFIPS") {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
		return
	}
	if !fips140.Enabled() || fips140.Enforced() != (mode == "only") {
		t.Fatalf("FIPS 140-3: enabled %v, enforced %v", fips140.Enabled(), fips140.Enforced())
	}
	v := newVault(t)
	lifeOfASecret(t, v, v.client(t))
	_, err := v.client(t, withPassword).OrgKeyFingerprint(t.Context())
	if mode == "on" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	var refused *Error
	if !as(err, BadKey, &refused) || refused.Setting != SettingPassword || refused.Reason != NotFIPS {
		t.Errorf("err = %v", err)
	}
}
