package helvetisafe

import (
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
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
