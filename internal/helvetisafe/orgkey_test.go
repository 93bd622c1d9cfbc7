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
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// otherFingerprint is well-formed, and no Org Key's.
const otherFingerprint = "SHA256:AAAAAAAAAAAAAAAAAAAAAA"

func TestKeySources(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	other, err := envelope.GeneratePrivateKey(2048)
	if err != nil {
		t.Fatal(err)
	}
	otherPEM, err := other.PKCS8PEM()
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
		{"none", nil, BadConfig, "", "no key source is configured"},
		{"none yet", UnavailableKey{errors.New("not yet")}, 0, "", "not yet"},
		{"no such file", PEMFile{filepath.Join(dir, "none.pem")}, BadConfig, SettingPrivateKeyPath, "no such file"},
		{"a directory", PEMFile{dir}, BadConfig, SettingPrivateKeyPath, "directory"},
		{"a file without end", PEMFile{write("large", bytes.Repeat([]byte("A"), maxPEMSize+1))}, BadConfig, SettingPrivateKeyPath, "too large"},
		{"a file that holds none", PEMFile{write("junk.pem", []byte("MARKER"))}, BadKey, SettingPrivateKeyPath, ""},
		{"text that is none", PEMText{redact.NewString("MARKER")}, BadKey, SettingPrivateKeyPEM, ""},
		{"another account's key", PEMText{redact.NewString(string(otherPEM))}, BadKey, SettingPrivateKeyPEM, "not for this private key"},
		{"a wrong password", Password{redact.NewString("MARKER-wrong")}, BadKey, SettingPassword, "mistyped"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t)
			c := v.client(t, withKey(row.key))
			_, err := c.Create(background(t), "k", StoredContent{Value: testPlaintext}, KeepExpiry())
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
			if _, err := c.List(background(t)); err != nil {
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
			_, err := v.client(t, withPassword).OrgKeyFingerprint(background(t))
			if !Is(err, BadKey) || !strings.Contains(err.Error(), string(SettingPassword)) {
				t.Errorf("err = %v", err)
			}
			v.discreet(t, err)
		})
	}
}

// wrapBytes wraps what envelope itself doesn't: an Org Key of another size.
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
			_, err := v.client(t, withPassword).OrgKeyFingerprint(background(t))
			var none *Error
			if !as(err, Refused, &none) || none.Status != 404 || !strings.Contains(err.Error(), row.says) {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func TestAFailureIsKeptForAWhileOnly(t *testing.T) {
	v := newVault(t)
	c := v.client(t)
	v.AddFault(devserver.Fault{Path: devserver.RouteOrgKey, Status: 403, Times: 1})
	for range 10 {
		if _, err := c.OrgKeyFingerprint(background(t)); err == nil {
			t.Fatal("no error")
		}
	}
	if n := v.Count(devserver.RouteOrgKey); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	c.rest.Clock.(*fakeClock).advance(failureLife)
	if _, err := c.OrgKeyFingerprint(background(t)); err != nil {
		t.Error(err)
	}
}

func TestPins(t *testing.T) {
	v := newVault(t)
	v.put(t, "k", `{"k":"v"}`)
	current := v.org.Fingerprint()
	for _, row := range []struct {
		name  string
		pins  []string
		noted string
		write bool // allowed, as is the reading of a value
		load  bool // what needs no trust: to show the Org Key, to send a ciphertext back
		check bool // CheckOrgKey with noted
	}{
		{"nothing known", nil, "", true, true, true},
		{"recorded", nil, current, true, true, true},
		{"another recorded", nil, otherFingerprint, false, true, false},
		{"pinned", []string{otherFingerprint, current}, "", true, true, true},
		{"pinned, another recorded", []string{current}, otherFingerprint, true, true, true},
		{"another pinned", []string{otherFingerprint}, "", false, false, true},
		{"another pinned, recorded", []string{otherFingerprint}, current, false, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := v.client(t, func(cfg *Config) { cfg.OrgKeyFingerprints = row.pins })
			c.NoteOrgKey(row.noted)
			ctx := background(t)
			s, err := c.Get(ctx, "k")
			if err != nil {
				t.Fatal(err)
			}
			before := len(v.Requests())
			allowed := func(what string, err error, want bool) {
				t.Helper()
				var bad *Error
				if want != (err == nil) || !want && (!as(err, OtherOrgKey, &bad) || bad.OrgKey != current) {
					t.Errorf("%s: %v", what, err)
				}
			}
			_, err = c.Open(ctx, s)
			allowed("Open", err, row.write)
			_, err = c.OrgKeyFingerprint(ctx)
			allowed("OrgKeyFingerprint", err, row.load)
			_, err = c.Update(ctx, "k", StoredContent{Value: "v"}, KeepExpiry())
			allowed("Update", err, row.write)
			_, err = c.Create(ctx, "n", StoredContent{Value: "v"}, KeepExpiry())
			allowed("Create", err, row.write)
			v.Remove("n")
			_, err = c.UpdateSealed(ctx, s, KeepExpiry())
			allowed("UpdateSealed", err, row.load)
			allowed("CheckOrgKey", c.CheckOrgKey(ctx, row.noted), row.check)
			if !row.write {
				for _, r := range v.Requests()[before:] {
					if r.Route == devserver.RouteCreate || r.Route == devserver.RouteUpdate && !row.load {
						t.Errorf("%s was sent", r.Route)
					}
				}
			}
		})
	}
}

func TestUpdateSealedNeedsNoOrgKeyWithoutPins(t *testing.T) {
	v := newVault(t)
	v.put(t, "k", "bare text")
	c := v.client(t, withKey(nil))
	s, err := c.Get(background(t), "k")
	if err != nil {
		t.Fatal(err)
	}
	w, err := c.UpdateSealed(background(t), s, KeepExpiry())
	if err != nil || w.OrgKeyFingerprint != "" || v.plaintext(t, "k") != "bare text" {
		t.Errorf("UpdateSealed = %q, %v", w.OrgKeyFingerprint, err)
	}
}
