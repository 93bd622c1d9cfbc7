package provider

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"golang.org/x/text/unicode/norm"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// longestShown bounds, in bytes, what a diagnostic quotes of a key.
const longestShown = 60

// shown leaves out the keys that a list must not bring into a plan or onto a terminal,
// where Terraform prints them as they are, and warns once:
//
//   - those with a character that can't be seen. A terminal obeys some of them (a key
//     could set its clipboard), and others make a key look like another one.
//   - those that are one key in Terraform, which brings every string to Unicode NFC.
//
// Keys that the user named are shown: whoever names a key knows it.
func (s *selection) shown(entries []helvetisafe.Metadata, diags *diag.Diagnostics) []helvetisafe.Metadata {
	if s.keys != nil {
		return entries
	}
	inNFC := map[string]int{} // how many keys are this one in NFC; ASCII always is itself
	for _, entry := range entries {
		if !isASCII(entry.Key) {
			inNFC[norm.NFC.String(entry.Key)]++
		}
	}
	shown := make([]helvetisafe.Metadata, 0, len(entries))
	var leftOut []string
	for _, entry := range entries {
		if hasHidden(entry.Key) || len(inNFC) > 0 && inNFC[norm.NFC.String(entry.Key)] > 1 {
			leftOut = append(leftOut, entry.Key)
		} else {
			shown = append(shown, entry)
		}
	}
	warnLeftOut(leftOut, diags)
	return shown
}

func isASCII(key string) bool {
	return !strings.ContainsFunc(key, func(r rune) bool { return r >= utf8.RuneSelf })
}

// hasHidden reports whether a key has a character that can't be seen: a control or
// format character, or a space other than the usual one.
func hasHidden(key string) bool {
	return strings.ContainsFunc(key, func(r rune) bool { return !unicode.IsPrint(r) })
}

func warnLeftOut(keys []string, diags *diag.Diagnostics) {
	if len(keys) == 0 {
		return
	}
	quoted := make([]string, 0, namesShown+1)
	for _, key := range keys[:min(len(keys), namesShown)] {
		more := ""
		if len(key) > longestShown {
			key, more = strings.ToValidUTF8(key[:longestShown], ""), "..."
		}
		quoted = append(quoted, strconv.QuoteToASCII(key)+more)
	}
	if len(keys) > namesShown {
		quoted = append(quoted, fmt.Sprintf("%d more", len(keys)-namesShown))
	}
	diags.AddWarning("Secrets were left out of a list",
		fmt.Sprintf("Their keys have characters that can't be seen, such as control characters, or are one key in Unicode NFC, the form that Terraform brings every string to: %s. "+
			"HelvetiSafe takes letters (a to z, A to Z), digits and underscores only in a new key, so find out where they come from. A secret whose key is named in the configuration is never left out.", strings.Join(quoted, ", ")))
}
