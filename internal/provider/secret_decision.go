package provider

import (
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// decision says what an update does to the stored value. It is made at plan time,
// travels in planned private state, and Update obeys it.
type decision string

const (
	// decideKeep leaves the stored value alone; its ciphertext goes back as it is
	// where only the expiry moves.
	decideKeep decision = "k"
	// decideWrite writes the configured value.
	decideWrite decision = "w"
	// decideCheck reads what is stored and writes only where it differs.
	decideCheck decision = "c"
)

// reason says why a decision wants a warning.
type reason int

const (
	reasonNone reason = iota
	// reasonConfigured: the configured write-only value is not the stored one.
	reasonConfigured
	// reasonDriftOverwritten: changed elsewhere, and the plan writes it back.
	reasonDriftOverwritten
	// reasonDriftKept: changed elsewhere, and the version in the configuration
	// says that it stays.
	reasonDriftKept
	// reasonUncertain: whether there is anything to write shows only in the apply. It
	// wants a warning only after an import, as reasonImportUncertain.
	reasonUncertain
	// reasonImportOverwritten: the configured value isn't the one that was imported.
	reasonImportOverwritten
	// reasonImportUncertain: the configured value may not be the one that was imported.
	reasonImportUncertain
	// reasonGenerated: a value in another form gives way to a generated one.
	reasonGenerated
	// reasonRecipe: the recipe of a generated value has changed.
	reasonRecipe
	// reasonDue: a generated value is due by its age.
	reasonDue
	// reasonAhead: a generated value was written in the future, by a clock that ran
	// ahead, and falls due that much later.
	reasonAhead
	// reasonRecorded: an imported value, which the state holds, counts as generated.
	reasonRecorded
)

// verdict is a decision, and what its plan says of it.
type verdict struct {
	decision decision
	why      reason
	// compares says that the decision hangs on a write-only value. An ephemeral source
	// can give another one when the plan is applied, and the decision then changes.
	compares bool
	// clock says that the decision hangs on the time: a generated value can fall due
	// before the plan is applied.
	clock    bool
	since    time.Time // when it fell due; for reasonAhead, when it was written
	reshapes reshaping
	// empty says that the value to be written is empty.
	empty bool
}

// keep is the verdict that nothing is written.
var keep = verdict{decision: decideKeep}

// reshaping tells where a write turns fields into one value, or one value into fields.
type reshaping int

const (
	reshapesNothing reshaping = iota
	fieldsIntoValue
	valueIntoFields
)

// comparison reports whether content is what is stored, by the recorded fingerprint.
// known is false where there is no fingerprint made under today's Org Key.
type comparison func(content helvetisafe.StoredContent) (same, known bool, err error)

// decide weighs the configuration that the plan is made for against the state and
// the record. The configuration holds no value under ignore_changes, and may hold
// unknown ones; those are decided again at apply time, when they are known.
func decide(config, state *secretModel, rec record, stored comparison, now time.Time) (verdict, error) {
	f := config.form()
	var v verdict
	var err error
	switch {
	case f == formNone:
		return keep, nil
	case f == formGenerate:
		return decideGenerated(config, state, rec, now), nil
	case !f.writeOnly():
		v = decideReadable(f, config, state)
	case config.version(f).IsNull():
		v, err = decideByFingerprint(f, config, state, rec, stored)
	default:
		v, err = decideByVersion(f, config, state, rec, stored)
	}
	if rec.Untouched {
		v.why = afterImport(v, asksToWrite(f, config, state))
		v.reshapes = reshapes(f, state, rec)
	}
	if v.why == reasonUncertain {
		v.why = reasonNone
	}
	v.empty = wantsEmpty(config)
	return v, err
}

// asksToWrite reports whether the version changes from one to another, which asks for
// a write whatever is stored.
func asksToWrite(f form, config, state *secretModel) bool {
	return !state.version(f).IsNull() && !config.version(f).IsNull()
}

// afterImport is the reason of a verdict where nothing but an import has put the value
// there: what it overwrites is nobody's who planned this.
func afterImport(v verdict, asked bool) reason {
	switch {
	case asked:
		return v.why
	case v.decision == decideWrite:
		return reasonImportOverwritten
	case v.why == reasonUncertain:
		return reasonImportUncertain
	}
	return v.why
}

// reshapes tells whether a write in form f would change how the imported secret is
// made up. One field that is named as the key is stored as one value is.
func reshapes(f form, state *secretModel, rec record) reshaping {
	stored := rec.Fields
	if have, ok := state.wanted(state.form()); ok {
		_, named := have.Fields[state.Key.ValueString()]
		stored = have.Form == helvetisafe.FormFields && (!named || len(have.Fields) != 1)
	}
	switch {
	case stored && !f.fields():
		return fieldsIntoValue
	case !stored && f.fields():
		return valueIntoFields
	}
	return reshapesNothing
}

// wantsEmpty reports whether there is nothing in the configured content but names.
func wantsEmpty(config *secretModel) bool {
	content, known := config.wanted(config.form())
	if !known {
		return false
	}
	for _, value := range content.Fields {
		if value != "" {
			return false
		}
	}
	return content.Value == ""
}

// decideReadable is for value and data, which the state holds.
func decideReadable(f form, config, state *secretModel) verdict {
	want, known := config.wanted(f)
	if !known {
		return verdict{decision: decideCheck, why: reasonUncertain}
	}
	have, ok := state.wanted(state.form())
	switch {
	case !ok: // from a write-only form: the state can't tell
		return verdict{decision: decideCheck, why: reasonUncertain}
	case sameContent(want, have):
		return keep
	}
	return verdict{decision: decideWrite}
}

// decideByVersion is for a write-only form with a version: written when the
// version changes, and only then.
func decideByVersion(f form, config, state *secretModel, rec record, stored comparison) (verdict, error) {
	now, before := config.version(f), state.version(f)
	switch {
	case before.IsNull() && rec.Imported:
		// No server knows the version: the first one is recorded, and the value
		// written only if it differs.
		v, err := decideByFingerprint(f, config, state, rec, stored)
		if v.why != reasonUncertain {
			v.why = reasonNone // the advice to set a version has been taken
		}
		return v, err
	case now.IsUnknown():
		return verdict{decision: decideCheck}, nil
	case now.Equal(before) && rec.drifted():
		return verdict{decision: decideKeep, why: reasonDriftKept}, nil
	case now.Equal(before):
		return keep, nil
	}
	return verdict{decision: decideWrite}, nil
}

// decideByFingerprint is for a write-only form without a version: written when
// the configured value differs from what is stored.
func decideByFingerprint(f form, config, state *secretModel, rec record, stored comparison) (verdict, error) {
	check := verdict{decision: decideCheck, why: reasonUncertain, compares: true}
	write := verdict{decision: decideWrite, why: reasonConfigured, compares: true}
	want, known := config.wanted(f)
	if !known {
		return check, nil
	}
	if have, ok := state.wanted(state.form()); ok {
		if sameContent(want, have) {
			check.why = reasonNone // in place, and a fingerprint to record
			return check, nil
		}
		return write, nil
	}
	same, known, err := stored(want)
	switch {
	case err != nil:
		return keep, err
	case !known:
		return check, nil
	case same:
		return verdict{decision: decideKeep, compares: true}, nil
	case rec.drifted():
		write.why = reasonDriftOverwritten
	}
	return write, nil
}
