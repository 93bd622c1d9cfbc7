package helvetisafe

import (
	"context"
	"errors"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
)

// privateKey gets the RSA private key from the configured source, and says which setting
// that is.
func (c *Client) privateKey(ctx context.Context) (key *envelope.PrivateKey, from Setting, err error) {
	switch source := c.keys.source; {
	case source.Err != nil:
		return nil, "", source.Err
	case source.Path != "":
		from = SettingPrivateKeyPath
		pem, err := ReadFile(source.Path, envelope.MaxPEM)
		if err != nil {
			return nil, from, &Error{Kind: BadConfig, Reason: UnreadableFile, Setting: from, Detail: err.Error()}
		}
		key, err = parsePEM(pem, from)
		return key, from, err
	case !source.PEM.IsZero():
		key, err = parsePEM([]byte(source.PEM.Reveal()), SettingPrivateKeyPEM)
		return key, SettingPrivateKeyPEM, err
	case !source.Password.IsZero():
		key, err = c.unlock(ctx, []byte(source.Password.Reveal()))
		return key, SettingPassword, err
	}
	return nil, "", &Error{Kind: BadConfig, Reason: NoKeySource}
}

// parsePEM clears the text.
func parsePEM(pem []byte, from Setting) (*envelope.PrivateKey, error) {
	defer clear(pem)
	key, err := envelope.ParsePEM(pem)
	if err == nil {
		return key, nil
	}
	reason := err.Error()
	switch _, encoding := Recognize(pem); encoding {
	case EncodedPEM:
		reason = "this is the base64 of a PEM; decode it, for example with `base64 -d`"
	case EncodedDER:
		reason = "this is the base64 of a key without its first and last line, which say what it is; give the PEM whole, from `-----BEGIN` on"
	}
	return nil, &Error{Kind: BadKey, Reason: "{setting} can't be used: {detail}", Setting: from, Detail: reason}
}

// unlock fetches the private key that the server keeps, and opens it with the password,
// which it clears.
func (c *Client) unlock(ctx context.Context, password []byte) (*envelope.PrivateKey, error) {
	defer clear(password)
	a, err := c.newCall(get(pathPrivateKey, scopeCredentials, limitSmall)).do(ctx)
	if err != nil {
		return nil, err
	}
	wrapped, err := parsePrivateKey(a)
	if err != nil {
		return nil, err
	}
	key, err := envelope.UnlockPrivateKey(password, wrapped)
	if err == nil {
		return key, nil
	}
	e := &Error{Kind: BadKey, Reason: NotUnlocked, Setting: SettingPassword, Detail: err.Error()}
	switch cause, ok := errors.AsType[*envelope.Error](err); {
	case ok && cause.Kind == envelope.WrongPassword:
		e.Reason = WrongPassword
		if e.Detail = oddity(password); e.Detail != "" {
			e.Reason += " ({detail})"
		}
	case ok && cause.Kind == envelope.NotFIPS:
		e.Reason = NotFIPS
	}
	return nil, e
}

// oddity says what may be wrong with a password that didn't open the key. Quotes and
// spaces are legal in a password, so they are not refused before.
func oddity(password []byte) string {
	n := len(password)
	switch first, last := password[0], password[n-1]; {
	case n > 1 && first == last && (first == '"' || first == '\''):
		return "it is in quotes, which count as a part of it"
	case first == ' ' || last == ' ':
		return "it has a space around it, which counts as a part of it"
	}
	return ""
}

// parsePrivateKey reads the answer with the wrapped private key (PROTOCOL.md section
// 2). The package envelope checks the sizes of its parts.
func parsePrivateKey(a *answer) (envelope.WrappedPrivateKey, error) {
	var body struct {
		Ciphertext base64Bytes `json:"encrypted_private_key"`
		Nonce      base64Bytes `json:"nonce"`
		Salt       base64Bytes `json:"salt"`
		Tag        base64Bytes `json:"auth_tag"`
	}
	if err := a.decode(&body); err != nil {
		return envelope.WrappedPrivateKey{}, err
	}
	switch {
	case body.Ciphertext == nil:
		return envelope.WrappedPrivateKey{}, a.missing("encrypted_private_key")
	case body.Nonce == nil:
		return envelope.WrappedPrivateKey{}, a.missing("nonce")
	case body.Salt == nil:
		return envelope.WrappedPrivateKey{}, a.missing("salt")
	case body.Tag == nil:
		return envelope.WrappedPrivateKey{}, a.missing("auth_tag")
	}
	return envelope.WrappedPrivateKey{Ciphertext: body.Ciphertext, Nonce: body.Nonce, Salt: body.Salt, Tag: body.Tag}, nil
}
