package docs

import (
	"strings"
	"testing"
)

// The guide's tests of a module pass: those with mocks without a vault, the others
// against the development server, which they leave empty.
func TestModuleTests(t *testing.T) {
	c := newCLI(t, "testing")
	c.useDir("testing/tests", "tests")
	out, err := c.try("test", "-filter=tests/mocked.tftest.hcl")
	if err != nil || !strings.Contains(out, "2 passed, 0 failed") {
		t.Errorf("%v\n%s", err, out)
	}

	v, c := start(t, "testing")
	c.useDir("testing/tests", "tests")
	out, err = c.try("test", "-filter=tests/vault.tftest.hcl")
	if err != nil || !strings.Contains(out, "2 passed, 0 failed") {
		t.Errorf("%v\n%s", err, out)
	}
	if n := v.Counts()["create"] + v.Counts()["update"]; n != 2 {
		t.Errorf("%d writes, want a create and an update", n)
	}
	if keys := v.Server.Keys(); len(keys) > 0 {
		t.Errorf("left: %q", keys)
	}
}
