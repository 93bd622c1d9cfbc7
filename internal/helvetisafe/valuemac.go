package helvetisafe

import (
	"encoding/binary"
	"maps"
	"slices"
)

// macMessage is the message of a value's fingerprint (PROTOCOL.md section 14): salt, key,
// form and content. The length of each string and the number of fields come before them,
// so that two different inputs never make the same message.
func macMessage(salt []byte, key string, sc StoredContent) []byte {
	var m []byte
	add := func(s string) {
		m = binary.BigEndian.AppendUint64(m, uint64(len(s)))
		m = append(m, s...)
	}
	add(string(salt))
	add(key)
	if sc.Form == FormValue {
		m = append(m, 'v')
		add(sc.Value)
		return m
	}
	m = append(m, 'f')
	m = binary.BigEndian.AppendUint64(m, uint64(len(sc.Fields)))
	for _, name := range slices.Sorted(maps.Keys(sc.Fields)) {
		add(name)
		add(sc.Fields[name])
	}
	return m
}
