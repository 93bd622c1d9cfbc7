package envelope

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"sync"
	"testing"

	"github.com/c2sp/wycheproof"
)

// reference is what was made with the published Python client.
type reference struct {
	OrgKey string `json:"org_key_hex"`
	Keys   []struct {
		Bits       int    `json:"bits"`
		PKCS1      string `json:"pkcs1_pem"`
		PKCS8      string `json:"pkcs8_pem"`
		Password   string `json:"password"`
		DerivedKey string `json:"argon2id_key_hex"`
		PrivateKey struct {
			Ciphertext string `json:"encrypted_private_key"`
			Nonce      string `json:"nonce"`
			Salt       string `json:"salt"`
			Tag        string `json:"auth_tag"`
		} `json:"private_key_response"`
		WrappedOrgKey struct {
			Key string `json:"encrypted_org_key"`
		} `json:"org_key_response"`
	} `json:"keys"`
	Secrets []struct {
		Name      string       `json:"name"`
		Plaintext string       `json:"plaintext"`
		Response  sealedSecret `json:"response"`
	} `json:"secrets"`
	BadSecrets []struct {
		Name     string       `json:"name"`
		Response sealedSecret `json:"response"`
	} `json:"bad_secrets"`
}

type sealedSecret struct {
	Value string `json:"value"`
	Nonce string `json:"nonce"`
}

var loadReference = sync.OnceValues(func() (reference, error) {
	var r reference
	raw, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(raw, &r)
})

func referenceData(t testing.TB) reference {
	t.Helper()
	r, err := loadReference()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Keys) != 3 || len(r.Secrets) != 24 || len(r.BadSecrets) != 9 {
		t.Fatalf("reference.json has %d keys, %d secrets, %d bad secrets", len(r.Keys), len(r.Secrets), len(r.BadSecrets))
	}
	return r
}

func (r reference) orgKey(t testing.TB) *OrgKey {
	t.Helper()
	key, err := NewOrgKey(unhex(t, r.OrgKey))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (r reference) wrapped(t testing.TB, i int) WrappedPrivateKey {
	t.Helper()
	k := r.Keys[i].PrivateKey
	return WrappedPrivateKey{
		Ciphertext: unbase64(t, k.Ciphertext), Tag: unbase64(t, k.Tag),
		Nonce: unbase64(t, k.Nonce), Salt: unbase64(t, k.Salt),
	}
}

// privateKey is the reference key of 2048 bits.
func privateKey(t testing.TB) *PrivateKey {
	t.Helper()
	key, err := ParsePEM([]byte(referenceData(t).Keys[0].PKCS8))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// wycheproofVectors reads a file of Project Wycheproof.
func wycheproofVectors(t *testing.T, name string, into any) {
	t.Helper()
	readJSON(t, wycheproof.TestVectors, name, into)
}

func readJSON(t *testing.T, from fs.FS, name string, into any) {
	t.Helper()
	raw, err := fs.ReadFile(from, name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func unbase64(t testing.TB, s string) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// wantKind demands an *Error of that kind.
func wantKind(t testing.TB, err error, kind Kind) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got %v, want an *Error", err)
	}
	if e.Kind != kind {
		t.Fatalf("got kind %d (%v), want %d", e.Kind, err, kind)
	}
}
