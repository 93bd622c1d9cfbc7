package envelope

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"slices"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/keymaker"
)

// newKey is a fresh key of 2048 bits.
func newKey(t testing.TB) *PrivateKey {
	t.Helper()
	made, err := keymaker.GeneratePrivateKey(minRSABits)
	if err != nil {
		t.Fatal(err)
	}
	private, err := newPrivateKey(made, BadPEM)
	if err != nil {
		t.Fatal(err)
	}
	return private
}

func TestWrapUnwrap(t *testing.T) {
	private, key := privateKey(t), countingKey(t)
	wrapped, err := keymaker.WrapOrgKey(private.rsa, key.key.raw)
	if err != nil {
		t.Fatal(err)
	}
	got, err := private.UnwrapOrgKey(wrapped)
	if err != nil || got.Fingerprint() != key.Fingerprint() {
		t.Fatalf("not unwrapped to the same key: %v", err)
	}

	for i := range wrapped {
		changed := bytes.Clone(wrapped)
		changed[i] ^= 0x80
		if i%16 == 0 { // every one would take seconds and shows no more
			_, err := private.UnwrapOrgKey(changed)
			wantKind(t, err, UnwrapFailed)
		}
	}
	for _, size := range []int{0, 1, 32, len(wrapped) - 1} {
		_, err := private.UnwrapOrgKey(wrapped[:size])
		wantKind(t, err, BadSize)
	}
	_, err = private.UnwrapOrgKey(append(bytes.Clone(wrapped), 0))
	wantKind(t, err, BadSize)

	other := newKey(t)
	_, err = other.UnwrapOrgKey(wrapped)
	wantKind(t, err, UnwrapFailed)
}

func TestGeneratedKeyReadsBack(t *testing.T) {
	private := newKey(t)
	forms := map[string]struct {
		write func() ([]byte, error)
		read  func([]byte) (*PrivateKey, error)
	}{
		"PKCS#1": {func() ([]byte, error) {
			return pem.EncodeToMemory(&pem.Block{Type: labelPKCS1, Bytes: x509.MarshalPKCS1PrivateKey(private.rsa)}), nil
		}, ParsePEM},
		"PKCS#8": {func() ([]byte, error) { return keymaker.PKCS8PEM(private.rsa) }, ParsePEM},
		"JWK":    {func() ([]byte, error) { return keymaker.JWK(private.rsa) }, parseJWK},
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			raw, err := form.write()
			if err != nil {
				t.Fatal(err)
			}
			got, err := form.read(raw)
			if err != nil || !got.rsa.Equal(private.rsa) {
				t.Errorf("read back another key: %v", err)
			}
		})
	}
}

func TestUnusablePrivateKeys(t *testing.T) {
	for name, k := range map[string]*PrivateKey{"zero": {}, "nil": nil} {
		t.Run(name, func(t *testing.T) {
			_, err := k.UnwrapOrgKey(nil)
			wantKind(t, err, Unusable)
		})
	}
}

// Keys of these shapes take minutes to make, or Go's parsers don't give them out.
func TestNewPrivateKeyRefuses(t *testing.T) {
	good := privateKey(t).rsa
	inconsistent := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Add(good.N, big.NewInt(2)), E: good.E},
		D:         good.D, Primes: good.Primes,
	}
	ofBits := func(bits uint, primes int) *rsa.PrivateKey {
		k := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), bits-1), E: 65537}, D: big.NewInt(3)}
		for range primes {
			k.Primes = append(k.Primes, big.NewInt(3))
		}
		return k
	}
	for name, key := range map[string]*rsa.PrivateKey{
		"too small":    ofBits(minRSABits-1, 2),
		"too large":    ofBits(maxRSABits+1, 2),
		"no primes":    ofBits(minRSABits, 0),
		"three primes": ofBits(minRSABits, 3),
		"inconsistent": inconsistent,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newPrivateKey(key, BadJWK)
			wantKind(t, err, BadJWK)
		})
	}
}

func TestDestroyedPrivateKeys(t *testing.T) {
	private, key := privateKey(t), countingKey(t)
	wrapped, err := keymaker.WrapOrgKey(private.rsa, key.key.raw)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := keymaker.PKCS8PEM(private.rsa)
	if err != nil {
		t.Fatal(err)
	}
	if private, err = ParsePEM(raw); err != nil {
		t.Fatal(err)
	}
	pre := private.rsa.Precomputed
	secrets := map[string][]big.Word{
		"d": private.rsa.D.Bits(), "p": private.rsa.Primes[0].Bits(), "q": private.rsa.Primes[1].Bits(),
		"dp": pre.Dp.Bits(), "dq": pre.Dq.Bits(), "qi": pre.Qinv.Bits(),
	}
	private.Destroy()
	private.Destroy()
	for name, words := range secrets {
		if len(words) == 0 || slices.ContainsFunc(words, func(w big.Word) bool { return w != 0 }) {
			t.Errorf("Destroy left words of %s", name)
		}
	}
	for name, destroyed := range map[string]*PrivateKey{"destroyed": private, "zero": {}, "nil": nil} {
		t.Run(name, func(t *testing.T) {
			destroyed.Destroy()
			_, err := destroyed.UnwrapOrgKey(wrapped)
			wantKind(t, err, Unusable)
		})
	}
}
