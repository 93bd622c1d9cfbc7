package envelope

import (
	"crypto/fips140"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"math/big"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/crypto/argon2"

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
// maxRSABits bits and two primes, and its numbers must fit together. The error is of
// kind BadPrivateKey.
func newPrivateKey(key *rsa.PrivateKey) (*PrivateKey, error) {
	bits := key.N.BitLen()
	if bits < minRSABits {
		return nil, fail(BadPrivateKey, fmt.Sprintf("the RSA key has %d bits, at least %d are needed", bits, minRSABits))
	}
	if bits > maxRSABits {
		return nil, fail(BadPrivateKey, fmt.Sprintf("the RSA key has %d bits, at most %d are taken", bits, maxRSABits))
	}
	if len(key.Primes) != 2 {
		return nil, fail(BadPrivateKey, "the RSA key has more than two primes, which no HelvetiSafe key has")
	}
	if err := key.Validate(); err != nil {
		return nil, fail(BadPrivateKey, "the numbers of the RSA key don't fit together: it is damaged")
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

const (
	// minSaltSize is the shortest Argon2 salt that is taken, in bytes (RFC 9106
	// section 3.1). x/crypto takes an empty one.
	minSaltSize = 8
	// maxSaltSize is the longest, in bytes.
	maxSaltSize = 64

	// The parameters of Argon2id (PROTOCOL.md section 7). The server can't choose
	// them, so it can't make a client do more work, or a password easier to guess.
	argonTime    = 2
	argonMemory  = 19456 // KiB
	argonThreads = 1
)

// WrappedPrivateKey is an account's private key as the server holds it: a JWK
// under AES-256-GCM, whose key is derived from the account's password
// (PROTOCOL.md section 7).
type WrappedPrivateKey struct {
	Ciphertext []byte // without the tag
	Tag        []byte // 16 bytes
	Nonce      []byte // 12 bytes
	Salt       []byte // of Argon2id, 8 to 64 bytes
}

func (w WrappedPrivateKey) check() error {
	switch {
	case len(w.Nonce) != NonceSize:
		return fail(BadSize, fmt.Sprintf("the wrapped private key's nonce has %d bytes, not %d", len(w.Nonce), NonceSize))
	case len(w.Tag) != TagSize:
		return fail(BadSize, fmt.Sprintf("the wrapped private key's tag has %d bytes, not %d", len(w.Tag), TagSize))
	case len(w.Salt) < minSaltSize || len(w.Salt) > maxSaltSize:
		return fail(BadSize, fmt.Sprintf("the wrapped private key's salt has %d bytes, not %d to %d", len(w.Salt), minSaltSize, maxSaltSize))
	case len(w.Ciphertext) == 0 || len(w.Ciphertext) > maxJWK:
		return fail(BadSize, fmt.Sprintf("the wrapped private key has %d bytes, not 1 to %d", len(w.Ciphertext), maxJWK))
	}
	return nil
}

// UnlockPrivateKey opens a private key with the account's password, in UTF-8 and
// byte for byte as it was set. It takes 19 MiB and some 50 ms. It fails with
// BadSize before any work, with WrongPassword, with BadPrivateKey if the content is not a
// private key, and with NotFIPS if FIPS 140-3 is enforced: Argon2id is not approved,
// though Go would let it run.
func UnlockPrivateKey(password []byte, w WrappedPrivateKey) (*PrivateKey, error) {
	if fips140.Enforced() {
		return nil, fail(NotFIPS, "FIPS 140-3 is enforced (GODEBUG=fips140=only), and the key derivation from a password, Argon2id, is not approved; use the private key as a PEM, or fips140=on")
	}
	if err := w.check(); err != nil {
		return nil, err
	}
	key := deriveKey(password, w.Salt)
	defer clear(key)
	aead, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	jwk, ok := gcmOpen(aead, w.Nonce, slices.Concat(w.Ciphertext, w.Tag))
	if !ok {
		return nil, fail(WrongPassword, "the password doesn't open the account's private key: it is wrong, or the key was changed")
	}
	defer clear(jwk)
	return parseJWK(jwk)
}

func deriveKey(password, salt []byte) []byte {
	return argon2.IDKey(password, salt, argonTime, argonMemory, argonThreads, keySize)
}

// maxJWK bounds a JWK, in bytes. One of maxRSABits takes less than 8 KiB.
const maxJWK = 16 << 10

// parseJWK reads an RSA private key from a JWK (RFC 7517; RFC 7518 section 6.3.2)
// in UTF-8 JSON, as WebCrypto exports it: kty "RSA" and n, e, d, p and q. The numbers
// are in base64url without padding, or with padding, or in the standard alphabet,
// since the published client takes all three. dp, dq and qi are checked if they are
// present; alg, ext, use and key_ops are ignored. The error is of kind BadPrivateKey.
func parseJWK(jwk []byte) (*PrivateKey, error) {
	if len(jwk) > maxJWK {
		return nil, fail(BadPrivateKey, fmt.Sprintf("the JWK has %d bytes, at most %d are taken", len(jwk), maxJWK))
	}
	strict := toBase64URL(jwk)
	defer clear(strict)
	var parsed jose.JSONWebKey
	if err := parsed.UnmarshalJSON(strict); err != nil {
		return nil, fail(BadPrivateKey, "the account's private key is not a valid JWK of an RSA private key, with n, e, d, p and q that fit together")
	}
	switch key := parsed.Key.(type) {
	case *rsa.PrivateKey:
		return newPrivateKey(key)
	case *rsa.PublicKey:
		return nil, fail(BadPrivateKey, "the account's JWK holds a public key only")
	}
	return nil, fail(BadPrivateKey, "the account's JWK is not an RSA key")
}

// toBase64URL turns standard base64 anywhere in a JWK into the unpadded base64url
// that go-jose demands. It may change members that we ignore, such as a comment. It
// can't change the structure of the JSON, since there these characters occur only in
// strings (and in the exponent of a number).
func toBase64URL(jwk []byte) []byte {
	strict := make([]byte, 0, len(jwk))
	for i := 0; i < len(jwk); i++ {
		switch c := jwk[i]; {
		case c == '+':
			strict = append(strict, '-')
		case c == '\\' && i+1 < len(jwk) && jwk[i+1] == '/':
			strict = append(strict, '_')
			i++
		case c == '\\' && i+1 < len(jwk): // an escape of another kind, whole
			strict = append(strict, c, jwk[i+1])
			i++
		case c == '/':
			strict = append(strict, '_')
		case c == '=':
		default:
			strict = append(strict, c)
		}
	}
	return strict
}
