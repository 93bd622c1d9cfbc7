package reconcile

import (
	"context"
	"fmt"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// Sight is the outcome of a read.
type Sight int

// The outcomes of a read.
const (
	Unseen  Sight = iota // it failed
	Vouched              // a list vouches for the secret: the state is up to date as it is
	Seen                 // the secret was read: State and Record are up to date
	Gone                 // there is no such secret any more
)

// Refresh brings the state up to date, or completes an import that has a form, and keeps
// what it has found for the plans of this run. It refuses a create that is planned already
// and would replace the secret, if that is protected.
func (o *Operation) Refresh(ctx context.Context, form ImportForm) (Sight, error) {
	before := o.observed().stamp
	sight, err := o.refresh(ctx, form)
	if err == nil && sight != Gone {
		found := o.seenSoFar()
		found.rewritten = before.State == helvetisafe.Known && found.stamp.State == helvetisafe.Known && !before.Equal(found.stamp)
		if o.noteRefreshed(o.State.Key, found, o.State.Protected) {
			return Unseen, &Error{Kind: DeletionProtected}
		}
	}
	return sight, err
}

// refresh looks the secret up in the shared list alone if that can vouch for it and is
// trusted, and otherwise reads the secret itself.
func (o *Operation) refresh(ctx context.Context, form ImportForm) (Sight, error) {
	if err := o.checkOrgKeyForCreates(ctx); err != nil {
		return Unseen, err
	}
	listed, err := o.findListed(ctx)
	if err != nil {
		return Unseen, err
	}
	if form == "" && !o.FullRefresh && listed && o.observed().vouches(o.entry, o.State.ExpiresAt) && !o.underAnotherOrgKey(ctx) {
		return Vouched, nil
	}
	// The list was answered before this request is sent: a write in between shows in
	// the next list as another stamp.
	if o.sealed, err = o.Client.Get(ctx, o.State.Key); err != nil {
		return o.failedRead(ctx, err)
	}
	if form == "" {
		err = o.refreshValue(ctx)
	} else {
		err = o.importValue(ctx, form)
	}
	if err != nil {
		return Unseen, err
	}
	o.seen()
	return Seen, nil
}

// findListed finds the key in the list that all secrets of the run share. A missing list is
// not an error: the secret itself is then read.
func (o *Operation) findListed(ctx context.Context) (listed bool, err error) {
	if o.list, err = o.Client.Snapshot(ctx); err != nil {
		o.list = nil
		return false, ctx.Err()
	}
	o.entry, listed = o.list.Lookup(o.State.Key)
	return listed, nil
}

// underAnotherOrgKey reports whether a write-only value without a version, whose plan
// needs the Org Key anyway, was recorded under another one. If the Org Key can't be had,
// the plan says so if it needs the key; a destroy doesn't need it.
func (o *Operation) underAnotherOrgKey(ctx context.Context) bool {
	if o.State.Form != FormNone || o.State.ValueWOVersion.Given || o.State.DataWOVersion.Given {
		return false
	}
	current, err := o.Client.OrgKeyFingerprint(ctx)
	return err == nil && current != o.State.OrgKey
}

// failedRead decides what an error of a read means. Only the API's 404 says that the secret is
// gone, and only if the list doesn't have it and the server isn't another vault.
func (o *Operation) failedRead(ctx context.Context, err error) (Sight, error) {
	if !helvetisafe.Is(err, helvetisafe.NotFound) {
		return Unseen, err
	}
	if err := o.agreeGone(ctx, o.Client.Snapshot, o.Client.FreshList); err != nil {
		return Unseen, err
	}
	if err := o.checkVault(ctx, "it was not found", false); err != nil {
		return Unseen, err
	}
	if o.Past(o.State.ExpiresAt) {
		o.Warnings = append(o.Warnings, &Error{Kind: Expired})
	}
	return Gone, nil
}

// refreshValue compares what is stored with what the state or the record knows.
func (o *Operation) refreshValue(ctx context.Context) error {
	f := o.State.Form
	recorded, ok := o.Record.fingerprint()
	if !f.InState() && ok && recorded.hash == o.sealed.Hash() {
		return nil
	}
	current, err := o.orgKeyInUse(ctx)
	if err != nil {
		return err
	}
	if !f.InState() {
		return o.refreshRecord(ctx, current)
	}
	stored, err := o.open(ctx, o.sealed, f.Fields())
	if err != nil {
		return err
	}
	o.State.OrgKey = current
	if from, moved := o.movedFrom(ctx, stored); moved && f == FormValue {
		return &Error{Kind: OtherValue, Key: from}
	}
	if have := o.State.Content; have == nil || !sameContent(stored, *have) {
		o.State.setStored(stored)
		o.differs = true
	}
	return nil
}

// refreshRecord compares what is stored with the fingerprint. Content that is not text
// cannot be ours: it is another value, like any other.
func (o *Operation) refreshRecord(ctx context.Context, current string) error {
	before, ok := o.Record.fingerprint()
	sameOrgKey := current == o.State.OrgKey
	content, err := o.open(ctx, o.sealed, o.Record.Fields)
	stored := &content
	switch {
	case helvetisafe.Is(err, helvetisafe.BadContent):
		stored = nil
	case err != nil:
		return err
	}
	if err := o.Record.noteStored(ctx, o.Client, o.sealed, stored, sameOrgKey); err != nil {
		return err
	}
	o.State.OrgKey = current
	after, _ := o.Record.fingerprint()
	o.differs = ok && sameOrgKey && before.mac != after.mac
	return nil
}

// ImportForm says how an import takes a secret over.
type ImportForm string

// The forms of an import.
const (
	ImportStored    ImportForm = "stored"     // in the form in which it is stored
	ImportData      ImportForm = "data"       // the members of the stored object, whatever their names
	ImportWriteOnly ImportForm = "write-only" // without its value
)

// importValue takes over a secret of which the state has nothing but the key.
func (o *Operation) importValue(ctx context.Context, form ImportForm) error {
	stored, err := o.open(ctx, o.sealed, form == ImportData)
	if err != nil {
		return err
	}
	if from, moved := o.movedFrom(ctx, stored); moved {
		o.Warnings = append(o.Warnings, &Error{Kind: OtherValue, Key: from})
	}
	switch {
	case form == ImportData && !stored.IsFields():
		return fmt.Errorf("what is stored is not an object with members, so it can't be imported as data; import it by %q alone", o.State.Key)
	case form == ImportWriteOnly:
		err = o.Record.renew(ctx, o.Client, FormNone, o.sealed, stored)
	default:
		o.State.setStored(stored)
	}
	if err == nil {
		o.State.OrgKey, err = o.Client.OrgKeyFingerprint(ctx)
	}
	o.Record.Imported, o.Record.Untouched = true, true
	o.State.CreatedAt = o.entry.CreatedAt
	o.differs = true
	return err
}

// movedFrom names the other secret whose value a stored object seems to be. The object has
// one member, and there is a secret of that member's name: in the list or, without a list,
// to be read. In this way a server could bring a write-only value into plan and state: it
// hands out the ciphertext under a key whose value is kept there.
func (o *Operation) movedFrom(ctx context.Context, stored helvetisafe.Content) (key string, moved bool) {
	if len(stored.Fields) != 1 {
		return "", false
	}
	for member := range stored.Fields {
		key = member
	}
	switch {
	case key == o.State.Key:
		return "", false
	case o.list != nil:
		_, moved = o.list.Lookup(key)
	default:
		_, err := o.Client.Get(ctx, key)
		moved = err == nil
	}
	return key, moved
}
