package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"strings"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/keymaker"
)

// account is the one account of the server with all that its owner knows. FILE.keys
// holds it, so that a restart takes the same credentials.
type account struct {
	Note          string `json:"note"`
	ClientID      string `json:"client_id"`
	ClientSecret  string `json:"client_secret"`
	APIToken      string `json:"api_token"`
	Password      string `json:"password"`
	PrivateKeyPEM string `json:"private_key_pem"`
	Fingerprint   string `json:"org_key_fingerprint"`

	// What the server gets, see devserver.Account.
	Ciphertext []byte `json:"encrypted_private_key"`
	Nonce      []byte `json:"nonce"`
	Salt       []byte `json:"salt"`
	Tag        []byte `json:"auth_tag"`
	OrgKey     []byte `json:"encrypted_org_key"`
}

// loadAccount reads the keys of a data file, which are in the same directory. If there
// is neither file, it makes them.
func loadAccount(data string) (*account, error) {
	if data == "" {
		return newAccount()
	}
	path := data + ".keys"
	raw, err := os.ReadFile(path) //nolint:gosec // the file that -data names
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(data); err == nil {
			return nil, fmt.Errorf("%s exists, but %s with its keys doesn't: put it back, or name another data file", data, path)
		}
		a, err := newAccount()
		if err != nil {
			return nil, err
		}
		if raw, err = json.MarshalIndent(a, "", "  "); err != nil { //nolint:gosec // FILE.keys is where they belong, mode 0600
			return nil, err
		}
		return a, devserver.WriteFile(path, append(raw, '\n'))
	}
	if err != nil {
		return nil, err
	}
	a := &account{}
	if err := json.Unmarshal(raw, a); err != nil || a.ClientID == "" || a.PrivateKeyPEM == "" || len(a.OrgKey) == 0 {
		return nil, fmt.Errorf("%s doesn't hold keys of the development server", path)
	}
	return a, nil
}

func newAccount() (*account, error) {
	a := &account{
		Note:     "Keys of a development server's account. They protect nothing but this server's test data.",
		ClientID: "dev-" + word(), ClientSecret: "dev-client-secret-" + word(), APIToken: "dev-api-token-" + word(), Password: "dev-password-" + word(),
	}
	private, err := keymaker.GeneratePrivateKey(keymaker.MinRSABits)
	if err != nil {
		return nil, err
	}
	text, err := keymaker.PKCS8PEM(private)
	if err != nil {
		return nil, err
	}
	a.PrivateKeyPEM = string(text)
	locked, err := keymaker.LockPrivateKey([]byte(a.Password), private)
	if err != nil {
		return nil, err
	}
	a.Ciphertext, a.Nonce, a.Salt, a.Tag = locked.Ciphertext, locked.Nonce, locked.Salt, locked.Tag
	raw := keymaker.GenerateOrgKey()
	defer clear(raw)
	orgKey, err := envelope.NewOrgKey(raw)
	if err != nil {
		return nil, err
	}
	a.Fingerprint = orgKey.Fingerprint()
	a.OrgKey, err = keymaker.WrapOrgKey(private, raw)
	return a, err
}

// word is random text that a shell needs no quotes for.
func word() string { return strings.ToLower(rand.Text()) }

func (a *account) served() devserver.Account {
	return devserver.Account{
		ClientID: a.ClientID, ClientSecret: a.ClientSecret, APIToken: a.APIToken,
		EncryptedPrivateKey: a.Ciphertext, PrivateKeyNonce: a.Nonce, PrivateKeySalt: a.Salt, PrivateKeyTag: a.Tag, EncryptedOrgKey: a.OrgKey,
	}
}

// newCertificate makes a certificate for loopback that is its own authority, valid
// for a month, and its PEM.
func newCertificate() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "HelvetiSafe development server"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(30 * 24 * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
