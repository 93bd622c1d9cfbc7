package reconcile

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

func TestRecipeCheck(t *testing.T) {
	rows := []struct {
		name      string
		recipe    Recipe
		attribute string // of the error
		problem   string // a part of it; empty if the recipe is right
	}{
		{"length", Recipe{Length: ptr[int64](32)}, "", ""},
		{"bytes", Recipe{Bytes: ptr[int64](32)}, "", ""},
		{"neither", Recipe{}, "", "exactly one of length"},
		{"both", Recipe{Length: ptr[int64](1), Bytes: ptr[int64](1)}, "", "exactly one of length"},

		{"length 0", Recipe{Length: ptr[int64](0)}, "length", "from 1 to 4096"},
		{"length below 0", Recipe{Length: ptr[int64](-1)}, "length", "from 1 to 4096"},
		{"length 1", Recipe{Length: ptr[int64](1)}, "", ""},
		{"length 4096", Recipe{Length: ptr[int64](4096)}, "", ""},
		{"length 4097", Recipe{Length: ptr[int64](4097)}, "length", "from 1 to 4096"},
		{"bytes 0", Recipe{Bytes: ptr[int64](0)}, "bytes", "from 1 to 4096"},
		{"bytes 4096", Recipe{Bytes: ptr[int64](4096)}, "", ""},
		{"bytes 4097", Recipe{Bytes: ptr[int64](4097)}, "bytes", "from 1 to 4096"},

		{"base64", Recipe{Bytes: ptr[int64](8), Encoding: ptr("base64")}, "", ""},
		{"base64url", Recipe{Bytes: ptr[int64](8), Encoding: ptr("base64url")}, "", ""},
		{"hex", Recipe{Bytes: ptr[int64](8), Encoding: ptr("hex")}, "", ""},
		{"another encoding", Recipe{Bytes: ptr[int64](8), Encoding: ptr("HEX")}, "encoding", "one of base64, base64url and hex"},
		{"an empty encoding", Recipe{Bytes: ptr[int64](8), Encoding: ptr("")}, "encoding", "one of"},
		{"encoding of characters", Recipe{Length: ptr[int64](8), Encoding: ptr("hex")}, "encoding", "belongs to bytes"},
		{"lower of bytes", Recipe{Bytes: ptr[int64](8), Lower: ptr(true)}, "lower", "belongs to length"},
		{"upper of bytes", Recipe{Bytes: ptr[int64](8), Upper: ptr(true)}, "upper", "belongs to length"},
		{"numeric of bytes", Recipe{Bytes: ptr[int64](8), Numeric: ptr(true)}, "numeric", "belongs to length"},
		{"special of bytes", Recipe{Bytes: ptr[int64](8), Special: ptr(false)}, "special", "belongs to length"},
		{"min_lower of bytes", Recipe{Bytes: ptr[int64](8), MinLower: ptr[int64](0)}, "min_lower", "belongs to length"},
		{"min_upper of bytes", Recipe{Bytes: ptr[int64](8), MinUpper: ptr[int64](0)}, "min_upper", "belongs to length"},
		{"min_numeric of bytes", Recipe{Bytes: ptr[int64](8), MinNumeric: ptr[int64](0)}, "min_numeric", "belongs to length"},
		{"min_special of bytes", Recipe{Bytes: ptr[int64](8), MinSpecial: ptr[int64](0)}, "min_special", "belongs to length"},
		{"override_special of bytes", Recipe{Bytes: ptr[int64](8), OverrideSpecial: ptr("")}, "override_special", "belongs to length"},

		{"nothing to choose from", Recipe{Length: ptr[int64](8), Lower: ptr(false), Upper: ptr(false), Numeric: ptr(false), Special: ptr(false)}, "", "at least one of lower"},
		{"minima of the length", Recipe{Length: ptr[int64](4), MinLower: ptr[int64](1), MinUpper: ptr[int64](1), MinNumeric: ptr[int64](1), MinSpecial: ptr[int64](1)}, "", ""},
		{"minima over the length", Recipe{Length: ptr[int64](3), MinLower: ptr[int64](1), MinUpper: ptr[int64](1), MinNumeric: ptr[int64](1), MinSpecial: ptr[int64](1)}, "length", "must be 4 or more"},
		{"a minimum over the length", Recipe{Length: ptr[int64](3), MinUpper: ptr[int64](4)}, "min_upper", "greater than length"},
		{"minima whose sum overflows", Recipe{Length: ptr[int64](3), MinUpper: ptr[int64](math.MaxInt64), MinLower: ptr[int64](math.MaxInt64)}, "min_lower", "greater than length"},
		{"a minimum below 0", Recipe{Length: ptr[int64](3), MinNumeric: ptr[int64](-1)}, "min_numeric", "0 or more"},
		{"a minimum of what is left out", Recipe{Length: ptr[int64](3), Numeric: ptr(false), MinNumeric: ptr[int64](1)}, "min_numeric", "numeric = false leaves out"},
		{"a minimum of 0 of what is left out", Recipe{Length: ptr[int64](3), Special: ptr(false), MinSpecial: ptr[int64](0)}, "", ""},

		{"an override", Recipe{Length: ptr[int64](8), OverrideSpecial: ptr("!#$ §£€")}, "", ""},
		{"an empty override", Recipe{Length: ptr[int64](8), OverrideSpecial: ptr("")}, "", ""},
		{"a duplicate", Recipe{Length: ptr[int64](8), OverrideSpecial: ptr("!#!")}, "override_special", "character 3 repeats"},
		{"a duplicate beside special = false", Recipe{Length: ptr[int64](8), Special: ptr(false), OverrideSpecial: ptr("!!")}, "override_special", "character 2 repeats"},
		{"a letter that lower has", Recipe{Length: ptr[int64](8), OverrideSpecial: ptr("!a")}, "override_special", "character 2 is among those of lower"},
		{"a letter without lower", Recipe{Length: ptr[int64](8), Lower: ptr(false), OverrideSpecial: ptr("!a")}, "", ""},
		{"a line end", Recipe{Length: ptr[int64](8), OverrideSpecial: ptr("!\n")}, "override_special", "character 2 does not"},
		{"a tab", Recipe{Length: ptr[int64](8), OverrideSpecial: ptr("\t")}, "override_special", "character 1 does not"},
		{"a zero-width space", Recipe{Length: ptr[int64](8), OverrideSpecial: ptr("\u200b")}, "override_special", "print by themselves"},
		{"a combining accent", Recipe{Length: ptr[int64](8), OverrideSpecial: ptr("\u0301")}, "override_special", "print by themselves"},
		{"a vowel of Hangul that joins", Recipe{Length: ptr[int64](8), OverrideSpecial: ptr("\u1161")}, "override_special", "print by themselves"},
		{"not UTF-8", Recipe{Length: ptr[int64](8), OverrideSpecial: ptr("\xff")}, "override_special", "print by themselves"},

		{"rotation_days 1", Recipe{Length: ptr[int64](8), RotationDays: ptr[int64](1)}, "", ""},
		{"any number of days", Recipe{Length: ptr[int64](8), RotationDays: ptr[int64](math.MaxInt64)}, "", ""},
		{"rotation_days 0", Recipe{Length: ptr[int64](8), RotationDays: ptr[int64](0)}, "rotation_days", "1 or more"},
		{"rotation_days of bytes", Recipe{Bytes: ptr[int64](8), RotationDays: ptr[int64](-1)}, "rotation_days", "1 or more"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			err := row.recipe.Check()
			if row.problem == "" {
				if err != nil {
					t.Fatal(err)
				}
				if _, err := row.recipe.generate(secureRandom); err != nil {
					t.Errorf("the recipe is right, and makes nothing: %v", err)
				}
				return
			}
			wrong, ok := errors.AsType[*RecipeError](err)
			if !ok || wrong.Attribute != row.attribute || !strings.Contains(wrong.Problem, row.problem) {
				t.Errorf("got %v, want %s: %s", err, row.attribute, row.problem)
			}
			if wrong != nil && !strings.HasPrefix(wrong.Error(), row.attribute) {
				t.Errorf("%q doesn't begin with the attribute", wrong)
			}
		})
	}
}

func TestRecipeSame(t *testing.T) {
	plain := Recipe{Length: ptr[int64](32)}
	rows := []struct {
		name string
		a, b Recipe
		want bool
	}{
		{"itself", plain, plain, true},
		{"defaults written out", plain, Recipe{
			Length: ptr[int64](32), Lower: ptr(true), Upper: ptr(true), Numeric: ptr(true), Special: ptr(true),
			MinLower: ptr[int64](0), MinUpper: ptr[int64](0), MinNumeric: ptr[int64](0), MinSpecial: ptr[int64](0),
			OverrideSpecial: ptr(DefaultSpecial),
		}, true},
		{"an empty override", plain, Recipe{Length: ptr[int64](32), OverrideSpecial: ptr("")}, true},
		{"rotation", plain, Recipe{Length: ptr[int64](32), RotationDays: ptr[int64](1)}, true},
		{"the order of special characters", Recipe{Length: ptr[int64](8), OverrideSpecial: ptr("-_")}, Recipe{Length: ptr[int64](8), OverrideSpecial: ptr("_-")}, true},
		{"other special characters", Recipe{Length: ptr[int64](8), OverrideSpecial: ptr("-_")}, Recipe{Length: ptr[int64](8), OverrideSpecial: ptr("-+")}, false},
		{
			"special characters that are left out",
			Recipe{Length: ptr[int64](8), Special: ptr(false), OverrideSpecial: ptr("-")},
			Recipe{Length: ptr[int64](8), Special: ptr(false)},
			true,
		},
		{"another length", plain, Recipe{Length: ptr[int64](33)}, false},
		{"length and bytes", plain, Recipe{Bytes: ptr[int64](32)}, false},
		{"no lower", plain, Recipe{Length: ptr[int64](32), Lower: ptr(false)}, false},
		{"no upper", plain, Recipe{Length: ptr[int64](32), Upper: ptr(false)}, false},
		{"no numeric", plain, Recipe{Length: ptr[int64](32), Numeric: ptr(false)}, false},
		{"no special", plain, Recipe{Length: ptr[int64](32), Special: ptr(false)}, false},
		{"min_lower", plain, Recipe{Length: ptr[int64](32), MinLower: ptr[int64](1)}, false},
		{"min_upper", plain, Recipe{Length: ptr[int64](32), MinUpper: ptr[int64](1)}, false},
		{"min_numeric", plain, Recipe{Length: ptr[int64](32), MinNumeric: ptr[int64](1)}, false},
		{"min_special", plain, Recipe{Length: ptr[int64](32), MinSpecial: ptr[int64](1)}, false},
		{"the default encoding", Recipe{Bytes: ptr[int64](8)}, Recipe{Bytes: ptr[int64](8), Encoding: ptr("base64")}, true},
		{"another encoding", Recipe{Bytes: ptr[int64](8)}, Recipe{Bytes: ptr[int64](8), Encoding: ptr("base64url")}, false},
		{"another number of bytes", Recipe{Bytes: ptr[int64](8)}, Recipe{Bytes: ptr[int64](9)}, false},
	}
	for _, row := range rows {
		if got := row.a.same(row.b); got != row.want {
			t.Errorf("%s: got %t", row.name, got)
		}
		if got := row.b.same(row.a); got != row.want {
			t.Errorf("%s, the other way round: got %t", row.name, got)
		}
	}
}

func TestRecipeDue(t *testing.T) {
	written := time.Date(2026, 2, 1, 12, 0, 0, 500_000_000, time.UTC)
	const day = 24 * time.Hour
	rows := []struct {
		name  string
		days  *int64
		now   time.Time
		since time.Time // the zero time if it isn't due
	}{
		{"never", nil, written.Add(1000 * day), time.Time{}},
		{"at once", ptr[int64](1), written, time.Time{}},
		{"a nanosecond early", ptr[int64](30), written.Add(30*day - 1), time.Time{}},
		{"on time", ptr[int64](30), written.Add(30 * day), written.Add(30 * day)},
		{"late", ptr[int64](30), written.Add(45 * day), written.Add(30 * day)},
		{"half a second early", ptr[int64](1), written.Add(day - 500*time.Millisecond), time.Time{}},
		{"in another time zone", ptr[int64](1), written.Add(day).In(time.FixedZone("", 3600)), written.Add(day)},
		{"before it was written", ptr[int64](1), written.Add(-400 * day), time.Time{}},
		{"more days than a duration holds", ptr[int64](200_000), written.AddDate(500, 0, 0), time.Time{}},
		{"more days than time has", ptr[int64](math.MaxInt64), written.AddDate(9000, 0, 0), time.Time{}},
		{"so many, and due", ptr[int64](200_000), written.AddDate(0, 0, 200_000), written.AddDate(0, 0, 200_000)},
	}
	for _, row := range rows {
		since, due := Recipe{Length: ptr[int64](8), RotationDays: row.days}.due(written, row.now)
		if due == row.since.IsZero() || !since.Equal(row.since) {
			t.Errorf("%s: due %t since %v, want %v", row.name, due, since, row.since)
		}
	}
}

// TestRecipeRotatedAt demands that a value that was just written is not due, whatever
// the clocks say: else each apply would rotate it again.
func TestRecipeRotatedAt(t *testing.T) {
	stamp := time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)
	recipe := Recipe{Length: ptr[int64](8), RotationDays: ptr[int64](30)}
	rows := []struct {
		name       string
		recipe     Recipe
		stamp, now time.Time
		want       time.Time
	}{
		{"clocks that agree", recipe, stamp, stamp.Add(time.Second), stamp},
		{"a clock that runs behind", recipe, stamp, stamp.AddDate(-5, 0, 0), stamp},
		{"a clock that runs ahead a little", recipe, stamp, stamp.AddDate(0, 0, 14), stamp},
		{"a clock that runs ahead", recipe, stamp, stamp.AddDate(0, 0, 15), stamp.AddDate(0, 0, 15)},
		{"the value would be due in a moment", recipe, stamp, stamp.AddDate(0, 0, 30).Add(-1), stamp.AddDate(0, 0, 30).Add(-1)},
		{"a clock that runs far ahead", recipe, stamp, stamp.AddDate(70, 0, 0), stamp.AddDate(70, 0, 0)},
		{"the same without rotation", Recipe{Length: ptr[int64](8)}, stamp, stamp.AddDate(70, 0, 0), stamp},
		{"no stamp", recipe, time.Time{}, stamp, stamp},
	}
	for _, row := range rows {
		got := row.recipe.rotatedAt(row.stamp, row.now)
		if !got.Equal(row.want) {
			t.Errorf("%s: got %v, want %v", row.name, got, row.want)
		}
		if _, due := row.recipe.due(got, row.now.AddDate(0, 0, 14)); due {
			t.Errorf("%s: due again within half of rotation_days", row.name)
		}
	}
}
