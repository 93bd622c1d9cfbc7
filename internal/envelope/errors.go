package envelope

// Kind tells errors of this package apart.
type Kind int

// The kinds of errors.
const (
	// BadPEM: the text doesn't hold an RSA private key in a form that we understand.
	BadPEM Kind = iota + 1
	// BadJWK: the bytes are not the JWK of an RSA private key.
	BadJWK
	// BadSize: an input isn't as long as the protocol says. Nothing was tried.
	BadSize
	// WrongPassword: the wrapped private key doesn't open under the key derived
	// from the password. A tampered wrapped key looks just the same.
	WrongPassword
	// UnwrapFailed: the wrapped Org Key doesn't open with the private key.
	UnwrapFailed
	// OpenFailed: a ciphertext doesn't open under the Org Key.
	OpenFailed
	// NotFIPS: FIPS 140-3 is enforced and the operation isn't approved.
	NotFIPS
	// Unusable: a key was used after Destroy, or was never made; or no key could
	// be made as asked.
	Unusable
)

// Error is the type of every error of this package. Only sizes vary in its text: it
// never holds a byte of a key, a password, a plaintext or a ciphertext.
type Error struct {
	Kind   Kind
	detail string
}

// Error returns the cause and, if there is one, the user's next step.
func (e *Error) Error() string { return e.detail }

func fail(kind Kind, detail string) *Error { return &Error{Kind: kind, detail: detail} }
