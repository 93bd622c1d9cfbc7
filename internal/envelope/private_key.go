package envelope

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

const (
	// MinRSABits is the smallest modulus that is taken, in bits. NIST SP 800-131A
	// asks for it; Go's own limit is 1024.
	MinRSABits = 2048
	// maxRSABits is the largest, in bits. It bounds the work that a key can cause.
	maxRSABits = 8192
)

// PrivateKey is the RSA key to which an account's Org Key is wrapped. It prints
// as [redacted]. The zero value and nil are keys that fail.
type PrivateKey struct {
	redact.Redacted
	rsa *rsa.PrivateKey
}

// newPrivateKey takes over a key that a parser made. The key must have MinRSABits to
// maxRSABits bits and two primes, and its numbers must fit together. The error has
// the given kind.
func newPrivateKey(key *rsa.PrivateKey, kind Kind) (*PrivateKey, error) {
	bits := key.N.BitLen()
	if bits < MinRSABits {
		return nil, fail(kind, fmt.Sprintf("the RSA key has %d bits, at least %d are needed", bits, MinRSABits))
	}
	if bits > maxRSABits {
		return nil, fail(kind, fmt.Sprintf("the RSA key has %d bits, at most %d are taken", bits, maxRSABits))
	}
	if len(key.Primes) != 2 {
		return nil, fail(kind, "the RSA key has more than two primes, which no HelvetiSafe key has")
	}
	if err := key.Validate(); err != nil {
		return nil, fail(kind, "the numbers of the RSA key don't fit together: it is damaged")
	}
	key.Precompute() // once here, or every unwrap does it again
	return &PrivateKey{rsa: key}, nil
}

// UnwrapOrgKey decrypts a wrapped Org Key: RSA-OAEP, SHA-256 for hash and MGF1,
// no label (RFC 8017 section 7.1; PROTOCOL.md section 8). It fails with BadSize if
// wrapped is not as long as the modulus or what it holds is not 32 bytes, and with
// UnwrapFailed if it isn't for this key.
func (k *PrivateKey) UnwrapOrgKey(wrapped []byte) (*OrgKey, error) {
	raw, err := k.decryptOAEP(wrapped)
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	return NewOrgKey(raw)
}

// Destroy clears the key's secret numbers; later calls fail with Unusable. It must not
// run at the same time as another call. crypto/rsa keeps copies in a form of its own,
// which can't be cleared: they are left to the garbage collector.
func (k *PrivateKey) Destroy() {
	if k == nil || k.rsa == nil {
		return
	}
	pre := k.rsa.Precomputed
	for _, n := range append([]*big.Int{k.rsa.D, pre.Dp, pre.Dq, pre.Qinv}, k.rsa.Primes...) {
		clear(n.Bits())
	}
	k.rsa = nil
}

func (k *PrivateKey) decryptOAEP(wrapped []byte) ([]byte, error) {
	if k == nil || k.rsa == nil {
		return nil, fail(Unusable, "there is no private key")
	}
	if len(wrapped) != k.rsa.Size() {
		return nil, fail(BadSize, fmt.Sprintf("a key wrapped to this private key has %d bytes, this one has %d: it is for another private key, or damaged", k.rsa.Size(), len(wrapped)))
	}
	raw, err := rsa.DecryptOAEP(sha256.New(), nil, k.rsa, wrapped, nil)
	if err != nil {
		return nil, fail(UnwrapFailed, "the Org Key that the server sent is not for this private key")
	}
	return raw, nil
}

// WrapOrgKey encrypts an Org Key to the public half, as the web portal does. Only
// the development server's command and tests wrap keys. It fails with Unusable.
func (k *PrivateKey) WrapOrgKey(key *OrgKey) ([]byte, error) {
	if k == nil || k.rsa == nil {
		return nil, fail(Unusable, "there is no private key")
	}
	var wrapped []byte
	err := key.use(func(key *orgKey) error {
		out, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, &k.rsa.PublicKey, key.raw, nil)
		if err != nil {
			return fail(Unusable, "the Org Key can't be wrapped to this private key")
		}
		wrapped = out
		return nil
	})
	return wrapped, err
}

// GeneratePrivateKey makes an RSA key of MinRSABits to maxRSABits bits. Only the
// development server's command and tests do. It fails with Unusable for other sizes.
func GeneratePrivateKey(bits int) (*PrivateKey, error) {
	if bits < MinRSABits || bits > maxRSABits {
		return nil, fail(Unusable, fmt.Sprintf("an RSA key has %d to %d bits, not %d", MinRSABits, maxRSABits, bits))
	}
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, fail(Unusable, fmt.Sprintf("an RSA key of %d bits can't be made here", bits))
	}
	return newPrivateKey(key, Unusable)
}

// PKCS8PEM returns the key as a PEM block `PRIVATE KEY` (RFC 5208). Only the development
// server's command and tests write keys out. It fails with Unusable.
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
