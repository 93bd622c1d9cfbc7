package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

// movedError says that the server gave, for a secret of one value, what is stored as
// the value of another secret. A server that wants to see a write-only value in plan
// and state could hand its ciphertext out under a key whose value is kept there.
type movedError struct{ key, from string }

func (e *movedError) Error() string {
	return fmt.Sprintf("the server gave for the secret %q the value of another secret, %q; nothing of it entered the state", e.key, e.from)
}

func (e *movedError) addTo(diags *diag.Diagnostics) {
	diags.AddError("The value of another secret was served",
		fmt.Sprintf("Reading the secret %[1]q: the state holds one value for it, and what the server gave is an object whose one member is named like another secret, %[2]q. "+
			"So is what is stored for %[2]q itself: its ciphertext was moved, or the server passes it off as this secret's. "+
			"Nothing of it entered the state. Find out who wrote it, and write the secret anew elsewhere. "+
			"If an object with this one field is meant, take the resource out of the state (state rm) and import it as data:", e.key, e.from)+
			toWrite(fmt.Sprintf("id = %q", string(importData)+":"+e.key)))
}

// movedFrom names the other secret whose value a stored object seems to be: there is one
// of the name of the object's one member, in the list or, without one, to be read.
func (rd *secretRead) movedFrom(ctx context.Context, stored helvetisafe.StoredContent) (key string, moved bool) {
	if stored.Form != helvetisafe.FormFields || len(stored.Fields) != 1 {
		return "", false
	}
	for member := range stored.Fields {
		key = member
	}
	switch {
	case key == rd.state.Key.ValueString():
		return "", false
	case rd.list != nil:
		_, moved = rd.list.Lookup(key)
	default:
		_, err := rd.client.Get(ctx, key)
		moved = err == nil
	}
	return key, moved
}

// warnMoved says of an import that it may have taken another secret's value. It may
// as well be a secret with such a field, as this provider writes from data.
func warnMoved(diags *diag.Diagnostics, key, from string) {
	diags.AddWarning("This may be the value of another secret",
		fmt.Sprintf("What is stored for the secret %[1]q is an object whose one member is named like another secret, %[2]q, as the value of %[2]q itself is stored. "+
			"If %[1]q isn't meant to have such a field, its ciphertext was moved: don't apply, and find out who wrote it.", key, from))
}
