package helvetisafe

import (
	"context"
	"net/http"
)

// authenticator adds credentials to requests, and learns what the server makes of
// them. There is one for all callers.
type authenticator interface {
	// authorize sets the header of one attempt, and says which credential it used.
	authorize(ctx context.Context, h http.Header) (credential, error)
	// judged is told what the server made of a credential. After a refusal, again
	// says whether another credential is worth a try, and why what to tell the user
	// if it isn't.
	judged(used credential, accepted bool) (again bool, why string)
}

// credential tells the credentials of one authenticator apart: the number of a token,
// or the header in use.
type credential int
