package live

import (
	"crypto/rand"
	"strconv"
	"strings"
	"time"
)

// keyPrefix begins every key that is created here, and that Sweep deletes.
const keyPrefix = "tfacc_"

// keyTime is how a key says when it was made; a key takes letters, digits and _ only.
const keyTime = "20060102T150405Z"

// newRun is what all keys of one run begin with: the time, and a random part that no
// other run has.
func newRun(now time.Time) string {
	return keyPrefix + now.UTC().Format(keyTime) + "_" + strings.ToLower(rand.Text()[:12]) + "_"
}

// madeAt reads the time in a key; false if there is none that can be read. Times
// as other tools write them, all digits, are read too.
func madeAt(key string) (time.Time, bool) {
	text, _, _ := strings.Cut(strings.TrimPrefix(key, keyPrefix), "_")
	for _, layout := range []string{keyTime, "20060102150405"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		switch len(text) {
		case 10:
			return time.Unix(seconds, 0), true
		case 13:
			return time.UnixMilli(seconds), true
		}
	}
	return time.Time{}, false
}

// isOld says whether a key was left by a run that began before limit. A key without a
// readable time counts as old.
func isOld(key string, limit time.Time) bool {
	made, ok := madeAt(key)
	return !ok || made.Before(limit)
}
