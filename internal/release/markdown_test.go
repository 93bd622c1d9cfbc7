package release

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

var (
	markdownLink = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)\s]*)?\)`)
	codeBlock    = regexp.MustCompile("(?s)```(\\w+)\n(.*?)```")
	makeTarget   = regexp.MustCompile(`(?m)^\$ make ([a-z-]+)$`)
)

// README's configuration is applied as it stands, and its commands exist.
func TestReadme(t *testing.T) {
	readme := readFile(t, filepath.Join(root, "README.md"))
	makefile := readFile(t, filepath.Join(root, "GNUmakefile"))

	targets := makeTarget.FindAllStringSubmatch(readme, -1)
	if len(targets) == 0 {
		t.Error("README has no make command")
	}
	for _, target := range targets {
		if !strings.Contains(makefile, "\n"+target[1]+":") {
			t.Errorf("README says make %s, and there is no such target", target[1])
		}
	}

	applied := 0
	for _, block := range codeBlock.FindAllStringSubmatch(readme, -1) {
		if block[1] != "hcl" {
			continue
		}
		applied++
		v := acctest.Start(t)
		c := newCLI(t, block[2], exampleEnv(v, block[2])...)
		c.run("apply", "-auto-approve")
		c.run("plan", "-detailed-exitcode")
		c.run("destroy", "-auto-approve")
	}
	if applied == 0 {
		t.Error("README has no configuration")
	}
}

// The CLI says how a file is to be formatted, those in the documentation too.
func TestFormat(t *testing.T) {
	c := newCLI(t, "")
	for _, path := range markdownFiles(t) {
		for _, block := range codeBlock.FindAllStringSubmatch(readFile(t, path), -1) {
			if block[1] == "hcl" || block[1] == "terraform" {
				writeFile(t, filepath.Join(c.dir, "main.tf"), block[2])
				if diff := c.run("fmt", "-diff"); diff != "" {
					t.Errorf("%s holds a configuration that is not formatted:\n%s", path, diff)
				}
			}
		}
	}
}

// Links between our own files lead somewhere.
func TestLinks(t *testing.T) {
	for _, path := range markdownFiles(t) {
		for _, link := range markdownLink.FindAllStringSubmatch(readFile(t, path), -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), link[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", path, link[1])
			}
		}
	}
}

// markdownFiles are those that people read; templates are read as docs.
func markdownFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"docs", "examples", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, _ os.DirEntry, err error) error {
			if filepath.Ext(path) == ".md" {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}
