package provider

import (
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

func str(s string) types.String { return types.StringValue(s) }

func fields(pairs ...string) types.Map {
	elements := map[string]attr.Value{}
	for i := 0; i < len(pairs); i += 2 {
		elements[pairs[i]] = str(pairs[i+1])
	}
	return types.MapValueMust(types.StringType, elements)
}

// secret makes a model of which the given attributes are set and all others null.
func secret(set func(*secretModel)) *secretModel {
	m := &secretModel{
		Key: str("k"), Data: types.MapNull(types.StringType), DataWO: types.MapNull(types.StringType),
		Generate: types.ObjectNull(generateType.AttrTypes),
	}
	if set != nil {
		set(m)
	}
	return m
}

// generating makes a recipe of which the given attributes are set and all others null.
func generating(set map[string]attr.Value) types.Object {
	attributes := map[string]attr.Value{}
	for name, typ := range generateType.AttrTypes {
		switch typ {
		case types.Int64Type:
			attributes[name] = types.Int64Null()
		case types.BoolType:
			attributes[name] = types.BoolNull()
		default:
			attributes[name] = types.StringNull()
		}
	}
	maps.Copy(attributes, set)
	return types.ObjectValueMust(generateType.AttrTypes, attributes)
}

// The clock of TestDecide, and when its generated values were written.
var (
	decideNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	yesterday = decideNow.AddDate(0, 0, -1)
)

func TestDecide(t *testing.T) {
	t.Parallel()
	var (
		value     = func(s string) *secretModel { return secret(func(m *secretModel) { m.Value = str(s) }) }
		data      = func(p ...string) *secretModel { return secret(func(m *secretModel) { m.Data = fields(p...) }) }
		wo        = func(s string) *secretModel { return secret(func(m *secretModel) { m.ValueWO = str(s) }) }
		dataWO    = func(p ...string) *secretModel { return secret(func(m *secretModel) { m.DataWO = fields(p...) }) }
		versioned = func(s, v string) *secretModel {
			return secret(func(m *secretModel) {
				if s != "" {
					m.ValueWO = str(s)
				}
				m.ValueWOVersion = str(v)
			})
		}
		unknownValue = secret(func(m *secretModel) { m.Value = types.StringUnknown() })
		unknownWO    = secret(func(m *secretModel) { m.ValueWO = types.StringUnknown() })
		nothing      = secret(nil)
		drifted      = record{Written: "x"}
		imported     = record{Imported: true, Untouched: true}
		touched      = record{Imported: true}
		recipe       = map[string]attr.Value{"length": types.Int64Value(32)}
		spelledOut   = map[string]attr.Value{"length": types.Int64Value(32), "lower": types.BoolValue(true), "min_upper": types.Int64Value(0)}
		longer       = map[string]attr.Value{"length": types.Int64Value(33)}
		rotating     = map[string]attr.Value{"length": types.Int64Value(32), "rotation_days": types.Int64Value(1)}
		slower       = map[string]attr.Value{"length": types.Int64Value(32), "rotation_days": types.Int64Value(2)}
		rewritten    = record{Written: "x"}
		made         = func(recipe map[string]attr.Value, version string) *secretModel {
			return secret(func(m *secretModel) {
				m.Generate, m.RotatedAt = generating(recipe), str(yesterday.Format(time.RFC3339))
				if version != "" {
					m.GenerateVersion = str(version)
				}
			})
		}
		unknownRecipe   = made(map[string]attr.Value{"length": types.Int64Unknown()}, "")
		unknownMade     = secret(func(m *secretModel) { m.Generate = types.ObjectUnknown(generateType.AttrTypes) })
		unknownVersion  = secret(func(m *secretModel) { m.Generate, m.GenerateVersion = generating(recipe), types.StringUnknown() })
		importedAtValue = value("a")
		neverRotated    = secret(func(m *secretModel) {
			m.Generate, m.UpdatedAt = generating(rotating), str(yesterday.Format(time.RFC3339))
		})
		fromTheFuture = secret(func(m *secretModel) {
			m.Generate, m.RotatedAt = generating(rotating), str(decideNow.AddDate(0, 0, 2).Format(time.RFC3339))
		})
		withoutStamps = secret(func(m *secretModel) { m.Generate = generating(rotating) })
	)
	const (
		same = iota
		differs
		other // another Org Key, or no fingerprint
		fails
		unasked
	)
	tests := map[string]struct {
		config, state *secretModel
		rec           record
		stored        int
		want          decision
		why           reason
	}{
		"value same":                             {value("a"), value("a"), record{}, unasked, decideKeep, reasonNone},
		"value same but for its Unicode form":    {value("\u00e4"), value("a\u0308"), record{}, unasked, decideKeep, reasonNone},
		"value changed":                          {value("b"), value("a"), record{}, unasked, decideWrite, reasonNone},
		"value unknown":                          {unknownValue, value("a"), record{}, unasked, decideCheck, reasonNone},
		"value ignored":                          {nothing, value("a"), record{}, unasked, decideKeep, reasonNone},
		"value where fields are stored":          {value("a"), data("k", "a"), record{}, unasked, decideWrite, reasonNone},
		"value after write-only":                 {value("a"), nothing, record{}, unasked, decideCheck, reasonNone},
		"data same":                              {data("a", "1"), data("a", "1"), record{}, unasked, decideKeep, reasonNone},
		"data with another member":               {data("a", "1"), data("a", "1", "b", "2"), record{}, unasked, decideWrite, reasonNone},
		"data of one member named as the key":    {data("k", "1"), value("1"), record{}, unasked, decideWrite, reasonNone},
		"empty data same":                        {data(), data(), record{}, unasked, decideKeep, reasonNone},
		"write-only same":                        {wo("a"), nothing, record{}, same, decideKeep, reasonNone},
		"write-only changed":                     {wo("b"), nothing, record{}, differs, decideWrite, reasonConfigured},
		"write-only drifted":                     {wo("a"), nothing, drifted, differs, decideWrite, reasonDriftOverwritten},
		"write-only drifted to what is wanted":   {wo("a"), nothing, drifted, same, decideKeep, reasonNone},
		"write-only unknown":                     {unknownWO, nothing, record{}, unasked, decideCheck, reasonNone},
		"write-only ignored":                     {nothing, nothing, record{}, unasked, decideKeep, reasonNone},
		"write-only under another Org Key":       {wo("a"), nothing, record{}, other, decideCheck, reasonNone},
		"write-only without the Org Key":         {wo("a"), nothing, record{}, fails, decideKeep, reasonNone},
		"write-only after the same value":        {wo("a"), value("a"), record{}, unasked, decideCheck, reasonNone},
		"write-only after another value":         {wo("b"), value("a"), record{}, unasked, decideWrite, reasonConfigured},
		"write-only fields same":                 {dataWO("a", "1"), nothing, record{}, same, decideKeep, reasonNone},
		"write-only fields changed":              {dataWO("a", "2"), nothing, record{}, differs, decideWrite, reasonConfigured},
		"version same":                           {versioned("b", "1"), versioned("", "1"), record{}, unasked, decideKeep, reasonNone},
		"version bumped":                         {versioned("a", "2"), versioned("", "1"), record{}, unasked, decideWrite, reasonNone},
		"version first given":                    {versioned("a", "1"), nothing, record{}, unasked, decideWrite, reasonNone},
		"version first given after an import":    {versioned("a", "1"), nothing, imported, same, decideKeep, reasonNone},
		"version first given, import differs":    {versioned("b", "1"), nothing, imported, differs, decideWrite, reasonImportOverwritten},
		"version first given, no fingerprint":    {versioned("a", "1"), nothing, imported, other, decideCheck, reasonImportUncertain},
		"version first given after value import": {versioned("a", "1"), value("a"), imported, unasked, decideCheck, reasonNone},
		"version bumped after an import":         {versioned("a", "2"), versioned("", "1"), imported, unasked, decideWrite, reasonNone},
		"version removed, same value":            {wo("a"), versioned("", "1"), record{}, same, decideKeep, reasonNone},
		"version removed, other value":           {wo("b"), versioned("", "1"), record{}, differs, decideWrite, reasonConfigured},
		"version same, drifted":                  {versioned("a", "1"), versioned("", "1"), drifted, unasked, decideKeep, reasonDriftKept},
		"version bumped, drifted":                {versioned("a", "2"), versioned("", "1"), drifted, unasked, decideWrite, reasonNone},
		"first version after a write":            {versioned("b", "1"), nothing, touched, differs, decideWrite, reasonNone},
		"imported, write-only differs":           {wo("b"), nothing, imported, differs, decideWrite, reasonImportOverwritten},
		"imported, drifted":                      {wo("b"), nothing, record{Untouched: true, Written: "x"}, differs, decideWrite, reasonImportOverwritten},
		"imported, write-only same":              {wo("a"), nothing, imported, same, decideKeep, reasonNone},
		"imported, write-only unknown":           {unknownWO, nothing, imported, unasked, decideCheck, reasonImportUncertain},
		"imported, value differs":                {value("b"), value("a"), imported, unasked, decideWrite, reasonImportOverwritten},
		"imported, value same":                   {value("a"), value("a"), imported, unasked, decideKeep, reasonNone},
		"imported, value unknown":                {unknownValue, value("a"), imported, unasked, decideCheck, reasonImportUncertain},
		"imported without a value, then a value": {value("a"), nothing, imported, unasked, decideCheck, reasonImportUncertain},
		"imported, ignored":                      {nothing, nothing, imported, unasked, decideKeep, reasonNone},
		"imported, drift kept":                   {versioned("a", "1"), versioned("", "1"), record{Untouched: true, Written: "x"}, unasked, decideKeep, reasonDriftKept},
		"imported, first version unknown": {
			secret(func(m *secretModel) { m.ValueWO, m.ValueWOVersion = str("b"), types.StringUnknown() }),
			nothing,
			imported,
			differs, decideWrite, reasonImportOverwritten,
		},
		"generated same":                          {made(recipe, ""), made(recipe, ""), record{}, unasked, decideKeep, reasonNone},
		"generated, defaults spelled out":         {made(spelledOut, ""), made(recipe, ""), record{}, unasked, decideKeep, reasonNone},
		"generated, another recipe":               {made(longer, ""), made(recipe, ""), record{}, unasked, decideWrite, reasonRecipe},
		"generated, recipe unknown":               {unknownRecipe, made(recipe, ""), record{}, unasked, decideCheck, reasonNone},
		"generated, all of it unknown":            {unknownMade, made(recipe, ""), record{}, unasked, decideCheck, reasonNone},
		"generated, version same":                 {made(recipe, "1"), made(recipe, "1"), record{}, unasked, decideKeep, reasonNone},
		"generated, version bumped":               {made(recipe, "2"), made(recipe, "1"), record{}, unasked, decideWrite, reasonNone},
		"generated, version first given":          {made(recipe, "1"), made(recipe, ""), record{}, unasked, decideWrite, reasonNone},
		"generated, version taken out":            {made(recipe, ""), made(recipe, "1"), record{}, unasked, decideKeep, reasonNone},
		"generated, version unknown":              {unknownVersion, made(recipe, "1"), record{}, unasked, decideCheck, reasonNone},
		"generated, drifted":                      {made(recipe, "1"), made(recipe, "1"), rewritten, unasked, decideKeep, reasonDriftKept},
		"generated, drifted, version bumped":      {made(recipe, "2"), made(recipe, "1"), rewritten, unasked, decideWrite, reasonNone},
		"generated, due":                          {made(rotating, ""), made(rotating, ""), record{}, unasked, decideWrite, reasonDue},
		"generated, due and drifted":              {made(rotating, ""), made(rotating, ""), rewritten, unasked, decideWrite, reasonDue},
		"generated, due by fewer days":            {made(rotating, ""), made(slower, ""), record{}, unasked, decideWrite, reasonDue},
		"generated, not due yet":                  {made(slower, ""), made(slower, ""), record{}, unasked, decideKeep, reasonNone},
		"generated, not due by more days":         {made(slower, ""), made(rotating, ""), record{}, unasked, decideKeep, reasonNone},
		"generated, rotation taken out":           {made(recipe, ""), made(rotating, ""), record{}, unasked, decideKeep, reasonNone},
		"generated, due by its last write":        {made(rotating, ""), neverRotated, record{}, unasked, decideWrite, reasonDue},
		"generated, never due without a stamp":    {made(rotating, ""), withoutStamps, record{}, unasked, decideKeep, reasonNone},
		"generated in the future":                 {made(rotating, ""), fromTheFuture, record{}, unasked, decideKeep, reasonAhead},
		"generated in the future, no rotation":    {made(recipe, ""), fromTheFuture, record{}, unasked, decideKeep, reasonNone},
		"generated, ignored":                      {nothing, made(recipe, ""), record{}, unasked, decideKeep, reasonNone},
		"generated after a value":                 {made(recipe, ""), value("a"), record{}, unasked, decideWrite, reasonGenerated},
		"generated after data":                    {made(recipe, ""), data("a", "1"), record{}, unasked, decideWrite, reasonGenerated},
		"generated after write-only":              {made(recipe, ""), nothing, record{}, unasked, decideWrite, reasonGenerated},
		"generated after a version":               {made(recipe, "1"), versioned("", "1"), record{}, unasked, decideWrite, reasonGenerated},
		"generated by an unknown recipe, after a": {unknownRecipe, value("a"), record{}, unasked, decideWrite, reasonGenerated},
		"generated after an import":               {made(recipe, "1"), nothing, imported, unasked, decideKeep, reasonNone},
		"generated after an import, due":          {made(rotating, ""), nothing, imported, unasked, decideKeep, reasonNone},
		"generated after an import with a value":  {made(recipe, ""), importedAtValue, imported, unasked, decideCheck, reasonRecorded},
		"generated after an import and a write":   {made(recipe, ""), nothing, touched, unasked, decideWrite, reasonGenerated},
		"value after generated":                   {value("a"), made(recipe, ""), record{}, unasked, decideCheck, reasonNone},
		"data after generated":                    {data("a", "1"), made(recipe, ""), record{}, unasked, decideCheck, reasonNone},
		"write-only after generated, same":        {wo("a"), made(recipe, ""), record{}, same, decideKeep, reasonNone},
		"write-only after generated, other":       {wo("b"), made(recipe, ""), record{}, differs, decideWrite, reasonConfigured},
		"version after generated":                 {versioned("a", "1"), made(recipe, "1"), record{}, unasked, decideWrite, reasonNone},
		"version unknown": {
			secret(func(m *secretModel) { m.ValueWO, m.ValueWOVersion = str("a"), types.StringUnknown() }),
			versioned("", "1"),
			record{},
			unasked, decideCheck, reasonNone,
		},
	}
	failed := errors.New("no Org Key")
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := false
			got, err := decide(test.config, test.state, test.rec, func(helvetisafe.StoredContent) (bool, bool, error) {
				asked = true
				if test.stored == fails {
					return false, false, failed
				}
				return test.stored == same, test.stored != other, nil
			}, decideNow)
			if (err != nil) != (test.stored == fails) {
				t.Fatalf("error %v", err)
			}
			if got.decision != test.want || got.why != test.why {
				t.Errorf("decision %q for reason %d, want %q for %d", got.decision, got.why, test.want, test.why)
			}
			// What the state holds as a value, and what a version decides, an ephemeral
			// source can't change.
			f := test.config.form()
			compares := f.writeOnly() && (test.config.version(f).IsNull() || test.rec.Imported && test.state.version(f).IsNull()) && test.stored != fails
			if got.compares != compares {
				t.Errorf("the decision hangs on a write-only value: %t, want %t", got.compares, compares)
			}
			// Where nothing is written now, a value that rotates can fall due before the apply.
			kept, rotates := recipeOf(test.config.Generate)
			_, generated := recipeOf(test.state.Generate)
			if clock := rotates && generated && kept.RotationDays != nil && test.want == decideKeep; got.clock != clock {
				t.Errorf("the decision hangs on the clock: %t, want %t", got.clock, clock)
			}
			if due := test.why == reasonDue; due != got.since.Equal(yesterday.AddDate(0, 0, 1)) {
				t.Errorf("due since %v", got.since)
			}
			if asked != (test.stored != unasked) {
				t.Errorf("Org Key needed: %t", asked)
			}
		})
	}
}

// TestDecideAside: what a verdict says of the new value beside its reason.
func TestDecideAside(t *testing.T) {
	t.Parallel()
	var (
		wo       = func(s string) *secretModel { return secret(func(m *secretModel) { m.ValueWO = str(s) }) }
		dataWO   = func(p ...string) *secretModel { return secret(func(m *secretModel) { m.DataWO = fields(p...) }) }
		data     = func(p ...string) *secretModel { return secret(func(m *secretModel) { m.Data = fields(p...) }) }
		nothing  = secret(nil)
		imported = record{Imported: true, Untouched: true}
		several  = record{Imported: true, Untouched: true, Fields: true}
	)
	for name, test := range map[string]struct {
		config, state *secretModel
		rec           record
		reshapes      reshaping
		empty         bool
	}{
		"fields into one value":             {wo("a"), nothing, several, fieldsIntoValue, false},
		"fields of the state into one":      {wo("a"), data("a", "1", "b", "2"), imported, fieldsIntoValue, false},
		"one field named as the key":        {wo("a"), data("k", "1"), imported, reshapesNothing, false},
		"fields into an empty value":        {wo(""), nothing, several, fieldsIntoValue, true},
		"a value into fields":               {dataWO("a", "1"), nothing, imported, valueIntoFields, false},
		"fields into fields":                {dataWO("a", "1"), nothing, several, reshapesNothing, false},
		"a value into a value":              {wo("a"), nothing, imported, reshapesNothing, false},
		"not imported":                      {wo("a"), nothing, record{Fields: true}, reshapesNothing, false},
		"an empty value":                    {wo(""), nothing, record{}, reshapesNothing, true},
		"no fields":                         {dataWO(), nothing, record{Fields: true}, reshapesNothing, true},
		"fields of which each one is empty": {dataWO("a", "", "b", ""), nothing, record{Fields: true}, reshapesNothing, true},
		"fields of which one is not empty":  {dataWO("a", "", "b", "x"), nothing, record{Fields: true}, reshapesNothing, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := decide(test.config, test.state, test.rec, func(helvetisafe.StoredContent) (bool, bool, error) { return false, true, nil }, decideNow)
			if err != nil || got.reshapes != test.reshapes || got.empty != test.empty {
				t.Errorf("reshapes %d, empty %t (%v); want %d, %t", got.reshapes, got.empty, err, test.reshapes, test.empty)
			}
			if says := mentions([]string{got.aside()}, "is empty"); says != test.empty {
				t.Errorf("it says %q", got.aside())
			}
		})
	}
}
