package envelope

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"slices"
	"strings"
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
	private, err := newPrivateKey(made)
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
			_, err := newPrivateKey(key)
			wantKind(t, err, BadPrivateKey)
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

// lock wraps anything the way a private key is.
func lock(t testing.TB, password, plaintext []byte) WrappedPrivateKey {
	t.Helper()
	locked, err := keymaker.Lock(password, plaintext)
	if err != nil {
		t.Fatal(err)
	}
	return WrappedPrivateKey(locked)
}

func TestLockUnlock(t *testing.T) {
	private := privateKey(t)
	for name, password := range map[string]string{"empty": "", "text": "pässwörd 🔐", "long": strings.Repeat("x", 2000), "not UTF-8": "\xff\x00"} {
		t.Run(name, func(t *testing.T) {
			locked, err := keymaker.LockPrivateKey([]byte(password), private.rsa)
			if err != nil {
				t.Fatal(err)
			}
			w := WrappedPrivateKey(locked)
			if len(w.Salt) != 16 || len(w.Nonce) != NonceSize || len(w.Tag) != TagSize {
				t.Errorf("%d bytes of salt, %d of nonce, %d of tag", len(w.Salt), len(w.Nonce), len(w.Tag))
			}
			got, err := UnlockPrivateKey([]byte(password), w)
			if err != nil || !got.rsa.Equal(private.rsa) {
				t.Errorf("not unlocked to the same: %v", err)
			}
			_, err = UnlockPrivateKey([]byte(password+" "), w)
			wantKind(t, err, WrongPassword)
		})
	}
}

func TestUnlockTampered(t *testing.T) {
	ref := referenceData(t)
	password := []byte(ref.Keys[0].Password)
	good := ref.wrapped(t, 0)
	for name, change := range map[string]func(*WrappedPrivateKey){
		"first byte":           func(w *WrappedPrivateKey) { w.Ciphertext = changed(w.Ciphertext, 0) },
		"last byte":            func(w *WrappedPrivateKey) { w.Ciphertext = changed(w.Ciphertext, len(w.Ciphertext)-1) },
		"cut":                  func(w *WrappedPrivateKey) { w.Ciphertext = w.Ciphertext[:len(w.Ciphertext)-1] },
		"longer":               func(w *WrappedPrivateKey) { w.Ciphertext = append(bytes.Clone(w.Ciphertext), 0) },
		"tag":                  func(w *WrappedPrivateKey) { w.Tag = changed(w.Tag, TagSize-1) },
		"nonce":                func(w *WrappedPrivateKey) { w.Nonce = changed(w.Nonce, 0) },
		"salt":                 func(w *WrappedPrivateKey) { w.Salt = changed(w.Salt, 0) },
		"salt of the next key": func(w *WrappedPrivateKey) { w.Salt = ref.wrapped(t, 1).Salt },
	} {
		t.Run(name, func(t *testing.T) {
			w := good
			change(&w)
			_, err := UnlockPrivateKey(password, w)
			wantKind(t, err, WrongPassword)
		})
	}
}

func TestUnlockSizes(t *testing.T) {
	ref := referenceData(t)
	good := ref.wrapped(t, 0)
	for name, change := range map[string]func(*WrappedPrivateKey){
		"no nonce":            func(w *WrappedPrivateKey) { w.Nonce = nil },
		"nonce of 11 bytes":   func(w *WrappedPrivateKey) { w.Nonce = make([]byte, 11) },
		"nonce of 16 bytes":   func(w *WrappedPrivateKey) { w.Nonce = make([]byte, 16) },
		"no tag":              func(w *WrappedPrivateKey) { w.Tag = nil },
		"tag of 15 bytes":     func(w *WrappedPrivateKey) { w.Tag = w.Tag[:15] },
		"tag of 17 bytes":     func(w *WrappedPrivateKey) { w.Tag = append(bytes.Clone(w.Tag), 0) },
		"no salt":             func(w *WrappedPrivateKey) { w.Salt = nil },
		"salt of 7 bytes":     func(w *WrappedPrivateKey) { w.Salt = make([]byte, minSaltSize-1) },
		"salt of 65 bytes":    func(w *WrappedPrivateKey) { w.Salt = make([]byte, maxSaltSize+1) },
		"no ciphertext":       func(w *WrappedPrivateKey) { w.Ciphertext = nil },
		"ciphertext too long": func(w *WrappedPrivateKey) { w.Ciphertext = make([]byte, maxJWK+1) },
		"nothing":             func(w *WrappedPrivateKey) { *w = WrappedPrivateKey{} },
	} {
		t.Run(name, func(t *testing.T) {
			w := good
			change(&w)
			_, err := UnlockPrivateKey([]byte(ref.Keys[0].Password), w)
			wantKind(t, err, BadSize)
		})
	}
}

// Sealed under the right password, but no JWK of ours.
func TestUnlockToOtherThings(t *testing.T) {
	pem, err := keymaker.PKCS8PEM(privateKey(t).rsa)
	if err != nil {
		t.Fatal(err)
	}
	for name, plaintext := range map[string][]byte{"a PEM": pem, "text": []byte("x"), "an object": []byte("{}"), "bytes": {0xff}} {
		t.Run(name, func(t *testing.T) {
			_, err := UnlockPrivateKey([]byte("p"), lock(t, []byte("p"), plaintext))
			wantKind(t, err, BadPrivateKey)
		})
	}
}

// jwkMembers is the reference key as a JWK.
func jwkMembers(t testing.TB) map[string]any {
	t.Helper()
	raw, err := keymaker.JWK(privateKey(t).rsa)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	return members
}

// jwkWith changes members; nil removes one.
func jwkWith(t testing.TB, changes map[string]any) string {
	t.Helper()
	members := maps.Clone(jwkMembers(t))
	for name, value := range changes {
		members[name] = value
		if value == nil {
			delete(members, name)
		}
	}
	raw, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// jwkEncoded has all numbers in another base64.
func jwkEncoded(t testing.TB, encoding *base64.Encoding) string {
	t.Helper()
	changes := map[string]any{}
	for _, name := range []string{"n", "e", "d", "p", "q", "dp", "dq", "qi"} {
		raw, err := base64.RawURLEncoding.DecodeString(jwkMembers(t)[name].(string))
		if err != nil {
			t.Fatal(err)
		}
		changes[name] = encoding.EncodeToString(raw)
	}
	return jwkWith(t, changes)
}

func TestParseJWKTakes(t *testing.T) {
	for name, jwk := range map[string]string{
		"all members":      jwkWith(t, nil),
		"as WebCrypto":     jwkWith(t, map[string]any{"alg": "RSA-OAEP-256", "ext": true, "key_ops": []string{"decrypt"}}),
		"without dp":       jwkWith(t, map[string]any{"dp": nil}),
		"without CRT":      jwkWith(t, map[string]any{"dp": nil, "dq": nil, "qi": nil}),
		"unknown members":  jwkWith(t, map[string]any{"comment": 1, "other": map[string]any{}}),
		"white space":      " \n" + jwkWith(t, nil) + "\n",
		"padded":           jwkEncoded(t, base64.URLEncoding),
		"standard":         jwkEncoded(t, base64.RawStdEncoding),
		"standard, padded": jwkEncoded(t, base64.StdEncoding),
		"slashes escaped":  strings.ReplaceAll(jwkEncoded(t, base64.StdEncoding), "/", `\/`),
	} {
		t.Run(name, func(t *testing.T) {
			key, err := parseJWK([]byte(jwk))
			if err != nil || !key.rsa.Equal(privateKey(t).rsa) {
				t.Errorf("not the key: %v", err)
			}
		})
	}
}

func TestParseJWKRefuses(t *testing.T) {
	good := jwkMembers(t)
	other := func(name string) string {
		s := good[name].(string)
		return s[:len(s)/2] + strings.Map(func(r rune) rune {
			if r == 'A' {
				return 'B'
			}
			return 'A'
		}, s[len(s)/2:len(s)/2+1]) + s[len(s)/2+1:]
	}
	for name, jwk := range map[string]string{
		"empty":             "",
		"null":              "null",
		"no JSON":           "{",
		"an array":          "[]",
		"no members":        "{}",
		"deeply nested":     strings.Repeat("[", maxJWK),
		"nested in a key":   `{"kty":` + strings.Repeat(`{"a":`, 2000) + `1` + strings.Repeat("}", 2000) + "}",
		"too long":          jwkWith(t, map[string]any{"comment": strings.Repeat("x", maxJWK)}),
		"symmetric":         `{"kty":"oct","k":"AAAA"}`,
		"EC":                `{"kty":"EC","crv":"P-256","x":"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY","y":"UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw"}`,
		"Ed25519":           `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		"unknown kty":       jwkWith(t, map[string]any{"kty": "rsa"}),
		"no kty":            jwkWith(t, map[string]any{"kty": nil}),
		"public key":        jwkWith(t, map[string]any{"d": nil, "p": nil, "q": nil, "dp": nil, "dq": nil, "qi": nil}),
		"no d":              jwkWith(t, map[string]any{"d": nil}),
		"no p":              jwkWith(t, map[string]any{"p": nil}),
		"no q":              jwkWith(t, map[string]any{"q": nil}),
		"no p and q":        jwkWith(t, map[string]any{"p": nil, "q": nil}),
		"no e":              jwkWith(t, map[string]any{"e": nil}),
		"e = 1":             jwkWith(t, map[string]any{"e": "AQ"}),
		"e even":            jwkWith(t, map[string]any{"e": "AQAA"}),
		"e of 64 bits":      jwkWith(t, map[string]any{"e": "f_________8"}),
		"e of 80 bits":      jwkWith(t, map[string]any{"e": "AAABAAAAAAEAAQ"}),
		"n of another key":  jwkWith(t, map[string]any{"n": other("n")}),
		"d of another key":  jwkWith(t, map[string]any{"d": other("d")}),
		"p = n, q = 1":      jwkWith(t, map[string]any{"p": good["n"], "q": "AQ"}),
		"dp of another key": jwkWith(t, map[string]any{"dp": other("dp")}),
		"qi of another key": jwkWith(t, map[string]any{"qi": other("qi")}),
		"n of three bytes":  jwkWith(t, map[string]any{"n": "+/+/"}),
		"no base64":         jwkWith(t, map[string]any{"e": "AQ!B"}),
		"empty n":           jwkWith(t, map[string]any{"n": ""}),
		"n a number":        jwkWith(t, map[string]any{"n": 17}),
		"n too large":       jwkWith(t, map[string]any{"n": strings.Repeat("_", 9000)}),
		"a second key":      jwkWith(t, nil) + jwkWith(t, nil),
		"a member twice":    strings.Replace(jwkWith(t, nil), "{", `{"e":"AQAB",`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseJWK([]byte(jwk))
			wantKind(t, err, BadPrivateKey)
		})
	}
}
