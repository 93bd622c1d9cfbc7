package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

var (
	markdownLink = regexp.MustCompile(`\]\(([^)#\s]*)(#[^)\s]*)?\)`)
	codeBlock    = regexp.MustCompile("(?s)```(\\w+)\n(.*?)```")
	command      = regexp.MustCompile(`(?m)^\$ (.+)$`)
	madeAnew     = regexp.MustCompile(`("(?:value|nonce|created_at|updated_at)": )"[^"]*"`)
	variableUse  = regexp.MustCompile(`\bvar\.(\w+)`)
	testName     = regexp.MustCompile("`(Test\\w+)`")
	heading      = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	anchor       = regexp.MustCompile(`<a id="([^"]+)">`)
	notInSlugs   = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// README's commands run, and print what README shows.
func TestReadmeCommands(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test runs the real CLI (make test)")
	}
	ran, printed := 0, ""
	for _, block := range codeBlock.FindAllStringSubmatch(readFile(t, filepath.Join(root, "README.md")), -1) {
		if block[1] != "console" {
			continue
		}
		commands := command.FindAllStringSubmatch(block[2], -1)
		for _, line := range commands {
			ran++
			shell := exec.Command("sh", "-c", line[1])
			shell.Dir = root
			out, err := shell.CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v\n%s", line[1], err, out)
			}
			printed = string(out)
		}
		if shown := madeAnew.ReplaceAllString(block[2], `$1"…"`); len(commands) == 0 && !strings.Contains(madeAnew.ReplaceAllString(printed, `$1"…"`), shown) {
			t.Errorf("README shows\n%s\nand the command before printed\n%s", block[2], printed)
		}
	}
	if ran == 0 || printed == "" {
		t.Error("README has no command that prints something")
	}
}

// README's configurations are applied as they stand, with the variables that a
// part leaves out. A provider block alone gets a data source, which takes its
// credentials and its key.
func TestReadme(t *testing.T) {
	applied := 0
	for _, block := range codeBlock.FindAllStringSubmatch(readFile(t, filepath.Join(root, "README.md")), -1) {
		if block[1] != "hcl" {
			continue
		}
		applied++
		v := acctest.Start(t)
		text := strings.ReplaceAll(block[2], "https://vault.example.com", v.URL)
		for _, use := range variableUse.FindAllStringSubmatch(text, -1) {
			if declaration := "\nvariable \"" + use[1] + "\" {"; !strings.Contains(text, declaration) {
				text += declaration + "}\n"
			}
		}
		if !strings.Contains(text, "\nresource ") {
			text += "\ndata \"helvetisafe_org_key\" \"current\" {}\n"
		}
		c := newCLI(t, text, exampleEnv(v, text)...)
		c.run("apply", "-auto-approve")
		c.run("plan", "-detailed-exitcode")
		c.run("destroy", "-auto-approve")
	}
	if applied < 2 {
		t.Errorf("README has %d configurations, want one with resources and one with a provider block", applied)
	}
}

// The tests that the guide on promises names are there.
func TestPromisesNameTests(t *testing.T) {
	var sources strings.Builder
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "_test.go") {
			sources.WriteString(readFile(t, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := testName.FindAllStringSubmatch(readFile(t, filepath.Join(root, "docs", "guides", "promises.md")), -1)
	if len(names) == 0 {
		t.Error("the guide names no test")
	}
	for _, name := range names {
		if !strings.Contains(sources.String(), "\nfunc "+name[1]+"(") {
			t.Errorf("the guide names %s, which is not a test", name[1])
		}
	}
}

// The CLI says how a file is to be formatted, those in the documentation too.
func TestFormat(t *testing.T) {
	c := newCLI(t, "")
	for _, path := range markdownFiles(t) {
		for _, block := range codeBlock.FindAllStringSubmatch(readFile(t, path), -1) {
			if block[1] == "hcl" || block[1] == "terraform" {
				writeFile(t, filepath.Join(c.Dir, "main.tf"), block[2])
				if diff := c.run("fmt", "-diff"); diff != "" {
					t.Errorf("%s holds a configuration that is not formatted:\n%s", path, diff)
				}
			}
		}
	}
}

// Links between our own files lead to a file, and to a heading if they name one.
func TestLinks(t *testing.T) {
	for _, path := range markdownFiles(t) {
		for _, link := range markdownLink.FindAllStringSubmatch(readFile(t, path), -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			target := path
			if link[1] != "" {
				target = filepath.Join(filepath.Dir(path), link[1])
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", path, link[1])
			} else if link[2] != "" && !anchors(t, target)[link[2][1:]] {
				t.Errorf("%s links to %s%s, and there is no such heading", path, link[1], link[2])
			}
		}
	}
}

// anchors are what can follow the # in a link to a page: its headings, as GitHub and
// the registry spell them, and the anchors that it names itself.
func anchors(t *testing.T, path string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	text := readFile(t, path)
	for _, title := range heading.FindAllStringSubmatch(text, -1) {
		found[strings.ReplaceAll(notInSlugs.ReplaceAllString(strings.ToLower(title[1]), ""), " ", "-")] = true
	}
	for _, id := range anchor.FindAllStringSubmatch(text, -1) {
		found[id[1]] = true
	}
	return found
}

// markdownFiles are those that people read; templates are read as docs.
func markdownFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"docs", "examples", "internal", "benchmarks", ".github"} {
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
