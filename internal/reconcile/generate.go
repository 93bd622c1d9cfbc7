package reconcile

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"unicode/utf8"
)

// randomSource fills a buffer with random numbers.
type randomSource func(to []byte)

// secureRandom is the system's source. It never fails since Go 1.24, which ends the process
// instead.
func secureRandom(to []byte) { _, _ = rand.Read(to) }

// generate makes a value by the recipe, from secureRandom but in tests. The caller clears
// the result once it is encrypted. A recipe that doesn't pass Check is an error.
func (r Recipe) generate(random randomSource) ([]byte, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	if r.Bytes != nil {
		return generateBytes(random, int(*r.Bytes), r.encoding()), nil
	}
	return r.generateText(random), nil
}

// generateBytes encodes size random bytes.
func generateBytes(random randomSource, size int, encoding string) []byte {
	raw := make([]byte, size)
	defer clear(raw)
	random(raw)
	switch encoding {
	case encodingHex:
		return hex.AppendEncode(nil, raw)
	case encodingBase64URL:
		return base64.RawURLEncoding.AppendEncode(nil, raw)
	}
	return base64.StdEncoding.AppendEncode(nil, raw)
}

// generateText draws the minimum of each class from that class, the rest from all
// classes together, and shuffles.
func (r Recipe) generateText(random randomSource) []byte {
	numbers := randomNumbers{source: random}
	defer clear(numbers.buffer[:])

	length := int(*r.Length)
	text := make([]rune, 0, length) // never outgrown, so cleared whole
	defer func() { clear(text[:cap(text)]) }()
	var all []rune
	for _, class := range r.classes() {
		if !class.included {
			continue
		}
		characters := []rune(class.characters)
		all = append(all, characters...)
		text = numbers.draw(text, characters, int(class.minimum))
	}
	text = numbers.draw(text, all, length-len(text))
	numbers.shuffle(text)

	size := 0
	for _, character := range text {
		size += utf8.RuneLen(character)
	}
	value := make([]byte, 0, size)
	for _, character := range text {
		value = utf8.AppendRune(value, character)
	}
	return value
}

// randomNumbers draws whole numbers without bias. Its buffer saves a system call
// for each of them; whoever has drawn the last one clears it.
type randomNumbers struct {
	source randomSource
	buffer [1024]byte
	unread []byte // the end of buffer
}

// below draws a number from 0 to limit-1, each as likely as any other. It takes as many
// random bits as limit-1 has, and draws again if the number is too large. The remainder
// of a division would favour small numbers.
func (n *randomNumbers) below(limit int) int {
	largest := uint32(limit - 1) // #nosec G115 -- an alphabet, or a length of 4096 at most
	mask := uint32(1)<<bits.Len32(largest) - 1
	for {
		if len(n.unread) == 0 {
			n.source(n.buffer[:])
			n.unread = n.buffer[:]
		}
		number := binary.LittleEndian.Uint32(n.unread) & mask
		n.unread = n.unread[4:]
		if number <= largest {
			return int(number)
		}
	}
}

// draw appends count characters of the alphabet to text.
func (n *randomNumbers) draw(text, alphabet []rune, count int) []rune {
	for range count {
		text = append(text, alphabet[n.below(len(alphabet))])
	}
	return text
}

// shuffle puts the characters in an order of which each is as likely as any other
// (Fisher-Yates), so that the minimum of a class isn't always in the same place.
func (n *randomNumbers) shuffle(characters []rune) {
	for i := len(characters) - 1; i > 0; i-- {
		j := n.below(i + 1)
		characters[i], characters[j] = characters[j], characters[i]
	}
}
