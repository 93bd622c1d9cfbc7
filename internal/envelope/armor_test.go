package envelope

import (
	"bytes"
	"encoding/pem"
	"testing"
)

// TestNextBlockIsLinear: a file of BEGIN lines alone must not hang a plan.
func TestNextBlockIsLinear(t *testing.T) {
	text := bytes.Repeat([]byte("-----BEGIN A-----"), maxPEM/17)
	blocks := 0
	for rest, ok := text, true; ok; blocks++ {
		_, rest, ok = NextBlock(rest)
	}
	if blocks < maxPEM/17 {
		t.Errorf("%d blocks", blocks)
	}
}

// FuzzNextBlock holds that NextBlock ends, and takes what encoding/pem takes with the
// same result.
func FuzzNextBlock(f *testing.F) {
	for _, k := range referenceData(f).Keys[:1] {
		f.Add([]byte(k.PKCS1 + k.PKCS8))
		f.Add(bytes.ReplaceAll([]byte(k.PKCS8), []byte("\n"), []byte(`\n`)))
	}
	f.Add([]byte("-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES,00\n\nAAAA\n-----END A-----\n"))
	f.Add([]byte("-----BEGIN A----------BEGIN A-----\n-----END A-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var found []Block
		for rest := text; ; {
			block, after, ok := NextBlock(rest)
			if !ok {
				break
			}
			if len(after) >= len(rest) {
				t.Fatal("it doesn't go on")
			}
			found, rest = append(found, block), after
		}
		theirs, _ := pem.Decode(text)
		if theirs == nil || !isLabel([]byte(theirs.Type)) || len(theirs.Headers) > 0 {
			return
		}
		for _, block := range found {
			if block.Label == theirs.Type && bytes.Equal(block.Bytes, theirs.Bytes) {
				return
			}
		}
		t.Errorf("encoding/pem finds a %q of %d bytes that NextBlock doesn't", theirs.Type, len(theirs.Bytes))
	})
}
