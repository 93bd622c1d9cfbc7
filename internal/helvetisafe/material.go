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
	"strings"
	"syscall"
)

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

// ReadFile reads a regular file of at most limit bytes into one buffer: a buffer that
// grows would leave pieces of a key behind. It refuses a pipe or a device, because reading
// one may never end. The error never holds the path, which may be a key that was put
// into the wrong variable.
func ReadFile(path string, limit int) ([]byte, error) {
	// What is opened is what is looked at: another file may take its place at any time.
	// To open a pipe without O_NONBLOCK is to wait for somebody who writes to it.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) //nolint:gosec // the user names the file
	switch {
	case errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.EOPNOTSUPP): // a socket
		return nil, errNotRegular
	case err != nil:
		return nil, pathless(err)
	}
	defer func() { _ = f.Close() }() // opened for reading only
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, pathless(err)
	case info.IsDir():
		return nil, errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return nil, errNotRegular
	}
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

var errNotRegular = errors.New("it is not a regular file but a pipe, a socket or a device")

// pathless is an error of package os without the path in it.
func pathless(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return errors.New("the system doesn't say why")
}
