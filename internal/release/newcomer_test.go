package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	requiresOurs  = regexp.MustCompile(`source\s+= "helvetisafe/helvetisafe"`)
	requiresRight = regexp.MustCompile(`source\s+= "helvetisafe/helvetisafe"\s+version = "(~> [\d.]+)"`)
	secretTyped   = regexp.MustCompile(`(?m)^(?:\$ )?(?:export )?(?:TF_VAR_\w+|HELVETISAFE_(?:CLIENT_SECRET|API_TOKEN|PASSWORD|PRIVATE_KEY_PEM))=['"]?[\w-]`)
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

// A page that shows a secret being typed into a command says that the shell keeps it.
func TestTypedSecretsAreExplained(t *testing.T) {
	typed := 0
	for _, path := range markdownFiles(t) {
		text := readFile(t, path)
		for _, block := range codeBlock.FindAllStringSubmatch(text, -1) {
			if (block[1] == "shell" || block[1] == "sh" || block[1] == "console") && secretTyped.MatchString(block[2]) {
				typed++
				if !strings.Contains(text, "shell's history") {
					t.Errorf("%s shows a secret in a command, and says nothing of the shell's history", path)
				}
			}
		}
	}
	if typed == 0 {
		t.Error("no page types a secret: this test looked for something else")
	}
}

// Without a CLI on PATH the scripts take the one that `make tofu` has built, and only
// without that they say what to install.
func TestScriptsFindTheBuiltCLI(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("SKIPPED, the scripts: no bash")
	}
	dir := t.TempDir()
	find := func() (string, error) {
		script, err := filepath.Abs(filepath.Join(root, "scripts", "cli.sh"))
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(bash, "-c", `. "$0" && find_cli`, script)
		cmd.Dir, cmd.Env = dir, []string{"PATH=" + dir}
		out, err := cmd.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	if out, err := find(); err == nil || !strings.Contains(out, "make tofu") {
		t.Errorf("without a CLI: %v\n%s", err, out)
	}
	built := filepath.Join(dir, "tools", "bin", "tofu")
	if err := os.MkdirAll(filepath.Dir(built), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(built, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := find(); err != nil || out != built {
		t.Errorf("with one in tools/bin: %v, %s", err, out)
	}
}

// Whoever tries the project for the first time is told why nothing happens for a while.
func TestFirstCommandsSayThatTheyBuild(t *testing.T) {
	for _, target := range []string{"demo", "install"} {
		out, err := exec.Command("make", "--no-print-directory", "-C", root, "-n", target).CombinedOutput()
		first, _, _ := strings.Cut(string(out), "\n")
		if err != nil || !strings.HasPrefix(first, "echo 'Building") {
			t.Errorf("make %s begins with %q: %v", target, first, err)
		}
	}
}
