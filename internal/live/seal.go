package live

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
)

// orgKey fetches and opens the Org Key: what is created here is readable for all who
// read the vault meanwhile.
func (v *api) orgKey(ctx context.Context) (*envelope.OrgKey, error) {
	private, err := v.privateKey(ctx)
	if err != nil {
		return nil, err
	}
	defer private.Destroy()
	a, err := v.do(ctx, http.MethodGet, "/api/v1/credentials/org-key", nil)
	if err != nil {
		return nil, err
	}
	if !a.ok() {
		return nil, &statusError{"GET /api/v1/credentials/org-key", a.status}
	}
	wrapped, err := base64.StdEncoding.DecodeString(text(a.members()["encrypted_org_key"]))
	if err != nil {
		return nil, errors.New("the answer about the Org Key is not of the API's form")
	}
	key, err := private.UnwrapOrgKey(wrapped)
	if err != nil {
		return nil, errors.New("the private key doesn't open the Org Key: it is not this account's")
	}
	return key, nil
}

func (v *api) privateKey(ctx context.Context) (*envelope.PrivateKey, error) {
	s := v.settings
	pem, source := s.pem, "HELVETISAFE_PRIVATE_KEY_PEM"
	switch {
	case s.pemPath != "":
		source = "HELVETISAFE_PRIVATE_KEY_PATH"
		file, err := os.ReadFile(s.pemPath)
		if err != nil {
			return nil, errors.New("the file in HELVETISAFE_PRIVATE_KEY_PATH can't be read")
		}
		pem = string(file)
	case s.pem == "":
		return v.unlock(ctx)
	}
	key, err := envelope.ParsePEM([]byte(strings.ReplaceAll(pem, `\n`, "\n")))
	if err != nil {
		return nil, fmt.Errorf("%s holds no private key that can be used", source)
	}
	return key, nil
}

// unlock opens the private key that the server keeps, with the password.
func (v *api) unlock(ctx context.Context) (*envelope.PrivateKey, error) {
	a, err := v.do(ctx, http.MethodGet, "/api/v1/credentials/private-key", nil)
	if err != nil {
		return nil, err
	}
	var sent struct {
		Key   []byte `json:"encrypted_private_key"`
		Nonce []byte `json:"nonce"`
		Salt  []byte `json:"salt"`
		Tag   []byte `json:"auth_tag"`
	}
	if !a.ok() || json.Unmarshal(a.body, &sent) != nil {
		return nil, &statusError{"GET /api/v1/credentials/private-key", a.status}
	}
	key, err := envelope.UnlockPrivateKey([]byte(v.settings.password), envelope.WrappedPrivateKey{
		Ciphertext: sent.Key, Nonce: sent.Nonce, Salt: sent.Salt, Tag: sent.Tag,
	})
	if err != nil {
		return nil, errors.New("HELVETISAFE_PASSWORD doesn't open the private key")
	}
	return key, nil
}

// seal encrypts a plaintext for a write.
func seal(key *envelope.OrgKey, plaintext string) (body, error) {
	nonce, ciphertext, err := key.Seal([]byte(plaintext))
	if err != nil {
		return body{}, err
	}
	return body{Value: base64.StdEncoding.EncodeToString(ciphertext), Nonce: base64.StdEncoding.EncodeToString(nonce)}, nil
}

// open decrypts the answer to a read.
func open(key *envelope.OrgKey, a answer) (string, error) {
	var sent struct{ Value, Nonce []byte }
	if err := json.Unmarshal(a.body, &sent); err != nil {
		return "", errors.New("the answer to a read is not of the API's form")
	}
	plaintext, err := key.Open(sent.Nonce, sent.Value)
	if err != nil {
		return "", errors.New("what the vault holds doesn't open under the Org Key")
	}
	return string(plaintext), nil
}
