package envelope

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// This file makes private keys and writes them out. The provider does neither: only
// the development server's command and tests do.

// GeneratePrivateKey makes an RSA key of MinRSABits to MaxRSABits bits. It fails
// with Unusable for other sizes.
func GeneratePrivateKey(bits int) (*PrivateKey, error) {
	if bits < MinRSABits || bits > MaxRSABits {
		return nil, fail(Unusable, fmt.Sprintf("an RSA key has %d to %d bits, not %d", MinRSABits, MaxRSABits, bits))
	}
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, fail(Unusable, fmt.Sprintf("an RSA key of %d bits can't be made here", bits))
	}
	return newPrivateKey(key, Unusable)
}

// PKCS8PEM returns the key as a PEM block `PRIVATE KEY` (RFC 5208). It fails with
// Unusable.
func (k *PrivateKey) PKCS8PEM() ([]byte, error) {
	if k == nil || k.rsa == nil {
		return nil, fail(Unusable, "there is no private key")
	}
	der, err := x509.MarshalPKCS8PrivateKey(k.rsa)
	if err != nil {
		return nil, fail(Unusable, "the private key can't be written as PKCS#8")
	}
	defer clear(der)
	return pem.EncodeToMemory(&pem.Block{Type: labelPKCS8, Bytes: der}), nil
}

// JWK returns the key as a JWK in JSON, with all of n, e, d, p, q, dp, dq and qi
// (RFC 7518 section 6.3.2). It fails with Unusable.
func (k *PrivateKey) JWK() ([]byte, error) {
	if k == nil || k.rsa == nil {
		return nil, fail(Unusable, "there is no private key")
	}
	jwk, err := jose.JSONWebKey{Key: k.rsa}.MarshalJSON()
	if err != nil {
		return nil, fail(Unusable, "the private key can't be written as a JWK")
	}
	return jwk, nil
}

func randomSalt() []byte {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails, see its documentation
	return salt
}
