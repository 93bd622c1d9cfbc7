package provider

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// The rules below are about how values arrive: through files, shells and the
// settings of CI systems, which leave line ends, quotes and spaces around them, or put one
// in the place of another. They never print what they refuse, since it may be a secret in
// the wrong place.

// rule says what is wrong with a setting and, after a semicolon, what to do. It is "" if
// nothing is wrong. The text goes on from the setting's name.
type rule func(setting) string

// isWord is for a value that has nothing around it: an id, a secret, a token, an
// address, a number. It refuses line ends anywhere, and spaces and quotes around the value.
func isWord(v setting) string {
	if problem := holdsNoKey(v); problem != "" {
		return problem
	}
	trimmed := strings.TrimFunc(v.value, blank)
	switch {
	case v.value == "": // not given, or refused already
	case trimmed == "":
		return "is blank; give it a value, or leave it out"
	case strings.Trim(v.value, "\r\n") != v.value:
		return lineEnd(v.value)
	case strings.ContainsAny(v.value, "\r\n"):
		if strings.HasSuffix(v.name, "_path") {
			return "holds line ends, so it is the content of a file instead of a path; " + contentBelongs(v)
		}
		return "has a line end in it; check how it was copied"
	case trimmed != v.value:
		return "has a space or an invisible character around it; take it away"
	case quoted(v.value):
		return "is in quotes, which are part of the value here; take them away"
	}
	return ""
}

// isPassword leaves spaces and quotes alone, which are legal in a password.
func isPassword(v setting) string {
	if problem := holdsNoKey(v); problem != "" || strings.Trim(v.value, "\r\n") == v.value {
		return problem
	}
	return lineEnd(v.value)
}

// isPath refuses what is not the path of a file. Often it is the file's content,
// from a variable of a CI system that is not one of type File.
func isPath(v setting) string {
	if problem := isWord(v); problem != "" {
		return problem
	}
	switch {
	case spelledOut.MatchString(v.value):
		return "holds the content of a file, with its line ends spelled out, instead of a path; " + contentBelongs(v)
	case strings.HasPrefix(v.value, "~"):
		return "begins with ~, which only a shell replaces; write the path in full, with pathexpand() in the configuration or $HOME in a shell"
	case unexpanded.MatchString(v.value):
		return "begins with the name of a variable, which only a shell replaces; write the path in full"
	}
	return ""
}

var (
	// spelledOut is a line of base64 between line ends that are spelled out. A shorter
	// pattern would match `C:\keys\name.pem`.
	spelledOut = regexp.MustCompile(`(?:^|\\n|\\r)[A-Za-z0-9+/=]{32,}(?:\\n|\\r)|\\n[A-Za-z0-9+/=]{32,}`)
	unexpanded = regexp.MustCompile(`^(?:\$\{?[A-Za-z_]|%[A-Za-z_]+%)`)
)

// contentBelongs says where to put the content of a file instead of its path.
func contentBelongs(v setting) string {
	material := helvetisafe.PrivateKeyMaterial
	if v.name == "ca_cert_path" {
		material = helvetisafe.CertificateMaterial
	}
	return "put it into " + belongsIn(material) + ", or give the path of its file here"
}

// belongsIn names the attribute and the variable that take the material.
func belongsIn(m helvetisafe.Material) string {
	name := "private_key_pem"
	if m == helvetisafe.CertificateMaterial {
		name = "ca_cert_pem"
	}
	return "`" + name + "` or " + variableOf(name)
}

// holdsNoKey refuses a key or a certificate in a setting of another kind.
func holdsNoKey(v setting) string {
	material, encoding := helvetisafe.Recognize(v.value)
	advice := "put it into " + belongsIn(material)
	switch encoding {
	case helvetisafe.EncodedPEM:
		advice = "decode it from base64, and " + advice
	case helvetisafe.EncodedDER:
		advice = "add its BEGIN and END lines, and " + advice
	}
	switch material {
	case helvetisafe.PrivateKeyMaterial:
		return "holds a private key itself; " + advice
	case helvetisafe.CertificateMaterial:
		return "holds a certificate itself; " + advice
	case helvetisafe.OtherPEMMaterial:
		return "holds PEM; look which attribute it belongs in"
	}
	return ""
}

// lineEnd names the line end around a value. It tells a carriage return, which editors
// don't show, from a line feed.
func lineEnd(value string) string {
	const advice = "; take it away: trimspace() does in the configuration, and $(cat FILE) in a shell"
	switch {
	case strings.HasSuffix(value, "\r") || strings.HasSuffix(value, "\r\n"):
		return "ends in a carriage return, as lines of files from Windows do" + advice
	case strings.HasSuffix(value, "\n"):
		return "ends in a line end" + advice
	}
	return "begins with a line end" + advice
}

// blank also counts a byte-order mark and other characters without a width: editors and
// web pages leave them around what is copied.
func blank(r rune) bool {
	return unicode.IsSpace(r) || r == '\ufeff' || r >= '\u200b' && r <= '\u200d' || r == '\u2060'
}

// quoted reports whether the value stands in quotes, straight or curly.
func quoted(value string) bool {
	for _, pair := range []string{`""`, `''`, "``", "“”", "‘’", "„“", "«»"} {
		quotes := []rune(pair)
		first, last := string(quotes[0]), string(quotes[1])
		if len(value) >= len(first)+len(last) && strings.HasPrefix(value, first) && strings.HasSuffix(value, last) {
			return true
		}
	}
	return false
}
