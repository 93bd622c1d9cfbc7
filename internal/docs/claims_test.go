package docs

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var testName = regexp.MustCompile("`(Test[A-Za-z0-9_]+)`")

// The threat model says for each claim which test shows it, or under 'Not protected
// against' that there is none; and SECURITY.md does for what it says of releases. The
// tests that these pages and DECISIONS.md name exist.
func TestClaimsNameTests(t *testing.T) {
	tests := allTests(t)
	for _, page := range []struct {
		path  string
		needs func(section string) bool // whether the claims of a section need a test
		least int
	}{
		{filepath.Join("docs", "guides", "threat-model.md"), func(section string) bool { return section != "" && section != "Not protected against" }, 25},
		{"SECURITY.md", func(section string) bool { return section == "Verifying a release" || section == "Dependencies" }, 5},
		{filepath.Join("internal", "DECISIONS.md"), func(string) bool { return false }, 0},
	} {
		found := 0
		text := readFile(t, filepath.Join(root, page.path))
		for _, section := range strings.Split("\n"+text, "\n## ") {
			heading, body, _ := strings.Cut(section, "\n")
			if !page.needs(heading) {
				continue
			}
			for _, claim := range claims(body) {
				found++
				if !testName.MatchString(claim) && !slices.Contains(facts, claim) {
					t.Errorf("%s, %s: no test shows this: %s", page.path, heading, claim)
				}
			}
		}
		if found < page.least {
			t.Errorf("%s has %d claims, want %d at least: this test looked for something else", page.path, found, page.least)
		}
		for _, name := range testName.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(tests, name[1]) {
				t.Errorf("%s names %s, and there is no such test", page.path, name[1])
			}
		}
	}
}

// facts are sentences that no test of ours could show.
var facts = []string{
	"The machine that runs Terraform sees all of it, in memory.",
}

// claims are the list items, table rows and paragraphs of a section, in one line each.
func claims(body string) (found []string) {
	table := 0
	for _, block := range strings.Split(body, "\n\n") {
		var claim []string
		flush := func() {
			if len(claim) > 0 {
				found = append(found, strings.Join(claim, " "))
			}
			claim = nil
		}
		for line := range strings.Lines(block) {
			line = strings.TrimSpace(line)
			switch {
			case line == "":
			case strings.HasPrefix(line, "|"):
				flush()
				if table++; table > 2 { // below the heading and its rule
					found = append(found, line)
				}
			case strings.HasPrefix(line, "- "):
				flush()
				claim = append(claim, line)
			default:
				claim = append(claim, line)
			}
		}
		flush()
	}
	return found
}

// allTests are the names of the repository's tests.
func allTests(t *testing.T) (names []string) {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(\w+ \*testing\.T\)`)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && (entry.Name() == "tools" || entry.Name() == ".git") {
			return fs.SkipDir
		}
		if err == nil && strings.HasSuffix(path, "_test.go") {
			for _, name := range declared.FindAllStringSubmatch(readFile(t, path), -1) {
				names = append(names, name[1])
			}
		}
		return err
	})
	if err != nil || len(names) < 200 {
		t.Fatalf("%d tests found: %v", len(names), err)
	}
	return names
}
