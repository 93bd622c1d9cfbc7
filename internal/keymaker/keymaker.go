// Package keymaker makes the keys of an account as the web portal makes them: an RSA
// key, its forms as PEM, as a JWK and locked with a password, and an Org Key wrapped to it
// (PROTOCOL.md, in internal/helvetisafe, sections 7 and 8). The development server's
// command and tests use it. No production code does: real keys come from the portal.
//
// It shares no code with envelope, which opens what is made here, so a mistake in one of
// them can't hide in the other.
package keymaker

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/crypto/argon2"
)

// The sizes of RSA keys that the client takes, in bits.
const (
	MinRSABits = 2048
	maxRSABits = 8192
)

// GeneratePrivateKey makes an RSA key of MinRSABits to 8192 bits.
func GeneratePrivateKey(bits int) (*rsa.PrivateKey, error) {
	if bits < MinRSABits || bits > maxRSABits {
		return nil, fmt.Errorf("an RSA key has %d to %d bits, not %d", MinRSABits, maxRSABits, bits)
	}
	return rsa.GenerateKey(rand.Reader, bits)
}

// PKCS8PEM returns a key as a PEM block `PRIVATE KEY` (RFC 5208).
func PKCS8PEM(key *rsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// JWK returns a key as a JWK in JSON, with all of n, e, d, p, q, dp, dq and qi (RFC 7518
// section 6.3.2).
func JWK(key *rsa.PrivateKey) ([]byte, error) { return jose.JSONWebKey{Key: key}.MarshalJSON() }

// Locked is what the server holds of a private key that is locked with a password.
type Locked struct {
	Ciphertext []byte // without the tag
	Tag        []byte // 16 bytes
	Nonce      []byte // 12 bytes
	Salt       []byte // 16 bytes, of Argon2id
}

// LockPrivateKey locks a key with a password. It fails if FIPS 140-3 is enforced.
func LockPrivateKey(password []byte, key *rsa.PrivateKey) (Locked, error) {
	jwk, err := JWK(key)
	if err != nil {
		return Locked{}, err
	}
	return Lock(password, jwk)
}

// Lock locks any text as a private key is locked, with a fresh salt and nonce.
func Lock(password, plaintext []byte) (Locked, error) {
	l := Locked{Salt: random(16), Nonce: random(12)}
	block, err := aes.NewCipher(argon2.IDKey(password, l.Salt, 2, 19456, 1, 32))
	if err != nil {
		return Locked{}, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return Locked{}, err
	}
	sealed := aead.Seal(nil, l.Nonce, plaintext, nil)
	end := len(sealed) - aead.Overhead()
	l.Ciphertext, l.Tag = sealed[:end:end], sealed[end:]
	return l, nil
}

// GenerateOrgKey makes the 32 bytes of an Org Key.
func GenerateOrgKey() []byte { return random(32) }

// WrapOrgKey encrypts an Org Key to the public half of a key.
func WrapOrgKey(key *rsa.PrivateKey, orgKey []byte) ([]byte, error) {
	return rsa.EncryptOAEP(sha256.New(), rand.Reader, &key.PublicKey, orgKey, nil)
}

func random(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails, see its documentation
	return b
}
