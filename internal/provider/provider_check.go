package provider

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// The checks in this file are about how values arrive: through files, shells and
// the settings of CI systems, which leave line ends, quotes and spaces around them,
// or put one where another belongs. What they refuse is never printed, since it may
// be a secret in the wrong place.

// refuse reports a setting that can't be used. problem says what is wrong with it
// and, after a semicolon, what to do.
func (r *resolver) refuse(v setting, problem string) bool {
	r.fail(fmt.Sprintf("`%s` %s.%s", v.attribute, problem, v.from()))
	return false
}

// checkWord is for a value that has nothing around it: an id, a secret, a token, an
// address, a number.
func (r *resolver) checkWord(v setting) bool {
	return r.checkMaterial(v) && r.checkAround(v)
}

// checkPassword leaves spaces and quotes alone, which are legal in a password.
func (r *resolver) checkPassword(v setting) bool {
	if !r.checkMaterial(v) {
		return false
	}
	if strings.Trim(v.value, "\r\n") != v.value {
		return r.refuse(v, lineEndProblem(v.value)+lineEndAdvice)
	}
	return true
}

// checkPinsVariable refuses a variable for pins that is there and pins nothing: whoever
// sets it wants the Org Key checked.
func (r *resolver) checkPinsVariable() {
	value, set := r.lookup(envOrgKeyFingerprints)
	if set && strings.TrimFunc(value, func(c rune) bool { return blank(c) || c == ',' }) == "" {
		r.fail(fmt.Sprintf("The environment variable %s is set, and there is no fingerprint in it, so no Org Key would be checked. Give it the fingerprint, or unset it.", envOrgKeyFingerprints))
	}
}

// checkPath refuses what is not the path of a file. Often it is the file's content,
// from a variable of a CI system that is not one of type File.
func (r *resolver) checkPath(v setting) bool {
	if !r.checkMaterial(v) || !r.checkAround(v) {
		return false
	}
	switch {
	case spelledOut.MatchString(v.value):
		return r.refuse(v, "holds the content of a file, with its line ends spelled out, instead of a path; "+contentBelongs(v))
	case strings.HasPrefix(v.value, "~"):
		return r.refuse(v, "begins with ~, which only a shell replaces; write the path in full, with pathexpand() in the configuration or $HOME in a shell")
	case unexpanded.MatchString(v.value):
		return r.refuse(v, "begins with the name of a variable, which only a shell replaces; write the path in full")
	}
	return true
}

var (
	// spelledOut is a line of base64 between line ends that are spelled out. Less
	// would match `C:\keys\name.pem`.
	spelledOut = regexp.MustCompile(`(?:^|\\n|\\r)[A-Za-z0-9+/=]{32,}(?:\\n|\\r)|\\n[A-Za-z0-9+/=]{32,}`)
	unexpanded = regexp.MustCompile(`^(?:\$\{?[A-Za-z_]|%[A-Za-z_]+%)`)
)

// contentBelongs says where the content of a path's file can go.
func contentBelongs(v setting) string {
	if v.attribute == "ca_cert_path" {
		return "put it into " + belongsIn(helvetisafe.CertificateMaterial) + ", or give the path of its file here"
	}
	return "put it into " + belongsIn(helvetisafe.PrivateKeyMaterial) + ", or give the path of its file here"
}

// belongsIn names the attribute and the variable that take the material.
func belongsIn(m helvetisafe.Material) string {
	if m == helvetisafe.CertificateMaterial {
		return "`ca_cert_pem` or " + envCACertPEM
	}
	return "`private_key_pem` or " + envPrivateKeyPEM
}

// checkMaterial refuses a key or a certificate in a setting of another kind.
func (r *resolver) checkMaterial(v setting) bool {
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
		return r.refuse(v, "holds a private key itself; "+advice)
	case helvetisafe.CertificateMaterial:
		return r.refuse(v, "holds a certificate itself; "+advice)
	case helvetisafe.OtherPEMMaterial:
		return r.refuse(v, "holds PEM; look which attribute it belongs in")
	}
	return true
}

const lineEndAdvice = "; take it away: trimspace() does in the configuration, and $(cat FILE) in a shell"

// checkAround refuses line ends anywhere, and spaces and quotes around the value.
func (r *resolver) checkAround(v setting) bool {
	trimmed := strings.TrimFunc(v.value, blank)
	switch {
	case v.value == "": // not given, or refused already
	case trimmed == "":
		return r.refuse(v, "is blank; give it a value, or leave it out")
	case strings.Trim(v.value, "\r\n") != v.value:
		return r.refuse(v, lineEndProblem(v.value)+lineEndAdvice)
	case strings.ContainsAny(v.value, "\r\n"):
		if strings.HasSuffix(v.attribute, "_path") {
			return r.refuse(v, "holds line ends, so it is the content of a file instead of a path; "+contentBelongs(v))
		}
		return r.refuse(v, "has a line end in it; check how it was copied")
	case trimmed != v.value:
		return r.refuse(v, "has a space or an invisible character around it; take it away")
	case quoted(v.value):
		return r.refuse(v, "is in quotes, which are part of the value here; take them away")
	}
	return true
}

// lineEndProblem tells a carriage return, which no editor shows, from a line feed.
func lineEndProblem(value string) string {
	switch {
	case strings.HasSuffix(value, "\r") || strings.HasSuffix(value, "\r\n"):
		return "ends in a carriage return, as lines of files from Windows do"
	case strings.HasSuffix(value, "\n"):
		return "ends in a line end"
	}
	return "begins with a line end"
}

// blank also is a byte-order mark and what else has no width: editors and web pages
// leave them around what is copied.
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
