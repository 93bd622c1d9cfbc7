package provider

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// The rules below are about how values arrive: through files, shells and the
// settings of CI systems, which leave line ends, quotes and spaces around them, or put one
// in the place of another. They never print what they refuse, since it may be a secret in
// the wrong place.

// rule says what is wrong with a value and, after a semicolon, what to do. It is "" if
// nothing is wrong. The text goes on from the setting's name.
type rule func(value string) string

// isWord is for a value that has nothing around it: an id, a secret, a token, an
// address, a number. It refuses line ends anywhere, and spaces and quotes around the value.
func isWord(value string) string {
	if problem := holdsNoKey(value); problem != "" {
		return problem
	}
	trimmed := strings.TrimFunc(value, blank)
	switch {
	case value == "": // not given, or refused already
	case trimmed == "":
		return "is blank; give it a value, or leave it out"
	case strings.Trim(value, "\r\n") != value:
		return lineEnd(value)
	case strings.ContainsAny(value, "\r\n"):
		return "has a line end in it; check how it was copied"
	case trimmed != value:
		return "has a space or an invisible character around it; take it away"
	case quoted(value):
		return "is in quotes, which are part of the value here; take them away"
	}
	return ""
}

// isPassword leaves spaces and quotes alone, which are legal in a password.
func isPassword(value string) string {
	if problem := holdsNoKey(value); problem != "" || strings.Trim(value, "\r\n") == value {
		return problem
	}
	return lineEnd(value)
}

// isPathOf is for the path of a file that holds what another attribute takes. It refuses
// what is not a path. Often that is the file's content, from a variable of a CI system that
// is not one of type File.
func isPathOf(attribute string) rule {
	content := putInto(attribute) + ", or give the path of its file here"
	return func(value string) string {
		problem := isWord(value)
		switch {
		case holdsNoKey(value) == "" && strings.ContainsAny(strings.TrimSpace(value), "\r\n"):
			return "holds line ends, so it is the content of a file instead of a path; " + content
		case problem != "":
			return problem
		case spelledOut.MatchString(value):
			return "holds the content of a file, with its line ends spelled out, instead of a path; " + content
		case strings.HasPrefix(value, "~"):
			return "begins with ~, which only a shell replaces; write the path in full, with pathexpand() in the configuration or $HOME in a shell"
		case unexpanded.MatchString(value):
			return "begins with the name of a variable, which only a shell replaces; write the path in full"
		}
		return ""
	}
}

var (
	// spelledOut is a line of base64 between line ends that are spelled out. A shorter
	// pattern would match `C:\keys\name.pem`.
	spelledOut = regexp.MustCompile(`(?:^|\\n|\\r)[A-Za-z0-9+/=]{32,}(?:\\n|\\r)|\\n[A-Za-z0-9+/=]{32,}`)
	unexpanded = regexp.MustCompile(`^(?:\$\{?[A-Za-z_]|%[A-Za-z_]+%)`)
)

// holdsNoKey refuses a key or a certificate in a setting of another kind.
func holdsNoKey(value string) string {
	material, encoding := helvetisafe.Recognize([]byte(value))
	first := ""
	switch encoding {
	case helvetisafe.EncodedPEM:
		first = "decode it from base64, and "
	case helvetisafe.EncodedDER:
		first = "add its BEGIN and END lines, and "
	}
	switch material {
	case helvetisafe.PrivateKeyMaterial:
		return "holds a private key itself; " + first + putInto("private_key_pem")
	case helvetisafe.CertificateMaterial:
		return "holds a certificate itself; " + first + putInto("ca_cert_pem")
	case helvetisafe.OtherPEMMaterial:
		return "holds PEM; look which attribute it belongs in"
	}
	return ""
}

// putInto says where a value belongs.
func putInto(attribute string) string {
	return fmt.Sprintf("put it into `%s` or %s", attribute, variableOf(attribute))
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
