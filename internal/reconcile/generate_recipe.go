package reconcile

import (
	"fmt"
	"slices"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The bounds of length and bytes.
const (
	minGenerated = 1
	maxGenerated = 4096
)

// The encodings of random bytes. The first is what a recipe without one means.
const (
	encodingBase64    = "base64"    // RFC 4648 section 4, padded
	encodingBase64URL = "base64url" // section 5, without padding, as in a JWT
	encodingHex       = "hex"       // section 8, in lower case
)

// DefaultSpecial are the special characters of a recipe that names none. They are those
// of the resource random_password.
const DefaultSpecial = "!@#$%&*()-_=+[]{}<>:?"

// The other classes of characters.
const (
	lowerLetters = "abcdefghijklmnopqrstuvwxyz"
	upperLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits       = "0123456789"
)

// Recipe says how a value that nobody types is made: of Length characters, or of
// Bytes random bytes. A nil field was left out. A recipe holds nothing secret.
type Recipe struct {
	Length, Bytes                              *int64
	Lower, Upper, Numeric, Special             *bool
	MinLower, MinUpper, MinNumeric, MinSpecial *int64
	OverrideSpecial                            *string
	Encoding                                   *string
	RotationDays                               *int64
}

// RecipeError says which attribute of a recipe is wrong, and how to mend it.
type RecipeError struct {
	// Attribute is the attribute's name within the recipe, empty if the error is about
	// all of it.
	Attribute string
	// Problem completes the sentence that the attribute's name begins. Without an
	// attribute it is a sentence of its own.
	Problem string
}

func (e *RecipeError) Error() string {
	if e.Attribute == "" {
		return e.Problem
	}
	return e.Attribute + " " + e.Problem
}

// class is one kind of characters that text is made of. It is named after the attribute
// that includes it.
type class struct {
	name       string
	included   bool
	minimum    int64
	characters string
}

// classes are the four kinds of characters, with defaults filled in.
func (r Recipe) classes() [4]class {
	special := DefaultSpecial
	if or(r.OverrideSpecial, "") != "" { // random_password takes "" for left out, too
		special = *r.OverrideSpecial
	}
	return [...]class{
		{"lower", or(r.Lower, true), or(r.MinLower, 0), lowerLetters},
		{"upper", or(r.Upper, true), or(r.MinUpper, 0), upperLetters},
		{"numeric", or(r.Numeric, true), or(r.MinNumeric, 0), digits},
		{"special", or(r.Special, true), or(r.MinSpecial, 0), special},
	}
}

func (r Recipe) encoding() string { return or(r.Encoding, encodingBase64) }

// Check returns what is wrong with the recipe as a *RecipeError, or nil.
func (r Recipe) Check() error {
	if (r.Length == nil) == (r.Bytes == nil) {
		return &RecipeError{Problem: "exactly one of length (characters) and bytes (random bytes, encoded) must be set"}
	}
	if r.RotationDays != nil && *r.RotationDays < 1 {
		return &RecipeError{"rotation_days", "must be 1 or more"}
	}
	if r.Bytes != nil {
		return r.checkBytes()
	}
	return r.checkText()
}

func (r Recipe) checkBytes() error {
	if name := r.textOnly(); name != "" {
		return &RecipeError{name, "belongs to length, and bytes is set; take one of them out"}
	}
	if !slices.Contains([]string{encodingBase64, encodingBase64URL, encodingHex}, r.encoding()) {
		return &RecipeError{"encoding", fmt.Sprintf("must be one of %s, %s and %s", encodingBase64, encodingBase64URL, encodingHex)}
	}
	return checkSize("bytes", *r.Bytes)
}

// textOnly names an attribute that is set and means nothing to bytes.
func (r Recipe) textOnly() string {
	included := [...]*bool{r.Lower, r.Upper, r.Numeric, r.Special}
	minima := [...]*int64{r.MinLower, r.MinUpper, r.MinNumeric, r.MinSpecial}
	for i, class := range r.classes() {
		switch {
		case included[i] != nil:
			return class.name
		case minima[i] != nil:
			return "min_" + class.name
		}
	}
	if r.OverrideSpecial != nil {
		return "override_special"
	}
	return ""
}

func (r Recipe) checkText() error {
	if r.Encoding != nil {
		return &RecipeError{"encoding", "belongs to bytes, and length is set; take one of them out"}
	}
	if err := checkSize("length", *r.Length); err != nil {
		return err
	}
	var included bool
	var minima int64
	for _, class := range r.classes() {
		switch {
		case class.minimum < 0:
			return &RecipeError{"min_" + class.name, "must be 0 or more"}
		case class.minimum > *r.Length:
			return &RecipeError{"min_" + class.name, "must not be greater than length"}
		case !class.included && class.minimum > 0:
			return &RecipeError{"min_" + class.name, fmt.Sprintf("asks for characters that %s = false leaves out", class.name)}
		}
		minima += class.minimum
		included = included || class.included
	}
	switch {
	case !included:
		return &RecipeError{Problem: "at least one of lower, upper, numeric and special must be true"}
	case minima > *r.Length:
		return &RecipeError{"length", fmt.Sprintf("must be %d or more, the sum of min_lower, min_upper, min_numeric and min_special", minima)}
	}
	return r.checkSpecial()
}

// checkSpecial demands that each special character prints, stays as it is, and is
// as likely as any other: one that the alphabet has twice would come twice as often.
func (r Recipe) checkSpecial() error {
	if r.OverrideSpecial == nil {
		return nil
	}
	var others []rune // that special would share the alphabet with
	for _, class := range r.classes() {
		if class.name != "special" && class.included && or(r.Special, true) {
			others = append(others, []rune(class.characters)...)
		}
	}
	special := []rune(*r.OverrideSpecial)
	for i, character := range special {
		switch {
		case !printsAlone(character):
			return &RecipeError{"override_special", fmt.Sprintf("must hold characters that print by themselves, and character %d does not", i+1)}
		case slices.Contains(special[:i], character):
			return &RecipeError{"override_special", fmt.Sprintf("must hold each character once, and character %d repeats an earlier one", i+1)}
		case slices.Contains(others, character):
			return &RecipeError{"override_special", fmt.Sprintf("must hold each character once, and character %d is among those of lower, upper or numeric; take it out, or set that one to false", i+1)}
		}
	}
	return nil
}

// printsAlone reports whether a character is visible, or a space, after any other
// character. One that Unicode's NFC joins with the one before (a combining accent)
// would make the value shorter than its recipe says.
func printsAlone(character rune) bool {
	text := string(character)
	return unicode.IsPrint(character) && character != unicode.ReplacementChar && !unicode.IsMark(character) &&
		norm.NFC.IsNormalString(text) && norm.NFC.PropertiesString(text).BoundaryBefore()
}

func checkSize(name string, size int64) error {
	if size < minGenerated || size > maxGenerated {
		return &RecipeError{name, fmt.Sprintf("must be from %d to %d", minGenerated, maxGenerated)}
	}
	return nil
}

// same reports whether two recipes make the same kind of value. A default that is written
// out doesn't make a difference, nor does the order of the special characters, nor
// rotation_days.
func (r Recipe) same(other Recipe) bool { return r.meaning() == other.meaning() }

// meaning is a recipe with its defaults filled in, without what has no effect.
type meaning struct {
	length, bytes int64
	encoding      string
	classes       [4]class
}

func (r Recipe) meaning() meaning {
	if r.Bytes != nil {
		return meaning{bytes: *r.Bytes, encoding: r.encoding()}
	}
	m := meaning{length: or(r.Length, 0), classes: r.classes()}
	special := &m.classes[len(m.classes)-1]
	characters := []rune(special.characters)
	slices.Sort(characters)
	special.characters = string(characters)
	if !special.included {
		special.characters = ""
	}
	return m
}

// secondsPerDay is a day of rotation_days: 24 hours, also when the clocks change.
const secondsPerDay = 24 * 60 * 60

// due reports whether a value that was last written at rotatedAt is old enough to rotate,
// and since when. A value written in the future, by a clock that ran ahead, is not due.
func (r Recipe) due(rotatedAt, now time.Time) (since time.Time, due bool) {
	if r.RotationDays == nil || now.Before(rotatedAt) {
		return time.Time{}, false
	}
	// In whole seconds and by a division, because a time.Duration holds only 292 years
	// and any number of days may be configured.
	seconds := now.Unix() - rotatedAt.Unix()
	if now.Nanosecond() < rotatedAt.Nanosecond() {
		seconds--
	}
	if seconds/secondsPerDay < *r.RotationDays {
		return time.Time{}, false
	}
	return time.Unix(rotatedAt.Unix()+*r.RotationDays*secondsPerDay, int64(rotatedAt.Nanosecond())).In(rotatedAt.Location()), true
}

// rotatedAt is the time to record for a value that was just written: the server's
// stamp of the write, the same for every machine. If the clock here is ahead of the
// stamp by half of rotation_days or more, it is the clock's time: otherwise the value
// would soon be due again, and each apply would rotate it. The zero time stands for a
// missing stamp.
func (r Recipe) rotatedAt(stamp, now time.Time) time.Time {
	if stamp.IsZero() {
		return now
	}
	ahead := now.Unix() - stamp.Unix()
	if r.RotationDays != nil && ahead > 0 && ahead/(secondsPerDay/2) >= *r.RotationDays {
		return now
	}
	return stamp
}

// or returns what v points to, or the default if v was left out.
func or[T any](v *T, byDefault T) T {
	if v == nil {
		return byDefault
	}
	return *v
}
