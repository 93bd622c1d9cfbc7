package envelope

import (
	"crypto/fips140"
	"fmt"

	"golang.org/x/crypto/argon2"
)

const (
	// MinSaltSize is the shortest Argon2 salt that is taken, in bytes (RFC 9106
	// section 3.1). x/crypto takes an empty one.
	MinSaltSize = 8
	// MaxSaltSize is the longest, in bytes.
	MaxSaltSize = 64

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
	case len(w.Salt) < MinSaltSize || len(w.Salt) > MaxSaltSize:
		return fail(BadSize, fmt.Sprintf("the wrapped private key's salt has %d bytes, not %d to %d", len(w.Salt), MinSaltSize, MaxSaltSize))
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
	if err := checkFIPS(); err != nil {
		return nil, err
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
	ciphertext := make([]byte, 0, len(w.Ciphertext)+len(w.Tag))
	ciphertext = append(append(ciphertext, w.Ciphertext...), w.Tag...)
	jwk, ok := gcmOpen(aead, w.Nonce, ciphertext)
	if !ok {
		return nil, fail(WrongPassword, "the password doesn't open the account's private key: it is wrong, or the key was changed")
	}
	defer clear(jwk)
	return parseJWK(jwk)
}

// LockPrivateKey is the inverse, with a fresh salt of 16 bytes and a fresh nonce,
// as the web portal does it. Only the development server's command and tests lock
// keys. It fails with NotFIPS or Unusable.
func LockPrivateKey(password []byte, k *PrivateKey) (WrappedPrivateKey, error) {
	if err := checkFIPS(); err != nil {
		return WrappedPrivateKey{}, err
	}
	jwk, err := k.JWK()
	if err != nil {
		return WrappedPrivateKey{}, err
	}
	defer clear(jwk)
	salt := randomSalt()
	key := deriveKey(password, salt)
	defer clear(key)
	aead, err := newGCM(key)
	if err != nil {
		return WrappedPrivateKey{}, err
	}
	nonce, sealed := gcmSeal(aead, jwk)
	end := len(sealed) - TagSize
	return WrappedPrivateKey{Ciphertext: sealed[:end:end], Tag: sealed[end:], Nonce: nonce, Salt: salt}, nil
}

func checkFIPS() error {
	if fips140.Enforced() {
		return fail(NotFIPS, "FIPS 140-3 is enforced (GODEBUG=fips140=only), and the key derivation from a password, Argon2id, is not approved; use the private key as a PEM, or fips140=on")
	}
	return nil
}

func deriveKey(password, salt []byte) []byte {
	return argon2.IDKey(password, salt, argonTime, argonMemory, argonThreads, gcmKeySize)
}
