package live

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
)

// Without the variables a run says which to set, and without echoing what is set.
func TestMissingVariables(t *testing.T) {
	complete := []string{
		"HELVETISAFE_BASE_URL=https://vault.example.com", "HELVETISAFE_CLIENT_ID=the-client", "HELVETISAFE_CLIENT_SECRET=the-secret",
		"HELVETISAFE_PRIVATE_KEY_PATH=/the/path",
	}
	without := func(names ...string) []string {
		return slices.DeleteFunc(slices.Clone(complete), func(entry string) bool {
			name, _, _ := strings.Cut(entry, "=")
			return slices.Contains(names, strings.TrimPrefix(name, "HELVETISAFE_"))
		})
	}
	tests := []struct {
		name    string
		environ []string
		want    []string // parts of the message; none for no error
	}{
		{"nothing", nil, []string{"HELVETISAFE_BASE_URL", "HELVETISAFE_CLIENT_ID and HELVETISAFE_CLIENT_SECRET, or HELVETISAFE_API_TOKEN", "HELVETISAFE_PRIVATE_KEY_PATH"}},
		{"no address", without("BASE_URL"), []string{"HELVETISAFE_BASE_URL"}},
		{"no id", without("CLIENT_ID"), []string{"HELVETISAFE_CLIENT_ID"}},
		{"no secret", without("CLIENT_SECRET"), []string{"HELVETISAFE_CLIENT_SECRET"}},
		{"no key", without("PRIVATE_KEY_PATH"), []string{"HELVETISAFE_PASSWORD"}},
		{"http", append(without("BASE_URL"), "HELVETISAFE_BASE_URL=http://vault.example.com"), []string{"https"}},
		{"no url", append(without("BASE_URL"), "HELVETISAFE_BASE_URL=vault.example.com"), []string{"not an address"}},
		{"no file", append(slices.Clone(complete), "HELVETISAFE_CA_CERT_PATH=/nowhere/at/all"), []string{"HELVETISAFE_CA_CERT_PATH"}},
		{"complete", complete, nil},
		{"http allowed", append(without("BASE_URL"), "HELVETISAFE_BASE_URL=http://vault.example.com", "HELVETISAFE_ALLOW_HTTP=true"), nil},
		{"loopback", append(without("BASE_URL"), "HELVETISAFE_BASE_URL=http://[::1]:8200/"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readSettings(tt.environ)
			if (err != nil) != (tt.want != nil) {
				t.Fatalf("the error is %v", err)
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("no %q in %q", part, err)
				}
			}
			for _, value := range []string{"the-client", "the-secret", "/the/path", "vault.example.com/", "/nowhere"} {
				if err != nil && strings.Contains(err.Error(), value) {
					t.Errorf("the error holds a value: %q", err)
				}
			}
		})
	}
	for name, f := range map[string]func(Options) error{
		"sweep":  func(o Options) error { return Sweep(t.Context(), o) },
		"report": func(o Options) error { _, err := Report(t.Context(), o); return err },
		"test":   func(o Options) error { return Test(t.Context(), o) },
	} {
		if err := f(Options{Out: &bytes.Buffer{}, OlderThan: time.Hour}); err == nil || !strings.Contains(err.Error(), "HELVETISAFE_BASE_URL") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Nothing of an environment is in what is printed of a CLI.
func TestScrubber(t *testing.T) {
	environ := []string{
		"HELVETISAFE_BASE_URL=http://127.0.0.1:8200/prefix", "HELVETISAFE_CLIENT_SECRET=s3cr3t", "HELVETISAFE_PRIVATE_KEY_PEM=-----BEGIN-----\nMIIabc\n",
		"HELVETISAFE_ALLOW_HTTP=true", "HELVETISAFE_MAX_RETRIES=4", "OTHER=kept",
	}
	got := scrubber(environ).Replace("http://127.0.0.1:8200/prefix/api, 127.0.0.1:8200 and 127.0.0.1: s3cr3t MIIabc kept true 4")
	for _, hidden := range []string{"127.0.0.1", "s3cr3t", "MIIabc"} {
		if strings.Contains(got, hidden) {
			t.Errorf("%s is in %q", hidden, got)
		}
	}
	if !strings.HasSuffix(got, "kept true 4") {
		t.Errorf("too much is hidden: %q", got)
	}
}
