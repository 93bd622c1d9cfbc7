package helvetisafe

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

func TestRecognize(t *testing.T) {
	key := string(testKeys().pem)
	block, _ := pem.Decode([]byte(key))
	body := base64.StdEncoding.EncodeToString(block.Bytes)
	once := base64.StdEncoding.EncodeToString([]byte(key))
	certificate := "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	var wide []byte
	for _, unit := range utf16.Encode([]rune(key)) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	for name, row := range map[string]struct {
		text     string
		want     Material
		encoding Encoding
	}{
		"a key":                          {key, PrivateKeyMaterial, PlainPEM},
		"in one line":                    {strings.ReplaceAll(key, "\n", " "), PrivateKeyMaterial, PlainPEM},
		"line ends spelled out":          {strings.ReplaceAll(key, "\n", `\n`), PrivateKeyMaterial, PlainPEM},
		"a certificate and its key":      {certificate + key, PrivateKeyMaterial, PlainPEM},
		"a certificate":                  {certificate, CertificateMaterial, PlainPEM},
		"a certificate in base64":        {base64.StdEncoding.EncodeToString([]byte(certificate)), CertificateMaterial, EncodedPEM},
		"a public key":                   {"-----BEGIN PUBLIC KEY-----", OtherPEMMaterial, PlainPEM},
		"base64":                         {once, PrivateKeyMaterial, EncodedPEM},
		"base64 without padding":         {strings.TrimRight(once, "="), PrivateKeyMaterial, EncodedPEM},
		"base64 of the other alphabet":   {base64.URLEncoding.EncodeToString([]byte(key)), PrivateKeyMaterial, EncodedPEM},
		"base64 in lines":                {once[:76] + "\n" + once[76:152] + "\n" + once[152:], PrivateKeyMaterial, EncodedPEM},
		"base64 in lines, spelled out":   {once[:76] + `\n` + once[76:], PrivateKeyMaterial, EncodedPEM},
		"base64 in quotes":               {`"` + once + `"`, PrivateKeyMaterial, EncodedPEM},
		"base64 cut short":               {once[:101], PrivateKeyMaterial, EncodedPEM},
		"base64 of base64":               {base64.StdEncoding.EncodeToString([]byte(once)), PrivateKeyMaterial, EncodedPEM},
		"base64 of UTF-16":               {base64.StdEncoding.EncodeToString(wide), PrivateKeyMaterial, EncodedPEM},
		"the body alone":                 {body, PrivateKeyMaterial, EncodedDER},
		"the body cut short":             {body[:202], PrivateKeyMaterial, EncodedDER},
		"a path":                         {"/etc/keys/helvetisafe/private/service-account/production/terraform/key.pem", NoMaterial, PlainPEM},
		"a path in base64's alphabet":    {"/" + strings.Repeat("abcd/efgh", 20), NoMaterial, PlainPEM},
		"a Windows path":                 {`C:\Users\nina\.helvetisafe\rsa\name.pem`, NoMaterial, PlainPEM},
		"a token":                        {strings.Repeat("aB3_-x", 40), NoMaterial, PlainPEM},
		"a JWT":                          {"eyJhbGciOiJSUzI1NiJ9." + strings.Repeat("eyJzdWIi", 20), NoMaterial, PlainPEM},
		"hexadecimal":                    {strings.Repeat("30820204", 40), NoMaterial, PlainPEM},
		"an address":                     {"https://vault.example.com/" + strings.Repeat("a", 80), NoMaterial, PlainPEM},
		"a word that begins like base64": {"LS0tLS1CRUdJTi", NoMaterial, PlainPEM},
		"nothing":                        {"", NoMaterial, PlainPEM},
	} {
		t.Run(name, func(t *testing.T) {
			if got, encoding := Recognize([]byte(row.text)); got != row.want || encoding != row.encoding {
				t.Errorf("Recognize = %d, %d, want %d, %d", got, encoding, row.want, row.encoding)
			}
		})
	}
}

// FuzzRecognize: any text, and a key in base64 behind and before any other text of
// base64's alphabet is found.
func FuzzRecognize(f *testing.F) {
	f.Add("/etc/key.pem")
	f.Add(strings.Repeat("MIIE", 40))
	f.Fuzz(func(t *testing.T, text string) {
		if m, _ := Recognize([]byte(text)); m == NoMaterial && strings.Contains(text, "-----BEGIN") {
			t.Error("a BEGIN line was overlooked")
		}
		if m, _ := Recognize([]byte(base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", 48) + "-----BEGIN PRIVATE KEY-----" + text)))); m != PrivateKeyMaterial {
			t.Error("a key in base64 was overlooked")
		}
	})
}

// authority makes a CA of its own, and returns its certificate.
func authority(t testing.TB, name string) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func TestParseCA(t *testing.T) {
	first, second := authority(t, "one"), authority(t, "two")
	block := func(label string, c *x509.Certificate) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: c.Raw}))
	}
	one, two := block("CERTIFICATE", first), block("CERTIFICATE", second)
	damaged := strings.Replace(two, "MII", "!!!", 1)
	broken := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: append([]byte{0x31}, second.Raw[1:]...)}))
	for _, row := range []struct {
		name, text string
		says       string // "" if both are trusted
	}{
		{"two", one + two, ""},
		{"a byte-order mark", "\ufeff" + one + two, ""},
		{"joined without a line end", strings.TrimSpace(one) + two, ""},
		{"indented", "    " + strings.ReplaceAll(one+two, "\n", "\n    "), ""},
		{"Windows line ends", strings.ReplaceAll(one+two, "\n", "\r\n"), ""},
		{"line ends spelled out", strings.ReplaceAll(one+two, "\n", `\n`), ""},
		{"in quotes", `"` + strings.ReplaceAll(one+two, "\n", `\n`) + `"`, ""},
		{"text around", "# one\n" + one + "# two\nsubject=/CN=two\n" + two + "the end", ""},
		{"an old label", one + block("X509 CERTIFICATE", second), ""},
		{"a key between them", one + string(testKeys().pem) + two, ""},
		{"the same twice", one + one + two, ""},
		{"a damaged one", one + damaged + one, "certificate 2 of 3 can't be read: it is damaged or incomplete"},
		{"one cut short", one + two[:100], "certificate 2 of 2 can't be read: it is damaged or incomplete"},
		{"one cut short before another", one[:100] + two, "certificate 1 of 2 can't be read"},
		{"an empty one", one + "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "certificate 2 of 2 can't be read"},
		{"a damaged BEGIN line", one + strings.Replace(two, "-----BEGIN", "----BEGIN", 1) + one, "certificate 2 of 3 can't be read: it is damaged or incomplete"},
		{"no BEGIN line", strings.Replace(one, "-----BEGIN CERTIFICATE-----", "", 1) + two, "certificate 1 of 2 can't be read: it is damaged or incomplete"},
		{"a BEGIN line without its end", one + strings.Replace(two, "CERTIFICATE-----", "CERTIFICATE---", 1), "certificate 2 of 2 can't be read: it is damaged or incomplete"},
		{"one cut in its BEGIN line", one + two[:20], "certificate 2 of 2 can't be read: it is damaged or incomplete"},
		{"another label at the end", strings.Replace(one, "END CERT", "END X509 CERT", 1) + two, "certificate 1 of 2 can't be read: it is damaged or incomplete"},
		{"one that is none", one + broken, "certificate 2 of 2 can't be read: malformed certificate"},
		{"OpenSSL's own form", one + block("TRUSTED CERTIFICATE", second), "certificate 2 of 2 can't be read: it is in OpenSSL's own form"},
		{"none", "MARKER", "it doesn't hold a certificate in PEM"},
		{"nothing", "", "it doesn't hold a certificate in PEM"},
		{"a key", string(testKeys().pem), "it holds a private key and no certificate"},
		{"base64 of it", base64.StdEncoding.EncodeToString([]byte(one)), "it holds the base64 of a certificate"},
		{"base64 of a public key", base64.StdEncoding.EncodeToString([]byte(block("PUBLIC KEY", first))), "it doesn't hold a certificate in PEM"},
		{"DER", string(first.Raw), "its binary form"},
	} {
		t.Run(row.name, func(t *testing.T) {
			pool, err := ParseCA([]byte(row.text))
			if row.says != "" {
				if err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "MARKER") {
					t.Errorf("err = %v, want it to say %q", err, row.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range []*x509.Certificate{first, second} {
				if _, err := c.Verify(x509.VerifyOptions{Roots: pool}); err != nil {
					t.Errorf("%s is not trusted: %v", c.Subject, err)
				}
			}
		})
	}
}

func FuzzParseCA(f *testing.F) {
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority(f, "one").Raw})
	f.Add(certificate)
	f.Add([]byte("-----BEGIN CERTIFICATE-----"))
	f.Fuzz(func(t *testing.T, text []byte) {
		pool, err := ParseCA(text)
		if (pool == nil) == (err == nil) {
			t.Errorf("pool %v, %v", pool != nil, err)
		}
	})
}
