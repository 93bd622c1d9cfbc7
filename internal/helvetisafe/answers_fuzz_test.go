package helvetisafe

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// fuzzAnswer runs a parser over bodies. It may refuse one, with a typed error, and
// must not panic.
func fuzzAnswer(f *testing.F, parse func(a *answer) error, seeds ...string) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		err := parse(&answer{Status: http.StatusOK, Header: http.Header{}, Body: body})
		if err != nil && !Is(err, BadAnswer) {
			t.Errorf("err = %T, want a BadAnswer", err)
		}
	})
}

func FuzzPrivateKeyAnswer(f *testing.F) {
	fuzzAnswer(f, func(a *answer) error {
		_, err := parsePrivateKey(a)
		return err
	}, `{"encrypted_private_key":"YQ==","nonce":"AAAAAAAAAAAAAAAA","salt":"YQ==","auth_tag":"YQ=="}`)
}

func FuzzOrgKeyAnswer(f *testing.F) {
	fuzzAnswer(f, func(a *answer) error {
		_, err := parseOrgKey(a)
		return err
	}, `{"encrypted_org_key":"YQ=="}`)
}

func FuzzSecretAnswer(f *testing.F) {
	fuzzAnswer(f, func(a *answer) error {
		s, err := parseSecret(a, "k")
		if err == nil {
			s.Hash()
		}
		return err
	}, `{"key":"k","value":"AAAAAAAAAAAAAAAAAAAAAA==","nonce":"AAAAAAAAAAAAAAAA","expires_at":"2026-01-02T03:04:05.678Z"}`)
}

func FuzzListAnswer(f *testing.F) {
	fuzzAnswer(f, func(a *answer) error {
		l, err := parseList(a)
		if err == nil {
			l.All()
		}
		return err
	}, `{"keys":[{"key":"a","created_at":"2026-01-02T03:04:05.678Z","updated_at":null,"expires_at":"2026-01-02T03:04:05Z"}]}`)
}

func FuzzTokenAnswer(f *testing.F) {
	fuzzAnswer(f, func(a *answer) error {
		_, life, err := parseToken(a)
		if err == nil && (life < 0 || usable(life) <= 0) {
			return errors.New("a lifetime that is none")
		}
		return err
	}, `{"access_token":"t","token_type":"Bearer","expires_in":3600}`)
}

func FuzzErrorBody(f *testing.F) {
	f.Add(http.StatusUnauthorized, "application/json", []byte(`{"error":"invalid_client","error_description":"x"}`))
	f.Add(http.StatusNotFound, "text/html", []byte(`<html>`))
	f.Fuzz(func(t *testing.T, status int, kind string, body []byte) {
		if rest.Success(status) {
			return
		}
		texts := func(body string) []string {
			a := &answer{Status: status, Header: http.Header{"Content-Type": {kind}}, Body: []byte(body)}
			var texts []string
			for _, route := range []func(*call, *answer) error{statusError, tokenError} {
				for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut} {
					k := testCall(request{Request: rest.Request{Method: method, Path: secretPath("k")}, key: "k"})
					texts = append(texts, route(k, a).Error())
				}
			}
			return texts
		}
		// Of a body, an error tells whether it is the API's, and one of a few codes.
		told := [][]string{texts(""), texts(`{"error":""}`)}
		for _, code := range append(slices.Collect(maps.Keys(accountRefused)), "server_error") {
			told = append(told, texts(`{"error":"`+code+`"}`))
		}
		got := texts(string(body))
		if !slices.ContainsFunc(told, func(known []string) bool { return slices.Equal(known, got) }) {
			t.Errorf("errors that tell more of a body: %q", got)
		}
	})
}
