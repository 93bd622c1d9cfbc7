package helvetisafe

import (
	"context"
	"net/http"
)

// credentials are added to attempts. API calls never see them.
type credentials interface {
	// apply sets the header of one attempt, and says which credential it used.
	apply(ctx context.Context, h http.Header) (ticket, error)
}

// authenticator is credentials that learn from what the server says to them.
type authenticator interface {
	credentials
	// accepted is told that the server took a credential.
	accepted(t ticket)
	// refused is told of a 401. Without an error, the request is worth one more
	// try; where that try was made already, its answer comes back.
	refused(ctx context.Context, t ticket, req request) (*answer, error)
	// denied is the error for a 401 on that one more try.
	denied(req request) error
}

// ticket tells the credentials of one authenticator apart: the number of a token,
// or the header in use.
type ticket int
