package reconcile

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/bits"
	"unicode/utf8"
)

// generate makes a value by the recipe, from secure random numbers: crypto/rand.Reader but
// in tests. The caller clears the result once it is encrypted. A recipe that doesn't pass
// Check is an error.
func (r Recipe) generate(random io.Reader) ([]byte, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	if r.Bytes != nil {
		return generateBytes(random, int(*r.Bytes), r.encoding())
	}
	return r.generateText(random)
}

// generateBytes encodes size random bytes.
func generateBytes(random io.Reader, size int, encoding string) ([]byte, error) {
	raw := make([]byte, size)
	defer clear(raw)
	if err := readRandom(random, raw); err != nil {
		return nil, err
	}
	switch encoding {
	case encodingHex:
		return hex.AppendEncode(nil, raw), nil
	case encodingBase64URL:
		return base64.RawURLEncoding.AppendEncode(nil, raw), nil
	}
	return base64.StdEncoding.AppendEncode(nil, raw), nil
}

// generateText draws the minimum of each class from that class, the rest from all
// classes together, and shuffles.
func (r Recipe) generateText(random io.Reader) ([]byte, error) {
	numbers := randomNumbers{source: random}
	defer clear(numbers.buffer[:])

	length := int(*r.Length)
	text := make([]rune, 0, length) // never outgrown, so cleared whole
	defer func() { clear(text[:cap(text)]) }()
	var all []rune
	var err error
	for _, class := range r.classes() {
		if !class.included {
			continue
		}
		characters := []rune(class.characters)
		all = append(all, characters...)
		if text, err = numbers.draw(text, characters, int(class.minimum)); err != nil {
			return nil, err
		}
	}
	if text, err = numbers.draw(text, all, length-len(text)); err != nil {
		return nil, err
	}
	if err = numbers.shuffle(text); err != nil {
		return nil, err
	}

	size := 0
	for _, character := range text {
		size += utf8.RuneLen(character)
	}
	value := make([]byte, 0, size)
	for _, character := range text {
		value = utf8.AppendRune(value, character)
	}
	return value, nil
}

// randomNumbers draws whole numbers without bias. Its buffer saves a system call
// for each of them; whoever has drawn the last one clears it.
type randomNumbers struct {
	source io.Reader
	buffer [1024]byte
	unread []byte // the end of buffer
}

// below draws a number from 0 to limit-1, each as likely as any other. It takes as many
// random bits as limit-1 has, and draws again if the number is too large. The remainder
// of a division would favour small numbers.
func (n *randomNumbers) below(limit int) (int, error) {
	largest := uint32(limit - 1) // #nosec G115 -- an alphabet, or a length of 4096 at most
	mask := uint32(1)<<bits.Len32(largest) - 1
	for {
		if len(n.unread) == 0 {
			if err := readRandom(n.source, n.buffer[:]); err != nil {
				return 0, err
			}
			n.unread = n.buffer[:]
		}
		number := binary.LittleEndian.Uint32(n.unread) & mask
		n.unread = n.unread[4:]
		if number <= largest {
			return int(number), nil
		}
	}
}

// draw appends count characters of the alphabet to text.
func (n *randomNumbers) draw(text, alphabet []rune, count int) ([]rune, error) {
	for range count {
		i, err := n.below(len(alphabet))
		if err != nil {
			return text, err
		}
		text = append(text, alphabet[i])
	}
	return text, nil
}

// shuffle puts the characters in an order of which each is as likely as any other
// (Fisher-Yates), so that the minimum of a class isn't always in the same place.
func (n *randomNumbers) shuffle(characters []rune) error {
	for i := len(characters) - 1; i > 0; i-- {
		j, err := n.below(i + 1)
		if err != nil {
			return err
		}
		characters[i], characters[j] = characters[j], characters[i]
	}
	return nil
}

// readRandom fills to. The system's source never fails; a test's may.
func readRandom(random io.Reader, to []byte) error {
	if _, err := io.ReadFull(random, to); err != nil {
		return fmt.Errorf("reading random numbers: %w", err)
	}
	return nil
}
