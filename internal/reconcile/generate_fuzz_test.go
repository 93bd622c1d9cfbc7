package reconcile

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// FuzzRecipe demands of any recipe that Check and Generate agree, that an error names
// what is wrong, and that what is made is what the recipe says, and stays as long
// when Terraform brings it to Unicode's NFC.
func FuzzRecipe(f *testing.F) {
	f.Add(int64(32), int64(0), byte(0xff), byte(0), byte(0), byte(0), byte(0), "", "", int64(30))
	f.Add(int64(32), int64(0), byte(0b1111_0111), byte(2), byte(2), byte(2), byte(0), "", "", int64(0))
	f.Add(int64(8), int64(0), byte(0xff), byte(0), byte(0), byte(0), byte(1), "§£€-", "", int64(0))
	f.Add(int64(8), int64(0), byte(0xff), byte(0), byte(0), byte(0), byte(8), "e\u0301", "", int64(0))
	f.Add(int64(0), int64(32), byte(0), byte(0), byte(0), byte(0), byte(0), "", "hex", int64(1))
	f.Add(int64(0), int64(1), byte(0), byte(0), byte(0), byte(0), byte(0), "", "base64url", int64(1))
	f.Fuzz(func(t *testing.T, length, bytes int64, flags, minLower, minUpper, minNumeric, minSpecial byte, special, encoding string, days int64) {
		recipe := Recipe{
			Length: given(length), Bytes: given(bytes), RotationDays: given(days),
			MinLower: given(int64(minLower)), MinUpper: given(int64(minUpper)), MinNumeric: given(int64(minNumeric)), MinSpecial: given(int64(minSpecial)),
		}
		if special != "" {
			recipe.OverrideSpecial = &special
		}
		if encoding != "" {
			recipe.Encoding = &encoding
		}
		for i, flag := range []**bool{&recipe.Lower, &recipe.Upper, &recipe.Numeric, &recipe.Special} {
			if flags>>(4+i)&1 == 1 { // a high bit: set; a low one: to what
				*flag = ptr(flags>>i&1 == 1)
			}
		}
		if !recipe.same(recipe) {
			t.Fatal("a recipe differs from itself")
		}
		checked := recipe.Check()
		value, err := recipe.generate(secureRandom)
		if checked != nil {
			if wrong, ok := errors.AsType[*RecipeError](checked); !ok || wrong.Problem == "" || value != nil || err == nil {
				t.Fatalf("Check: %v; Generate: %v", checked, err)
			}
			return
		}
		if err != nil || !utf8.Valid(value) {
			t.Fatalf("the recipe is right, and Generate fails: %v", err)
		}
		if recipe.Bytes != nil {
			return
		}
		if got := utf8.RuneCountInString(norm.NFC.String(string(value))); int64(got) != length {
			t.Fatalf("%d characters in NFC, want %d", got, length)
		}
		for _, class := range recipe.classes() {
			count := int64(0)
			for _, character := range string(value) {
				if strings.ContainsRune(class.characters, character) {
					count++
				}
			}
			if count < class.minimum {
				t.Fatalf("%d characters of %s, want %d or more", count, class.name, class.minimum)
			}
		}
	})
}

// given is nil for 0: that the recipe leaves it out.
func given(v int64) *int64 {
	if v == 0 {
		return nil
	}
	return &v
}
