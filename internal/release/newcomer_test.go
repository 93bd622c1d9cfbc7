package release

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	requiresOurs  = regexp.MustCompile(`source\s+= "helvetisafe/helvetisafe"`)
	requiresRight = regexp.MustCompile(`source\s+= "helvetisafe/helvetisafe"\s+version = "(~> [\d.]+)"`)
	helpNames     = regexp.MustCompile(`RUN='(Test\w+)`)
)

// Every example can be copied as it stands: it says which provider it needs, and in
// which version, which is the one of the next release.
func TestExamplesRequireTheProvider(t *testing.T) {
	release := regexp.MustCompile(`(?m)^## (\d+\.\d+)\.\d+`).FindStringSubmatch(readFile(t, filepath.Join(root, "CHANGELOG.md")))
	if release == nil {
		t.Fatal("the changelog names no version")
	}
	check := func(where, text string) {
		t.Helper()
		found := requiresRight.FindAllStringSubmatch(text, -1)
		if len(found) != len(requiresOurs.FindAllString(text, -1)) {
			t.Errorf("%s requires the provider without a version", where)
		}
		for _, m := range found {
			if m[1] != "~> "+release[1] {
				t.Errorf("%s requires %s, and the release is %s", where, m[1], release[1])
			}
		}
	}
	examples := 0
	err := filepath.WalkDir(filepath.Join(root, "examples"), func(path string, _ os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".tf" {
			examples++
			text := readFile(t, path)
			check(path, text)
			if !requiresOurs.MatchString(text) {
				t.Errorf("%s doesn't require the provider", path)
			}
		}
		return err
	})
	if err != nil || examples == 0 {
		t.Fatalf("%d examples: %v", examples, err)
	}
	for _, path := range markdownFiles(t) {
		check(path, readFile(t, path))
	}
}

// What `make help` shows for running some tests runs one.
func TestHelpNamesATest(t *testing.T) {
	named := helpNames.FindAllStringSubmatch(readFile(t, filepath.Join(root, "GNUmakefile"))+readFile(t, filepath.Join(root, "CONTRIBUTING.md")), -1)
	if len(named) == 0 {
		t.Fatal("no test is named")
	}
	var sources strings.Builder
	paths, err := filepath.Glob(filepath.Join(root, "internal", "provider", "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		sources.WriteString(readFile(t, path))
	}
	for _, name := range named {
		if !strings.Contains(sources.String(), "\nfunc "+name[1]) {
			t.Errorf("no test's name begins with %s", name[1])
		}
	}
}
