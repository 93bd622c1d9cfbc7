package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSpelling looks for misspelt words in all that people read, and in the names of
// files. It takes codespell, a Python program, from the package index.
func TestSpelling(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		python, err = exec.LookPath("python")
	}
	if err == nil {
		err = exec.Command(python, "-m", "pip", "--version").Run()
	}
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("SKIPPED, spelling: no Python with pip: %v", err)
	} else if err != nil {
		t.Fatalf("no Python with pip: %v", err)
	}
	dir := t.TempDir()
	install := exec.Command(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes",
		"--target", dir, "-r", "requirements.txt")
	if out, err := install.CombinedOutput(); err != nil && os.Getenv("CI") == "" {
		t.Skipf("SKIPPED, spelling: codespell can't be had: %v\n%s", err, out)
	} else if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	pages, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, filepath.Join(root, "internal", "DECISIONS.md"), filepath.Join(root, "internal", "helvetisafe", "PROTOCOL.md"))
	for _, name := range []string{"docs", "templates", "examples", "scripts", ".github", "GNUmakefile"} {
		pages = append(pages, filepath.Join(root, name))
	}
	check := exec.Command(python, append([]string{"-m", "codespell_lib", "--check-filenames", "--check-hidden"}, pages...)...)
	check.Env = append(os.Environ(), "PYTHONPATH="+dir)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, strings.ReplaceAll(string(out), root+string(filepath.Separator), ""))
	}
}
