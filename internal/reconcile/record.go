package reconcile

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/base64"
	"slices"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

const (
	saltSize = 12
	macSize  = 16
	hashSize = 12
)

// noStamp says in a record that the server's stamp is not known.
const noStamp = "-"

// Record is what private state remembers of a secret: only what the state doesn't already
// say, so for value and data it is usually empty.
type Record struct {
	// Stamp is the server's updated_at if it differs from the state's updated_at, or
	// noStamp.
	Stamp string `json:"u,omitempty"`
	// FirstShown (Unix seconds) and Settled belong to a stamp on a whole second;
	// see observation.
	FirstShown int64 `json:"f,omitempty"`
	Settled    bool  `json:"o,omitempty"`
	// Fingerprint is salt ‖ MAC ‖ ciphertext hash, in unpadded base64, of what is stored, if
	// the state holds no value to compare with.
	Fingerprint string `json:"w,omitempty"`
	// Fields says that Fingerprint was made of the stored object's members.
	Fields bool `json:"m,omitempty"`
	// WrittenMAC is the MAC of what was last written here, if something else is stored by
	// now. It shows that there is drift, and when the drift is undone.
	WrittenMAC string `json:"x,omitempty"`
	// Imported holds from an import until a version is recorded.
	Imported bool `json:"i,omitempty"`
	// Untouched holds from an import until the value is written here.
	Untouched bool `json:"t,omitempty"`
	// Mark says which creation made the object, if that was in a run of many walks.
	Mark string `json:"n,omitempty"`
}

// fingerprint is the decoded Fingerprint.
type fingerprint struct {
	salt [saltSize]byte
	mac  [macSize]byte
	hash [hashSize]byte
}

// fingerprint decodes Fingerprint; ok is false if there is none or it is damaged.
func (r Record) fingerprint() (fp fingerprint, ok bool) {
	raw, err := base64.RawStdEncoding.DecodeString(r.Fingerprint)
	if err != nil || len(raw) != saltSize+macSize+hashSize {
		return fingerprint{}, false
	}
	copy(fp.salt[:], raw)
	copy(fp.mac[:], raw[saltSize:])
	copy(fp.hash[:], raw[saltSize+macSize:])
	return fp, true
}

// drifted reports whether something other than what was written here is stored.
func (r Record) drifted() bool { return r.WrittenMAC != "" }

// renew forgets the fingerprint, and makes one of what is stored now, which counts as ours.
// A form whose value the state holds needs none.
func (r *Record) renew(ctx context.Context, client *helvetisafe.Client, f Form, sealed helvetisafe.Sealed, content helvetisafe.Content) error {
	r.Fingerprint, r.Fields, r.WrittenMAC = "", false, ""
	if f.InState() {
		return nil
	}
	return r.noteStored(ctx, client, sealed, &content, true)
}

// noteStored compares what is stored now with the fingerprint, and records it, and whether
// it is what was written here. Without a fingerprint, or if it was made under another Org
// Key (sameOrgKey is false), there is nothing to compare with: the record starts anew, under a
// fresh salt. content is nil if what is stored is not text. That is recorded by a random
// MAC, which no text has.
func (r *Record) noteStored(ctx context.Context, client *helvetisafe.Client, sealed helvetisafe.Sealed, content *helvetisafe.Content, sameOrgKey bool) (err error) {
	old, ok := r.fingerprint()
	now := fingerprint{salt: old.salt, hash: sealed.Hash()}
	anew := !ok || !sameOrgKey
	if anew {
		secureRandom(now.salt[:])
	}
	if content == nil {
		secureRandom(now.mac[:])
	} else if now.mac, err = client.ValueMAC(ctx, now.salt[:], sealed.Key, normalised(*content)); err != nil {
		return err
	}
	// What was written here is the old value, unless that was a drift already.
	written := cmp.Or(r.WrittenMAC, base64.RawStdEncoding.EncodeToString(old.mac[:]))
	if anew || written == base64.RawStdEncoding.EncodeToString(now.mac[:]) {
		written = ""
	}
	if anew && content != nil {
		r.Fields = content.IsFields()
	}
	r.WrittenMAC = written
	r.Fingerprint = base64.RawStdEncoding.EncodeToString(slices.Concat(now.salt[:], now.mac[:], now.hash[:]))
	return nil
}

// compare compares content with what the fingerprint was made of.
func (r Record) compare(ctx context.Context, client *helvetisafe.Client, key string, content helvetisafe.Content) (match, error) {
	fp, ok := r.fingerprint()
	if !ok {
		return unknown, nil
	}
	mac, err := client.ValueMAC(ctx, fp.salt[:], key, normalised(r.inForm(key, content)))
	if err != nil {
		return unknown, err
	}
	return matchOf(subtle.ConstantTimeCompare(mac[:], fp.mac[:]) == 1), nil
}

// inForm gives content in the form that the fingerprint was made in, if both are stored
// alike: one value, and one field that is named like the key.
func (r Record) inForm(key string, content helvetisafe.Content) helvetisafe.Content {
	value, named := content.Fields[key]
	switch {
	case r.Fields && !content.IsFields():
		return helvetisafe.Content{Fields: map[string]string{key: content.Value}}
	case !r.Fields && named && len(content.Fields) == 1:
		return helvetisafe.Content{Value: value}
	}
	return content
}

// racyWindow is the time between the first sight of a stamp and the sight of a value,
// by the server's Date header, from which on the stamp can vouch for the value. It is
// for stamps on a whole second: a second write in that second would get the same stamp.
// Date counts whole seconds, so a difference of two means that more than one second has
// really passed, and no further write can get that stamp.
const racyWindow = 2 * time.Second

// observation ties the last seen value of a secret to the server's stamp of its last
// write, so that a later list can show that nothing has changed. It follows git's
// racy-index rule: a stamp that could hide a second write is not trusted.
type observation struct {
	// stamp is the updated_at that a list, or the answer to a write, showed before the
	// value was last seen. It vouches for the value only if it is Known.
	stamp helvetisafe.Timestamp
	// firstShown is the Date of the answer that first showed a stamp on a whole
	// second. It is zero for other stamps, and if the answer had no Date.
	firstShown time.Time
	// settled says that the value was seen at least 2 s after firstShown.
	settled bool
}

// observe records that a value was seen in an answer dated seen, after stamp had
// been shown by an answer dated shown. A stamp that previous already holds keeps
// its first sighting. Zero dates, missing from the answers, never settle a stamp.
func observe(previous observation, stamp helvetisafe.Timestamp, shown, seen time.Time) observation {
	next := observation{stamp: stamp}
	if !wholeSecond(stamp) {
		return next
	}
	next.firstShown = shown
	if previous.stamp.Equal(stamp) {
		if previous.settled {
			return previous
		}
		if !previous.firstShown.IsZero() {
			next.firstShown = previous.firstShown
		}
	}
	next.settled = !next.firstShown.IsZero() && !seen.IsZero() && seen.Sub(next.firstShown) >= racyWindow
	return next
}

// vouches reports whether entry, from a list, shows that the value is still the one
// observed and that the expiry is still expires. The stamp must be the same and unable to
// hide a second write, and the expiry must be the same instant. A list that doesn't show
// an expiry vouches only for a secret that has none.
func (o observation) vouches(entry helvetisafe.Metadata, expires helvetisafe.Timestamp) bool {
	if o.stamp.State != helvetisafe.Known || !o.stamp.Equal(entry.UpdatedAt) {
		return false
	}
	if wholeSecond(o.stamp) && !o.settled {
		return false
	}
	if expires.State == helvetisafe.Known {
		return entry.ExpiresAt.Equal(expires)
	}
	return entry.ExpiresAt.State != helvetisafe.Known
}

// wholeSecond reports whether a known stamp has no fraction of a second. Then the server
// may keep none, and two writes within that second would look alike.
func wholeSecond(t helvetisafe.Timestamp) bool {
	return t.State == helvetisafe.Known && t.Time.Nanosecond() == 0
}

// observation puts the record and the state's updated_at together again.
func (r Record) observation(updatedAt helvetisafe.Timestamp) observation {
	o := observation{stamp: updatedAt, settled: r.Settled}
	if r.FirstShown != 0 {
		o.firstShown = time.Unix(r.FirstShown, 0).UTC()
	}
	switch r.Stamp {
	case "":
	case noStamp:
		o.stamp = helvetisafe.Timestamp{}
	default:
		o.stamp = helvetisafe.ParseTimestamp(r.Stamp)
	}
	return o
}

// setObservation writes an observation down, leaving out what updatedAt already says.
func (r *Record) setObservation(o observation, updatedAt helvetisafe.Timestamp) {
	r.Stamp, r.FirstShown, r.Settled = "", 0, o.settled
	if !o.firstShown.IsZero() {
		r.FirstShown = o.firstShown.Unix()
	}
	switch {
	case o.stamp.State != helvetisafe.Known:
		if updatedAt.State == helvetisafe.Known {
			r.Stamp = noStamp
		}
	case !o.stamp.Equal(updatedAt):
		r.Stamp = o.stamp.String()
	}
}
