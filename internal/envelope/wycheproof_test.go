package envelope

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"testing"
)

func TestWycheproofAESGCM(t *testing.T) {
	var file struct {
		TestGroups []struct {
			KeySize, IVSize, TagSize int
			Tests                    []struct {
				TcID                                        int
				Comment, Key, IV, AAD, Msg, Ct, Tag, Result string
			}
		}
	}
	wycheproofVectors(t, "aes_gcm_test.json", &file)
	count := map[string]int{}
	for _, group := range file.TestGroups {
		for _, test := range group.Tests {
			t.Run(fmt.Sprintf("%d %s", test.TcID, test.Comment), func(t *testing.T) {
				key, err := NewOrgKey(unhex(t, test.Key))
				if group.KeySize != 256 {
					wantKind(t, err, BadSize)
					count["other key size, refused"]++
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				got, err := key.Open(unhex(t, test.IV), append(unhex(t, test.Ct), unhex(t, test.Tag)...))
				switch {
				case group.IVSize != 96:
					wantKind(t, err, BadSize)
					count["other nonce size, refused"]++
				case test.AAD != "":
					wantKind(t, err, OpenFailed)
					count["associated data, refused"]++
				case test.Result == "invalid":
					wantKind(t, err, OpenFailed)
					count["invalid, refused"]++
				case err != nil || hex.EncodeToString(got) != test.Msg:
					t.Errorf("not opened, or to another plaintext: %v", err)
				default:
					count["valid, opened"]++
				}
			})
		}
	}
	for what, n := range count {
		t.Logf("%s: %d", what, n)
	}
	if count["valid, opened"] == 0 || count["invalid, refused"] == 0 || count["other nonce size, refused"] == 0 {
		t.Error("a kind of vector was not met")
	}
}

func TestWycheproofOAEP(t *testing.T) {
	for _, bits := range []int{2048, 3072, 4096} {
		name := fmt.Sprintf("rsa_oaep_%d_sha256_mgf1sha256_test.json", bits)
		t.Run(name, func(t *testing.T) { testOAEP(t, name) })
	}
}

func testOAEP(t *testing.T, name string) {
	var file struct {
		TestGroups []struct {
			Sha, Mgf, MgfSha string
			PrivateKeyPem    string
			PrivateKeyJwk    json.RawMessage
			Tests            []struct {
				TcID                            int
				Comment, Msg, Ct, Label, Result string
			}
		}
	}
	wycheproofVectors(t, name, &file)
	for _, group := range file.TestGroups {
		if group.Sha != "SHA-256" || group.Mgf != "MGF1" || group.MgfSha != "SHA-256" {
			t.Fatalf("%s, %s, %s aren't ours", group.Sha, group.Mgf, group.MgfSha)
		}
		key, err := ParsePEM([]byte(group.PrivateKeyPem))
		if err != nil {
			t.Fatal(err)
		}
		fromJWK, err := parseJWK(group.PrivateKeyJwk)
		if err != nil || !fromJWK.rsa.Equal(key.rsa) {
			t.Fatalf("JWK and PEM differ: %v", err)
		}
		for _, test := range group.Tests {
			t.Run(fmt.Sprintf("%d %s", test.TcID, test.Comment), func(t *testing.T) {
				wrapped, msg := unhex(t, test.Ct), unhex(t, test.Msg)
				got, err := key.decryptOAEP(wrapped)
				if test.Result == "invalid" || test.Label != "" {
					kind := UnwrapFailed
					if len(wrapped) != key.rsa.Size() {
						kind = BadSize
					}
					wantKind(t, err, kind)
					return
				}
				if err != nil || !bytes.Equal(got, msg) {
					t.Fatalf("not decrypted, or to another message: %v", err)
				}
				_, err = key.UnwrapOrgKey(wrapped)
				if len(msg) != keySize {
					wantKind(t, err, BadSize)
				} else if err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

// The files hold SHA-256 only; that other hashes are refused is shown by our own.
func TestOAEPOtherHashes(t *testing.T) {
	key := privateKey(t)
	for name, h := range map[string]func() hash.Hash{"SHA-1": sha1.New, "SHA-384": sha512.New384, "SHA-512": sha512.New} {
		t.Run(name, func(t *testing.T) {
			wrapped, err := rsa.EncryptOAEP(h(), rand.Reader, &key.rsa.PublicKey, make([]byte, keySize), nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = key.UnwrapOrgKey(wrapped)
			wantKind(t, err, UnwrapFailed)
		})
	}
}

func TestWycheproofJWK(t *testing.T) {
	var file struct {
		TestGroups []struct {
			Private struct{ Keys []json.RawMessage }
			Tests   []struct {
				TcID            int
				Comment, Result string
			}
		}
	}
	wycheproofVectors(t, "json_web_key_test.json", &file)
	// The file tests libraries for signatures. These say nothing about reading
	// a private key, and their keys are sound.
	notApplicable := map[int]string{
		5: "a valid RSA key of 2048 bits: taken",
		6: "the same key, with a `use` that forbids signing, which we don't do: taken",
		7: "a key of the ROCA family: telling it from others is for who makes keys, and the portal's are WebCrypto's; taken",
	}
	refused := 0
	for _, group := range file.TestGroups {
		for _, test := range group.Tests {
			t.Run(fmt.Sprintf("%d %s", test.TcID, test.Comment), func(t *testing.T) {
				reason, taken := notApplicable[test.TcID]
				for _, jwk := range group.Private.Keys {
					_, err := parseJWK(jwk)
					if taken && err != nil {
						t.Fatal(err)
					}
					if !taken {
						wantKind(t, err, BadPrivateKey)
						refused++
					}
				}
				if taken {
					t.Logf("not applicable: %s", reason)
				}
			})
		}
	}
	t.Logf("refused %d keys that are not RSA, too small, or have e = 1", refused)
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

func TestWycheproofHMAC(t *testing.T) {
	var file struct {
		TestGroups []struct {
			Tests []struct {
				TcID                           int
				Comment, Key, Msg, Tag, Result string
			}
		}
	}
	wycheproofVectors(t, "hmac_sha256_test.json", &file)
	count := map[string]int{}
	for _, group := range file.TestGroups {
		for _, test := range group.Tests {
			t.Run(fmt.Sprintf("%d %s", test.TcID, test.Comment), func(t *testing.T) {
				tag := unhex(t, test.Tag) // the whole of it, or what it begins with
				same := bytes.HasPrefix(hmacSHA256(unhex(t, test.Key), unhex(t, test.Msg)), tag)
				if same != (test.Result == "valid") {
					t.Errorf("the same tag: %v, but it is %s", same, test.Result)
				}
				count[test.Result]++
			})
		}
	}
	if count["valid"] == 0 || count["invalid"] == 0 {
		t.Errorf("a kind of vector was not met: %v", count)
	}
}

func TestWycheproofHKDF(t *testing.T) {
	var file struct {
		TestGroups []struct {
			Tests []struct {
				TcID                                  int
				Comment, IKM, Salt, Info, OKM, Result string
			}
		}
	}
	wycheproofVectors(t, "hkdf_sha256_test.json", &file)
	met := 0
	for _, group := range file.TestGroups {
		for _, test := range group.Tests {
			if test.Salt != "" || test.Result == "invalid" {
				continue // we derive without a salt, and never more than 32 bytes
			}
			met++
			t.Run(fmt.Sprintf("%d %s", test.TcID, test.Comment), func(t *testing.T) {
				got, err := deriveMACKey(unhex(t, test.IKM), string(unhex(t, test.Info)))
				if err != nil {
					t.Fatal(err)
				}
				// A longer output begins with the shorter one (RFC 5869 section 2.3).
				want := unhex(t, test.OKM)
				n := min(len(got), len(want))
				if !bytes.Equal(got[:n], want[:n]) {
					t.Errorf("derived %x, want %x", got[:n], want[:n])
				}
			})
		}
	}
	t.Logf("derived %d keys without a salt", met)
	if met == 0 {
		t.Error("no vector without a salt")
	}
}
