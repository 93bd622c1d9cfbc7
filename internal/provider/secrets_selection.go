package provider

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"golang.org/x/text/unicode/norm"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

const selectionText = "The filters combine: a secret is taken if it meets all that are given. Without any, every secret that the account sees is taken."

// Filters of data sources, which serve for ephemeral and list resources as they are.
var (
	keyPrefixAttribute = schema.StringAttribute{Optional: true, MarkdownDescription: "Takes the secrets whose keys begin with this."}
	keyRegexAttribute  = schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: "Takes the secrets whose keys match this regular expression, in Go's syntax (RE2). It matches anywhere in the key unless it is anchored with `^` and `$`.",
		Validators:          []validator.String{isRegexp},
	}
)

// selectSecrets lists the secrets that the configured filters take, in the order of their
// keys.
func (l *lookup) selectSecrets(ctx context.Context) []helvetisafe.Metadata {
	wanted := newSelection(l.attributes, l.diags)
	if l.diags.HasError() {
		return nil
	}
	list, err := l.Client.List(ctx)
	if err == nil && slices.ContainsFunc(wanted.absent(list), l.Made) && l.Client.AwaitWrite(ctx) == nil {
		list, err = l.Client.List(ctx)
	}
	if err != nil {
		l.addError(l.diags, "Listing secrets", err)
		return nil
	}
	if absent := wanted.absent(list); len(absent) > 0 {
		for n, key := range absent {
			absent[n] = strconv.Quote(key)
		}
		l.diags.AddError("A secret is missing",
			fmt.Sprintf("The list of secrets has no %s. Check keys; if they are right, the secrets are not visible to this service account, were deleted, or have expired.", strings.Join(absent, " and no "))+l.waitHint())
		return nil
	}
	return wanted.withoutHidden(wanted.pick(list), l.diags)
}

// selection says which secrets of a list are meant.
type selection struct {
	keys    map[string]bool // nil for all
	prefix  string
	pattern *regexp.Regexp // nil for any
	before  time.Time      // zero for any expiry and none
}

// newSelection reads the filters of a configuration, which may not have all of them.
// Validation checked their syntax, except of values that were unknown then.
func newSelection(config map[string]tftypes.Value, diags *diag.Diagnostics) *selection {
	s := &selection{prefix: textOf(config["key_prefix"])}
	if keys := config["keys"]; !keys.IsNull() {
		var elements []tftypes.Value
		if err := keys.As(&elements); err != nil {
			addDefect(diags, err)
		}
		s.keys = make(map[string]bool, len(elements))
		for _, element := range elements {
			key := textOf(element)
			if key == "" {
				diags.AddError("Invalid keys", "keys has an element that is null or empty. Give it a key, or leave it out.")
				return s
			}
			s.keys[key] = true
		}
	}
	var err error
	if v := config["key_regex"]; !v.IsNull() {
		if s.pattern, err = regexp.Compile(textOf(v)); err != nil {
			diags.AddError("Invalid key_regex", "key_regex is not a regular expression."+isRegexp.advice("key_regex"))
		}
	}
	if v := config["expires_before"]; !v.IsNull() {
		if s.before, err = parseExpiry(textOf(v)); err != nil {
			diags.AddError("Invalid expires_before", "expires_before is not a date-time."+isDateTime.advice("expires_before"))
		}
	}
	return s
}

// absent are the keys that were named and aren't in a list, sorted.
func (s *selection) absent(list *helvetisafe.Listing) (keys []string) {
	for key := range s.keys {
		if _, ok := list.Lookup(key); !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// pick takes from a list what is meant, in the order of the keys.
func (s *selection) pick(list *helvetisafe.Listing) (picked []helvetisafe.Metadata) {
	for _, entry := range list.All() {
		if s.takes(entry) {
			picked = append(picked, entry)
		}
	}
	return picked
}

func (s *selection) takes(entry helvetisafe.Metadata) bool {
	switch {
	case s.keys != nil && !s.keys[entry.Key],
		!strings.HasPrefix(entry.Key, s.prefix),
		s.pattern != nil && !s.pattern.MatchString(entry.Key):
		return false
	case s.before.IsZero():
		return true
	}
	return entry.ExpiresAt.State == helvetisafe.Known && entry.ExpiresAt.Time.Before(s.before)
}

const (
	// namesShown bounds the keys that a diagnostic lists.
	namesShown = 10
	// longestShown bounds, in bytes, what a diagnostic quotes of a key.
	longestShown = 60
)

// withoutHidden leaves out the keys that a list must not bring into a plan or onto a terminal,
// where Terraform prints them as they are, and warns once:
//
//   - those with a character that can't be seen. A terminal obeys some of them (a key
//     could set its clipboard), and others make a key look like another one.
//   - those that are one key in Terraform, which brings every string to Unicode NFC.
//
// Keys that the user named are shown: whoever names a key knows it.
func (s *selection) withoutHidden(entries []helvetisafe.Metadata, diags *diag.Diagnostics) []helvetisafe.Metadata {
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
	names := namesOf(keys, func(key string) string {
		if len(key) <= longestShown {
			return strconv.QuoteToASCII(key)
		}
		return strconv.QuoteToASCII(strings.ToValidUTF8(key[:longestShown], "")) + "..."
	})
	diags.AddWarning("Secrets were left out of a list",
		fmt.Sprintf("Their keys have characters that can't be seen, such as control characters, or are one key in Unicode NFC, the form that Terraform brings every string to: %s. "+
			"HelvetiSafe takes letters (a to z, A to Z), digits and underscores only in a new key, so find out where they come from. A secret whose key is named in the configuration is never left out.", names))
}

// namesOf is the list of keys in a diagnostic.
func namesOf(keys []string, quote func(string) string) string {
	names := make([]string, 0, namesShown+1)
	for _, key := range keys[:min(len(keys), namesShown)] {
		names = append(names, quote(key))
	}
	if more := len(keys) - namesShown; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}
