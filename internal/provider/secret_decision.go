package provider

import (
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
)

// comparison reports whether content is what is stored, by the recorded fingerprint.
// known is false where there is no fingerprint made under today's Org Key.
type comparison func(content helvetisafe.StoredContent) (same, known bool, err error)

// decide weighs the configuration that the plan is made for against the state and
// the record. The configuration holds no value under ignore_changes, and may hold
// unknown ones; those are decided again at apply time, when they are known.
func decide(config, state *secretModel, rec record, stored comparison) (decision, reason, error) {
	f := config.form()
	switch {
	case f == formNone:
		return decideKeep, reasonNone, nil
	case !f.writeOnly():
		return decideReadable(f, config, state), reasonNone, nil
	case config.version(f).IsNull():
		return decideByFingerprint(f, config, state, rec, stored)
	}
	return decideByVersion(f, config, state, rec, stored)
}

// decideReadable is for value and data, which the state holds.
func decideReadable(f form, config, state *secretModel) decision {
	want, known := config.wanted(f)
	if !known {
		return decideCheck
	}
	have, ok := state.wanted(state.form())
	switch {
	case !ok:
		return decideCheck // from a write-only form: the state can't tell
	case sameContent(want, have):
		return decideKeep
	}
	return decideWrite
}

// decideByVersion is for a write-only form with a version: written when the
// version changes, and only then.
func decideByVersion(f form, config, state *secretModel, rec record, stored comparison) (decision, reason, error) {
	now, before := config.version(f), state.version(f)
	switch {
	case now.IsUnknown():
		return decideCheck, reasonNone, nil
	case now.Equal(before):
		if rec.drifted() {
			return decideKeep, reasonDriftKept, nil
		}
		return decideKeep, reasonNone, nil
	case before.IsNull() && rec.Imported:
		// No server knows the version: the first one is recorded, and the value
		// written only if it differs.
		d, _, err := decideByFingerprint(f, config, state, rec, stored)
		return d, reasonNone, err
	}
	return decideWrite, reasonNone, nil
}

// decideByFingerprint is for a write-only form without a version: written when
// the configured value differs from what is stored.
func decideByFingerprint(f form, config, state *secretModel, rec record, stored comparison) (decision, reason, error) {
	want, known := config.wanted(f)
	if !known {
		return decideCheck, reasonNone, nil
	}
	if have, ok := state.wanted(state.form()); ok {
		if sameContent(want, have) {
			return decideCheck, reasonNone, nil // in place, and a fingerprint to record
		}
		return decideWrite, reasonConfigured, nil
	}
	same, known, err := stored(want)
	switch {
	case err != nil:
		return decideKeep, reasonNone, err
	case !known:
		return decideCheck, reasonNone, nil
	case same:
		return decideKeep, reasonNone, nil
	case rec.drifted():
		return decideWrite, reasonDriftOverwritten, nil
	}
	return decideWrite, reasonConfigured, nil
}
