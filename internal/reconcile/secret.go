package reconcile

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

// Form is one of the five ways to give a secret its value.
type Form string

// The forms, by the names that users know.
const (
	FormNone     Form = ""
	FormValue    Form = "value"
	FormValueWO  Form = "value_wo"
	FormData     Form = "data"
	FormDataWO   Form = "data_wo"
	FormGenerate Form = "generate"
)

// writeOnly reports whether the value is in neither plan nor state, but comes with
// each run.
func (f Form) writeOnly() bool { return f == FormValueWO || f == FormDataWO }

// InState reports whether the state holds the value. In all other forms private state
// has a record of it.
func (f Form) InState() bool { return f == FormValue || f == FormData }

// Fields reports whether the form gives several fields instead of one value.
func (f Form) Fields() bool { return f == FormData || f == FormDataWO }

// WriteVersion says when a value is written that can't be compared with the stored one. The
// zero value is that of a configuration without one.
type WriteVersion struct {
	Given   bool
	Unknown bool // given, and not known yet
	Text    string
}

// Secret is what a configuration, a plan or a state says about a secret.
type Secret struct {
	redact.Redacted
	Key  string // empty while it is unknown
	Form Form   // the form in use
	// Content is what the form asks to be stored; nil for FormGenerate, and while any
	// part of it is unknown.
	Content *helvetisafe.Content
	Recipe  *Recipe // of FormGenerate; nil while any part of it is unknown
	// The versions of the forms that have one.
	ValueWOVersion, DataWOVersion, GenerateVersion WriteVersion

	ExpiresAt helvetisafe.Timestamp // Missing while it is unknown
	Adopts    bool                  // a create takes over a secret that exists
	MayAdopt  bool                  // Adopts isn't known yet
	Protected bool                  // from deletion
	// The following are Missing, zero or empty until they are known.
	CreatedAt, UpdatedAt, RotatedAt helvetisafe.Timestamp
	Version                         int64
	OrgKey                          string // fingerprint of the Org Key that it was last written under
}

// version is the version of a write-only form.
func (s *Secret) version(f Form) WriteVersion {
	switch f {
	case FormValueWO:
		return s.ValueWOVersion
	case FormDataWO:
		return s.DataWOVersion
	}
	return WriteVersion{}
}

// empty reports whether there is nothing in the content but names.
func (s *Secret) empty() bool {
	if s.Content == nil {
		return false
	}
	for _, value := range s.Content.Fields {
		if value != "" {
			return false
		}
	}
	return s.Content.Value == ""
}

// setStored puts what is stored into the form that holds it.
func (s *Secret) setStored(stored helvetisafe.Content) {
	s.Form, s.Content = FormValue, &stored
	if stored.IsFields() {
		s.Form = FormData
	}
}

// keepComputed takes over what an earlier state knows. A secret that was imported has
// not been rotated here yet: its last write stands for that.
func (s *Secret) keepComputed(from *Secret) {
	s.CreatedAt, s.UpdatedAt, s.Version, s.OrgKey = from.CreatedAt, from.UpdatedAt, from.Version, from.OrgKey
	s.RotatedAt = helvetisafe.Timestamp{}
	if s.Form == FormGenerate {
		s.RotatedAt = from.lastRotation()
	}
}

// lastRotation is when the age of a generated value began.
func (s *Secret) lastRotation() helvetisafe.Timestamp {
	if s.RotatedAt.State == helvetisafe.Known {
		return s.RotatedAt
	}
	return s.UpdatedAt
}

// touch records a write, or a change found elsewhere, at the given stamp. The version is
// max(previous + 1, stamp in milliseconds since 1970), so it grows even if the server's
// clock is set back.
func (s *Secret) touch(updatedAt helvetisafe.Timestamp) {
	s.Version++
	if updatedAt.State == helvetisafe.Known {
		s.UpdatedAt = updatedAt
		s.Version = max(s.Version, updatedAt.Time.UnixMilli())
	}
}

// noteRotation records when a generated value was written: at the server's stamp of it, or
// now.
func (s *Secret) noteRotation(stamp helvetisafe.Timestamp, now time.Time) {
	var recipe Recipe
	if s.Recipe != nil {
		recipe = *s.Recipe
	}
	s.RotatedAt = helvetisafe.TimestampOf(recipe.rotatedAt(stamp.Time, now.UTC().Truncate(time.Millisecond)))
}

// toStore is what is to be stored: a generated value is made now, by the recipe. Because
// the client takes strings, it stays in memory until it is garbage collected; the bytes that
// it was made from are cleared.
func (s *Secret) toStore() (*helvetisafe.Content, error) {
	if s.Form != FormGenerate {
		return s.Content, nil
	}
	if s.Recipe == nil {
		return nil, &RecipeError{Problem: "the recipe of the secret is still unknown; give all of it a value"}
	}
	value, err := s.Recipe.generate(secureRandom)
	if err != nil {
		return nil, err
	}
	defer clear(value)
	return &helvetisafe.Content{Value: string(value)}, nil
}

// normalised brings the content to NFC, as Terraform does with every string, so that a
// value stored in another form of Unicode is not a change.
func normalised(content helvetisafe.Content) helvetisafe.Content {
	content.Value = norm.NFC.String(content.Value)
	if content.Fields == nil {
		return content
	}
	fields := make(map[string]string, len(content.Fields))
	for _, name := range slices.Sorted(maps.Keys(content.Fields)) {
		normal := norm.NFC.String(name)
		_, stored := content.Fields[normal]
		if _, taken := fields[normal]; stored || taken {
			normal = name // if names are the same in NFC, none may hide another
		}
		fields[normal] = norm.NFC.String(content.Fields[name])
	}
	content.Fields = fields
	return content
}

func sameContent(a, b helvetisafe.Content) bool {
	a, b = normalised(a), normalised(b)
	return a.IsFields() == b.IsFields() && a.Value == b.Value && maps.Equal(a.Fields, b.Fields)
}

// expiryChange is the move of an expiry. from is Missing if no answer shows it, and to while
// it is unknown.
type expiryChange struct {
	from, to helvetisafe.Timestamp
}

// moves reports whether there is anything to ask the server for. One that is unknown may be.
func (c expiryChange) moves() bool {
	if c.to.State == helvetisafe.Known || c.from.State == helvetisafe.Known {
		return !c.to.Equal(c.from)
	}
	return c.to.State == helvetisafe.Missing
}

// request is the expiry to send: none if it stays as it is.
func (c expiryChange) request() helvetisafe.Timestamp {
	if !c.moves() {
		return helvetisafe.Timestamp{}
	}
	return c.to
}

// confirm checks the expiry that the server shows in the answer or, if that says nothing,
// in a list. A missing expires_at is not a cleared one.
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
	return &Error{Kind: OtherExpiry, At: written.ExpiresAt, Wanted: c.to}
}

// refused tells a server that refuses to remove an expiry from one that refuses the
// request for another reason.
func (c expiryChange) refused(err error) error {
	e, ok := errors.AsType[*helvetisafe.Error](err)
	if c.moves() && c.to.State != helvetisafe.Known && ok && e.Kind == helvetisafe.Refused &&
		(e.Status == http.StatusBadRequest || e.Status == http.StatusUnprocessableEntity) {
		return &Error{Kind: OtherExpiry, At: c.from, Wanted: c.to}
	}
	return err
}
