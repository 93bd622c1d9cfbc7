package release

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

var secretsBlock = regexp.MustCompile(`(?s)resource "helvetisafe_secret" "api_key" {.*?\n}\n`)

// guideBlocks are the configurations in a guide, in order.
func guideBlocks(t *testing.T, path string) []string {
	t.Helper()
	var blocks []string
	for _, block := range codeBlock.FindAllStringSubmatch(readFile(t, path), -1) {
		if block[1] == "terraform" {
			blocks = append(blocks, block[2])
		}
	}
	return blocks
}

// The guide for new users is walked through, step by step.
func TestGettingStarted(t *testing.T) {
	blocks := guideBlocks(t, filepath.Join(root, "docs", "guides", "getting-started.md"))
	if len(blocks) != 3 {
		t.Fatalf("the guide has %d configurations, and this test knows three", len(blocks))
	}
	first, rotated, copied := blocks[0], blocks[1], blocks[2]
	second := secretsBlock.ReplaceAllLiteralString(first, rotated)
	if second == first {
		t.Fatal("the guide's second configuration replaces nothing in the first")
	}

	v := acctest.Start(t)
	c := newCLI(t, first, v.Env(acctest.OAuth, acctest.PEMFile)...)
	holds := func(key, want string) {
		t.Helper()
		if got, ok := v.ReadPlain(key); !ok || got != `{"`+key+`":"`+want+`"}` {
			t.Errorf("the vault doesn't hold %q as %s", want, key)
		}
	}
	apply := func(configuration, value string) {
		t.Helper()
		writeFile(t, filepath.Join(c.dir, "main.tf"), configuration)
		c.run("apply", "-auto-approve", "-var", "api_key="+value)
		holds("api_key", value)
	}

	apply(first, "first-key")
	c.run("plan", "-detailed-exitcode", "-var", "api_key=first-key")
	if out := c.run("plan", "-var", "api_key=second-key"); !strings.Contains(out, "A write-only value will be written") {
		t.Errorf("the plan doesn't warn of the write:\n%s", out)
	}
	if state := readFile(t, filepath.Join(c.dir, "terraform.tfstate")); strings.Contains(state, "first-key") {
		t.Error("the state holds the value")
	}

	apply(second, "second-key")
	c.run("plan", "-detailed-exitcode", "-var", "api_key=third-key") // the version hasn't changed

	apply(second+copied, "second-key")
	holds("api_key_copy", "second-key")
	apply(strings.ReplaceAll(second+copied, "= 2", "= 3"), "third-key")
	holds("api_key_copy", "third-key")
	c.run("destroy", "-auto-approve", "-var", "api_key=third-key")
	if keys := v.Server.Keys(); len(keys) > 0 {
		t.Errorf("destroy left %q", keys)
	}
}

// A vault is imported as the guide says: nothing is written, and no value gets
// into the state.
func TestImportingAVault(t *testing.T) {
	blocks := guideBlocks(t, filepath.Join(root, "docs", "guides", "importing-a-vault.md"))
	if len(blocks) != 1 {
		t.Fatalf("the guide has %d configurations, and this test knows one", len(blocks))
	}
	v := acctest.Start(t)
	v.WritePlain("one", `{"one":"first-value"}`)
	v.WritePlain("two", `{"two":"second-value"}`)
	c := newCLI(t, blocks[0], append(v.Env(acctest.OAuth, acctest.PEMFile), `TF_VAR_values={one="first-value",two="second-value"}`)...)
	if out := c.run("apply", "-auto-approve"); !strings.Contains(out, "2 imported, 0 added, 2 changed, 0 destroyed") {
		t.Errorf("apply:\n%s", out)
	}
	v.NoWrites(t) // what changed is that the version was recorded
	c.run("plan", "-detailed-exitcode")
	if state := readFile(t, filepath.Join(c.dir, "terraform.tfstate")); strings.Contains(state, "-value") {
		t.Error("the state holds a value")
	}
}
