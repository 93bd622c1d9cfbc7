package envelope

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"testing"
)

func TestReferenceKeys(t *testing.T) {
	ref := referenceData(t)
	for i, k := range ref.Keys {
		sources := map[string]func() (*PrivateKey, error){
			"PKCS#1":   func() (*PrivateKey, error) { return ParsePEM([]byte(k.PKCS1)) },
			"PKCS#8":   func() (*PrivateKey, error) { return ParsePEM([]byte(k.PKCS8)) },
			"password": func() (*PrivateKey, error) { return UnlockPrivateKey([]byte(k.Password), ref.wrapped(t, i)) },
		}
		for name, source := range sources {
			t.Run(fmt.Sprintf("%d bits, %s", k.Bits, name), func(t *testing.T) {
				private, err := source()
				if err != nil {
					t.Fatal(err)
				}
				if got := private.rsa.N.BitLen(); got != k.Bits {
					t.Errorf("the key has %d bits", got)
				}
				org, err := private.UnwrapOrgKey(unbase64(t, k.WrappedOrgKey.Key))
				if err != nil {
					t.Fatal(err)
				}
				if hex.EncodeToString(org.key.raw) != ref.OrgKey {
					t.Error("unwrapped another Org Key")
				}
			})
		}
		t.Run(fmt.Sprintf("%d bits, derived key", k.Bits), func(t *testing.T) {
			got := deriveKey([]byte(k.Password), unbase64(t, k.PrivateKey.Salt))
			if hex.EncodeToString(got) != k.DerivedKey {
				t.Error("derived another key")
			}
		})
	}
}

func TestReferenceSecrets(t *testing.T) {
	ref := referenceData(t)
	key := ref.orgKey(t)
	for _, s := range ref.Secrets {
		t.Run(s.Name, func(t *testing.T) {
			got, err := key.Open(unbase64(t, s.Response.Nonce), unbase64(t, s.Response.Value))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, []byte(s.Plaintext)) {
				t.Error("opened to another plaintext")
			}
		})
	}
}

func TestReferenceBadSecrets(t *testing.T) {
	ref := referenceData(t)
	key := ref.orgKey(t)
	for _, s := range ref.BadSecrets {
		t.Run(s.Name, func(t *testing.T) {
			// The caller decodes base64, and refuses what is not base64.
			value, errValue := base64.StdEncoding.DecodeString(s.Response.Value)
			nonce, errNonce := base64.StdEncoding.DecodeString(s.Response.Nonce)
			if errValue != nil || errNonce != nil {
				return
			}
			if _, err := key.Open(nonce, value); err == nil {
				t.Error("opened")
			}
		})
	}
}

func TestArgon2idVectors(t *testing.T) {
	var file struct {
		Vectors []struct {
			Password string `json:"password_hex"`
			Salt     string `json:"salt_hex"`
			T, M, P  int
			Len      int
			Tag      string
		}
	}
	readJSON(t, os.DirFS("testdata"), "argon2id.json", &file)
	if len(file.Vectors) == 0 {
		t.Fatal("no vectors")
	}
	for i, v := range file.Vectors {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			if v.T != argonTime || v.M != argonMemory || v.P != argonThreads || v.Len != keySize {
				t.Fatalf("t=%d m=%d p=%d len=%d aren't the parameters of the protocol", v.T, v.M, v.P, v.Len)
			}
			got := deriveKey(unhex(t, v.Password), unhex(t, v.Salt))
			if hex.EncodeToString(got) != v.Tag {
				t.Errorf("got %x, want %s", got, v.Tag)
			}
		})
	}
}
