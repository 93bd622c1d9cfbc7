package envelope

import (
	"crypto/rsa"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// maxJWK bounds a JWK, in bytes. One of MaxRSABits takes less than 8 KiB.
const maxJWK = 16 << 10

// ParseJWK reads an RSA private key from a JWK (RFC 7517; RFC 7518 section 6.3.2)
// in UTF-8 JSON, as WebCrypto exports it: kty "RSA" and n, e, d, p, q in unpadded
// base64url; dp, dq and qi are checked where they stand there, and alg, ext, use
// and key_ops say nothing to us. The error is of kind BadJWK.
func ParseJWK(jwk []byte) (*PrivateKey, error) {
	if len(jwk) > maxJWK {
		return nil, fail(BadJWK, fmt.Sprintf("the JWK has %d bytes, at most %d are taken", len(jwk), maxJWK))
	}
	var parsed jose.JSONWebKey
	if err := parsed.UnmarshalJSON(jwk); err != nil {
		return nil, fail(BadJWK, "the account's private key is no valid JWK of an RSA private key, with n, e, d, p and q that fit together")
	}
	switch key := parsed.Key.(type) {
	case *rsa.PrivateKey:
		return newPrivateKey(key, BadJWK)
	case *rsa.PublicKey:
		return nil, fail(BadJWK, "the account's JWK holds a public key only")
	}
	return nil, fail(BadJWK, "the account's JWK is no RSA key")
}
