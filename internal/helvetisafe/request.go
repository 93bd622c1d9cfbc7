package helvetisafe

import (
	"net/http"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// Bounds on an answer's body after decompression, in bytes. A list of 100,000
// secrets takes about 15 MB; an answer with keys or a token takes a few kilobytes.
const (
	limitList   = 64 << 20
	limitSecret = 16 << 20
	limitSmall  = 64 << 10
)

// request is one API call, before credentials, with what its errors need to name.
type request struct {
	rest.Request
	scope string // what the account needs, for a 403
	key   string // the secret that it is about, "" for none
	size  int    // bytes of ciphertext in the body, for a 413
}

func get(path []string, scope string, limit int64) request {
	return request{Request: rest.Request{Method: http.MethodGet, Path: path, Limit: limit}, scope: scope}
}

// The paths of the API, under base_url (PROTOCOL.md section 2).
var (
	pathToken      = []string{"oauth", "token"}
	pathPrivateKey = []string{"api", "v1", "credentials", "private-key"}
	pathOrgKey     = []string{"api", "v1", "credentials", "org-key"}
	pathSecrets    = []string{"api", "v1", "secrets"}
)

func secretPath(key string) []string {
	return []string{pathSecrets[0], pathSecrets[1], pathSecrets[2], key}
}

// checkKey checks what the published client checks before a create and an update
// (PROTOCOL.md section 15). Reads and deletes take any key that a path can hold.
func checkKey(key string) error {
	if key == "" {
		return &Error{Kind: InvalidKey, Key: key, Reason: "it is empty"}
	}
	for i := range len(key) {
		c := key[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return &Error{Kind: InvalidKey, Key: key, Reason: "only letters a-z and A-Z, digits and underscores are allowed"}
		}
	}
	return nil
}
