package provider

import (
	"testing"
	"time"
)

// TestParseExpiry takes what RFC 3339 section 5.6 allows, with milliseconds at most,
// and none of what package time takes besides.
func TestParseExpiry(t *testing.T) {
	for text, want := range map[string]string{
		"2099-01-01T00:00:00Z":          "2099-01-01T00:00:00Z",
		"2099-01-01T00:00:00.5Z":        "2099-01-01T00:00:00.5Z",
		"2099-01-01T00:00:00.123-00:00": "2099-01-01T00:00:00.123Z",
		"2099-01-01T00:00:00+23:59":     "2098-12-31T00:01:00Z",
		"9999-12-31T23:59:59.999Z":      "9999-12-31T23:59:59.999Z",
	} {
		got, err := parseExpiry(text)
		if err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "2099-01-01", "2099-01-01T00:00:00", "2099-01-01 00:00:00Z", "2099-01-01t00:00:00z",
		"2099-01-01T1:00:00Z", "2099-01-01T24:00:00Z", "2099-01-01T23:59:60Z", "2099-02-29T00:00:00Z",
		"2099-01-01T00:00:00,5Z", "2099-01-01T00:00:00.Z", "2099-01-01T00:00:00.1234Z", "2099-01-01T00:00:00.0000000000Z",
		"2099-01-01T00:00:00+24:00", "2099-01-01T00:00:00+02:60", "2099-01-01T00:00:00+0200", "2099-01-01T00:00:00Z ",
		"9999-12-31T23:59:59-00:01",
	} {
		if at, err := parseExpiry(text); err == nil {
			t.Errorf("%q was taken for %v", text, at)
		}
	}
}
