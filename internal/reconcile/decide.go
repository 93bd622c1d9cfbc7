package reconcile

import (
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// Decision says what an update does to the stored value. It is made at plan time,
// travels in planned private state, and Update obeys it.
type Decision string

// The decisions.
const (
	// Keep leaves the stored value alone; if only the expiry moves, its ciphertext goes
	// back as it is.
	Keep Decision = "k"
	// Write writes the configured value.
	Write Decision = "w"
	// Check reads what is stored and writes only if it differs.
	Check Decision = "c"
)

// Reason says why a decision needs a warning.
type Reason int

// The reasons.
const (
	BecauseNothing           Reason = iota
	BecauseConfigured               // the configured write-only value is not the stored one
	BecauseDriftOverwritten         // changed elsewhere, and the plan writes it back
	BecauseDriftKept                // changed elsewhere, and it stays until the version changes
	BecauseImportOverwritten        // the configured value isn't the one that was imported
	BecauseImportUncertain          // the configured value may not be the one that was imported
	BecauseGenerated                // a generated value replaces one in another form
	BecauseRecipe                   // the recipe of a generated value has changed
	BecauseDue                      // a generated value is due by its age
	BecauseAhead                    // a clock that ran ahead wrote a generated value, which falls due that much later
	BecauseRecorded                 // an imported value counts as generated
	BecauseAdopts                   // a create takes over a secret that exists
	BecauseMayAdopt                 // a create may take one over: whether it does isn't known yet
)

// Verdict is a decision, with what the plan says about it.
type Verdict struct {
	Decision Decision
	Why      Reason
	// Compares says that the decision depends on a write-only value. An ephemeral source
	// can give another value when the plan is applied, and the decision then changes.
	Compares bool
	// Clock says that the decision depends on the time: a generated value can fall due
	// before the plan is applied.
	Clock bool
	Since helvetisafe.Timestamp // when it fell due; for BecauseAhead, when it was written
	// Reshapes says that the fields which are stored become one value, or the reverse.
	Reshapes bool
	// Empty says that the value to be written is empty.
	Empty bool
	// uncertain says that only the apply shows whether there is anything to write. The
	// plan warns of it only after an import.
	uncertain bool
}

// MayChange reports whether the decision to keep the value may be another one when the plan
// is applied.
func (v Verdict) MayChange() bool { return v.Compares || v.Clock }

// keep is the verdict that nothing is written.
var keep = Verdict{Decision: Keep}

// comparison compares content with what is stored, by the recorded fingerprint. It is
// unknown if there is no fingerprint made under today's Org Key.
type comparison func(content helvetisafe.Content) (match, error)

// decide weighs the configuration that the plan is made for against the state and
// the record. The configuration holds no value under ignore_changes, and may hold
// unknown ones; those are decided again at apply time, when they are known.
func decide(config, state *Secret, rec Record, stored comparison, now time.Time) (Verdict, error) {
	f := config.Form
	var v Verdict
	var err error
	switch {
	case f == FormNone:
		return keep, nil
	case f == FormGenerate:
		return decideGenerated(config, state, rec, now), nil
	case !f.writeOnly():
		v = decideReadable(config, state)
	case !config.version(f).Given:
		v, err = decideByFingerprint(config, state, rec, stored)
	default:
		v, err = decideByVersion(f, config, state, rec, stored)
	}
	if rec.Untouched {
		v.Reshapes = reshapes(f, state, rec)
		// A version that changes from one to another asks for a write, whatever is stored.
		if !state.version(f).Given || !config.version(f).Given {
			v.Why = afterImport(v)
		}
	}
	v.Empty = config.empty()
	return v, err
}

// afterImport is the reason of a verdict about a secret that was imported and not yet
// written here: the value that it overwrites came from somebody else.
func afterImport(v Verdict) Reason {
	switch {
	case v.Decision == Write:
		return BecauseImportOverwritten
	case v.uncertain:
		return BecauseImportUncertain
	}
	return v.Why
}

// reshapes reports whether a write in form f would turn the fields of the imported secret
// into one value, or the reverse. One field that is named like the key is stored in the
// same way as one value.
func reshapes(f Form, state *Secret, rec Record) bool {
	stored := rec.Fields
	if have := state.Content; have != nil {
		_, named := have.Fields[state.Key]
		stored = have.IsFields() && (!named || len(have.Fields) != 1)
	}
	return stored != f.Fields()
}

// decideReadable is for value and data, which the state holds.
func decideReadable(config, state *Secret) Verdict {
	want, have := config.Content, state.Content
	switch {
	case want == nil, have == nil: // have is nil after another form: the state can't tell
		return Verdict{Decision: Check, uncertain: true}
	case sameContent(*want, *have):
		return keep
	}
	return Verdict{Decision: Write}
}

// decideByVersion is for a write-only form with a version: written when the
// version changes, and only then.
func decideByVersion(f Form, config, state *Secret, rec Record, stored comparison) (Verdict, error) {
	now, before := config.version(f), state.version(f)
	switch {
	case !before.Given && rec.Imported:
		// No server knows the version: the first one is recorded, and the value
		// written only if it differs.
		v, err := decideByFingerprint(config, state, rec, stored)
		v.Why = BecauseNothing // the advice to set a version has been taken
		return v, err
	case now.Unknown:
		return Verdict{Decision: Check}, nil
	case now == before && rec.drifted():
		return Verdict{Decision: Keep, Why: BecauseDriftKept}, nil
	case now == before:
		return keep, nil
	}
	return Verdict{Decision: Write}, nil
}

// decideByFingerprint is for a write-only form without a version: written when
// the configured value differs from what is stored.
func decideByFingerprint(config, state *Secret, rec Record, stored comparison) (Verdict, error) {
	check := Verdict{Decision: Check, Compares: true, uncertain: true}
	write := Verdict{Decision: Write, Why: BecauseConfigured, Compares: true}
	want := config.Content
	if want == nil {
		return check, nil
	}
	if state.Content != nil {
		if sameContent(*want, *state.Content) {
			check.uncertain = false // in place, and a fingerprint to record
			return check, nil
		}
		return write, nil
	}
	m, err := stored(*want)
	switch {
	case err != nil:
		return keep, err
	case m == unknown:
		return check, nil
	case m == same:
		return Verdict{Decision: Keep, Compares: true}, nil
	case rec.drifted():
		write.Why = BecauseDriftOverwritten
	}
	return write, nil
}

// clockTolerance is how far ahead of the clock here a rotation may have been recorded
// before the plan warns of it: the clocks of machines and servers differ.
const clockTolerance = 24 * time.Hour

// decideGenerated is for generate: a new value when the recipe or its version
// changes, or when the value is due by its age.
func decideGenerated(config, state *Secret, rec Record, now time.Time) Verdict {
	want, have := config.Recipe, state.Recipe
	switch {
	case have == nil && rec.Imported && rec.Untouched && state.Form != FormNone:
		// As in the next case, but the value leaves the state, so it needs a fingerprint.
		return Verdict{Decision: Check, Why: BecauseRecorded}
	case have == nil && rec.Imported && rec.Untouched:
		// No server knows the recipe and the version: the first ones are recorded. That
		// plan never rotates, however old the value is. It says so: what is stored may have
		// been a value_wo of this configuration, which somebody has typed.
		return Verdict{Decision: Keep, Why: BecauseRecorded}
	case have == nil:
		return Verdict{Decision: Write, Why: BecauseGenerated}
	case want == nil, config.GenerateVersion.Unknown:
		return Verdict{Decision: Check}
	case !want.same(*have):
		return Verdict{Decision: Write, Why: BecauseRecipe}
	case config.GenerateVersion.Given && config.GenerateVersion != state.GenerateVersion:
		return Verdict{Decision: Write}
	}
	v := Verdict{Decision: Keep, Clock: want.RotationDays != nil}
	if last := state.lastRotation(); v.Clock && last.State == helvetisafe.Known {
		if last.Time.After(now.Add(clockTolerance)) {
			v.Why, v.Since = BecauseAhead, last
		}
		if since, due := want.due(last.Time, now); due {
			return Verdict{Decision: Write, Why: BecauseDue, Since: helvetisafe.TimestampOf(since)}
		}
	}
	if rec.drifted() {
		v.Why = BecauseDriftKept
	}
	return v
}
