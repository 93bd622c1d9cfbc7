package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// secretWrite is the creation of one secret.
type secretWrite struct {
	redact.Redacted
	client *helvetisafe.Client
	key    string
	form   form
	want   helvetisafe.StoredContent
	// expiresAt is Known or Null.
	expiresAt helvetisafe.Timestamp

	// entry is what a list told of the key before the creation; zero where it told
	// nothing.
	entry helvetisafe.Metadata
}

// secretDone is what a creation leaves to be kept in the state.
type secretDone struct {
	createdAt, updatedAt, expiresAt helvetisafe.Timestamp
	orgKey                          string
	record                          record
}

// invisibleError says that a key is taken by a secret that can't be read here.
type invisibleError struct{ conflict error }

func (e *invisibleError) Error() string {
	return "a secret of this key exists in the tenant, but this account can't see it"
}

func (e *invisibleError) Unwrap() error { return e.conflict }

// create makes the secret. Where one of that key exists, it is taken over if
// adopt says so; otherwise the error tells whether it can be seen. A key that is taken
// by a secret which isn't there a moment later was given up in between, or is one that
// this account doesn't see: one more create tells.
func (w *secretWrite) create(ctx context.Context, adopt bool) (secretDone, error) {
	if adopt {
		w.look(ctx)
	}
	done, err := w.createOnce(ctx, adopt)
	var unseen *invisibleError
	if errors.As(err, &unseen) {
		return w.createOnce(ctx, adopt)
	}
	return done, err
}

func (w *secretWrite) createOnce(ctx context.Context, adopt bool) (secretDone, error) {
	expiry := helvetisafe.KeepExpiry()
	if w.expiresAt.State == helvetisafe.Known {
		expiry = helvetisafe.ExpireAt(w.expiresAt.Time)
	}
	written, err := w.client.Create(ctx, w.key, plaintext(w.key, w.want), expiry)
	var conflict *helvetisafe.ConflictError
	var ambiguous *helvetisafe.AmbiguousCreateError
	switch {
	case err == nil:
		if written.UpdatedAt.State != helvetisafe.Known {
			written.UpdatedAt = written.CreatedAt // a create's answer has no updated_at
		}
		return w.done(ctx, written), nil
	case errors.As(err, &ambiguous), !errors.As(err, &conflict):
		return secretDone{}, err // it has been read back, for as much as that told
	case adopt:
		return w.adopt(ctx, err)
	}
	if _, getErr := w.client.Get(ctx, w.key); isNotFound(getErr) {
		return secretDone{}, &invisibleError{conflict: err}
	}
	return secretDone{}, err
}

// look notes what the shared list tells of the key. It comes before the creation, by
// which the list loses the key, taken or not. That there is no list is no error.
func (w *secretWrite) look(ctx context.Context) {
	if list, err := w.client.Snapshot(ctx); err == nil {
		w.entry, _ = list.Lookup(w.key)
	}
}

// adopt gives an existing secret the configured value and expiry. It writes even where
// both are there already: a write moves the stamp, which tells whoever else planned
// with this secret, under another provider alias or before, that it has a new owner.
func (w *secretWrite) adopt(ctx context.Context, conflict error) (secretDone, error) {
	sealed, err := w.client.Get(ctx, w.key)
	if isNotFound(err) {
		return secretDone{}, &invisibleError{conflict: conflict}
	}
	if err != nil {
		return secretDone{}, err
	}
	if sealed.ExpiresAt.State == helvetisafe.Missing {
		sealed.ExpiresAt = w.entry.ExpiresAt // a missing one is not a cleared one
	}
	change := expiryChange{from: sealed.ExpiresAt, to: w.expiresAt}
	written, err := w.client.Update(ctx, w.key, plaintext(w.key, w.want), change.request())
	if isNotFound(err) {
		return secretDone{}, &invisibleError{conflict: conflict}
	}
	if err != nil {
		return secretDone{}, err
	}
	// The secret is ours by now, so an expiry that stands is a warning and not
	// an error: that would taint it, and a tainted secret is deleted.
	_ = change.confirm(ctx, w.client, &written)
	written.CreatedAt = w.entry.CreatedAt
	return w.done(ctx, written), nil
}

// done makes the record of a write.
func (w *secretWrite) done(ctx context.Context, written helvetisafe.Written) secretDone {
	done := secretDone{
		createdAt: written.CreatedAt, updatedAt: written.UpdatedAt, expiresAt: written.ExpiresAt,
		orgKey: written.OrgKeyFingerprint,
	}
	done.record.observe(helvetisafe.Observe(helvetisafe.Observation{}, written.UpdatedAt, written.Date, written.Date), written.UpdatedAt)
	w.fingerprint(ctx, &done.record, written.Sealed)
	return done
}

// fingerprint records a value that the state doesn't hold.
func (w *secretWrite) fingerprint(ctx context.Context, rec *record, sealed helvetisafe.Sealed) {
	rec.clearFingerprint()
	if !w.form.inState() {
		// The Org Key is in memory since the write. Were there no fingerprint all the
		// same, the next plan would compare with what is stored; the secret itself
		// must not be lost for it.
		_ = rec.noteWritten(context.WithoutCancel(ctx), w.client, sealed, w.want)
	}
}

// expiryChange is the move of an expiry; from and to are Known or Null.
type expiryChange struct {
	from, to helvetisafe.Timestamp
}

func (c expiryChange) moves() bool {
	if c.to.State == helvetisafe.Known || c.from.State == helvetisafe.Known {
		return !c.to.Equal(c.from)
	}
	return false
}

func (c expiryChange) request() helvetisafe.Expiry {
	switch {
	case !c.moves():
		return helvetisafe.KeepExpiry()
	case c.to.State == helvetisafe.Known:
		return helvetisafe.ExpireAt(c.to.Time)
	}
	return helvetisafe.ClearExpiry()
}

// expiryError says that the server keeps another expiry than the one asked for.
type expiryError struct {
	key    string
	actual helvetisafe.Timestamp
	wanted helvetisafe.Timestamp
}

func (e *expiryError) Error() string {
	switch {
	case e.wanted.State == helvetisafe.Known:
		return fmt.Sprintf("the server gave the secret %q the expiry %s instead of %s; set expires_at to a date that it accepts", e.key, e.actual, e.wanted)
	case e.actual.State == helvetisafe.Known:
		return fmt.Sprintf("the server did not remove the expiry of the secret %q: it still expires at %s. Set expires_at to a later date, "+
			"or make the secret anew with terraform apply -replace", e.key, e.actual)
	}
	return fmt.Sprintf("the server's answers don't tell whether the expiry of the secret %q was removed. Grant secrets:list so that a list can tell, "+
		"set expires_at to a later date, or make the secret anew with terraform apply -replace", e.key)
}

// toWrite is the line that keeps the expiry that there is, or sets a later one where
// that is not known.
func (e *expiryError) toWrite() string {
	if e.actual.State != helvetisafe.Known {
		return toWrite(expiryLine(monthFromNow()))
	}
	return toWrite(expiryLine(e.actual.Time))
}

// confirm checks the expiry that the server tells of, in the answer or, where that
// says nothing, in a list; a missing expires_at is not a cleared one.
func (c expiryChange) confirm(ctx context.Context, client *helvetisafe.Client, written *helvetisafe.Written) error {
	if !c.moves() {
		written.ExpiresAt = c.from
		return nil
	}
	if written.ExpiresAt.State == helvetisafe.Missing {
		if c.to.State == helvetisafe.Known {
			written.ExpiresAt = c.to
			return nil
		}
		if list, err := client.List(ctx); err == nil {
			entry, _ := list.Lookup(written.Key)
			written.ExpiresAt = entry.ExpiresAt
		}
	}
	if c.to.State == helvetisafe.Known && written.ExpiresAt.Equal(c.to) || c.to.State != helvetisafe.Known && written.ExpiresAt.State == helvetisafe.Null {
		return nil
	}
	return &expiryError{key: written.Key, actual: written.ExpiresAt, wanted: c.to}
}

func isNotFound(err error) bool {
	var notFound *helvetisafe.NotFoundError
	return errors.As(err, &notFound)
}

// sentence makes one of an error's text, to stand behind others.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}

// importBlock is what the user writes to take over a secret that is there.
func (w *secretWrite) importBlock() string {
	id := w.key
	if !w.form.inState() {
		id = string(importWriteOnly) + ":" + id
	}
	return importAs(id)
}

// addCreateError adds what the user can write to go on from a conflict.
func addCreateError(diags *diag.Diagnostics, w *secretWrite, err error) {
	var conflict *helvetisafe.ConflictError
	var invisible *invisibleError
	var ambiguous *helvetisafe.AmbiguousCreateError
	switch {
	case errors.As(err, &invisible):
		diags.AddError("The key is taken by a secret that this account can't see",
			fmt.Sprintf("Creating the secret %q: a secret of that key exists in the tenant, but this account can't read it. "+
				"Choose another key, or share it with the account and import it with this block, with the resource's own name in it:\n\n%s", w.key, w.importBlock()))
	// Before the conflict that it may wrap.
	case errors.As(err, &ambiguous):
		summary, _ := summaryOf(err)
		diags.AddError(summary,
			fmt.Sprintf("Creating the secret %q: %s The import, with the resource's own name in it:\n\n%s", w.key, sentence(err.Error()), w.importBlock()))
	case errors.As(err, &conflict):
		diags.AddError("The secret exists already",
			fmt.Sprintf("Creating the secret %q: one of that key exists. To manage it here, import it with this block, with the resource's own name in it:\n\n%s\n\n"+
				"If this is a replacement with create_before_destroy (this resource's own, or of something that depends on it), "+
				"the secret that exists is this very resource: change the value or the version instead of replacing it.\n\n"+
				"To overwrite what is there, set:%s", w.key, w.importBlock(), toWrite("adopt_existing = true")))
	default:
		addError(diags, fmt.Sprintf("Creating the secret %q", w.key), err)
	}
}
