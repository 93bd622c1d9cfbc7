package envelope

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sync"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

const (
	fingerprintLabel  = "helvetisafe org key fingerprint v1"
	fingerprintPrefix = "SHA256:"
	fingerprintSize   = 16 // bytes of the HMAC that a fingerprint shows
)

// OrgKey is the AES-256 key of an organisation, under which all its secrets are
// sealed. It prints as [redacted] and may be used by many goroutines. The zero
// value and nil are keys that fail.
type OrgKey struct {
	redact.Redacted
	key *orgKey
}

// orgKey is behind a pointer so that a copy of OrgKey is the same key, and for the
// reason that redact.Redacted gives.
type orgKey struct {
	mu          sync.RWMutex // Destroy waits for those who still use the key
	raw         []byte       // nil once destroyed
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

// use runs f with the key, or fails with Unusable if there is none any more.
func (k *OrgKey) use(f func(*orgKey) error) error {
	if k == nil || k.key == nil {
		return fail(Unusable, "there is no Org Key")
	}
	k.key.mu.RLock()
	defer k.key.mu.RUnlock()
	if k.key.raw == nil {
		return fail(Unusable, "the Org Key has been cleared from memory")
	}
	return f(k.key)
}

// Seal encrypts a secret's plaintext with AES-256-GCM under a fresh random
// 12-byte nonce, without associated data. The ciphertext ends in the 16-byte tag
// (PROTOCOL.md section 9).
func (k *OrgKey) Seal(plaintext []byte) (nonce, ciphertext []byte, err error) {
	err = k.use(func(key *orgKey) error {
		sealed := key.aead.Seal(nil, nil, plaintext, nil)
		nonce, ciphertext = sealed[:NonceSize:NonceSize], sealed[NonceSize:]
		return nil
	})
	return nonce, ciphertext, err
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
	var plaintext []byte
	err := k.use(func(key *orgKey) error {
		opened, ok := gcmOpen(key.aead, nonce, ciphertext)
		if !ok {
			return fail(OpenFailed, "the ciphertext was changed, or encrypted under another Org Key")
		}
		plaintext = opened
		return nil
	})
	return plaintext, err
}

// Fingerprint identifies the key without revealing it: "SHA256:" and the unpadded
// standard base64 of the first 16 bytes of HMAC-SHA256 under the key of a fixed
// label (PROTOCOL.md section 10). It is "" for a key that was destroyed.
func (k *OrgKey) Fingerprint() string {
	fingerprint := ""
	_ = k.use(func(key *orgKey) error {
		fingerprint = key.fingerprint
		return nil
	})
	return fingerprint
}

// MAC returns the 32 bytes of HMAC-SHA256 of message, under a key that
// HKDF-SHA256 (RFC 5869; no salt, label as info) derives from the Org Key, so
// that MACs of one label say nothing about those of another.
func (k *OrgKey) MAC(label string, message []byte) ([]byte, error) {
	var sum []byte
	err := k.use(func(key *orgKey) error {
		derived, err := deriveMACKey(key.raw, label)
		if err != nil {
			return err
		}
		defer clear(derived)
		sum = hmacSHA256(derived, message)
		return nil
	})
	return sum, err
}

// Destroy clears the key's bytes and waits for calls that still use them; later
// calls fail with Unusable. The key schedule inside crypto/aes can't be cleared: it is
// left to the garbage collector.
func (k *OrgKey) Destroy() {
	if k == nil || k.key == nil {
		return
	}
	k.key.mu.Lock()
	defer k.key.mu.Unlock()
	clear(k.key.raw)
	k.key.raw, k.key.aead = nil, nil
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
