package reconcile

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
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
	// see helvetisafe.Observation.
	FirstShown int64 `json:"f,omitempty"`
	Settled    bool  `json:"o,omitempty"`
	// Print is salt ‖ MAC ‖ ciphertext hash, in unpadded base64, of what is stored, if
	// the state holds no value to compare with.
	Print string `json:"w,omitempty"`
	// Fields says that Print was made of the stored object's members.
	Fields bool `json:"m,omitempty"`
	// Written is the MAC of what was last written here, if something else is stored by
	// now. It shows that there is drift, and when the drift is undone.
	Written string `json:"x,omitempty"`
	// Imported holds from an import until a version is recorded.
	Imported bool `json:"i,omitempty"`
	// Untouched holds from an import until the value is written here.
	Untouched bool `json:"t,omitempty"`
}

// fingerprint is the decoded Print.
type fingerprint struct {
	salt []byte
	mac  []byte
	hash []byte
}

// ParseRecord reads a record. One that can't be read counts as none: the secret is then
// read from the server, which is always safe.
func ParseRecord(raw []byte) Record {
	var rec Record
	if len(raw) == 0 || json.Unmarshal(raw, &rec) != nil {
		return Record{}
	}
	return rec
}

// JSON is the record as private state keeps it; nil if there is nothing to keep.
func (r Record) JSON() []byte {
	if r == (Record{}) {
		return nil
	}
	raw, _ := json.Marshal(r) // strings, numbers and booleans: it can't fail
	return raw
}

// observation puts the record and the state's updated_at together again.
func (r Record) observation(updatedAt helvetisafe.Timestamp) helvetisafe.Observation {
	o := helvetisafe.Observation{Stamp: updatedAt, Settled: r.Settled}
	if r.FirstShown != 0 {
		o.FirstShown = time.Unix(r.FirstShown, 0).UTC()
	}
	switch r.Stamp {
	case "":
	case noStamp:
		o.Stamp = helvetisafe.Timestamp{}
	default:
		o.Stamp = ParseStamp(r.Stamp)
	}
	return o
}

// observe writes the observation down, leaving out what updatedAt already says.
func (r *Record) observe(o helvetisafe.Observation, updatedAt helvetisafe.Timestamp) {
	r.Stamp, r.FirstShown, r.Settled = "", 0, o.Settled
	if !o.FirstShown.IsZero() {
		r.FirstShown = o.FirstShown.Unix()
	}
	switch {
	case o.Stamp.State != helvetisafe.Known:
		if updatedAt.State == helvetisafe.Known {
			r.Stamp = noStamp
		}
	case !o.Stamp.Equal(updatedAt):
		r.Stamp = o.Stamp.String()
	}
}

// fingerprint decodes Print; ok is false if there is none or it is damaged.
func (r Record) fingerprint() (fp fingerprint, ok bool) {
	raw, err := base64.RawStdEncoding.DecodeString(r.Print)
	if err != nil || len(raw) != saltSize+macSize+hashSize {
		return fingerprint{}, false
	}
	return fingerprint{
		salt: raw[:saltSize],
		mac:  raw[saltSize : saltSize+macSize],
		hash: raw[saltSize+macSize:],
	}, true
}

func (r *Record) setFingerprint(fp fingerprint, fields bool) {
	raw := make([]byte, 0, saltSize+macSize+hashSize)
	raw = append(raw, fp.salt...)
	raw = append(raw, fp.mac...)
	raw = append(raw, fp.hash...)
	r.Print, r.Fields = base64.RawStdEncoding.EncodeToString(raw), fields
}

func (r *Record) clearFingerprint() {
	r.Print, r.Fields, r.Written = "", false, ""
}

// sameHash reports whether the ciphertext is the one last seen.
func (fp fingerprint) sameHash(s helvetisafe.Sealed) bool {
	hash := s.Hash()
	return subtle.ConstantTimeCompare(fp.hash, hash[:]) == 1
}

// drifted reports whether something other than what was written here is stored.
func (r Record) drifted() bool { return r.Written != "" }

// ParseStamp reads a stamp as Timestamp.String writes it. It is Missing if the text is not
// a stamp.
func ParseStamp(s string) helvetisafe.Timestamp {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return helvetisafe.Timestamp{}
	}
	return helvetisafe.Timestamp{State: helvetisafe.Known, Time: t.UTC()}
}

// noteStored compares what is stored now with the fingerprint, and records it.
// If sameKey is false, because the fingerprint was made under another Org Key, there is
// nothing to compare with and the record starts anew.
func (r *Record) noteStored(ctx context.Context, client *helvetisafe.Client, sealed helvetisafe.Sealed, content helvetisafe.StoredContent, sameKey bool) error {
	old, ok := r.fingerprint()
	if !ok || !sameKey {
		return r.noteWritten(ctx, client, sealed, content)
	}
	mac, err := client.ValueMAC(ctx, old.salt, sealed.Key, normalised(content))
	if err != nil {
		return err
	}
	r.noteMAC(old, mac[:], sealed)
	return nil
}

// noteNoText records that what is stored now is not text, by a random MAC, which no text
// has.
func (r *Record) noteNoText(sealed helvetisafe.Sealed, sameKey bool) {
	random := make([]byte, saltSize+macSize)
	_, _ = rand.Read(random) // never fails since Go 1.24
	mac := random[saltSize:]
	old, ok := r.fingerprint()
	if !ok || !sameKey {
		old, r.Written = fingerprint{salt: random[:saltSize], mac: mac}, ""
	}
	r.noteMAC(old, mac, sealed)
}

// noteMAC replaces the fingerprint old by one of what is stored now, and remembers
// or forgets that it is not what was written here.
func (r *Record) noteMAC(old fingerprint, mac []byte, sealed helvetisafe.Sealed) {
	if subtle.ConstantTimeCompare(mac, old.mac) != 1 {
		written := r.Written
		if written == "" {
			written = base64.RawStdEncoding.EncodeToString(old.mac)
		}
		if written == base64.RawStdEncoding.EncodeToString(mac) {
			written = ""
		}
		r.Written = written
	}
	hash := sealed.Hash()
	r.setFingerprint(fingerprint{salt: old.salt, mac: mac, hash: hash[:]}, r.Fields)
}

// noteWritten makes a new fingerprint, under a fresh salt, of what is stored now
// and counts as ours.
func (r *Record) noteWritten(ctx context.Context, client *helvetisafe.Client, sealed helvetisafe.Sealed, content helvetisafe.StoredContent) error {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails since Go 1.24
	mac, err := client.ValueMAC(ctx, salt, sealed.Key, normalised(content))
	if err != nil {
		return err
	}
	hash := sealed.Hash()
	r.Written = ""
	r.setFingerprint(fingerprint{salt: salt, mac: mac[:], hash: hash[:]}, content.Form == helvetisafe.FormFields)
	return nil
}

// compare compares content with what the fingerprint was made of.
func (r Record) compare(ctx context.Context, client *helvetisafe.Client, key string, content helvetisafe.StoredContent) (match, error) {
	fp, ok := r.fingerprint()
	if !ok {
		return unknown, nil
	}
	mac, err := client.ValueMAC(ctx, fp.salt, key, normalised(r.inForm(key, content)))
	if err != nil {
		return unknown, err
	}
	return matchOf(subtle.ConstantTimeCompare(mac[:], fp.mac) == 1), nil
}

// inForm gives content in the form that the fingerprint was made in, if both are stored
// alike: one value, and one field that is named like the key.
func (r Record) inForm(key string, content helvetisafe.StoredContent) helvetisafe.StoredContent {
	isFields := content.Form == helvetisafe.FormFields
	value, named := content.Fields[key]
	switch {
	case r.Fields && !isFields:
		return helvetisafe.StoredContent{Form: helvetisafe.FormFields, Fields: map[string]string{key: content.Value}}
	case !r.Fields && isFields && named && len(content.Fields) == 1:
		return helvetisafe.StoredContent{Form: helvetisafe.FormValue, Value: value}
	}
	return content
}
