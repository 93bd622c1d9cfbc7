package envelope

import (
	"bytes"
	"strings"
	"testing"
)

// lock wraps anything the way a private key is.
func lock(t testing.TB, password, plaintext []byte) WrappedPrivateKey {
	t.Helper()
	w := WrappedPrivateKey{Salt: randomSalt()}
	aead, err := newGCM(deriveKey(password, w.Salt))
	if err != nil {
		t.Fatal(err)
	}
	nonce, sealed := gcmSeal(aead, plaintext)
	end := len(sealed) - TagSize
	w.Nonce, w.Ciphertext, w.Tag = nonce, sealed[:end], sealed[end:]
	return w
}

func TestLockUnlock(t *testing.T) {
	private := privateKey(t)
	for name, password := range map[string]string{"empty": "", "text": "pässwörd 🔐", "long": strings.Repeat("x", 2000), "not UTF-8": "\xff\x00"} {
		t.Run(name, func(t *testing.T) {
			w, err := LockPrivateKey([]byte(password), private)
			if err != nil {
				t.Fatal(err)
			}
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
		"salt of 7 bytes":     func(w *WrappedPrivateKey) { w.Salt = make([]byte, MinSaltSize-1) },
		"salt of 65 bytes":    func(w *WrappedPrivateKey) { w.Salt = make([]byte, MaxSaltSize+1) },
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
	pem, err := privateKey(t).PKCS8PEM()
	if err != nil {
		t.Fatal(err)
	}
	for name, plaintext := range map[string][]byte{"a PEM": pem, "text": []byte("x"), "an object": []byte("{}"), "bytes": {0xff}} {
		t.Run(name, func(t *testing.T) {
			_, err := UnlockPrivateKey([]byte("p"), lock(t, []byte("p"), plaintext))
			wantKind(t, err, BadJWK)
		})
	}
}
