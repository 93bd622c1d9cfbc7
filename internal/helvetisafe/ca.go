package helvetisafe

import (
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
)

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
