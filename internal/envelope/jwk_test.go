package envelope

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
)

// jwkMembers is the reference key as a JWK.
func jwkMembers(t testing.TB) map[string]any {
	t.Helper()
	raw, err := privateKey(t).JWK()
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	return members
}

// jwkWith changes members; nil removes one.
func jwkWith(t testing.TB, changes map[string]any) string {
	t.Helper()
	members := maps.Clone(jwkMembers(t))
	for name, value := range changes {
		members[name] = value
		if value == nil {
			delete(members, name)
		}
	}
	raw, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestJWKHasAllMembers(t *testing.T) {
	members := jwkMembers(t)
	for _, name := range []string{"kty", "n", "e", "d", "p", "q", "dp", "dq", "qi"} {
		if members[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
}

// jwkEncoded has all numbers in another base64.
func jwkEncoded(t testing.TB, encoding *base64.Encoding) string {
	t.Helper()
	changes := map[string]any{}
	for _, name := range []string{"n", "e", "d", "p", "q", "dp", "dq", "qi"} {
		raw, err := base64.RawURLEncoding.DecodeString(jwkMembers(t)[name].(string))
		if err != nil {
			t.Fatal(err)
		}
		changes[name] = encoding.EncodeToString(raw)
	}
	return jwkWith(t, changes)
}

func TestParseJWKTakes(t *testing.T) {
	for name, jwk := range map[string]string{
		"all members":      jwkWith(t, nil),
		"as WebCrypto":     jwkWith(t, map[string]any{"alg": "RSA-OAEP-256", "ext": true, "key_ops": []string{"decrypt"}}),
		"without dp":       jwkWith(t, map[string]any{"dp": nil}),
		"without CRT":      jwkWith(t, map[string]any{"dp": nil, "dq": nil, "qi": nil}),
		"unknown members":  jwkWith(t, map[string]any{"comment": 1, "other": map[string]any{}}),
		"white space":      " \n" + jwkWith(t, nil) + "\n",
		"padded":           jwkEncoded(t, base64.URLEncoding),
		"standard":         jwkEncoded(t, base64.RawStdEncoding),
		"standard, padded": jwkEncoded(t, base64.StdEncoding),
		"slashes escaped":  strings.ReplaceAll(jwkEncoded(t, base64.StdEncoding), "/", `\/`),
	} {
		t.Run(name, func(t *testing.T) {
			key, err := parseJWK([]byte(jwk))
			if err != nil || !key.rsa.Equal(privateKey(t).rsa) {
				t.Errorf("not the key: %v", err)
			}
		})
	}
}

func TestParseJWKRefuses(t *testing.T) {
	good := jwkMembers(t)
	other := func(name string) string {
		s := good[name].(string)
		return s[:len(s)/2] + strings.Map(func(r rune) rune {
			if r == 'A' {
				return 'B'
			}
			return 'A'
		}, s[len(s)/2:len(s)/2+1]) + s[len(s)/2+1:]
	}
	for name, jwk := range map[string]string{
		"empty":             "",
		"null":              "null",
		"no JSON":           "{",
		"an array":          "[]",
		"no members":        "{}",
		"deeply nested":     strings.Repeat("[", maxJWK),
		"nested in a key":   `{"kty":` + strings.Repeat(`{"a":`, 2000) + `1` + strings.Repeat("}", 2000) + "}",
		"too long":          jwkWith(t, map[string]any{"comment": strings.Repeat("x", maxJWK)}),
		"symmetric":         `{"kty":"oct","k":"AAAA"}`,
		"EC":                `{"kty":"EC","crv":"P-256","x":"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY","y":"UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw"}`,
		"Ed25519":           `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		"unknown kty":       jwkWith(t, map[string]any{"kty": "rsa"}),
		"no kty":            jwkWith(t, map[string]any{"kty": nil}),
		"public key":        jwkWith(t, map[string]any{"d": nil, "p": nil, "q": nil, "dp": nil, "dq": nil, "qi": nil}),
		"no d":              jwkWith(t, map[string]any{"d": nil}),
		"no p":              jwkWith(t, map[string]any{"p": nil}),
		"no q":              jwkWith(t, map[string]any{"q": nil}),
		"no p and q":        jwkWith(t, map[string]any{"p": nil, "q": nil}),
		"no e":              jwkWith(t, map[string]any{"e": nil}),
		"e = 1":             jwkWith(t, map[string]any{"e": "AQ"}),
		"e even":            jwkWith(t, map[string]any{"e": "AQAA"}),
		"e of 64 bits":      jwkWith(t, map[string]any{"e": "f_________8"}),
		"e of 80 bits":      jwkWith(t, map[string]any{"e": "AAABAAAAAAEAAQ"}),
		"n of another key":  jwkWith(t, map[string]any{"n": other("n")}),
		"d of another key":  jwkWith(t, map[string]any{"d": other("d")}),
		"p = n, q = 1":      jwkWith(t, map[string]any{"p": good["n"], "q": "AQ"}),
		"dp of another key": jwkWith(t, map[string]any{"dp": other("dp")}),
		"qi of another key": jwkWith(t, map[string]any{"qi": other("qi")}),
		"n of three bytes":  jwkWith(t, map[string]any{"n": "+/+/"}),
		"no base64":         jwkWith(t, map[string]any{"e": "AQ!B"}),
		"empty n":           jwkWith(t, map[string]any{"n": ""}),
		"n a number":        jwkWith(t, map[string]any{"n": 17}),
		"n too large":       jwkWith(t, map[string]any{"n": strings.Repeat("_", 9000)}),
		"a second key":      jwkWith(t, nil) + jwkWith(t, nil),
		"a member twice":    strings.Replace(jwkWith(t, nil), "{", `{"e":"AQAB",`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseJWK([]byte(jwk))
			wantKind(t, err, BadJWK)
		})
	}
}
