package helvetisafe

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// marker stands in answers. No error may repeat it.
const marker = "MARKER5f3e"

func jsonAnswer(status int, body string) *answer {
	return &answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}
}

// unusable demands a ResponseError that holds nothing of the answer.
func unusable(t *testing.T, err error) {
	t.Helper()
	if !Is(err, BadAnswer) {
		t.Fatalf("err = %v, want a BadAnswer", err)
	}
	if strings.Contains(err.Error(), marker) {
		t.Errorf("the error holds what the answer did: %v", err)
	}
}

func TestParseSecret(t *testing.T) {
	const (
		nonce = "AAAAAAAAAAAAAAAA"         // 12 bytes
		value = "AAAAAAAAAAAAAAAAAAAAAA==" // 16 bytes
	)
	for _, row := range []struct {
		name, body string
		ok         bool
	}{
		{"complete", `{"key":"k","value":"` + value + `","nonce":"` + nonce + `","expires_at":null}`, true},
		{"without an expiry, with more members", `{"key":"k","value":"` + value + `","nonce":"` + nonce + `","x":[1]}`, true},
		{"another key's", `{"key":"` + marker + `","value":"` + value + `","nonce":"` + nonce + `"}`, false},
		{"a key that differs in case", `{"key":"K","value":"` + value + `","nonce":"` + nonce + `"}`, false},
		{"no key", `{"value":"` + value + `","nonce":"` + nonce + `"}`, false},
		{"a member that differs in case", `{"key":"k","Value":"` + value + `","nonce":"` + nonce + `"}`, false},
		{"no value", `{"key":"k","nonce":"` + nonce + `"}`, false},
		{"no nonce", `{"key":"k","value":"` + value + `"}`, false},
		{"a value that is no base64", `{"key":"k","value":"` + marker + `*","nonce":"` + nonce + `"}`, false},
		{"a nonce that is no base64", `{"key":"k","value":"` + value + `","nonce":"` + marker + `*"}`, false},
		{"a value without room for the tag", `{"key":"k","value":"AAAA","nonce":"` + nonce + `"}`, false},
		{"an empty value", `{"key":"k","value":"","nonce":"` + nonce + `"}`, false},
		{"a short nonce", `{"key":"k","value":"` + value + `","nonce":"AAAA"}`, false},
		{"a long nonce", `{"key":"k","value":"` + value + `","nonce":"` + value + `"}`, false},
		{"a value twice", `{"key":"k","value":"` + value + `","value":"` + value + `","nonce":"` + nonce + `"}`, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, err := parseSecret(jsonAnswer(200, row.body), "k")
			if !row.ok {
				unusable(t, err)
				return
			}
			if err != nil || s.Key != "k" || len(s.nonce) != 12 || len(s.ciphertext) != 16 {
				t.Errorf("parseSecret = %v, %v", s.Key, err)
			}
		})
	}
}

func TestParseList(t *testing.T) {
	for _, row := range []struct {
		name, body string
		keys       int // -1 for an error
	}{
		{"none", `{"keys":[]}`, 0},
		{"two", `{"keys":[{"key":"b","updated_at":"2026-01-02T03:04:05.678Z"},{"key":"a"}]}`, 2},
		{"a key that differs in case", `{"keys":[{"key":"a"},{"key":"A"}]}`, 2},
		{"no keys", `{}`, -1},
		{"keys with another case", `{"Keys":[]}`, -1},
		{"null", `{"keys":null}`, -1},
		{"an object", `{"keys":{}}`, -1},
		{"other members", `{"a":[{"key":"x"}],"keys":[{"key":"a","b":{"key":1}}],"a":0}`, 1},
		{"keys twice", `{"keys":[],"keys":[{"key":"` + marker + `"}]}`, -1},
		{"keys twice, escaped", `{"keys":[],"k\u0065ys":[]}`, -1},
		{"a member of an entry twice", `{"keys":[{"key":"a","key":"` + marker + `"}]}`, -1},
		{"an entry that is large", `{"keys":[{"key":"a","b":"` + strings.Repeat("x", limitSmall) + `"}]}`, -1},
		{"cut short", `{"keys":[{"key":"a"}]`, -1},
		{"cut short in an entry", `{"keys":[{"key":"a"`, -1},
		{"something after it", `{"keys":[]}{}`, -1},
		{"a key that is empty", `{"keys":[{"key":""}]}`, -1},
		{"an entry that is null", `{"keys":[null]}`, -1},
		{"an entry that is a string", `{"keys":["` + marker + `"]}`, -1},
		{"an entry without a key", `{"keys":[{"name":"` + marker + `"}]}`, -1},
		{"an entry whose key is a number", `{"keys":[{"key":1}]}`, -1},
		{"a key twice", `{"keys":[{"key":"` + marker + `"},{"key":"` + marker + `"}]}`, -1},
	} {
		t.Run(row.name, func(t *testing.T) {
			l, err := parseList(jsonAnswer(200, row.body))
			if row.keys < 0 {
				unusable(t, err)
				return
			}
			if err != nil || len(l.All()) != row.keys {
				t.Fatalf("parseList = %v", err)
			}
			for i, m := range l.All() {
				if i > 0 && m.Key <= l.All()[i-1].Key {
					t.Error("All isn't sorted")
				}
				if found, ok := l.Lookup(m.Key); !ok || found.Key != m.Key {
					t.Errorf("Lookup(%q) = %v, %v", m.Key, found, ok)
				}
			}
		})
	}
}

func TestParseKeyAnswers(t *testing.T) {
	for _, row := range []struct {
		name, private, org string
		ok                 bool
	}{
		{"complete", `{"encrypted_private_key":"YQ==","nonce":"YQ==","salt":"YQ==","auth_tag":"YQ=="}`, `{"encrypted_org_key":"YQ=="}`, true},
		{"nothing", `{}`, `{}`, false},
		{"null", `{"encrypted_private_key":null,"nonce":"YQ==","salt":"YQ==","auth_tag":"YQ=="}`, `{"encrypted_org_key":null}`, false},
		{"broken base64", `{"encrypted_private_key":"` + marker + `*","nonce":"YQ==","salt":"YQ==","auth_tag":"YQ=="}`, `{"encrypted_org_key":"` + marker + `*"}`, false},
		{"other case", `{"Encrypted_private_key":"YQ==","nonce":"YQ==","salt":"YQ==","auth_tag":"YQ=="}`, `{"Encrypted_org_key":"YQ=="}`, false},
		{"no JSON", marker, marker, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, errPrivate := parsePrivateKey(jsonAnswer(200, row.private))
			_, errOrg := parseOrgKey(jsonAnswer(200, row.org))
			if row.ok {
				if errPrivate != nil || errOrg != nil {
					t.Errorf("%v, %v", errPrivate, errOrg)
				}
				return
			}
			unusable(t, errPrivate)
			unusable(t, errOrg)
		})
	}
}

func TestAnswersThatAreNoneOfTheAPI(t *testing.T) {
	html := jsonAnswer(200, "<html>"+marker+"</html>")
	html.Header.Set("Content-Type", "text/html")
	large := jsonAnswer(200, `{"key":"k"}`)
	large.TooLarge = true
	for name, a := range map[string]*answer{"HTML": html, "too large": large} {
		t.Run(name, func(t *testing.T) {
			_, err := parseSecret(a, "k")
			unusable(t, err)
			_, err = parseList(a)
			unusable(t, err)
			_, _, err = parseToken(a)
			unusable(t, err)
		})
	}
}

func TestParseToken(t *testing.T) {
	for _, row := range []struct {
		name, body string
		want       time.Duration // 0 for an error
	}{
		{"complete", `{"access_token":"t","token_type":"Bearer","expires_in":900,"scope":"x"}`, 900 * time.Second},
		{"no lifetime", `{"access_token":"t"}`, time.Hour},
		{"no token", `{"expires_in":900}`, 0},
		{"another case", `{"Access_Token":"t"}`, 0},
		{"an empty token", `{"access_token":""}`, 0},
		{"a token that is a number", `{"access_token":1}`, 0},
		{"a token with a line end", `{"access_token":"` + marker + `\n"}`, 0},
		{"a token outside of ASCII", `{"access_token":"` + marker + `é"}`, 0},
		{"two tokens", `{"access_token":"` + marker + `","access_token":"t"}`, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			secret, life, err := parseToken(jsonAnswer(200, row.body))
			if row.want == 0 {
				unusable(t, err)
				return
			}
			if err != nil || secret.Reveal() != "t" || life != row.want {
				t.Errorf("parseToken = %v, %v", life, err)
			}
		})
	}
}

func TestLifetimeAndUse(t *testing.T) {
	for _, row := range []struct {
		name, raw      string
		lifetime, used time.Duration
	}{
		{"an hour", `3600`, time.Hour, time.Hour - 30*time.Second},
		{"just over a minute", `61`, 61 * time.Second, 31 * time.Second},
		{"a minute", `60`, time.Minute, 30 * time.Second},
		{"ten seconds", `10`, 10 * time.Second, 5 * time.Second},
		{"a second", `1`, time.Second, time.Second},
		{"zero", `0`, 0, time.Second},
		{"negative", `-1`, 0, time.Second},
		{"hugely negative", `-1e400`, 0, time.Second},
		{"huge", `1000000000000`, longestLifetime, longestLifetime - 30*time.Second},
		{"more than 64 bits", `99999999999999999999999999`, longestLifetime, longestLifetime - 30*time.Second},
		{"more than a float", `1e400`, longestLifetime, longestLifetime - 30*time.Second},
		{"a fraction", `90.5`, 90500 * time.Millisecond, 60500 * time.Millisecond},
		{"a string", `"3600"`, time.Hour, time.Hour - 30*time.Second},
		{"missing", ``, time.Hour, time.Hour - 30*time.Second},
		{"null", `null`, time.Hour, time.Hour - 30*time.Second},
		{"junk", `"soon"`, time.Hour, time.Hour - 30*time.Second},
		{"not a number", `"NaN"`, time.Hour, time.Hour - 30*time.Second},
		{"an object", `{}`, time.Hour, time.Hour - 30*time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := lifetime(jsontext.Value(row.raw))
			if got != row.lifetime || usable(got) != row.used {
				t.Errorf("lifetime = %v, used for %v; want %v, %v", got, usable(got), row.lifetime, row.used)
			}
		})
	}
}
