package helvetisafe

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"strings"
)

// Material is what a text really holds, which may not be what it should hold.
type Material int

// The kinds of Material.
const (
	// NoMaterial: neither a key nor a certificate.
	NoMaterial Material = iota
	// PrivateKeyMaterial: a private key, or a key together with its certificates.
	PrivateKeyMaterial
	// CertificateMaterial: one certificate or several.
	CertificateMaterial
	// OtherPEMMaterial: PEM of another kind, such as a public key.
	OtherPEMMaterial
)

// Encoding is how Recognize found it.
type Encoding int

// The encodings.
const (
	PlainPEM   Encoding = iota // with its BEGIN line
	EncodedPEM                 // base64 of a PEM
	EncodedDER                 // the base64 of a PEM without its BEGIN and END lines
)

// maxEncoding is how many layers of base64 are decoded: some systems add one.
const maxEncoding = 2

// shortestMaterial is the shortest base64 that is decoded, in characters: shorter
// than any key.
const shortestMaterial = 64

// Recognize finds a key or a certificate in a text that should hold neither, such
// as a path. A name, a path or a token isn't mistaken for one.
func Recognize[T string | []byte](text T) (Material, Encoding) {
	decoded := append([]byte(nil), text...)
	defer func() { clear(decoded) }()
	if m := labelled(decoded); m != NoMaterial {
		return m, PlainPEM
	}
	for range maxEncoding {
		raw, ok := decodeLenient(decoded)
		clear(decoded)
		if decoded = raw; !ok {
			break
		}
		narrow := bytes.ReplaceAll(decoded, []byte{0}, nil) // PowerShell encodes UTF-16
		m := labelled(narrow)
		clear(narrow)
		if m != NoMaterial {
			return m, EncodedPEM
		}
		if m := derMaterial(decoded); m != NoMaterial {
			return m, EncodedDER
		}
	}
	return NoMaterial, PlainPEM
}

// labelled goes by BEGIN lines.
func labelled(text []byte) Material {
	switch {
	case !bytes.Contains(text, []byte("-----BEGIN")):
		return NoMaterial
	case bytes.Contains(text, []byte("PRIVATE KEY")):
		return PrivateKeyMaterial
	case bytes.Contains(text, []byte("CERTIFICATE")):
		return CertificateMaterial
	}
	return OtherPEMMaterial
}

// derMaterial recognises a private key in PKCS#1 or PKCS#8 by its beginning, cut
// short or not, and a whole certificate.
func derMaterial(der []byte) Material {
	if len(der) < 7 || der[0] != 0x30 || der[1] != 0x82 {
		return NoMaterial
	}
	if bytes.Equal(der[4:7], []byte{0x02, 0x01, 0x00}) { // version 0
		return PrivateKeyMaterial
	}
	if _, err := x509.ParseCertificate(der); err == nil {
		return CertificateMaterial
	}
	return NoMaterial
}

// decodeLenient takes base64 of either alphabet, padded or not, with white space,
// spelled-out line ends and quotes in it, and cut short anywhere.
func decodeLenient(text []byte) ([]byte, bool) {
	plain := make([]byte, 0, len(text))
	defer func() { clear(plain[:cap(plain)]) }()
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && (text[i+1] == 'n' || text[i+1] == 'r'):
			i++
		case strings.IndexByte(" \t\r\n\"'=", c) >= 0:
		case c == '-':
			plain = append(plain, '+')
		case c == '_':
			plain = append(plain, '/')
		default:
			plain = append(plain, c)
		}
	}
	if len(plain) < shortestMaterial {
		return nil, false
	}
	if len(plain)%4 == 1 {
		plain = plain[:len(plain)-1]
	}
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(plain)))
	n, err := base64.RawStdEncoding.Decode(raw, plain)
	if err != nil {
		clear(raw)
		return nil, false
	}
	return raw[:n], true
}
