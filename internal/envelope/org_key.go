package envelope

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

const (
	fingerprintLabel  = "helvetisafe org key fingerprint v1"
	fingerprintPrefix = "SHA256:"
	fingerprintSize   = 16 // bytes of the HMAC that a fingerprint shows
)

// OrgKey is the AES-256 key of an organisation, under which all its secrets are
// sealed. It lives as long as the process, prints as [redacted], and may be used by many
// goroutines. The zero value and nil are keys that fail.
type OrgKey struct {
	redact.Redacted
	key *orgKey
}

// orgKey is behind a pointer for the reason that redact.Redacted gives.
type orgKey struct {
	raw         []byte
	aead        cipher.AEAD
	fingerprint string
}

// NewOrgKey makes an Org Key of 32 bytes, which it copies. Other sizes fail with
// BadSize: AES would take 16 and 24 bytes too, and OAEP unwraps any length.
func NewOrgKey(raw []byte) (*OrgKey, error) {
	if len(raw) != keySize {
		return nil, fail(BadSize, fmt.Sprintf("an Org Key has %d bytes, this one has %d", keySize, len(raw)))
	}
	aead, err := newGCM(raw)
	if err != nil {
		return nil, err
	}
	sum := hmacSHA256(raw, []byte(fingerprintLabel))
	fingerprint := fingerprintPrefix + base64.RawStdEncoding.EncodeToString(sum[:fingerprintSize])
	return &OrgKey{key: &orgKey{raw: bytes.Clone(raw), aead: aead, fingerprint: fingerprint}}, nil
}

// check fails with Unusable if there is no key.
func (k *OrgKey) check() error {
	if k == nil || k.key == nil {
		return fail(Unusable, "there is no Org Key")
	}
	return nil
}

// Seal encrypts a secret's plaintext with AES-256-GCM under a fresh random
// 12-byte nonce, without associated data. The ciphertext ends in the 16-byte tag
// (PROTOCOL.md section 9).
func (k *OrgKey) Seal(plaintext []byte) (nonce, ciphertext []byte, err error) {
	if err := k.check(); err != nil {
		return nil, nil, err
	}
	sealed := k.key.aead.Seal(nil, nil, plaintext, nil)
	return sealed[:NonceSize:NonceSize], sealed[NonceSize:], nil
}

// Open decrypts what Seal made: a 12-byte nonce, and a ciphertext that ends in
// its tag. It fails with BadSize for other lengths, and with OpenFailed if the
// ciphertext was changed or sealed under another key.
func (k *OrgKey) Open(nonce, ciphertext []byte) ([]byte, error) {
	if len(nonce) != NonceSize {
		return nil, fail(BadSize, fmt.Sprintf("a nonce has %d bytes, this one has %d", NonceSize, len(nonce)))
	}
	if len(ciphertext) < TagSize {
		return nil, fail(BadSize, fmt.Sprintf("a ciphertext has at least %d bytes, this one has %d", TagSize, len(ciphertext)))
	}
	if err := k.check(); err != nil {
		return nil, err
	}
	plaintext, ok := gcmOpen(k.key.aead, nonce, ciphertext)
	if !ok {
		return nil, fail(OpenFailed, "the ciphertext was changed, or encrypted under another Org Key")
	}
	return plaintext, nil
}

// Fingerprint identifies the key without revealing it: "SHA256:" and the unpadded
// standard base64 of the first 16 bytes of HMAC-SHA256 under the key of a fixed
// label (PROTOCOL.md section 10). It is "" if there is no key.
func (k *OrgKey) Fingerprint() string {
	if k.check() != nil {
		return ""
	}
	return k.key.fingerprint
}

// MAC returns the 32 bytes of HMAC-SHA256 of message, under a key that
// HKDF-SHA256 (RFC 5869; no salt, label as info) derives from the Org Key, so
// that MACs of one label say nothing about those of another.
func (k *OrgKey) MAC(label string, message []byte) ([]byte, error) {
	if err := k.check(); err != nil {
		return nil, err
	}
	derived, err := deriveMACKey(k.key.raw, label)
	if err != nil {
		return nil, err
	}
	defer clear(derived)
	return hmacSHA256(derived, message), nil
}

// deriveMACKey derives the key for the MACs of one label.
func deriveMACKey(orgKey []byte, label string) ([]byte, error) {
	derived, err := hkdf.Key(sha256.New, orgKey, nil, label, sha256.Size)
	if err != nil {
		return nil, fail(Unusable, "HKDF can't be used here")
	}
	return derived, nil
}

func hmacSHA256(key, message []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(message)
	return mac.Sum(nil)
}
