package envelope

import (
	"bytes"
	"encoding/base64"
	"unicode"
	"unicode/utf8"
)

// Block is what stands between a BEGIN and an END line of PEM (RFC 7468).
type Block struct {
	Label string // such as "PRIVATE KEY"
	// Bytes are decoded. They are nil if the block is damaged: it has no END line of
	// the same label, or holds something other than base64. The caller clears them.
	Bytes []byte
	// Encrypted says that a header of RFC 1421 names a cipher.
	Encrypted bool
}

var (
	armorBegin = []byte("-----BEGIN ")
	armorEnd   = []byte("-----END ")
	armorDash  = []byte("-----")
)

// NextBlock finds the first block in a text, and returns what follows it. ok is
// false if there is no block. It takes what encoding/pem takes and more: what CI
// systems, editors and copying leave of a PEM. Line ends may be missing, or be
// spaces, carriage returns or a spelled-out \n. Lines may be indented. Other text,
// such as quotes, may stand around a block, right up to its dashes.
func NextBlock(text []byte) (block Block, rest []byte, ok bool) {
	for {
		begin := bytes.Index(text, armorBegin)
		if begin < 0 {
			return Block{}, nil, false
		}
		text = text[begin+len(armorBegin):]
		label, body, found := bytes.Cut(text, armorDash)
		if !found || !isLabel(label) {
			continue
		}
		block.Label = string(label)
		rest = body
		if next := bytes.Index(body, armorBegin); next >= 0 {
			body, rest = body[:next], body[next:] // a block ends at the latest where the next one begins
		}
		last := bytes.Join([][]byte{armorEnd, label, armorDash}, nil)
		if end := bytes.Index(body, last); end >= 0 {
			body, block.Encrypted = skipHeaders(body[:end])
			block.Bytes = decodeBody(body)
		}
		return block, rest, true
	}
}

func isLabel(label []byte) bool {
	for _, c := range label {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != ' ' && c != '#' && c != '-' {
			return false
		}
	}
	return len(label) > 0 && len(label) <= 64
}

// skipHeaders skips the lines with a colon that RFC 1421 has before the base64.
func skipHeaders(body []byte) (base64 []byte, encrypted bool) {
	for {
		line, rest := body, []byte(nil)
		if i := bytes.IndexAny(body, "\r\n"); i >= 0 {
			line, rest = body[:i], body[i+1:]
		}
		switch name, value, colon := bytes.Cut(bytes.TrimSpace(line), []byte(":")); {
		case colon:
			encrypted = encrypted || string(name) == "DEK-Info" || string(name) == "Proc-Type" && bytes.Contains(value, []byte("ENCRYPTED"))
		case len(name) > 0 || rest == nil:
			return body, encrypted
		}
		body = rest
	}
}

// decodeBody decodes base64, and skips whatever can be left of a line end. It returns
// nil if there is anything else in the body.
func decodeBody(body []byte) []byte {
	plain := make([]byte, 0, len(body))
	defer func() { clear(plain[:cap(plain)]) }()
	for len(body) > 0 {
		c, size := utf8.DecodeRune(body)
		switch {
		case c == '\\' && len(body) > 1 && bytes.IndexByte([]byte("nrt"), body[1]) >= 0:
			size = 2
		case c == '\\' && len(body) > 1 && (body[1] == '\\' || body[1] == '/'): // escaped twice, or by PHP
		case unicode.IsSpace(c), c == '\ufeff':
		default:
			plain = append(plain, body[:size]...)
		}
		body = body[size:]
	}
	decoded := make([]byte, base64.StdEncoding.DecodedLen(len(plain)))
	n, err := base64.StdEncoding.Decode(decoded, plain)
	if err != nil {
		clear(decoded)
		return nil
	}
	return decoded[:n]
}
