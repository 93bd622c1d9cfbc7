package envelope

import (
	"crypto/aes"
	"crypto/cipher"
)

const (
	// NonceSize is the length of an AES-GCM nonce, in bytes (PROTOCOL.md section 6).
	NonceSize = 12
	// TagSize is the length of an AES-GCM tag, in bytes, which ends a ciphertext.
	TagSize = 16
	// gcmKeySize is the key size of AES-256. crypto/aes takes 16 and 24 bytes as well.
	gcmKeySize = 32
)

// newGCM returns AES-256-GCM that puts the nonce in front of the ciphertext.
// cipher.NewGCM would let us pass the nonce, but it fails if FIPS 140-3 is
// enforced, even for opening.
func newGCM(key []byte) (cipher.AEAD, error) {
	if len(key) != gcmKeySize {
		return nil, fail(BadSize, "an AES-256 key has 32 bytes")
	}
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

// gcmSeal encrypts under a fresh random nonce. The ciphertext ends in the tag.
func gcmSeal(aead cipher.AEAD, plaintext []byte) (nonce, ciphertext []byte) {
	sealed := aead.Seal(nil, nil, plaintext, nil)
	return sealed[:NonceSize:NonceSize], sealed[NonceSize:]
}

// gcmOpen decrypts what was sealed under nonce. ok is false if that fails. The
// caller has checked that the nonce has NonceSize bytes.
func gcmOpen(aead cipher.AEAD, nonce, ciphertext []byte) (plaintext []byte, ok bool) {
	sealed := make([]byte, 0, len(nonce)+len(ciphertext))
	sealed = append(append(sealed, nonce...), ciphertext...)
	plaintext, err := aead.Open(nil, nil, sealed, nil)
	return plaintext, err == nil
}
