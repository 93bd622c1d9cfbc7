package helvetisafe

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

func TestErrorTexts(t *testing.T) {
	lost := &ConnectionError{Request: "POST /api/v1/secrets", Attempts: 3, detail: "the connection was reset"}
	for _, row := range []struct {
		name string
		err  error
		says []string
	}{
		{"auth", &AuthError{Request: "GET /x", Status: 401, detail: "d"}, []string{"401 on GET /x: d"}},
		{"auth with a code", &AuthError{Request: "POST /x", Status: 400, Code: "invalid_client", detail: "d"}, []string{"400 (invalid_client) on POST /x: d"}},
		{"conflict", &ConflictError{Request: "POST /x", Key: "k"}, []string{"409", `"k"`, "import"}},
		{"invalid key", &InvalidKeyError{Key: "a\nb", detail: "d"}, []string{`"a\nb"`, "d"}},
		{"connection, once", &ConnectionError{Request: "GET /x", Attempts: 1, detail: "d"}, []string{"no answer to GET /x: d"}},
		{"connection, again", lost, []string{"after 3 attempts"}},
		{"ambiguous", &AmbiguousCreateError{Key: "k", detail: "d", cause: lost}, []string{`"k"`, "import it", "someone else's", "d"}},
		{"server", &APIError{Request: "GET /x", Status: 503, Attempts: 1}, []string{"503 on GET /x", "after 1 attempt;"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, part := range row.says {
				if !strings.Contains(row.err.Error(), part) {
					t.Errorf("%q doesn't say %q", row.err, part)
				}
			}
		})
	}
}

func TestErrorsUnwrapOnlyWhatIsSafe(t *testing.T) {
	ended := &ConnectionError{cause: context.Canceled}
	if !errors.Is(ended, context.Canceled) {
		t.Error("a cancelled call isn't told as one")
	}
	var inner *ConnectionError
	if !errors.As(error(&AmbiguousCreateError{cause: ended}), &inner) {
		t.Error("the cause of an ambiguous create is lost")
	}
	if errors.Unwrap(&ConnectionError{}) != nil {
		t.Error("something is unwrapped that isn't there")
	}
}

// TestErrorsOfMissingKeys: each names the key that is missing, and a way out that is
// about this key.
func TestErrorsOfMissingKeys(t *testing.T) {
	for route, row := range map[string]struct{ says, not string }{
		devserver.RouteOrgKey:     {"no Org Key", "private_key"},
		devserver.RoutePrivateKey: {"no private key", "Org Key"},
	} {
		v := newVault(t)
		v.AddFault(devserver.Fault{Path: route, Status: 404})
		_, err := v.client(t, withPassword).OrgKeyFingerprint(background(t))
		if err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), row.not) || !strings.Contains(err.Error(), "`base_url`") {
			t.Errorf("%s: %v", route, err)
		}
	}
}
