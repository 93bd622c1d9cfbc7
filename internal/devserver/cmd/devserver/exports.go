package main

import (
	"fmt"
	"os"
	"strings"
)

// exports is what a client needs to know.
type exports struct {
	url, pemPath, caPath string
	account              *account
}

// text is for people: one combination to paste, the others as comments.
func (e exports) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# HelvetiSafe development server: %s\n", e.url)
	b.WriteString("# For development only. It holds ciphertext, and keys that protect nothing else. Ctrl-C stops it.\n\n")
	export(&b, "HELVETISAFE_BASE_URL", e.url)
	if e.caPath != "" {
		export(&b, "HELVETISAFE_CA_CERT_PATH", e.caPath)
	}
	b.WriteString("\n# Authentication, one of two: OAuth2 client credentials …\n")
	export(&b, "HELVETISAFE_CLIENT_ID", e.account.ClientID)
	export(&b, "HELVETISAFE_CLIENT_SECRET", e.account.ClientSecret)
	b.WriteString("# … or an API token, without the two above:\n# ")
	export(&b, "HELVETISAFE_API_TOKEN", e.account.APIToken)
	b.WriteString("\n# Private key, one of three: a PEM file …\n")
	export(&b, "HELVETISAFE_PRIVATE_KEY_PATH", e.pemPath)
	fmt.Fprintf(&b, "# … or its text:\n# export HELVETISAFE_PRIVATE_KEY_PEM=\"$(cat %s)\"\n", quote(e.pemPath))
	b.WriteString("# … or the account's password:\n# ")
	export(&b, "HELVETISAFE_PASSWORD", e.account.Password)
	b.WriteString("\n# Optional: accept this Org Key only.\n# ")
	export(&b, "HELVETISAFE_ORG_KEY_FINGERPRINTS", e.account.Fingerprint)
	fmt.Fprintf(&b, "\n# What the server holds: curl %s%s/_dev/secrets\n", caOption(e.caPath), e.url)
	return b.String()
}

// script is for scripts to source: the same first combination as exports, and all
// that the others need under names that no client reads.
func (e exports) script() string {
	var b strings.Builder
	export(&b, "HELVETISAFE_BASE_URL", e.url)
	if e.caPath != "" {
		export(&b, "HELVETISAFE_CA_CERT_PATH", e.caPath)
	}
	export(&b, "HELVETISAFE_CLIENT_ID", e.account.ClientID)
	export(&b, "HELVETISAFE_CLIENT_SECRET", e.account.ClientSecret)
	export(&b, "HELVETISAFE_PRIVATE_KEY_PATH", e.pemPath)
	for _, v := range [][2]string{
		{"API_TOKEN", e.account.APIToken},
		{"PASSWORD", e.account.Password},
		{"FINGERPRINT", e.account.Fingerprint},
		{"PID", fmt.Sprint(os.Getpid())},
	} {
		fmt.Fprintf(&b, "DEVSERVER_%s=%s\n", v[0], quote(v[1]))
	}
	return b.String()
}

func export(b *strings.Builder, name, value string) {
	fmt.Fprintf(b, "export %s=%s\n", name, quote(value))
}

// quote makes a word of a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func caOption(path string) string {
	if path == "" {
		return ""
	}
	return "--cacert " + quote(path) + " "
}
