package keymaker

import (
	"encoding/json"
	"testing"
)

func TestGeneratePrivateKeyBounds(t *testing.T) {
	for _, bits := range []int{-1, 0, 1024, MinRSABits - 1, maxRSABits + 1} {
		if _, err := GeneratePrivateKey(bits); err == nil {
			t.Errorf("made a key of %d bits", bits)
		}
	}
}

func TestJWKHasAllMembers(t *testing.T) {
	key, err := GeneratePrivateKey(MinRSABits)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := JWK(key)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kty", "n", "e", "d", "p", "q", "dp", "dq", "qi"} {
		if members[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
}
