package envelope

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strings"
)

const (
	labelPKCS1 = "RSA PRIVATE KEY"
	labelPKCS8 = "PRIVATE KEY"
	// maxDER bounds what the parsers see, in bytes. A key of MaxRSABits takes
	// less than 5 KiB.
	maxDER = 8 << 10
	// maxPEM bounds the text, in bytes: a key and perhaps a chain of certificates.
	maxPEM = 1 << 20
)

// ParsePEM reads an RSA private key from PEM text in PKCS#1 (`RSA PRIVATE KEY`) or
// PKCS#8 (`PRIVATE KEY`), not encrypted. It takes the first such block that isn't
// damaged, and skips other blocks and the text around them. NextBlock says what state
// a block may be in. The error is of kind BadPEM, and says what was found instead.
func ParsePEM(text []byte) (*PrivateKey, error) {
	if len(text) > maxPEM {
		return nil, fail(BadPEM, fmt.Sprintf("the text has %d bytes, too many for a private key", len(text)))
	}
	other, damaged := "", false
	for rest := text; ; {
		block, after, ok := NextBlock(rest)
		if !ok {
			return nil, noKeyIn(text, other, damaged)
		}
		rest = after
		switch isKey := block.Label == labelPKCS1 || block.Label == labelPKCS8; {
		case isKey && block.Bytes == nil && !block.Encrypted:
			damaged = true
		case isKey:
			defer clear(block.Bytes)
			return parseBlock(block)
		}
		clear(block.Bytes)
		if other == "" {
			other = block.Label
		}
	}
}

// noKeyIn says why there is no key. label is the label of the first block, "" if there
// is no block; damaged says that a block labelled as a key is damaged.
func noKeyIn(text []byte, label string, damaged bool) *Error {
	switch {
	case damaged:
		return damagedPEM()
	case label == "ENCRYPTED PRIVATE KEY":
		return encryptedPEM()
	case strings.HasSuffix(label, "PUBLIC KEY"):
		return fail(BadPEM, "this is a public key; the private key is needed, the file that begins with `-----BEGIN PRIVATE KEY-----` or `-----BEGIN RSA PRIVATE KEY-----`")
	case strings.Contains(label, "CERTIFICATE"):
		return fail(BadPEM, "this is a certificate; the private key is needed, the file that begins with `-----BEGIN PRIVATE KEY-----` or `-----BEGIN RSA PRIVATE KEY-----`")
	case label == "OPENSSH PRIVATE KEY":
		return fail(BadPEM, "this is a key for SSH; the private key of the service account is needed, as the portal gave it")
	case strings.HasPrefix(label, "EC "), strings.HasPrefix(label, "DSA "):
		return notRSA()
	case label != "":
		return fail(BadPEM, "the text holds PEM blocks, but no private key among them; `-----BEGIN PRIVATE KEY-----` or `-----BEGIN RSA PRIVATE KEY-----` is needed")
	case bytes.Contains(text, []byte("-----BEGIN ")):
		return damagedPEM()
	}
	return fail(BadPEM, "this is not PEM: it has no line such as `-----BEGIN PRIVATE KEY-----`")
}

func parseBlock(block Block) (*PrivateKey, error) {
	switch {
	case block.Encrypted:
		return nil, encryptedPEM()
	case len(block.Bytes) > maxDER:
		return nil, fail(BadPEM, fmt.Sprintf("the private key is larger than one of %d bits, the largest that is taken", MaxRSABits))
	case block.Label == labelPKCS1:
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, damagedKey()
		}
		return newPrivateKey(key, BadPEM)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		if isPSS(block.Bytes) {
			return nil, fail(BadPEM, "this is an RSA-PSS key, which may sign only; the service account's key is needed, as the portal gave it")
		}
		return nil, damagedKey()
	}
	rsaKey, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, notRSA()
	}
	return newPrivateKey(rsaKey, BadPEM)
}

// oidRSAPSS is id-RSASSA-PSS (RFC 4055 section 1.2).
var oidRSAPSS = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}

// isPSS reports whether a PKCS#8 key names RSA-PSS as its algorithm, which Go
// doesn't parse.
func isPSS(der []byte) bool {
	var key struct {
		Version   int
		Algorithm pkix.AlgorithmIdentifier
		Rest      asn1.RawValue
	}
	_, err := asn1.Unmarshal(der, &key) // RawValue makes no copy
	return err == nil && key.Algorithm.Algorithm.Equal(oidRSAPSS)
}

func damagedPEM() *Error {
	return fail(BadPEM, "the PEM is damaged or incomplete: check that it was copied whole, with its BEGIN and END lines")
}

func encryptedPEM() *Error {
	return fail(BadPEM, "the private key is encrypted with a passphrase; decrypt it first, for example with `openssl pkey -in key.pem -out plain.pem`")
}

func notRSA() *Error {
	return fail(BadPEM, "this is not an RSA key; HelvetiSafe's are all RSA")
}

func damagedKey() *Error {
	return fail(BadPEM, "the PEM doesn't hold a valid RSA private key of 2048 bits or more: it is damaged, or its BEGIN line names another format than its content")
}
