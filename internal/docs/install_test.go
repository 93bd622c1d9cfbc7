package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// directBlock asks the registry, which this test doesn't.
var directBlock = regexp.MustCompile(`(?s)  direct \{.*?\n  \}\n`)

// What `make install` lays out is installed by init, beside providers of others: the
// guide on rotation, as a newcomer follows it.
func TestInstalledBesideOthers(t *testing.T) {
	_, c := start(t, "rotation-elsewhere", "STANDIN_NOW=2026-01-01T00:00:00Z")
	install := exec.CommandContext(t.Context(), "make", "--no-print-directory", "-C", root, "install")
	printed, err := install.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	for _, part := range []string{"bin/mirror.tfrc", "terraform init", "bin/dev.tfrc", "bin/devserver"} {
		if !strings.Contains(string(printed), part) {
			t.Errorf("it says nothing of %s:\n%s", part, printed)
		}
	}

	providers, err := builtProviders()
	if err != nil {
		t.Fatal(err)
	}
	others := t.TempDir()
	exe := ""
	if runtime.GOOS == "windows" {
		exe = ".exe"
	}
	for name, version := range map[string]string{"random": "3.7.0", "time": "0.9.0", "aws": "6.0.0"} {
		for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
			dir := filepath.Join(others, host, "hashicorp", name, version, runtime.GOOS+"_"+runtime.GOARCH)
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			file := "terraform-provider-" + name
			if err := duplicate(filepath.Join(providers, file+exe), filepath.Join(dir, file+"_v"+version+exe)); err != nil {
				t.Fatal(err)
			}
		}
	}
	rc := readFile(t, filepath.Join(root, "bin", "mirror.tfrc"))
	if len(directBlock.FindAllString(rc, -1)) != 1 {
		t.Fatalf("other providers don't come from the registry:\n%s", rc)
	}
	c.Write("cli.tfrc", directBlock.ReplaceAllLiteralString(rc, "  filesystem_mirror {\n    path    = \""+filepath.ToSlash(others)+"\"\n    include = [\"hashicorp/*\"]\n  }\n"))
	c.run("init")
	if out := c.apply(); strings.Contains(out, "overrides") {
		t.Errorf("not installed:\n%s", out)
	}
	c.settled()
	c.run("destroy", "-auto-approve")
}
