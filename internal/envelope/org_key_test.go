package envelope

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/keymaker"
)

func countingKey(t testing.TB) *OrgKey {
	t.Helper()
	raw := make([]byte, keySize)
	for i := range raw {
		raw[i] = byte(i)
	}
	key, err := NewOrgKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestNewOrgKeySizes(t *testing.T) {
	for _, size := range []int{0, 1, 16, 24, 31, 33, 64} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			_, err := NewOrgKey(make([]byte, size))
			wantKind(t, err, BadSize)
		})
	}
}

func TestNewOrgKeyCopies(t *testing.T) {
	raw := make([]byte, keySize)
	key, err := NewOrgKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	before := key.Fingerprint()
	raw[0] = 1
	if key.Fingerprint() != before {
		t.Error("the key changed with the caller's slice")
	}
}

func TestSealOpen(t *testing.T) {
	key, err := NewOrgKey(keymaker.GenerateOrgKey())
	if err != nil {
		t.Fatal(err)
	}
	for name, plaintext := range map[string][]byte{
		"empty": nil, "one byte": {0}, "text": []byte("värde"), "1 MiB": make([]byte, 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			nonce, ciphertext, err := key.Seal(plaintext)
			if err != nil {
				t.Fatal(err)
			}
			if len(nonce) != NonceSize || len(ciphertext) != len(plaintext)+TagSize {
				t.Fatalf("%d bytes of nonce, %d of ciphertext", len(nonce), len(ciphertext))
			}
			again, _, err := key.Seal(plaintext)
			if err != nil || bytes.Equal(again, nonce) {
				t.Errorf("the nonce came twice, or %v", err)
			}
			got, err := key.Open(nonce, ciphertext)
			if err != nil || !bytes.Equal(got, plaintext) {
				t.Errorf("not opened to the same: %v", err)
			}
		})
	}
}

// Appending to the nonce must not write into the ciphertext behind it.
func TestSealKeepsSlicesApart(t *testing.T) {
	key := countingKey(t)
	nonce, ciphertext, err := key.Seal([]byte("text"))
	if err != nil {
		t.Fatal(err)
	}
	_ = append(nonce, 1, 2, 3, 4)
	if _, err := key.Open(nonce, ciphertext); err != nil {
		t.Error(err)
	}
}

func TestOpenTampered(t *testing.T) {
	key := countingKey(t)
	nonce, ciphertext, err := key.Seal([]byte("twelve bytes"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := func(b []byte, bit int) []byte {
		c := bytes.Clone(b)
		c[bit/8] ^= 1 << (bit % 8)
		return c
	}
	for bit := range len(ciphertext) * 8 {
		_, err := key.Open(nonce, flipped(ciphertext, bit))
		wantKind(t, err, OpenFailed)
	}
	for bit := range len(nonce) * 8 {
		_, err := key.Open(flipped(nonce, bit), ciphertext)
		wantKind(t, err, OpenFailed)
	}
	for size := range len(ciphertext) {
		kind := OpenFailed
		if size < TagSize {
			kind = BadSize
		}
		_, err := key.Open(nonce, ciphertext[:size])
		wantKind(t, err, kind)
	}
	for size := range 40 {
		if size == NonceSize {
			continue
		}
		_, err := key.Open(make([]byte, size), ciphertext)
		wantKind(t, err, BadSize)
	}
	_, err = key.Open(nonce, append(bytes.Clone(ciphertext), 0))
	wantKind(t, err, OpenFailed)
	other, err := NewOrgKey(keymaker.GenerateOrgKey())
	if err != nil {
		t.Fatal(err)
	}
	_, err = other.Open(nonce, ciphertext)
	wantKind(t, err, OpenFailed)
}

// The expected values of these two were computed with Python's hmac and hashlib.
func TestFingerprint(t *testing.T) {
	if got, want := countingKey(t).Fingerprint(), "SHA256:c22nOaJRGn/Y6o1EsOA+Pw"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMAC(t *testing.T) {
	key := countingKey(t)
	mac := func(label string) string {
		sum, err := key.MAC(label, []byte("message"))
		if err != nil {
			t.Fatal(err)
		}
		return hex.EncodeToString(sum)
	}
	got := mac("label")
	if want := "4f620b1cd1d567d56ef9d9002dfc031ad36d9b262a75677f869125a721fa19b8"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if mac("label2") == got {
		t.Error("another label gives the same MAC")
	}
}

func TestUnusableOrgKeys(t *testing.T) {
	for name, key := range map[string]*OrgKey{"zero": {}, "nil": nil} {
		t.Run(name, func(t *testing.T) {
			_, _, err := key.Seal([]byte("x"))
			wantKind(t, err, Unusable)
			_, err = key.Open(make([]byte, NonceSize), make([]byte, TagSize))
			wantKind(t, err, Unusable)
			mac, err := key.MAC("l", nil)
			wantKind(t, err, Unusable)
			if key.Fingerprint() != "" || mac != nil {
				t.Error("a fingerprint or MAC without a key")
			}
		})
	}
}
