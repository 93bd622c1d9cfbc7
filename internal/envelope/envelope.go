// Package envelope is HelvetiSafe's cryptography, which PROTOCOL.md (in
// internal/helvetisafe) describes in sections 6 to 10. A password unlocks an RSA
// private key, the private key unwraps the organisation's key (the Org Key), and
// the Org Key seals and opens secrets.
//
// The functions take bytes and return bytes. They do no I/O, log nothing, take no
// context, and keep no state except in a key. The caller encodes and decodes base64.
// Every size is checked before it is used, and no input makes a function panic. All
// errors are *Error, and none holds a byte of its input.
package envelope

import (
	"crypto/aes"
	"crypto/cipher"
	"slices"
)

// Kind tells errors of this package apart.
type Kind int

// The kinds of errors.
const (
	// BadPrivateKey: what was read, PEM or JWK, doesn't hold an RSA private key that can be
	// used.
	BadPrivateKey Kind = iota + 1
	// BadSize: an input isn't as long as the protocol says. Nothing was tried.
	BadSize
	// WrongPassword: the wrapped private key doesn't open under the key derived
	// from the password. A tampered wrapped key looks just the same.
	WrongPassword
	// UnwrapFailed: the wrapped Org Key doesn't open with the private key.
	UnwrapFailed
	// OpenFailed: a ciphertext doesn't open under the Org Key.
	OpenFailed
	// NotFIPS: FIPS 140-3 is enforced and the operation isn't approved.
	NotFIPS
	// Unusable: a private key was used after Destroy, or a key was never made.
	Unusable
)

// Error is the type of every error of this package. Only sizes vary in its text: it
// never holds a byte of a key, a password, a plaintext or a ciphertext.
type Error struct {
	Kind   Kind
	detail string
}

// Error returns the cause and, if there is one, the user's next step.
func (e *Error) Error() string { return e.detail }

func fail(kind Kind, detail string) *Error { return &Error{Kind: kind, detail: detail} }

const (
	// NonceSize is the length of an AES-GCM nonce, in bytes (PROTOCOL.md section 6).
	NonceSize = 12
	// TagSize is the length of an AES-GCM tag, in bytes, which ends a ciphertext.
	TagSize = 16
	// keySize is the length of a key of AES-256, in bytes: of an Org Key, and of what is
	// derived from a password. crypto/aes takes 16 and 24 bytes as well.
	keySize = 32
)

// newGCM returns AES-256-GCM, under a key of keySize bytes, that puts the nonce in
// front of the ciphertext. cipher.NewGCM would let us pass the nonce, but it fails if
// FIPS 140-3 is enforced, even for opening.
func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fail(Unusable, "AES-256 can't be used with this key")
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fail(Unusable, "AES-256-GCM can't be used here")
	}
	return aead, nil
}

// gcmOpen decrypts what was sealed under nonce. ok is false if that fails. The
// caller has checked that the nonce has NonceSize bytes.
func gcmOpen(aead cipher.AEAD, nonce, ciphertext []byte) (plaintext []byte, ok bool) {
	plaintext, err := aead.Open(nil, nil, slices.Concat(nonce, ciphertext), nil)
	return plaintext, err == nil
}
