package docs

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const registry = "https://registry.terraform.io/providers/helvetisafe/helvetisafe/latest/docs"

var link = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)\s]*)?\)`)

// The overview's address on Terraform's registry ends without a slash, so that a
// relative link there leads elsewhere. Its links are whole, and lead to pages of ours.
func TestOverviewLinks(t *testing.T) {
	found := 0
	for _, target := range link.FindAllStringSubmatch(readFile(t, filepath.Join(root, "docs", "index.md")), -1) {
		page, ok := strings.CutPrefix(target[1], registry+"/")
		switch {
		case ok:
			found++
			readFile(t, filepath.Join(root, "docs", filepath.FromSlash(page)+".md"))
		case !strings.HasPrefix(target[1], "https://"):
			t.Errorf("the overview links to %s, which is relative", target[1])
		}
	}
	if found == 0 {
		t.Error("the overview links to no page")
	}
}

// If a value is kept in the state, or destroying is final, the page says so in a callout.
func TestCallouts(t *testing.T) {
	for page, marks := range map[string][]string{
		"resources/secret.md":              {"\n~> **`value` and `data` are kept in plan and state**", "\n!> **A deletion is final**"},
		"data-sources/secret.md":           {"\n~> "},
		"data-sources/secrets.md":          {"\n~> "},
		"guides/plaintext-and-state.md":    {"\n~> "},
		"guides/importing-a-vault.md":      {"\n!> "},
		"guides/from-the-python-client.md": {"\n!> "},
		"guides/getting-started.md":        {"\n!> "},
	} {
		text := readFile(t, filepath.Join(root, "docs", filepath.FromSlash(page)))
		for _, mark := range marks {
			if !strings.Contains(text, mark) {
				t.Errorf("docs/%s has no callout %q", page, mark)
			}
		}
	}
	for _, page := range []string{"ephemeral-resources/secret.md", "data-sources/secret_metadata.md"} {
		if strings.Contains(readFile(t, filepath.Join(root, "docs", filepath.FromSlash(page))), "\n~> ") {
			t.Errorf("docs/%s keeps no value in the state, and has a callout", page)
		}
	}
}
