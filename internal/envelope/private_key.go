package envelope

import (
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"math/big"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

const (
	// minRSABits is the smallest modulus that is taken, in bits. NIST SP 800-131A
	// asks for it; Go's own limit is 1024.
	minRSABits = 2048
	// maxRSABits is the largest, in bits. It bounds the work that a key can cause.
	maxRSABits = 8192
)

// PrivateKey is the RSA key to which an account's Org Key is wrapped. It prints
// as [redacted]. The zero value and nil are keys that fail.
type PrivateKey struct {
	redact.Redacted
	rsa *rsa.PrivateKey
}

// newPrivateKey takes over a key that a parser made. The key must have minRSABits to
// maxRSABits bits and two primes, and its numbers must fit together. The error has
// the given kind.
func newPrivateKey(key *rsa.PrivateKey, kind Kind) (*PrivateKey, error) {
	bits := key.N.BitLen()
	if bits < minRSABits {
		return nil, fail(kind, fmt.Sprintf("the RSA key has %d bits, at least %d are needed", bits, minRSABits))
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
