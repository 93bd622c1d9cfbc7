package helvetisafe

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
)

// ReadFile reads a regular file of at most limit bytes into one buffer: a buffer that
// grows would leave pieces of a key behind. It refuses a pipe or a device, because reading
// one may never end. The error never holds the path, which may be a key that was put
// into the wrong variable.
func ReadFile(path string, limit int) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, pathless(err)
	case info.IsDir():
		return nil, errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file but a pipe, a socket or a device")
	}
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, pathless(err)
	}
	defer func() { _ = f.Close() }() // opened for reading only
	// Not the size that Stat gives: files of /proc claim to be empty.
	content := make([]byte, limit+1)
	n, err := io.ReadFull(f, content)
	switch {
	case err == nil:
		clear(content)
		return nil, fmt.Errorf("it is too large: more than %d KiB", limit>>10)
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		clear(content)
		return nil, pathless(err)
	}
	return content[:n], nil
}

// pathless is an error of package os without the path in it.
func pathless(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return errors.New("the system doesn't say why")
}

// Material is what a text really holds, which may not be what it should hold.
type Material int

// The kinds of Material.
const (
	NoMaterial          Material = iota // neither a key nor a certificate
	PrivateKeyMaterial                  // a private key, or a key together with its certificates
	CertificateMaterial                 // one certificate or several
	OtherPEMMaterial                    // PEM of another kind, such as a public key
)

// Encoding is how Recognize found it.
type Encoding int

// The encodings.
const (
	PlainPEM   Encoding = iota // with its BEGIN line; also for NoMaterial
	EncodedPEM                 // base64 of a PEM
	EncodedDER                 // the base64 of a PEM without its BEGIN and END lines
)

// maxLayers is how many layers of base64 are decoded: some systems add one.
const maxLayers = 2

// shortestMaterial is the shortest base64 that is decoded, in characters: shorter
// than any key.
const shortestMaterial = 64

// Recognize finds a key or a certificate in a text that should hold neither, such
// as a path. A name, a path or a token isn't mistaken for one.
func Recognize(text []byte) (Material, Encoding) {
	if m := labelled(text); m != NoMaterial {
		return m, PlainPEM
	}
	for range maxLayers {
		decoded, ok := decodeLenient(text)
		if !ok {
			break
		}
		defer clear(decoded)
		narrow := bytes.ReplaceAll(decoded, []byte{0}, nil) // PowerShell encodes UTF-16
		defer clear(narrow)
		if m := labelled(narrow); m != NoMaterial {
			return m, EncodedPEM
		}
		if m := derMaterial(decoded); m != NoMaterial {
			return m, EncodedDER
		}
		text = decoded
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

// ParseCA adds the certificates of a text in PEM to the system's roots. It takes what
// OpenSSL takes, in any state that envelope.NextBlock takes. If a certificate can't be
// read, the error says which one: x509.CertPool would drop it silently, and an error
// about the server's certificate would later ask for it.
func ParseCA(text []byte) (*x509.CertPool, error) {
	blocks := caBlocks(text)
	if len(blocks) == 0 {
		return nil, noCertificate(text)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		// A system without roots still has the ones that were configured.
		pool = x509.NewCertPool()
	}
	for i, block := range blocks {
		refuse := func(reason string) (*x509.CertPool, error) {
			return nil, fmt.Errorf("certificate %d of %d can't be read: %s", i+1, len(blocks), reason)
		}
		if block.Label == "TRUSTED CERTIFICATE" {
			return refuse("it is in OpenSSL's own form (`TRUSTED CERTIFICATE`), which can also say what not to trust it for; convert it with `openssl x509 -in FILE`")
		}
		if len(block.Bytes) == 0 {
			return refuse("it is damaged or incomplete; copy it again, with its BEGIN and END lines")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return refuse(strings.TrimPrefix(err.Error(), "x509: ") + "; get it again, or leave it out")
		}
		pool.AddCert(certificate)
	}
	return pool, nil
}

// What is left of the first and of the last line of a certificate that may be damaged.
var (
	certificateBegin = regexp.MustCompile(`BEGIN (?:X509 |TRUSTED )?CERT`)
	certificateEnd   = regexp.MustCompile(`END (?:X509 |TRUSTED )?CERTIFICATE-{1,5}`)
)

// caBlocks are the certificates of a text, damaged ones too: each last line belongs to
// one, and a first line to one if nothing follows it. Keys and other blocks beside them
// are left out, as OpenSSL does.
func caBlocks(text []byte) (blocks []envelope.Block) {
	begin := 0
	for _, line := range certificateEnd.FindAllIndex(text, -1) {
		found := certificates(text[begin:line[1]])
		if len(found) == 0 {
			found = []envelope.Block{{Label: "CERTIFICATE"}}
		}
		blocks = append(blocks, found...)
		begin = line[1]
	}
	found := certificates(text[begin:])
	if len(found) == 0 && certificateBegin.Match(text[begin:]) {
		found = []envelope.Block{{Label: "CERTIFICATE"}}
	}
	return append(blocks, found...)
}

// certificates are the blocks of a text that are labelled as certificates.
func certificates(text []byte) (blocks []envelope.Block) {
	for {
		block, rest, ok := envelope.NextBlock(text)
		if !ok {
			return blocks
		}
		switch block.Label {
		case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
			blocks = append(blocks, block)
		default:
			clear(block.Bytes) // it may be a key
		}
		text = rest
	}
}

// noCertificate says what a text without a certificate holds instead.
func noCertificate(text []byte) error {
	material, encoding := Recognize(text)
	switch {
	case material == PrivateKeyMaterial:
		return errors.New("it holds a private key and no certificate; give the CA's certificate, from `-----BEGIN CERTIFICATE-----` on")
	case material == CertificateMaterial && encoding != PlainPEM:
		return errors.New("it holds the base64 of a certificate; decode it, for example with `base64 -d`, and give the PEM from `-----BEGIN CERTIFICATE-----` on")
	case derMaterial(text) == CertificateMaterial:
		return errors.New("it holds a certificate in its binary form (DER); convert it with `openssl x509 -inform DER -in FILE`")
	}
	return errors.New("it doesn't hold a certificate in PEM; give the CA's certificate, from `-----BEGIN CERTIFICATE-----` on")
}
