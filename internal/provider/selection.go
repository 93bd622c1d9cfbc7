package provider

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"golang.org/x/text/unicode/norm"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// Descriptions that the bulk data source and the bulk ephemeral resource share.
const (
	selectionText = "The filters combine: a secret is taken if it meets all that are given. Without any, every secret that the account sees is taken."

	describeKeys        = "The keys to take. It is an error if one of them has no secret. An empty set takes none."
	describeKeyPrefix   = "Takes the secrets whose keys begin with this."
	describeKeyRegex    = "Takes the secrets whose keys match this regular expression, in Go's syntax (RE2). It matches anywhere in the key unless it is anchored with `^` and `$`."
	describeBefore      = "Takes the secrets that expire before this RFC 3339 date-time with milliseconds at most; a secret without an expiry is not taken."
	describeSecrets     = "What is known of each secret, by key, without its value."
	describeCreatedAt   = "When the secret was created, in UTC. It is null if the server doesn't say."
	describeUpdatedAt   = "When the secret was last written, in UTC. It is null if the server doesn't say."
	describeExpiresAt   = "When the server deletes the secret, in UTC. It is null if the secret doesn't expire."
	describeStampOrder  = "A number that grows with each write: the time of the last write, or else of the creation, in milliseconds since 1970. It is null if the server says neither."
	describeValue       = "The value. If the secret is an object with a member that is named like the key, it is that member; otherwise it is the whole text."
	describeValueBase64 = "The exact bytes of the value in standard base64. Terraform brings every other string to Unicode NFC; a value that this changes brings a warning."
	describeFields      = "The fields of the secret, each as a string; a member that is not a string is given as its JSON text. A secret of one value has one field, named like its key. " +
		"If that value is itself the JSON text of an object, as `value = jsonencode({…})` stores it, the members of that object are the fields instead, and there is none named like the key: " +
		"take the whole with `jsondecode(….value)`."
	describeWaitFor = "What to wait for, as any string or number. It is not sent anywhere: pass the `version` of a `helvetisafe_secret` resource, " +
		"which is unknown until the secret is written, and the value is read after the write. To wait for several, `join` their versions."
)

// selectionModel is the filters, as an attribute each.
type selectionModel struct {
	Keys          types.Set    `tfsdk:"keys"`
	KeyPrefix     types.String `tfsdk:"key_prefix"`
	KeyRegex      types.String `tfsdk:"key_regex"`
	ExpiresBefore types.String `tfsdk:"expires_before"`
}

// selection says which secrets of a list are meant.
type selection struct {
	keys    map[string]bool // nil for all
	prefix  string
	pattern *regexp.Regexp // nil for any
	before  time.Time      // zero for any expiry and none
}

// newSelection reads the filters. Validation checked their syntax, except of values that
// were unknown then.
func newSelection(m *selectionModel, diags *diag.Diagnostics) *selection {
	s := &selection{prefix: m.KeyPrefix.ValueString()}
	if !m.Keys.IsNull() {
		s.keys = make(map[string]bool, len(m.Keys.Elements()))
		for _, element := range m.Keys.Elements() {
			key, ok := element.(types.String)
			if !ok || key.ValueString() == "" {
				diags.AddError("Invalid keys", "keys has an element that is null or empty. Give it a key, or leave it out.")
				return s
			}
			s.keys[key.ValueString()] = true
		}
	}
	var err error
	if v := m.KeyRegex; !v.IsNull() {
		if s.pattern, err = regexp.Compile(v.ValueString()); err != nil {
			diags.AddError("Invalid key_regex", "key_regex is not a regular expression. It "+isRegexp.rule+".")
		}
	}
	if v := m.ExpiresBefore; !v.IsNull() {
		if s.before, err = parseExpiry(v.ValueString()); err != nil {
			diags.AddError("Invalid expires_before", "expires_before is not a date-time. It "+isDateTime.rule+".")
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

// of picks from a list, in the order of the keys. Keys that were named and aren't
// in the list at all are an error that names them.
func (s *selection) of(list *helvetisafe.Listing) ([]helvetisafe.Metadata, error) {
	if absent := s.absent(list); len(absent) > 0 {
		for i, key := range absent {
			absent[i] = strconv.Quote(key)
		}
		return nil, fmt.Errorf("keys names %s, and there is no such secret, or none that this service account sees", strings.Join(absent, ", "))
	}
	var picked []helvetisafe.Metadata
	for _, entry := range list.All() {
		if s.takes(entry) {
			picked = append(picked, entry)
		}
	}
	return picked, nil
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

// wireMetadata is an element of `secrets` as it is sent.
var wireMetadata = tftypes.Object{AttributeTypes: map[string]tftypes.Type{
	"created_at": tftypes.String,
	"updated_at": tftypes.String,
	"expires_at": tftypes.String,
	"version":    tftypes.Number,
}}

// metadataMap is `secrets`: what is known of each, by key.
func metadataMap(entries []helvetisafe.Metadata) tftypes.Value {
	elements := make(map[string]tftypes.Value, len(entries))
	for _, entry := range entries {
		elements[entry.Key] = tftypes.NewValue(wireMetadata, map[string]tftypes.Value{
			"created_at": tftypes.NewValue(tftypes.String, timestampValue(entry.CreatedAt).ValueStringPointer()),
			"updated_at": tftypes.NewValue(tftypes.String, timestampValue(entry.UpdatedAt).ValueStringPointer()),
			"expires_at": tftypes.NewValue(tftypes.String, timestampValue(entry.ExpiresAt).ValueStringPointer()),
			"version":    tftypes.NewValue(tftypes.Number, stampVersion(entry).ValueInt64Pointer()),
		})
	}
	return tftypes.NewValue(tftypes.Map{ElementType: wireMetadata}, elements)
}

// stampVersion is the version of a secret that isn't a resource of this configuration.
func stampVersion(entry helvetisafe.Metadata) types.Int64 {
	switch {
	case entry.UpdatedAt.State == helvetisafe.Known:
		return types.Int64Value(entry.UpdatedAt.Time.UnixMilli())
	case entry.CreatedAt.State == helvetisafe.Known:
		return types.Int64Value(entry.CreatedAt.Time.UnixMilli())
	}
	return types.Int64Null()
}

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
