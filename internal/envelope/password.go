package envelope

import (
	"crypto/fips140"
	"crypto/rsa"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/crypto/argon2"
)

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
// BadSize before any work, with WrongPassword, with BadJWK if the content is not a
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
// present; alg, ext, use and key_ops are ignored. The error is of kind BadJWK.
func parseJWK(jwk []byte) (*PrivateKey, error) {
	if len(jwk) > maxJWK {
		return nil, fail(BadJWK, fmt.Sprintf("the JWK has %d bytes, at most %d are taken", len(jwk), maxJWK))
	}
	strict := toBase64URL(jwk)
	defer clear(strict)
	var parsed jose.JSONWebKey
	if err := parsed.UnmarshalJSON(strict); err != nil {
		return nil, fail(BadJWK, "the account's private key is not a valid JWK of an RSA private key, with n, e, d, p and q that fit together")
	}
	switch key := parsed.Key.(type) {
	case *rsa.PrivateKey:
		return newPrivateKey(key, BadJWK)
	case *rsa.PublicKey:
		return nil, fail(BadJWK, "the account's JWK holds a public key only")
	}
	return nil, fail(BadJWK, "the account's JWK is not an RSA key")
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
