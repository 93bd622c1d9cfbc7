package helvetisafe

import "context"

// valueMACLabel separates the key of value fingerprints from every other use of
// the Org Key (HKDF's info, RFC 5869 section 3.2).
const valueMACLabel = "helvetisafe terraform value fingerprint v1"

// ValueMAC is the keyed fingerprint of a content: the first 16 bytes of
// HMAC-SHA256, under a key that HKDF derives from the Org Key, of salt, key, form
// and content (PROTOCOL.md section 14). Whoever has the Org Key can tell from it
// whether two contents are the same; nobody else learns anything. The caller brings
// the content to Unicode's NFC. It loads the Org Key.
func (c *Client) ValueMAC(ctx context.Context, salt []byte, key string, content StoredContent) (mac [16]byte, err error) {
	k, err := c.orgKey(ctx)
	if err != nil {
		return mac, err
	}
	sum, err := k.key.MAC(valueMACLabel, macMessage(salt, key, content))
	if err != nil {
		return mac, &CryptoError{Key: key, detail: "the fingerprint of the value can't be computed: " + envelopeText(err)}
	}
	copy(mac[:], sum)
	return mac, nil
}
