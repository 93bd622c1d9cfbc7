package envelope

import (
	"bytes"
	"errors"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/keymaker"
)

// checkFuzzed demands what must hold of every input: an *Error or a key that works.
func checkFuzzed(t *testing.T, key *PrivateKey, err error, kinds ...Kind) {
	t.Helper()
	if err == nil {
		wrapped, err := keymaker.WrapOrgKey(key.rsa, countingKey(t).key.raw)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := key.UnwrapOrgKey(wrapped); err != nil {
			t.Fatalf("a key was taken that doesn't work: %v", err)
		}
		return
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%v is not an *Error", err)
	}
	for _, kind := range kinds {
		if e.Kind == kind {
			return
		}
	}
	t.Fatalf("kind %d: %v", e.Kind, err)
}

func FuzzParsePEM(f *testing.F) {
	k := referenceData(f).Keys[0]
	f.Add([]byte(k.PKCS1))
	f.Add([]byte(k.PKCS8))
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := ParsePEM(text)
		checkFuzzed(t, key, err, BadPrivateKey)
	})
}

func FuzzParseJWK(f *testing.F) {
	f.Add([]byte(jwkWith(f, nil)))
	f.Add([]byte(jwkWith(f, map[string]any{"dp": nil})))
	f.Fuzz(func(t *testing.T, jwk []byte) {
		key, err := parseJWK(jwk)
		checkFuzzed(t, key, err, BadPrivateKey)
	})
}

// FuzzUnlockPrivateKey changes the reference's wrapped key; Argon2 makes it slow, so
// the sizes are checked on every input and the derivation runs on those that pass.
func FuzzUnlockPrivateKey(f *testing.F) {
	ref := referenceData(f)
	password := ref.Keys[0].Password
	good := ref.wrapped(f, 0)
	f.Add([]byte(password), good.Ciphertext, good.Tag, good.Nonce, good.Salt)
	f.Fuzz(func(t *testing.T, password, ciphertext, tag, nonce, salt []byte) {
		key, err := UnlockPrivateKey(password, WrappedPrivateKey{Ciphertext: ciphertext, Tag: tag, Nonce: nonce, Salt: salt})
		checkFuzzed(t, key, err, BadSize, WrongPassword)
	})
}

func FuzzUnwrapOrgKey(f *testing.F) {
	ref := referenceData(f)
	f.Add(unbase64(f, ref.Keys[0].WrappedOrgKey.Key))
	f.Add(unbase64(f, ref.Keys[1].WrappedOrgKey.Key))
	private := privateKey(f)
	f.Fuzz(func(t *testing.T, wrapped []byte) {
		key, err := private.UnwrapOrgKey(wrapped)
		if err == nil {
			if key.Fingerprint() == "" {
				t.Fatal("an Org Key without a fingerprint")
			}
			return
		}
		checkFuzzed(t, nil, err, BadSize, UnwrapFailed)
	})
}

func FuzzOpen(f *testing.F) {
	ref := referenceData(f)
	for _, s := range ref.Secrets[:3] {
		f.Add(unbase64(f, s.Response.Nonce), unbase64(f, s.Response.Value))
	}
	key := ref.orgKey(f)
	f.Fuzz(func(t *testing.T, nonce, ciphertext []byte) {
		plaintext, err := key.Open(nonce, ciphertext)
		if err != nil {
			checkFuzzed(t, nil, err, BadSize, OpenFailed)
			return
		}
		if len(plaintext) != len(ciphertext)-TagSize {
			t.Fatal("the plaintext has another length than the ciphertext")
		}
		// What opens must be what was sealed: the very input of a seed.
		for _, s := range ref.Secrets {
			if bytes.Equal(plaintext, []byte(s.Plaintext)) {
				return
			}
		}
		t.Fatal("a forged ciphertext opened")
	})
}
