package helvetisafe

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/keymaker"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

func TestKeySources(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	other, err := keymaker.GeneratePrivateKey(keymaker.MinRSABits)
	if err != nil {
		t.Fatal(err)
	}
	otherPEM, err := keymaker.PKCS8PEM(other)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name    string
		key     KeySource
		want    Kind    // 0 for another error than ours
		setting Setting // named in the error
		says    string
	}{
		{"none", KeySource{}, BadConfig, "", "no key source is configured"},
		{"none yet", KeySource{Err: errors.New("not yet")}, 0, "", "not yet"},
		{"no such file", KeySource{Path: filepath.Join(dir, "none.pem")}, BadConfig, SettingPrivateKeyPath, "no such file"},
		{"a directory", KeySource{Path: dir}, BadConfig, SettingPrivateKeyPath, "directory"},
		{"a file without end", KeySource{Path: write("large", bytes.Repeat([]byte("A"), envelope.MaxPEM+1))}, BadConfig, SettingPrivateKeyPath, "too large"},
		{"a file that holds none", KeySource{Path: write("junk.pem", []byte("MARKER"))}, BadKey, SettingPrivateKeyPath, ""},
		{"text that is none", KeySource{PEM: redact.NewString("MARKER")}, BadKey, SettingPrivateKeyPEM, ""},
		{"another account's key", KeySource{PEM: redact.NewString(string(otherPEM))}, BadKey, SettingPrivateKeyPEM, "not for this private key"},
		{"a wrong password", KeySource{Password: redact.NewString("MARKER-wrong")}, BadKey, SettingPassword, "mistyped"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t)
			c := v.client(t, withKey(row.key))
			_, err := c.Create(t.Context(), "k", Content{Value: testPlaintext}, keepExpiry)
			if kindOf(err) != row.want || err == nil {
				t.Fatalf("err = %T: %v", err, err)
			}
			if !strings.Contains(err.Error(), string(row.setting)) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("it says %q", err)
			}
			v.discreet(t, err)
			if len(v.Keys()) != 0 {
				t.Error("something was written")
			}
			// What needs no Org Key works.
			if _, err := c.List(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestHostileKeyAnswers(t *testing.T) {
	short := wrapBytes(t, bytes.Repeat([]byte{1}, 16))
	for _, row := range []struct {
		name   string
		change func(*devserver.Account)
	}{
		{"an Org Key of 16 bytes", func(a *devserver.Account) { a.EncryptedOrgKey = short }},
		{"an Org Key for nobody", func(a *devserver.Account) { a.EncryptedOrgKey = make([]byte, 256) }},
		{"a private key without salt", func(a *devserver.Account) { a.PrivateKeySalt = nil }},
		{"a private key with a short nonce", func(a *devserver.Account) { a.PrivateKeyNonce = a.PrivateKeyNonce[:11] }},
		{"a private key with half a tag", func(a *devserver.Account) { a.PrivateKeyTag = a.PrivateKeyTag[:8] }},
		{"a private key that was changed", func(a *devserver.Account) { a.EncryptedPrivateKey = a.EncryptedPrivateKey[1:] }},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t, func(o *devserver.Options) { row.change(&o.Accounts[0]) })
			_, err := v.client(t, withPassword).OrgKeyFingerprint(t.Context())
			if !Is(err, BadKey) || !strings.Contains(err.Error(), string(SettingPassword)) {
				t.Errorf("err = %v", err)
			}
			v.discreet(t, err)
		})
	}
}

func wrapBytes(t *testing.T, raw []byte) []byte {
	t.Helper()
	block, _ := pem.Decode(testKeys().pem)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, &key.(*rsa.PrivateKey).PublicKey, raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	return wrapped
}

func TestAnAccountWithoutKeysOnTheServer(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*devserver.Account)
		says   string
	}{
		"private key": {func(a *devserver.Account) { a.EncryptedPrivateKey = nil }, "no private key for this account"},
		"Org Key":     {func(a *devserver.Account) { a.EncryptedOrgKey = nil }, "no Org Key for this account"},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t, func(o *devserver.Options) { row.change(&o.Accounts[0]) })
			_, err := v.client(t, withPassword).OrgKeyFingerprint(t.Context())
			var none *Error
			if !as(err, Refused, &none) || none.Status != 404 || !strings.Contains(err.Error(), row.says) {
				t.Errorf("err = %v", err)
			}
		})
	}
}
