package envelope

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	labelPKCS1 = "RSA PRIVATE KEY"
	labelPKCS8 = "PRIVATE KEY"
	// maxDER bounds what the parsers see, in bytes. A key of maxRSABits takes
	// less than 5 KiB.
	maxDER = 8 << 10
	// MaxPEM bounds the text that ParsePEM takes, in bytes: a key and perhaps a chain of
	// certificates.
	MaxPEM = 1 << 20
)

// What is said in more than one case.
const (
	damagedPEM   = "the PEM is damaged or incomplete: check that it was copied whole, with its BEGIN and END lines"
	encryptedPEM = "the private key is encrypted with a passphrase; decrypt it first, for example with `openssl pkey -in key.pem -out plain.pem`"
	notRSA       = "this is not an RSA key; HelvetiSafe's are all RSA"
	damagedKey   = "the PEM doesn't hold a valid RSA private key of 2048 bits or more: it is damaged, or its BEGIN line names another format than its content"
)

// ParsePEM reads an RSA private key from PEM text in PKCS#1 (`RSA PRIVATE KEY`) or
// PKCS#8 (`PRIVATE KEY`), not encrypted. It takes the first such block that isn't
// damaged, and skips other blocks and the text around them. NextBlock says what state
// a block may be in. The error is of kind BadPrivateKey, and says what was found instead.
func ParsePEM(text []byte) (*PrivateKey, error) {
	if len(text) > MaxPEM {
		return nil, fail(BadPrivateKey, fmt.Sprintf("the text has %d bytes, too many for a private key", len(text)))
	}
	other, damaged := "", false
	for rest := text; ; {
		block, after, ok := NextBlock(rest)
		if !ok {
			return nil, noKeyIn(text, other, damaged)
		}
		rest = after
		switch isKey := block.Label == labelPKCS1 || block.Label == labelPKCS8; {
		case isKey && block.Bytes == nil && !block.encrypted:
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
		return fail(BadPrivateKey, damagedPEM)
	case label == "ENCRYPTED PRIVATE KEY":
		return fail(BadPrivateKey, encryptedPEM)
	case strings.HasSuffix(label, "PUBLIC KEY"):
		return fail(BadPrivateKey, "this is a public key; the private key is needed, the file that begins with `-----BEGIN PRIVATE KEY-----` or `-----BEGIN RSA PRIVATE KEY-----`")
	case strings.Contains(label, "CERTIFICATE"):
		return fail(BadPrivateKey, "this is a certificate; the private key is needed, the file that begins with `-----BEGIN PRIVATE KEY-----` or `-----BEGIN RSA PRIVATE KEY-----`")
	case label == "OPENSSH PRIVATE KEY":
		return fail(BadPrivateKey, "this is a key for SSH; the private key of the service account is needed, as the portal gave it")
	case strings.HasPrefix(label, "EC "), strings.HasPrefix(label, "DSA "):
		return fail(BadPrivateKey, notRSA)
	case label != "":
		return fail(BadPrivateKey, "the text holds PEM blocks, but no private key among them; `-----BEGIN PRIVATE KEY-----` or `-----BEGIN RSA PRIVATE KEY-----` is needed")
	case bytes.Contains(text, armorBegin):
		return fail(BadPrivateKey, damagedPEM)
	}
	return fail(BadPrivateKey, "this is not PEM: it has no line such as `-----BEGIN PRIVATE KEY-----`")
}

func parseBlock(block Block) (*PrivateKey, error) {
	switch {
	case block.encrypted:
		return nil, fail(BadPrivateKey, encryptedPEM)
	case len(block.Bytes) > maxDER:
		return nil, fail(BadPrivateKey, fmt.Sprintf("the private key is larger than one of %d bits, the largest that is taken", maxRSABits))
	case block.Label == labelPKCS1:
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, fail(BadPrivateKey, damagedKey)
		}
		return newPrivateKey(key)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		if isPSS(block.Bytes) {
			return nil, fail(BadPrivateKey, "this is an RSA-PSS key, which may sign only; the service account's key is needed, as the portal gave it")
		}
		return nil, fail(BadPrivateKey, damagedKey)
	}
	rsaKey, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fail(BadPrivateKey, notRSA)
	}
	return newPrivateKey(rsaKey)
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

// Block is what stands between a BEGIN and an END line of PEM (RFC 7468).
type Block struct {
	Label string // such as "PRIVATE KEY"
	// Bytes are decoded. They are nil if the block is damaged: it has no END line of
	// the same label, or holds something other than base64. The caller clears them.
	Bytes []byte
	// encrypted says that a header of RFC 1421 names a cipher.
	encrypted bool
}

var (
	armorBegin = []byte("-----BEGIN ")
	armorEnd   = []byte("-----END ")
	armorDash  = []byte("-----")
)

// NextBlock finds the first block in a text, and returns what follows it. ok is
// false if there is no block. It takes what encoding/pem takes and more: what CI
// systems, editors and copying leave of a PEM. Line ends may be missing, or be
// spaces, carriage returns or a spelled-out \n. Lines may be indented. Other text,
// such as quotes, may stand around a block, right up to its dashes.
func NextBlock(text []byte) (block Block, rest []byte, ok bool) {
	for {
		begin := bytes.Index(text, armorBegin)
		if begin < 0 {
			return Block{}, nil, false
		}
		text = text[begin+len(armorBegin):]
		label, body, found := bytes.Cut(text, armorDash)
		if !found || !isLabel(label) {
			continue
		}
		block.Label = string(label)
		rest = body
		if next := bytes.Index(body, armorBegin); next >= 0 {
			body, rest = body[:next], body[next:] // a block ends at the latest where the next one begins
		}
		last := bytes.Join([][]byte{armorEnd, label, armorDash}, nil)
		if end := bytes.Index(body, last); end >= 0 {
			body, block.encrypted = skipHeaders(body[:end])
			block.Bytes = decodeBody(body)
		}
		return block, rest, true
	}
}

func isLabel(label []byte) bool {
	for _, c := range label {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != ' ' && c != '#' && c != '-' {
			return false
		}
	}
	return len(label) > 0 && len(label) <= 64
}

// skipHeaders skips the lines with a colon that RFC 1421 has before the base64.
func skipHeaders(body []byte) (base64 []byte, encrypted bool) {
	for {
		line, rest := body, []byte(nil)
		if i := bytes.IndexAny(body, "\r\n"); i >= 0 {
			line, rest = body[:i], body[i+1:]
		}
		switch name, value, colon := bytes.Cut(bytes.TrimSpace(line), []byte(":")); {
		case colon:
			encrypted = encrypted || string(name) == "DEK-Info" || string(name) == "Proc-Type" && bytes.Contains(value, []byte("ENCRYPTED"))
		case len(name) > 0 || rest == nil:
			return body, encrypted
		}
		body = rest
	}
}

// decodeBody decodes base64, and skips whatever can be left of a line end. It returns
// nil if there is anything else in the body.
func decodeBody(body []byte) []byte {
	plain := make([]byte, 0, len(body))
	defer func() { clear(plain[:cap(plain)]) }()
	for len(body) > 0 {
		c, size := utf8.DecodeRune(body)
		switch {
		case c == '\\' && len(body) > 1 && bytes.IndexByte([]byte("nrt"), body[1]) >= 0:
			size = 2
		case c == '\\' && len(body) > 1 && (body[1] == '\\' || body[1] == '/'): // escaped twice, or by PHP
		case unicode.IsSpace(c), c == '\ufeff':
		default:
			plain = append(plain, body[:size]...)
		}
		body = body[size:]
	}
	decoded := make([]byte, base64.StdEncoding.DecodedLen(len(plain)))
	n, err := base64.StdEncoding.Decode(decoded, plain)
	if err != nil {
		clear(decoded)
		return nil
	}
	return decoded[:n]
}
