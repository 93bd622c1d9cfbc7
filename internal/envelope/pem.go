package envelope

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
)

const (
	labelPKCS1 = "RSA PRIVATE KEY"
	labelPKCS8 = "PRIVATE KEY"
	// maxDER bounds what the parsers see, in bytes. A key of MaxRSABits takes
	// less than 5 KiB.
	maxDER = 8 << 10
	// maxPEM bounds the text, in bytes: a key, with a chain of certificates
	// beside it.
	maxPEM = 1 << 20
)

// ParsePEM reads an RSA private key from PEM text (RFC 7468) in PKCS#1 (`RSA
// PRIVATE KEY`) or PKCS#8 (`PRIVATE KEY`), not encrypted. The first such block
// counts; text, white space and other blocks around it are skipped, and so are
// indentation, Windows line ends and a byte-order mark. The error is of kind
// BadPEM, and says what was found instead.
func ParsePEM(text []byte) (*PrivateKey, error) {
	if len(text) > maxPEM {
		return nil, fail(BadPEM, fmt.Sprintf("the text has %d bytes, which is no private key", len(text)))
	}
	lines := trimLines(text)
	defer clear(lines)

	other := ""
	rest := lines
	for {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			return nil, noKeyIn(lines, other)
		}
		if block.Type == labelPKCS1 || block.Type == labelPKCS8 {
			defer clear(block.Bytes)
			return parseBlock(block)
		}
		clear(block.Bytes)
		if other == "" {
			other = block.Type
		}
	}
}

// trimLines removes what editors, HCL heredocs and CI systems put around lines,
// which encoding/pem would stumble over: white space and a byte-order mark.
func trimLines(text []byte) []byte {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	trimmed := make([]byte, 0, len(text)+1)
	for line := range bytes.Lines(text) {
		trimmed = append(trimmed, bytes.TrimSpace(line)...)
		trimmed = append(trimmed, '\n')
	}
	return trimmed
}

// noKeyIn says why there is no key: label is that of the first block, "" where
// there is none.
func noKeyIn(text []byte, label string) *Error {
	switch {
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
		return fail(BadPEM, "the PEM is damaged or incomplete: check that it was copied whole, with its BEGIN and END lines and its line breaks")
	}
	return fail(BadPEM, "this is no PEM: it has no line such as `-----BEGIN PRIVATE KEY-----`")
}

func parseBlock(block *pem.Block) (*PrivateKey, error) {
	switch {
	case strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") || block.Headers["DEK-Info"] != "":
		return nil, encryptedPEM()
	case len(block.Bytes) > maxDER:
		return nil, fail(BadPEM, fmt.Sprintf("the private key is larger than one of %d bits, which is the most that is taken", MaxRSABits))
	case block.Type == labelPKCS1:
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, damagedKey()
		}
		return newPrivateKey(key, BadPEM)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, damagedKey()
	}
	rsaKey, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, notRSA()
	}
	return newPrivateKey(rsaKey, BadPEM)
}

func encryptedPEM() *Error {
	return fail(BadPEM, "the private key is encrypted with a passphrase; decrypt it first, for example with `openssl pkey -in key.pem -out plain.pem`")
}

func notRSA() *Error {
	return fail(BadPEM, "this is no RSA key; HelvetiSafe's are all RSA")
}

func damagedKey() *Error {
	return fail(BadPEM, "the PEM holds no valid RSA private key of 2048 bits or more: it is damaged, or its BEGIN line names another format than its content")
}
