package provider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

func pemText(kind string, der []byte, headers map[string]string) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der, Headers: headers}))
}

// must takes the two results of a call: must[T](t)(call()).
func must[T any](t *testing.T) func(value T, err error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// create tries to make a secret and returns the errors.
func create(t *testing.T, block attributes) []string {
	t.Helper()
	config := attributes{"key": "k", "value": "hunter2"}
	return newCore(t, block).apply(config, config).errors
}

// TestKeySources: what each form of the private key comes to when a secret is made.
// A bad one is one error that names its attribute and shows nothing of it, and
// nothing is written.
func TestKeySources(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0") // to make the key that is too small
	acctest.ClearEnv(t)
	v := acctest.Start(t)
	key := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	small := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 1024))
	ec := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	ecDER := must[[]byte](t)(x509.MarshalPKCS8PrivateKey(ec))
	publicDER := must[[]byte](t)(x509.MarshalPKIXPublicKey(&key.PublicKey))
	pkcs1 := x509.MarshalPKCS1PrivateKey(key)
	middle := strings.Split(v.PEM, "\n")[5]

	for _, tc := range []struct {
		name string
		pem  string
		says string // "" if it works
	}{
		{"PKCS#8", v.PEM, ""},
		{"Windows line ends", strings.ReplaceAll(v.PEM, "\n", "\r\n"), ""},
		{"text around it", "my key:\n" + v.PEM + "\nend", ""},
		{"no PEM", "hunter2-" + middle, "PEM"},
		{"cut short", v.PEM[:len(v.PEM)/2], "PEM"},
		{"encrypted PKCS#8", pemText("ENCRYPTED PRIVATE KEY", pkcs1, nil), "encrypted"},
		{"encrypted PKCS#1", pemText("RSA PRIVATE KEY", pkcs1, map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}), "encrypted"},
		{"a public key", pemText("PUBLIC KEY", publicDER, nil), "public key"},
		{"an elliptic curve", pemText("PRIVATE KEY", ecDER, nil), "RSA"},
		{"an elliptic curve in its own form", pemText("EC PRIVATE KEY", must[[]byte](t)(x509.MarshalECPrivateKey(ec)), nil), "RSA"},
		{"RSA of 1024 bits", pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small), nil), "2048"},
		{"another account's", pemText("RSA PRIVATE KEY", pkcs1, nil), "Org Key"},
	} {
		file := filepath.Join(t.TempDir(), "key.pem")
		if err := os.WriteFile(file, []byte(tc.pem), 0o600); err != nil {
			t.Fatal(err)
		}
		for attribute, value := range map[string]string{"private_key_path": file, "private_key_pem": tc.pem} {
			t.Run(tc.name+" in "+attribute, func(t *testing.T) {
				expectCreate(t, v, attributes{"private_key_path": nil, attribute: value}, attribute, tc.says)
			})
		}
	}
	t.Run("line ends spelled out", func(t *testing.T) {
		expectCreate(t, v, attributes{"private_key_path": nil, "private_key_pem": strings.ReplaceAll(v.PEM, "\n", `\n`)}, "", "")
	})
	t.Run("a missing file", func(t *testing.T) {
		expectCreate(t, v, attributes{"private_key_path": filepath.Join(t.TempDir(), "no.pem")}, "private_key_path", "no such file")
	})
	t.Run("a directory", func(t *testing.T) {
		expectCreate(t, v, attributes{"private_key_path": t.TempDir()}, "private_key_path", "director")
	})
	t.Run("no source", func(t *testing.T) {
		expectCreate(t, v, attributes{"private_key_path": nil}, "private_key_path", "password")
	})
	t.Run("the password", func(t *testing.T) {
		expectCreate(t, v, attributes{"private_key_path": nil, "password": v.Password}, "", "")
	})
	t.Run("a wrong password", func(t *testing.T) {
		expectCreate(t, v, attributes{"private_key_path": nil, "password": v.Password + "x"}, "password", "password")
	})
	t.Run("an Org Key of 16 bytes", func(t *testing.T) {
		block, _ := pem.Decode([]byte(v.PEM))
		private, _ := must[any](t)(x509.ParsePKCS8PrivateKey(block.Bytes)).(*rsa.PrivateKey)
		short := must[[]byte](t)(rsa.EncryptOAEP(sha256.New(), rand.Reader, &private.PublicKey, make([]byte, 16), nil))
		v.Server.Configure(func(o *devserver.Options) { o.Accounts[0].EncryptedOrgKey = short })
		expectCreate(t, v, nil, "Org Key", "32 bytes")
	})
}

// expectCreate makes a secret with a changed provider block, and expects it to work
// or one error that names the attribute and says what is wrong.
func expectCreate(t *testing.T, v *acctest.Vault, changes attributes, attribute, says string) {
	t.Helper()
	v.Server.Remove("k")
	v.Server.ResetRequests()
	errs := create(t, vaultBlock(v, changes))
	if says == "" {
		if plain, _ := v.ReadPlain("k"); len(errs) > 0 || plain != `{"k":"hunter2"}` {
			t.Fatalf("the secret was not made: %q", errs)
		}
		return
	}
	if len(errs) != 1 || !mentions(errs, attribute) || !mentions(errs, says) {
		t.Errorf("want one error that names %s and says %q: %q", attribute, says, errs)
	}
	if mentions(errs, "hunter2") || len(v.Markers().InString(strings.Join(errs, "\n"))) > 0 {
		t.Error("the error shows a secret")
	}
	v.NoWrites(t)
}
