package envelope

import (
	"crypto/fips140"
	"os"
	"os/exec"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/keymaker"
)

const fipsVariable = "ENVELOPE_TEST_FIPS"

// FIPS 140-3 is chosen when a process starts, so each mode is a process of its own:
// this test binary, which runs TestFIPSChild alone.
func TestFIPS(t *testing.T) {
	for _, mode := range []string{"on", "only"} {
		t.Run(mode, func(t *testing.T) {
			child := exec.Command(os.Args[0], "-test.run=^TestFIPSChild$", "-test.v")
			child.Env = append(os.Environ(), "GODEBUG=fips140="+mode, fipsVariable+"="+mode)
			if out, err := child.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestFIPSChild shows nothing of FIPS when it isn't run by TestFIPS, and passes.
func TestFIPSChild(t *testing.T) {
	mode := os.Getenv(fipsVariable)
	if mode != "" && (!fips140.Enabled() || fips140.Enforced() != (mode == "only")) {
		t.Fatalf("the process doesn't run in mode %q", mode)
	}
	ref := referenceData(t)
	for _, k := range ref.Keys {
		for _, text := range []string{k.PKCS1, k.PKCS8} {
			private, err := ParsePEM([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			key, err := private.UnwrapOrgKey(unbase64(t, k.WrappedOrgKey.Key))
			if err != nil {
				t.Fatal(err)
			}
			secret := ref.Secrets[0]
			if got, err := key.Open(unbase64(t, secret.Response.Nonce), unbase64(t, secret.Response.Value)); err != nil || string(got) != secret.Plaintext {
				t.Errorf("not opened: %v", err)
			}
			if _, _, err := key.Seal([]byte("x")); err != nil {
				t.Error(err)
			}
			if mac, err := key.MAC("label", []byte("x")); key.Fingerprint() == "" || len(mac) != 32 || err != nil {
				t.Errorf("no fingerprint or MAC: %v", err)
			}
		}
	}
	_, err := UnlockPrivateKey([]byte(ref.Keys[0].Password), ref.wrapped(t, 0))
	_, lockErr := keymaker.LockPrivateKey([]byte("p"), privateKey(t).rsa)
	if mode == "only" {
		wantKind(t, err, NotFIPS)
		if lockErr == nil {
			t.Error("a key was locked all the same")
		}
		return
	}
	if err != nil || lockErr != nil {
		t.Error(err, lockErr)
	}
}
