package envelope

// Kind tells errors of this package apart.
type Kind int

// What can go wrong.
const (
	// BadPEM: the text holds no RSA private key in a form that is understood.
	BadPEM Kind = iota + 1
	// BadJWK: the bytes are no JWK of an RSA private key.
	BadJWK
	// BadSize: an input isn't as long as the protocol says; nothing was tried.
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

// Error is every error of this package. Its text is fixed but for sizes: it holds
// no byte of a key, a password, a plaintext or a ciphertext.
type Error struct {
	Kind   Kind
	detail string
}

// Error returns the cause and, where there is one, the user's next step.
func (e *Error) Error() string { return e.detail }

func fail(kind Kind, detail string) *Error { return &Error{Kind: kind, detail: detail} }
