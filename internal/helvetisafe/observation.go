package helvetisafe

import "time"

// RacyWindow is the time between the first sight of a stamp and the sight of a value,
// by the server's Date header, from which on the stamp can vouch for the value. It is
// for stamps on a whole second: a second write in that second would get the same stamp.
// Date counts whole seconds, so a difference of two means that more than one second has
// really passed, and no further write can get that stamp.
const RacyWindow = 2 * time.Second

// Observation ties the last seen value of a secret to the server's stamp of its last
// write, so that a later list can show that nothing has changed. It follows git's
// racy-index rule: a stamp that could hide a second write is not trusted.
type Observation struct {
	// Stamp is the updated_at that a list, or the answer to a write, showed before the
	// value was last seen. It vouches for the value only if it is Known.
	Stamp Timestamp
	// FirstShown is the Date of the answer that first showed a Stamp on a whole
	// second. It is zero for other stamps, and if the answer had no Date.
	FirstShown time.Time
	// Settled says that the value was seen at least RacyWindow after FirstShown.
	Settled bool
}

// Observe records that a value was seen in an answer dated seen, after stamp had
// been shown by an answer dated shown. A stamp that previous already holds keeps
// its first sighting. Zero dates, missing from the answers, never settle a stamp.
func Observe(previous Observation, stamp Timestamp, shown, seen time.Time) Observation {
	next := Observation{Stamp: stamp}
	if stamp.State != Known || !stamp.WholeSecond() {
		return next
	}
	next.FirstShown = shown
	if previous.Stamp.Equal(stamp) {
		if previous.Settled {
			return previous
		}
		if !previous.FirstShown.IsZero() {
			next.FirstShown = previous.FirstShown
		}
	}
	next.Settled = !next.FirstShown.IsZero() && !seen.IsZero() && seen.Sub(next.FirstShown) >= RacyWindow
	return next
}

// Vouches reports whether entry, from a list, shows that the value is still the one
// observed and that the expiry is still expires. The stamp must be the same and unable to
// hide a second write, and the expiry must be the same instant. A list that doesn't show
// an expiry vouches only for a secret that has none.
func (o Observation) Vouches(entry Metadata, expires Timestamp) bool {
	if o.Stamp.State != Known || !o.Stamp.Equal(entry.UpdatedAt) {
		return false
	}
	if o.Stamp.WholeSecond() && !o.Settled {
		return false
	}
	if expires.State == Known {
		return entry.ExpiresAt.Equal(expires)
	}
	return entry.ExpiresAt.State != Known
}
