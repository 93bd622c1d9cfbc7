//go:build unix

package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// TestAccLogLevels: what the provider process writes to its standard error, which
// the CLI reads as its log: nothing that nobody asked for, and all of what was.
func TestAccLogLevels(t *testing.T) {
	const (
		trace   = `"@module":"sdk.`
		request = `"path":"/api/v1/secrets/k"`
	)
	for _, tc := range []struct {
		name string
		env  []string
		want []string
		none []string
	}{
		{name: "no level", none: []string{trace, request}},
		{name: "core's own", env: []string{"TF_LOG_CORE=TRACE"}, none: []string{trace, request}},
		{name: "TF_LOG", env: []string{"TF_LOG=TRACE"}, want: []string{trace, request}},
		{name: "the SDK only", env: []string{"TF_LOG_SDK=TRACE"}, want: []string{trace}},
		{name: "this provider", env: []string{"TF_LOG_PROVIDER_HELVETISAFE=DEBUG"}, want: []string{request}},
		{name: "this provider, warnings", env: []string{"TF_LOG_PROVIDER_HELVETISAFE=WARN"}, none: []string{request}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := acctest.Start(t)
			v.WritePlain("k", `{"k":"`+marker+`"}`)
			c := newCLI(t, required+v.Provider()+"data \"helvetisafe_secret\" \"k\" {\n  key = \"k\"\n}\n", tc.env...)
			written := redirectProvider(t, c)
			c.MustRun("plan", "-no-color")
			log, err := os.ReadFile(written)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range tc.want {
				if !strings.Contains(string(log), part) {
					t.Errorf("the log has no %s", part)
				}
			}
			for _, part := range tc.none {
				if strings.Contains(string(log), part) {
					t.Errorf("the log has %s", part)
				}
			}
			leakMarkers(v).ExpectNotIn(t, "the log", log)
		})
	}
}

// redirectProvider makes the CLI start the provider with its standard error in a
// file, and returns the file.
func redirectProvider(t *testing.T, c *cli) string {
	t.Helper()
	binary, err := acctest.BuildProvider()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	log := filepath.Join(dir, "stderr")
	t.Cleanup(func() {
		if t.Failed() { // the CLI doesn't pass on what a provider that can't start says
			written, err := os.ReadFile(log)
			t.Logf("the provider's standard error (%v):\n%s", err, written[max(0, len(written)-4000):])
		}
	})
	script := "#!/bin/sh\nexec '" + binary + "' \"$@\" 2>>'" + log + "'\n"
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(binary)), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	rc, err := os.ReadFile(filepath.Join(c.Dir, "cli.tfrc"))
	if err != nil {
		t.Fatal(err)
	}
	c.Write("cli.tfrc", strings.ReplaceAll(string(rc), filepath.Dir(binary), dir))
	return log
}
