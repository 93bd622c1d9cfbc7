package envelope

import (
	"crypto/rsa"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// maxJWK bounds a JWK, in bytes. One of MaxRSABits takes less than 8 KiB.
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
