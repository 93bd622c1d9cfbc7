package release

import (
	"path/filepath"
	"regexp"
	"slices"
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

// userCommand is a command of the guide for new users that runs the CLI.
var userCommand = regexp.MustCompile(`(?m)^TF_VAR_api_key=(\S+) terraform (apply|plan|destroy)$`)

// The guide for new users is walked through as it stands: each configuration is
// written when it comes, each command run in its turn.
func TestGettingStarted(t *testing.T) {
	v := acctest.Start(t)
	c := newCLI(t, "", v.Env(acctest.OAuth, acctest.PEMFile)...)
	main := filepath.Join(c.Dir, "main.tf")
	holds := func(key, want string) {
		t.Helper()
		if got, ok := v.ReadPlain(key); !ok || got != `{"`+key+`":"`+want+`"}` {
			t.Errorf("the vault doesn't hold %q as %s", want, key)
		}
	}
	says := func(out, want string) {
		t.Helper()
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	run := func(value, operation string) string {
		t.Helper()
		args := []string{operation, "-var", "api_key=" + value}
		if operation != "plan" {
			args = append(args, "-auto-approve")
		}
		return c.run(args...)
	}
	after := []func(out string){
		func(string) {
			holds("api_key", "first-key")
			if strings.Contains(readFile(t, filepath.Join(c.Dir, "terraform.tfstate")), "first-key") {
				t.Error("the state holds the value")
			}
		},
		func(out string) { says(out, "No changes.") },
		func(out string) { says(out, "A write-only value will be written") },
		func(string) { holds("api_key", "second-key") },
		func(out string) { says(out, "No changes.") },
		func(string) {
			holds("api_key_copy", "second-key")
			// What the guide says of the next rotation.
			writeFile(t, main, strings.ReplaceAll(readFile(t, main), "= 2", "= 3"))
			run("third-key", "apply")
			holds("api_key", "third-key")
			holds("api_key_copy", "third-key")
		},
		func(string) {
			if keys := v.Server.Keys(); len(keys) > 0 {
				t.Errorf("destroy left %q", keys)
			}
		},
	}

	text, done := "", 0
	for _, block := range codeBlock.FindAllStringSubmatch(readFile(t, filepath.Join(root, "docs", "guides", "getting-started.md")), -1) {
		if block[1] == "terraform" {
			if replaced := secretsBlock.ReplaceAllLiteralString(text, block[2]); replaced != text && secretsBlock.MatchString(block[2]) {
				text = replaced
			} else {
				text += block[2]
			}
			writeFile(t, main, text)
		}
		for _, command := range userCommand.FindAllStringSubmatch(block[2], -1) {
			out := run(command[1], command[2])
			if done == len(after) {
				t.Fatalf("the guide has more commands than the %d that this test knows", done)
			}
			after[done](out)
			done++
		}
	}
	if done != len(after) {
		t.Errorf("the guide has %d commands that run the CLI, and this test knows %d", done, len(after))
	}
}

// A vault is imported as the guide says: nothing is written, and no value gets
// into the state.
func TestImportingAVault(t *testing.T) {
	blocks := guideBlocks(t, filepath.Join(root, "docs", "guides", "importing-a-vault.md"))
	blocks = slices.DeleteFunc(blocks, func(block string) bool { return !strings.Contains(block, "for_each") })
	if len(blocks) != 1 {
		t.Fatalf("the guide has %d configurations with for_each, and this test knows one", len(blocks))
	}
	v := acctest.Start(t)
	v.WritePlain("one", `{"one":"first-value"}`)
	v.WritePlain("two", `{"two":"second-value"}`)
	c := newCLI(t, blocks[0], append(v.Env(acctest.OAuth, acctest.PEMFile), `TF_VAR_values={one="first-value",two="second-value"}`)...)
	// A value that isn't the stored one is warned of by the plan.
	out := c.run("plan", `-var=values={one="first-value",two="other-value"}`)
	warning := strings.Join(strings.Fields(strings.ReplaceAll(out, "│", "")), " ")
	if !strings.Contains(warning, `An imported secret will be overwritten`) || !strings.Contains(warning, `The secret "two" was imported`) ||
		strings.Contains(warning, `The secret "one" was imported`) {
		t.Errorf("the plan doesn't warn of the secret that it would overwrite, and of no other:\n%s", out)
	}
	v.NoWrites(t)
	if out := c.run("apply", "-auto-approve"); strings.Contains(out, "overwritten") || !strings.Contains(out, "2 imported, 0 added, 2 changed, 0 destroyed") {
		t.Errorf("apply:\n%s", out)
	}
	v.NoWrites(t) // what changed is that the version was recorded
	c.run("plan", "-detailed-exitcode")
	if state := readFile(t, filepath.Join(c.Dir, "terraform.tfstate")); strings.Contains(state, "-value") {
		t.Error("the state holds a value")
	}
}
