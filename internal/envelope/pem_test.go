package envelope

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
)

func TestParsePEMTakes(t *testing.T) {
	ref := referenceData(t).Keys[0]
	want := privateKey(t)
	public, err := x509.MarshalPKIXPublicKey(want.rsa.Public())
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	certificatePEM := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public}))
	for name, text := range map[string]string{
		"PKCS#1":                    ref.PKCS1,
		"PKCS#8":                    ref.PKCS8,
		"Windows line ends":         strings.ReplaceAll(ref.PKCS8, "\n", "\r\n"),
		"no line end at the end":    strings.TrimSpace(ref.PKCS1),
		"white space around":        "\n\t " + ref.PKCS8 + " \n\n",
		"indented, as in a heredoc": "    " + strings.ReplaceAll(ref.PKCS8, "\n", "\n    "),
		"white space ending lines":  strings.ReplaceAll(ref.PKCS1, "\n", "  \t\n"),
		"byte-order mark":           "\ufeff" + ref.PKCS8,
		"text around":               "Bag Attributes\n  friendlyName: x\n" + ref.PKCS8 + "trailing garbage \x00\xff",
		"after a public key":        publicPEM + ref.PKCS8,
		"before a public key":       ref.PKCS8 + publicPEM,
		"first of two private keys": ref.PKCS8 + referenceData(t).Keys[1].PKCS8,
		"a broken block in front":   "-----BEGIN X-----\n!!!\n-----END X-----\n" + ref.PKCS8,
		"one long line of base64":   oneLine(ref.PKCS8),
		"line ends that are spaces": strings.ReplaceAll(ref.PKCS8, "\n", " "),
		"line ends that are gone":   strings.ReplaceAll(ref.PKCS8, "\n", ""),
		"PKCS#1 without line ends":  strings.ReplaceAll(ref.PKCS1, "\n", ""),
		"carriage returns only":     strings.ReplaceAll(ref.PKCS8, "\n", "\r"),
		"line ends spelled out":     strings.ReplaceAll(ref.PKCS8, "\n", `\n`),
		"spelled out as on Windows": strings.ReplaceAll(ref.PKCS8, "\n", `\r\n`),
		"spelled out twice":         strings.ReplaceAll(ref.PKCS8, "\n", `\\n`),
		"slashes escaped":           strings.ReplaceAll(ref.PKCS8, "/", `\/`),
		"quotes":                    `"` + strings.TrimSpace(ref.PKCS8) + `"`,
		"single quotes":             "'" + ref.PKCS8 + "'",
		"quotes and spelled out":    `"` + strings.ReplaceAll(ref.PKCS8, "\n", `\n`) + `"`,
		"no-break spaces":           strings.ReplaceAll(ref.PKCS8, "\n", "\u00a0"),
		"glued to a certificate":    strings.TrimSpace(certificatePEM) + strings.TrimSpace(ref.PKCS8),
		"glued, one line":           strings.ReplaceAll(certificatePEM+ref.PKCS8, "\n", " "),
		"after a damaged key":       ref.PKCS8[:200] + ref.PKCS8,
		"header that means nothing": strings.Replace(ref.PKCS1, "-----\n", "-----\nComment: x\n\n", 1),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParsePEM([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if !got.rsa.Equal(want.rsa) {
				t.Error("read another key")
			}
		})
	}
}

func oneLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[0] + "\n" + strings.Join(lines[1:len(lines)-1], "") + "\n" + lines[len(lines)-1] + "\n"
}

func TestParsePEMLeavesInputAlone(t *testing.T) {
	text := []byte(referenceData(t).Keys[0].PKCS8)
	before := bytes.Clone(text)
	if _, err := ParsePEM(text); err != nil || !bytes.Equal(text, before) {
		t.Errorf("the input was changed, or %v", err)
	}
}

func TestParsePEMRefuses(t *testing.T) {
	ref := referenceData(t).Keys[0]
	block := func(label string, der []byte, headers map[string]string) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der, Headers: headers}))
	}
	der := func(der []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	private := privateKey(t).rsa
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	certificate := der(x509.CreateCertificate(rand.Reader, template, template, private.Public(), private))
	encrypted := map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}
	pkcs1 := x509.MarshalPKCS1PrivateKey(private)
	pkcs8 := der(x509.MarshalPKCS8PrivateKey(private))

	for name, test := range map[string]struct{ text, want string }{
		"empty":                    {"", "not PEM"},
		"words":                    {"my private key", "not PEM"},
		"a path":                   {"/etc/helvetisafe/key.pem", "not PEM"},
		"JSON":                     {`{"kty":"RSA"}`, "not PEM"},
		"DER":                      {string(pkcs8), "not PEM"},
		"too long":                 {strings.Repeat(ref.PKCS8, 1000), "too many for a private key"},
		"cut":                      {ref.PKCS8[:400], "damaged or incomplete"},
		"without its last line":    {ref.PKCS8[:strings.Index(ref.PKCS8, "-----END")], "damaged or incomplete"},
		"no padding":               {strings.ReplaceAll(ref.PKCS1, "=", ""), "damaged or incomplete"},
		"a certificate, a cut key": {block("CERTIFICATE", certificate, nil) + ref.PKCS8[:400], "damaged or incomplete"},
		"RSA-PSS":                  {block(labelPKCS8, pss(pkcs8), nil), "RSA-PSS"},
		"no base64":                {strings.Replace(ref.PKCS8, "M", "!", 3), "damaged or incomplete"},
		"BEGIN and END differ":     {strings.Replace(ref.PKCS8, "END PRIVATE", "END RSA PRIVATE", 1), "damaged or incomplete"},
		"encrypted PKCS#8":         {block("ENCRYPTED PRIVATE KEY", pkcs8, nil), "encrypted with a passphrase"},
		"encrypted PKCS#1":         {block(labelPKCS1, []byte("12345678"), encrypted), "encrypted with a passphrase"},
		"public key":               {block("PUBLIC KEY", der(x509.MarshalPKIXPublicKey(private.Public())), nil), "public key"},
		"PKCS#1 public key":        {block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&private.PublicKey), nil), "public key"},
		"certificate":              {block("CERTIFICATE", certificate, nil), "certificate"},
		"certificate request":      {block("CERTIFICATE REQUEST", certificate, nil), "certificate"},
		"SSH key":                  {block("OPENSSH PRIVATE KEY", []byte("openssh-key-v1"), nil), "SSH"},
		"EC":                       {block("EC PRIVATE KEY", der(x509.MarshalECPrivateKey(ec)), nil), "not an RSA key"},
		"EC with parameters":       {block("EC PARAMETERS", []byte{1}, nil) + block("EC PRIVATE KEY", der(x509.MarshalECPrivateKey(ec)), nil), "not an RSA key"},
		"EC in PKCS#8":             {block(labelPKCS8, der(x509.MarshalPKCS8PrivateKey(ec)), nil), "not an RSA key"},
		"Ed25519":                  {block(labelPKCS8, der(x509.MarshalPKCS8PrivateKey(ed)), nil), "not an RSA key"},
		"DSA":                      {block("DSA PRIVATE KEY", []byte{1}, nil), "not an RSA key"},
		"another block":            {block("X509 CRL", []byte{1}, nil), "no private key"},
		"1024 bits":                {block(labelPKCS1, x509.MarshalPKCS1PrivateKey(small), nil), "1024 bits"},
		"far too large":            {block(labelPKCS8, make([]byte, maxDER+1), nil), "larger than"},
		"PKCS#1 named PKCS#8":      {block(labelPKCS8, pkcs1, nil), "a valid RSA private key"},
		"PKCS#8 named PKCS#1":      {block(labelPKCS1, pkcs8, nil), "a valid RSA private key"},
		"empty block":              {block(labelPKCS8, nil, nil), "a valid RSA private key"},
		"bytes after the key":      {block(labelPKCS1, append(bytes.Clone(pkcs1), 0), nil), "a valid RSA private key"},
		"key cut short":            {block(labelPKCS1, pkcs1[:len(pkcs1)-1], nil), "a valid RSA private key"},
		"modulus changed":          {block(labelPKCS1, changed(pkcs1, 200), nil), "a valid RSA private key"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParsePEM([]byte(test.text))
			wantKind(t, err, BadPrivateKey)
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %q, want it to say %q", err, test.want)
			}
		})
	}
}

// pss names another algorithm in a PKCS#8 key: id-RSASSA-PSS, whose identifier is as
// long as rsaEncryption's.
func pss(pkcs8 []byte) []byte {
	prefix := []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01}
	return bytes.Replace(pkcs8, append(bytes.Clone(prefix), 0x01), append(bytes.Clone(prefix), 0x0a), 1)
}

func changed(b []byte, i int) []byte {
	c := bytes.Clone(b)
	c[i] ^= 1
	return c
}

// TestNextBlockIsLinear: a file of BEGIN lines alone must not hang a plan.
func TestNextBlockIsLinear(t *testing.T) {
	text := bytes.Repeat([]byte("-----BEGIN A-----"), MaxPEM/17)
	blocks := 0
	for rest, ok := text, true; ok; blocks++ {
		_, rest, ok = NextBlock(rest)
	}
	if blocks < MaxPEM/17 {
		t.Errorf("%d blocks", blocks)
	}
}

// FuzzNextBlock holds that NextBlock ends, and takes what encoding/pem takes with the
// same result.
func FuzzNextBlock(f *testing.F) {
	for _, k := range referenceData(f).Keys[:1] {
		f.Add([]byte(k.PKCS1 + k.PKCS8))
		f.Add(bytes.ReplaceAll([]byte(k.PKCS8), []byte("\n"), []byte(`\n`)))
	}
	f.Add([]byte("-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES,00\n\nAAAA\n-----END A-----\n"))
	f.Add([]byte("-----BEGIN A----------BEGIN A-----\n-----END A-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var found []Block
		for rest := text; ; {
			block, after, ok := NextBlock(rest)
			if !ok {
				break
			}
			if len(after) >= len(rest) {
				t.Fatal("it doesn't go on")
			}
			found, rest = append(found, block), after
		}
		theirs, _ := pem.Decode(text)
		if theirs == nil || !isLabel([]byte(theirs.Type)) || len(theirs.Headers) > 0 {
			return
		}
		for _, block := range found {
			if block.Label == theirs.Type && bytes.Equal(block.Bytes, theirs.Bytes) {
				return
			}
		}
		t.Errorf("encoding/pem finds a %q of %d bytes that NextBlock doesn't", theirs.Type, len(theirs.Bytes))
	})
}
