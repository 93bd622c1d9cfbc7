package reconcile

import (
	"errors"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

func fields(pairs ...string) *helvetisafe.Content {
	fields := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		fields[pairs[i]] = pairs[i+1]
	}
	return &helvetisafe.Content{Fields: fields}
}

func one(value string) *helvetisafe.Content { return &helvetisafe.Content{Value: value} }

// secret makes one of which the given parts are set.
func secret(set func(*Secret)) *Secret {
	s := &Secret{Key: "k"}
	if set != nil {
		set(s)
	}
	return s
}

func stamp(t time.Time) helvetisafe.Timestamp {
	return helvetisafe.Timestamp{State: helvetisafe.Known, Time: t}
}

// The clock of TestDecide, and when its generated values were written.
var (
	decideNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	yesterday = decideNow.AddDate(0, 0, -1)
)

func TestDecide(t *testing.T) {
	t.Parallel()
	var (
		value = func(s string) *Secret { return secret(func(m *Secret) { m.Form, m.Content = FormValue, one(s) }) }
		data  = func(p ...string) *Secret {
			return secret(func(m *Secret) { m.Form, m.Content = FormData, fields(p...) })
		}
		wo     = func(s string) *Secret { return secret(func(m *Secret) { m.Form, m.Content = FormValueWO, one(s) }) }
		dataWO = func(p ...string) *Secret {
			return secret(func(m *Secret) { m.Form, m.Content = FormDataWO, fields(p...) })
		}
		versioned = func(s, v string) *Secret {
			return secret(func(m *Secret) {
				if s != "" {
					m.Form, m.Content = FormValueWO, one(s)
				}
				m.ValueWOVersion = WriteVersion{Given: true, Text: v}
			})
		}
		unknownValue = secret(func(m *Secret) { m.Form = FormValue })
		unknownWO    = secret(func(m *Secret) { m.Form = FormValueWO })
		nothing      = secret(nil)
		drifted      = Record{WrittenMAC: "x"}
		imported     = Record{Imported: true, Untouched: true}
		touched      = Record{Imported: true}
		recipe       = &Recipe{Length: ptr[int64](32)}
		spelledOut   = &Recipe{Length: ptr[int64](32), Lower: ptr(true), MinUpper: ptr[int64](0)}
		longer       = &Recipe{Length: ptr[int64](33)}
		rotating     = &Recipe{Length: ptr[int64](32), RotationDays: ptr[int64](1)}
		slower       = &Recipe{Length: ptr[int64](32), RotationDays: ptr[int64](2)}
		rewritten    = Record{WrittenMAC: "x"}
		made         = func(recipe *Recipe, version string) *Secret {
			return secret(func(m *Secret) {
				m.Form, m.Recipe, m.RotatedAt = FormGenerate, recipe, stamp(yesterday)
				if version != "" {
					m.GenerateVersion = WriteVersion{Given: true, Text: version}
				}
			})
		}
		unknownRecipe  = made(nil, "")
		unknownMade    = secret(func(m *Secret) { m.Form = FormGenerate })
		unknownVersion = secret(func(m *Secret) {
			m.Form, m.Recipe, m.GenerateVersion = FormGenerate, recipe, WriteVersion{Given: true, Unknown: true}
		})
		importedAtValue = value("a")
		neverRotated    = secret(func(m *Secret) {
			m.Form, m.Recipe, m.UpdatedAt = FormGenerate, rotating, stamp(yesterday)
		})
		fromTheFuture = secret(func(m *Secret) {
			m.Form, m.Recipe, m.RotatedAt = FormGenerate, rotating, stamp(decideNow.AddDate(0, 0, 2))
		})
		withoutStamps = secret(func(m *Secret) { m.Form, m.Recipe = FormGenerate, rotating })
	)
	const (
		equal = iota
		differs
		other // another Org Key, or no fingerprint
		fails
		unasked
	)
	tests := map[string]struct {
		config, state *Secret
		rec           Record
		stored        int
		want          Decision
		why           Reason
	}{
		"value same":                             {value("a"), value("a"), Record{}, unasked, Keep, BecauseNothing},
		"value same but for its Unicode form":    {value("\u00e4"), value("a\u0308"), Record{}, unasked, Keep, BecauseNothing},
		"value changed":                          {value("b"), value("a"), Record{}, unasked, Write, BecauseNothing},
		"value unknown":                          {unknownValue, value("a"), Record{}, unasked, Check, BecauseNothing},
		"value ignored":                          {nothing, value("a"), Record{}, unasked, Keep, BecauseNothing},
		"value where fields are stored":          {value("a"), data("k", "a"), Record{}, unasked, Write, BecauseNothing},
		"value after write-only":                 {value("a"), nothing, Record{}, unasked, Check, BecauseNothing},
		"data same":                              {data("a", "1"), data("a", "1"), Record{}, unasked, Keep, BecauseNothing},
		"data with another member":               {data("a", "1"), data("a", "1", "b", "2"), Record{}, unasked, Write, BecauseNothing},
		"data of one member named as the key":    {data("k", "1"), value("1"), Record{}, unasked, Write, BecauseNothing},
		"empty data same":                        {data(), data(), Record{}, unasked, Keep, BecauseNothing},
		"write-only same":                        {wo("a"), nothing, Record{}, equal, Keep, BecauseNothing},
		"write-only changed":                     {wo("b"), nothing, Record{}, differs, Write, BecauseConfigured},
		"write-only drifted":                     {wo("a"), nothing, drifted, differs, Write, BecauseDriftOverwritten},
		"write-only drifted to what is wanted":   {wo("a"), nothing, drifted, equal, Keep, BecauseNothing},
		"write-only unknown":                     {unknownWO, nothing, Record{}, unasked, Check, BecauseNothing},
		"write-only ignored":                     {nothing, nothing, Record{}, unasked, Keep, BecauseNothing},
		"write-only under another Org Key":       {wo("a"), nothing, Record{}, other, Check, BecauseNothing},
		"write-only without the Org Key":         {wo("a"), nothing, Record{}, fails, Keep, BecauseNothing},
		"write-only after the same value":        {wo("a"), value("a"), Record{}, unasked, Check, BecauseNothing},
		"write-only after another value":         {wo("b"), value("a"), Record{}, unasked, Write, BecauseConfigured},
		"write-only fields same":                 {dataWO("a", "1"), nothing, Record{}, equal, Keep, BecauseNothing},
		"write-only fields changed":              {dataWO("a", "2"), nothing, Record{}, differs, Write, BecauseConfigured},
		"version same":                           {versioned("b", "1"), versioned("", "1"), Record{}, unasked, Keep, BecauseNothing},
		"version bumped":                         {versioned("a", "2"), versioned("", "1"), Record{}, unasked, Write, BecauseNothing},
		"version first given":                    {versioned("a", "1"), nothing, Record{}, unasked, Write, BecauseNothing},
		"version first given after an import":    {versioned("a", "1"), nothing, imported, equal, Keep, BecauseNothing},
		"version first given, import differs":    {versioned("b", "1"), nothing, imported, differs, Write, BecauseImportOverwritten},
		"version first given, no fingerprint":    {versioned("a", "1"), nothing, imported, other, Check, BecauseImportUncertain},
		"version first given after value import": {versioned("a", "1"), value("a"), imported, unasked, Check, BecauseNothing},
		"version bumped after an import":         {versioned("a", "2"), versioned("", "1"), imported, unasked, Write, BecauseNothing},
		"version removed, same value":            {wo("a"), versioned("", "1"), Record{}, equal, Keep, BecauseNothing},
		"version removed, other value":           {wo("b"), versioned("", "1"), Record{}, differs, Write, BecauseConfigured},
		"version same, drifted":                  {versioned("a", "1"), versioned("", "1"), drifted, unasked, Keep, BecauseDriftKept},
		"version bumped, drifted":                {versioned("a", "2"), versioned("", "1"), drifted, unasked, Write, BecauseNothing},
		"first version after a write":            {versioned("b", "1"), nothing, touched, differs, Write, BecauseNothing},
		"imported, write-only differs":           {wo("b"), nothing, imported, differs, Write, BecauseImportOverwritten},
		"imported, drifted":                      {wo("b"), nothing, Record{Untouched: true, WrittenMAC: "x"}, differs, Write, BecauseImportOverwritten},
		"imported, write-only same":              {wo("a"), nothing, imported, equal, Keep, BecauseNothing},
		"imported, write-only unknown":           {unknownWO, nothing, imported, unasked, Check, BecauseImportUncertain},
		"imported, value differs":                {value("b"), value("a"), imported, unasked, Write, BecauseImportOverwritten},
		"imported, value same":                   {value("a"), value("a"), imported, unasked, Keep, BecauseNothing},
		"imported, value unknown":                {unknownValue, value("a"), imported, unasked, Check, BecauseImportUncertain},
		"imported without a value, then a value": {value("a"), nothing, imported, unasked, Check, BecauseImportUncertain},
		"imported, ignored":                      {nothing, nothing, imported, unasked, Keep, BecauseNothing},
		"imported, drift kept":                   {versioned("a", "1"), versioned("", "1"), Record{Untouched: true, WrittenMAC: "x"}, unasked, Keep, BecauseDriftKept},
		"imported, first version unknown": {
			secret(func(m *Secret) {
				m.Form, m.Content, m.ValueWOVersion = FormValueWO, one("b"), WriteVersion{Given: true, Unknown: true}
			}),
			nothing,
			imported,
			differs, Write, BecauseImportOverwritten,
		},
		"generated same":                          {made(recipe, ""), made(recipe, ""), Record{}, unasked, Keep, BecauseNothing},
		"generated, defaults spelled out":         {made(spelledOut, ""), made(recipe, ""), Record{}, unasked, Keep, BecauseNothing},
		"generated, another recipe":               {made(longer, ""), made(recipe, ""), Record{}, unasked, Write, BecauseRecipe},
		"generated, recipe unknown":               {unknownRecipe, made(recipe, ""), Record{}, unasked, Check, BecauseNothing},
		"generated, all of it unknown":            {unknownMade, made(recipe, ""), Record{}, unasked, Check, BecauseNothing},
		"generated, version same":                 {made(recipe, "1"), made(recipe, "1"), Record{}, unasked, Keep, BecauseNothing},
		"generated, version bumped":               {made(recipe, "2"), made(recipe, "1"), Record{}, unasked, Write, BecauseNothing},
		"generated, version first given":          {made(recipe, "1"), made(recipe, ""), Record{}, unasked, Write, BecauseNothing},
		"generated, version taken out":            {made(recipe, ""), made(recipe, "1"), Record{}, unasked, Keep, BecauseNothing},
		"generated, version unknown":              {unknownVersion, made(recipe, "1"), Record{}, unasked, Check, BecauseNothing},
		"generated, drifted":                      {made(recipe, "1"), made(recipe, "1"), rewritten, unasked, Keep, BecauseDriftKept},
		"generated, drifted, version bumped":      {made(recipe, "2"), made(recipe, "1"), rewritten, unasked, Write, BecauseNothing},
		"generated, due":                          {made(rotating, ""), made(rotating, ""), Record{}, unasked, Write, BecauseDue},
		"generated, due and drifted":              {made(rotating, ""), made(rotating, ""), rewritten, unasked, Write, BecauseDue},
		"generated, due by fewer days":            {made(rotating, ""), made(slower, ""), Record{}, unasked, Write, BecauseDue},
		"generated, not due yet":                  {made(slower, ""), made(slower, ""), Record{}, unasked, Keep, BecauseNothing},
		"generated, not due by more days":         {made(slower, ""), made(rotating, ""), Record{}, unasked, Keep, BecauseNothing},
		"generated in the future":                 {made(rotating, ""), fromTheFuture, Record{}, unasked, Keep, BecauseAhead},
		"generated in the future, no rotation":    {made(recipe, ""), fromTheFuture, Record{}, unasked, Keep, BecauseNothing},
		"generated, rotation taken out":           {made(recipe, ""), made(rotating, ""), Record{}, unasked, Keep, BecauseNothing},
		"generated, due by its last write":        {made(rotating, ""), neverRotated, Record{}, unasked, Write, BecauseDue},
		"generated, never due without a stamp":    {made(rotating, ""), withoutStamps, Record{}, unasked, Keep, BecauseNothing},
		"generated, ignored":                      {nothing, made(recipe, ""), Record{}, unasked, Keep, BecauseNothing},
		"generated after a value":                 {made(recipe, ""), value("a"), Record{}, unasked, Write, BecauseGenerated},
		"generated after data":                    {made(recipe, ""), data("a", "1"), Record{}, unasked, Write, BecauseGenerated},
		"generated after write-only":              {made(recipe, ""), nothing, Record{}, unasked, Write, BecauseGenerated},
		"generated after a version":               {made(recipe, "1"), versioned("", "1"), Record{}, unasked, Write, BecauseGenerated},
		"generated by an unknown recipe, after a": {unknownRecipe, value("a"), Record{}, unasked, Write, BecauseGenerated},
		"generated after an import":               {made(recipe, "1"), nothing, imported, unasked, Keep, BecauseRecorded},
		"generated after an import, due":          {made(rotating, ""), nothing, imported, unasked, Keep, BecauseRecorded},
		"generated after an import with a value":  {made(recipe, ""), importedAtValue, imported, unasked, Check, BecauseRecorded},
		"generated after an import and a write":   {made(recipe, ""), nothing, touched, unasked, Write, BecauseGenerated},
		"value after generated":                   {value("a"), made(recipe, ""), Record{}, unasked, Check, BecauseNothing},
		"data after generated":                    {data("a", "1"), made(recipe, ""), Record{}, unasked, Check, BecauseNothing},
		"write-only after generated, same":        {wo("a"), made(recipe, ""), Record{}, equal, Keep, BecauseNothing},
		"write-only after generated, other":       {wo("b"), made(recipe, ""), Record{}, differs, Write, BecauseConfigured},
		"version after generated":                 {versioned("a", "1"), made(recipe, "1"), Record{}, unasked, Write, BecauseNothing},
		"version unknown": {
			secret(func(m *Secret) {
				m.Form, m.Content, m.ValueWOVersion = FormValueWO, one("a"), WriteVersion{Given: true, Unknown: true}
			}),
			versioned("", "1"),
			Record{},
			unasked, Check, BecauseNothing,
		},
	}
	failed := errors.New("no Org Key")
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := false
			got, err := decide(test.config, test.state, test.rec, func(helvetisafe.Content) (match, error) {
				asked = true
				if test.stored == fails {
					return unknown, failed
				}
				if test.stored == other {
					return unknown, nil
				}
				return matchOf(test.stored == equal), nil
			}, decideNow)
			if (err != nil) != (test.stored == fails) {
				t.Fatalf("error %v", err)
			}
			if got.Decision != test.want || got.Why != test.why {
				t.Errorf("decision %q for reason %d, want %q for %d", got.Decision, got.Why, test.want, test.why)
			}
			// What the state holds as a value, and what a version decides, an ephemeral
			// source can't change.
			f := test.config.Form
			compares := f.writeOnly() && (!test.config.version(f).Given || test.rec.Imported && !test.state.version(f).Given) && test.stored != fails
			if got.Compares != compares {
				t.Errorf("the decision hangs on a write-only value: %t, want %t", got.Compares, compares)
			}
			// If nothing is written now, a value that rotates can fall due before the apply.
			kept := test.config.Recipe
			if clock := kept != nil && test.state.Recipe != nil && kept.RotationDays != nil && test.want == Keep; got.Clock != clock {
				t.Errorf("the decision hangs on the clock: %t, want %t", got.Clock, clock)
			}
			if due := test.why == BecauseDue; due != got.Since.Time.Equal(yesterday.AddDate(0, 0, 1)) {
				t.Errorf("due since %v", got.Since)
			}
			if asked != (test.stored != unasked) {
				t.Errorf("Org Key needed: %t", asked)
			}
		})
	}
}

// TestDecideBeside: what a verdict says of the new value beside its reason.
func TestDecideBeside(t *testing.T) {
	t.Parallel()
	var (
		wo     = func(s string) *Secret { return secret(func(m *Secret) { m.Form, m.Content = FormValueWO, one(s) }) }
		dataWO = func(p ...string) *Secret {
			return secret(func(m *Secret) { m.Form, m.Content = FormDataWO, fields(p...) })
		}
		data = func(p ...string) *Secret {
			return secret(func(m *Secret) { m.Form, m.Content = FormData, fields(p...) })
		}
		nothing  = secret(nil)
		imported = Record{Imported: true, Untouched: true}
		several  = Record{Imported: true, Untouched: true, Fields: true}
	)
	for name, test := range map[string]struct {
		config, state *Secret
		rec           Record
		reshapes      bool
		empty         bool
	}{
		"fields into one value":             {wo("a"), nothing, several, true, false},
		"fields of the state into one":      {wo("a"), data("a", "1", "b", "2"), imported, true, false},
		"one field named as the key":        {wo("a"), data("k", "1"), imported, false, false},
		"fields into an empty value":        {wo(""), nothing, several, true, true},
		"a value into fields":               {dataWO("a", "1"), nothing, imported, true, false},
		"fields into fields":                {dataWO("a", "1"), nothing, several, false, false},
		"a value into a value":              {wo("a"), nothing, imported, false, false},
		"not imported":                      {wo("a"), nothing, Record{Fields: true}, false, false},
		"an empty value":                    {wo(""), nothing, Record{}, false, true},
		"no fields":                         {dataWO(), nothing, Record{Fields: true}, false, true},
		"fields of which each one is empty": {dataWO("a", "", "b", ""), nothing, Record{Fields: true}, false, true},
		"fields of which one is not empty":  {dataWO("a", "", "b", "x"), nothing, Record{Fields: true}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := decide(test.config, test.state, test.rec, func(helvetisafe.Content) (match, error) { return changed, nil }, decideNow)
			if err != nil || got.Reshapes != test.reshapes || got.Empty != test.empty {
				t.Errorf("reshapes %t, empty %t (%v); want %t, %t", got.Reshapes, got.Empty, err, test.reshapes, test.empty)
			}
		})
	}
}
