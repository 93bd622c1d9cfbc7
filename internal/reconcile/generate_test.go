package reconcile

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

func ptr[T any](v T) *T { return &v }

// TestGenerateText demands the length, the classes that the recipe includes and no
// others, and the minima, many times over: what chance gives once proves nothing.
func TestGenerateText(t *testing.T) {
	rows := map[string]struct {
		recipe   Recipe
		alphabet string
	}{
		"everything by default": {Recipe{Length: ptr[int64](64)}, lowerLetters + upperLetters + digits + DefaultSpecial},
		"one character":         {Recipe{Length: ptr[int64](1)}, lowerLetters + upperLetters + digits + DefaultSpecial},
		"the longest":           {Recipe{Length: ptr[int64](4096)}, lowerLetters + upperLetters + digits + DefaultSpecial},
		"no special":            {Recipe{Length: ptr[int64](32), Special: ptr(false)}, lowerLetters + upperLetters + digits},
		"special left out beside its override": {
			Recipe{Length: ptr[int64](32), Special: ptr(false), OverrideSpecial: ptr("é")}, lowerLetters + upperLetters + digits,
		},
		"digits only":       {Recipe{Length: ptr[int64](12), Lower: ptr(false), Upper: ptr(false), Special: ptr(false)}, digits},
		"an override":       {Recipe{Length: ptr[int64](32), OverrideSpecial: ptr("_%@")}, lowerLetters + upperLetters + digits + "_%@"},
		"an empty override": {Recipe{Length: ptr[int64](256), OverrideSpecial: ptr(""), MinSpecial: ptr[int64](200)}, lowerLetters + upperLetters + digits + DefaultSpecial},
		"characters of two and three bytes": {
			Recipe{Length: ptr[int64](32), Lower: ptr(false), Upper: ptr(false), Numeric: ptr(false), OverrideSpecial: ptr("§£€")}, "§£€",
		},
		"one possible character": {
			Recipe{Length: ptr[int64](8), Lower: ptr(false), Upper: ptr(false), Numeric: ptr(false), OverrideSpecial: ptr("-")}, "-",
		},
		"minima that leave nothing to choose": {
			Recipe{Length: ptr[int64](10), MinLower: ptr[int64](1), MinUpper: ptr[int64](2), MinNumeric: ptr[int64](3), MinSpecial: ptr[int64](4)},
			lowerLetters + upperLetters + digits + DefaultSpecial,
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			for range 200 {
				value := mustGenerate(t, row.recipe)
				if got := utf8.RuneCount(value); int64(got) != *row.recipe.Length {
					t.Fatalf("got %d characters, want %d", got, *row.recipe.Length)
				}
				if cap(value) != len(value) {
					t.Fatalf("the buffer has %d bytes, and the value %d: it was outgrown or is too large", cap(value), len(value))
				}
				for _, character := range string(value) {
					if !strings.ContainsRune(row.alphabet, character) {
						t.Fatalf("a character that the recipe leaves out: %q", character)
					}
				}
				for _, class := range row.recipe.classes() {
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
			}
		})
	}
}

func TestGenerateBytes(t *testing.T) {
	for _, size := range []int{1, 2, 3, 32, 4096} {
		raw := make([]byte, size)
		for i := range raw {
			raw[i] = byte(251 * (i + 1)) // has the two characters in which the alphabets differ
		}
		for encoding, want := range map[string]string{
			"":          base64.StdEncoding.EncodeToString(raw),
			"base64":    base64.StdEncoding.EncodeToString(raw),
			"base64url": base64.RawURLEncoding.EncodeToString(raw),
			"hex":       hex.EncodeToString(raw),
		} {
			recipe := Recipe{Bytes: ptr(int64(size))}
			if encoding != "" {
				recipe.Encoding = &encoding
			}
			got, err := recipe.generate(sourceOf(raw))
			if err != nil || string(got) != want {
				t.Errorf("%d bytes as %q: got %q, want %q (%v)", size, encoding, got, want, err)
			}
		}
	}
}

// TestGenerateUniform draws 1,000,000 characters of an alphabet whose size is no
// power of two, and of one that is, and compares how often each came with how often
// it should (Pearson's chi-squared). A bias as small as that of a remainder of one
// random byte shows by a factor.
func TestGenerateUniform(t *testing.T) {
	for name, recipe := range map[string]Recipe{
		"83 characters": {Length: ptr[int64](4000)},
		"64 characters": {Length: ptr[int64](4000), OverrideSpecial: ptr("-_")},
		"10 characters": {Length: ptr[int64](4000), Lower: ptr(false), Upper: ptr(false), Special: ptr(false)},
	} {
		t.Run(name, func(t *testing.T) {
			var all []rune
			for _, class := range recipe.classes() {
				if class.included {
					all = append(all, []rune(class.characters)...)
				}
			}
			counts := make(map[rune]int)
			for range 250 {
				for _, character := range string(mustGenerate(t, recipe)) {
					counts[character]++
				}
			}
			if got, limit := chiSquared(counts, all, 1_000_000), chiSquaredLimit(len(all)-1); got > limit {
				t.Errorf("chi-squared is %.1f with %d degrees of freedom, want %.1f or less", got, len(all)-1, limit)
			}
		})
	}
}

// TestGenerateShuffles demands that the one digit of a value is as often in each of
// its places: minima that always stood in front would be worth less.
func TestGenerateShuffles(t *testing.T) {
	const length, runs = 10, 100_000
	recipe := Recipe{Length: ptr[int64](length), MinNumeric: ptr[int64](1), MinLower: ptr[int64](length - 1)}
	places := make(map[rune]int)
	var all []rune
	for range runs {
		places[rune(bytes.IndexAny(mustGenerate(t, recipe), digits))]++
	}
	for place := range length {
		all = append(all, rune(place))
	}
	if got, limit := chiSquared(places, all, runs), chiSquaredLimit(length-1); got > limit {
		t.Errorf("chi-squared is %.1f, want %.1f or less; places: %v", got, limit, places)
	}
}

// TestGenerateDrawsAgain demands that a number that is too large is drawn again and
// not reduced: of four numbers that are 15, 12, 10 and 9 in their last four bits, only
// the last is below 10.
func TestGenerateDrawsAgain(t *testing.T) {
	recipe := Recipe{Length: ptr[int64](1), Lower: ptr(false), Upper: ptr(false), Special: ptr(false)}
	source := make([]byte, 1024)
	for i, first := range []byte{0xff, 0x0c, 0xfa, 0xf9} {
		source[4*i] = first
	}
	got, err := recipe.generate(sourceOf(source))
	if err != nil || string(got) != "9" {
		t.Errorf("got %q (%v), want 9", got, err)
	}
}

// TestGenerateFails demands an error for a recipe that is wrong.
func TestGenerateFails(t *testing.T) {
	_, err := Recipe{}.generate(secureRandom)
	if _, ok := errors.AsType[*RecipeError](err); !ok {
		t.Errorf("a recipe that is wrong: got %v", err)
	}
}

// TestGenerateDiffers demands that no two values are the same.
func TestGenerateDiffers(t *testing.T) {
	for _, recipe := range []Recipe{{Length: ptr[int64](24)}, {Bytes: ptr[int64](16)}} {
		seen := make(map[string]bool)
		for range 1000 {
			value := string(mustGenerate(t, recipe))
			if seen[value] {
				t.Fatal("a value came twice")
			}
			seen[value] = true
		}
	}
}

// TestGenerateClears demands that nothing of a value stays in the random numbers
// that it was made of.
func TestGenerateClears(t *testing.T) {
	source := new(keptBuffers)
	for _, recipe := range []Recipe{{Length: ptr[int64](300)}, {Bytes: ptr[int64](300)}} {
		if _, err := recipe.generate(source.fill); err != nil {
			t.Fatal(err)
		}
	}
	for _, buffer := range source.buffers {
		if !bytes.Equal(buffer, make([]byte, len(buffer))) {
			t.Error("a buffer of random numbers was left as it was")
		}
	}
}

// keptBuffers remembers what it was asked to fill.
type keptBuffers struct{ buffers [][]byte }

func (k *keptBuffers) fill(to []byte) {
	for i := range to {
		to[i] = byte(i)
	}
	k.buffers = append(k.buffers, to)
}

// sourceOf gives the bytes one after another.
func sourceOf(raw []byte) randomSource {
	return func(to []byte) { raw = raw[copy(to, raw):] }
}

func mustGenerate(t *testing.T, recipe Recipe) []byte {
	t.Helper()
	value, err := recipe.generate(secureRandom)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// chiSquared is the sum of the squared distances from what is expected.
func chiSquared(counts map[rune]int, all []rune, total int) (sum float64) {
	expected := float64(total) / float64(len(all))
	for _, character := range all {
		distance := float64(counts[character]) - expected
		sum += distance * distance / expected
	}
	return sum
}

// chiSquaredLimit is what chi-squared exceeds by chance once in about ten million
// runs (5.2 standard deviations, by the approximation of Wilson and Hilferty).
func chiSquaredLimit(freedom int) float64 {
	k := float64(freedom)
	return k * math.Pow(1-2/(9*k)+5.2*math.Sqrt(2/(9*k)), 3)
}
