package release

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// releaseVersion is the version of the releases that are made here.
const releaseVersion = "9.9.9"

// madeRelease is what goreleaser left in dist, and what it was made from.
type madeRelease struct {
	dist, commit string
	sums         map[string]string // by file name, hexadecimal SHA-256
	gnupg        string            // GnuPG's directory, with the key that signed
}

// path is the file of that name, after a prefix that all have.
func (r *madeRelease) path(suffix string) string {
	return filepath.Join(r.dist, "terraform-provider-helvetisafe_"+releaseVersion+"_"+suffix)
}

// A release is made as the release workflow makes it, but for the upload, from two
// clones of the last commit, the second with a build cache of its own. It is for
// this machine's system and architecture alone. If RELEASE_TARGETS is "all" it is for
// each that is released, from one cache, since compiling takes minutes.
func TestRelease(t *testing.T) {
	if os.Getenv("GORELEASER") == "" {
		t.Skip("GORELEASER doesn't name a goreleaser: this test makes a release (make release-check)")
	}
	other := []string{"TZ=Pacific/Auckland"}
	if os.Getenv("RELEASE_TARGETS") != "all" {
		other = append(other, "GOCACHE="+t.TempDir())
	}
	head, err := exec.Command("git", "rev-parse", "HEAD").Output()
	if err != nil {
		t.Fatal("git rev-parse:", err)
	}
	commit := strings.TrimSpace(string(head))
	first := makeRelease(t, commit, "first", "022", "TZ=UTC")
	second := makeRelease(t, commit, filepath.Join("in another", "place"), "077", other...)

	t.Run("is the same wherever it is made", func(t *testing.T) {
		if len(first.sums) < 2 {
			t.Fatalf("SHA256SUMS names %d files", len(first.sums))
		}
		for name, sum := range first.sums {
			if second.sums[name] != sum {
				t.Errorf("%s has the SHA-256 %s, and made in another place %q", name, sum, second.sums[name])
			}
		}
		if got, want := readFile(t, second.path("SHA256SUMS")), readFile(t, first.path("SHA256SUMS")); got != want {
			t.Errorf("SHA256SUMS is\n%s\nand made in another place\n%s", want, got)
		}
	})
	t.Run("is what registries take", func(t *testing.T) { testArtifacts(t, first) })
	t.Run("has the development server beside it", func(t *testing.T) { testDevserver(t, first, second) })
	t.Run("is signed", func(t *testing.T) {
		out, err := gpg(first.gnupg, "--verify", first.path("SHA256SUMS.sig"), first.path("SHA256SUMS"))
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		if signature := readFile(t, first.path("SHA256SUMS.sig")); signature == "" || signature[0]&0x80 == 0 {
			t.Error("the signature is not a binary OpenPGP packet, which registries demand")
		}
	})

	tofu, err := filepath.Abs(filepath.Join(root, "tools", "bin", "tofu"))
	if err != nil {
		t.Fatal(err)
	}
	clis := []string{acctest.CLIPath(), tofu}
	slices.Sort(clis)
	for _, path := range slices.Compact(clis) {
		t.Run("installs with "+filepath.Base(path), func(t *testing.T) { testInstall(t, first, path) })
	}
}

// makeRelease clones that commit into a directory of that name and runs goreleaser
// there, under that umask.
func makeRelease(t *testing.T, commit, name, umask string, env ...string) *madeRelease {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	run := func(dir string, env []string, command ...string) {
		t.Helper()
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
		}
	}
	withUmask := func(command ...string) []string {
		return append([]string{"sh", "-c", "umask " + umask + ` && exec "$@"`, "sh"}, command...)
	}
	source, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	run(".", nil, withUmask("git", "clone", "--quiet", "--no-checkout", source, dir)...)
	run(dir, nil, withUmask("git", "checkout", "--quiet", "--detach", commit)...)
	run(dir, nil, "git", "tag", "v"+releaseVersion)

	r := &madeRelease{dist: filepath.Join(dir, "dist"), commit: commit, sums: map[string]string{}}
	fingerprint := r.makeKey(t)
	notes := filepath.Join(t.TempDir(), "notes.md")
	writeFile(t, notes, "* What is new\n")
	run(dir, append([]string{
		"GOFLAGS=", "GNUPGHOME=" + r.gnupg, "GPG_FINGERPRINT=" + fingerprint, "GORELEASER_CURRENT_TAG=v" + releaseVersion,
		"PATH=" + filepath.Join(source, "tools", "bin") + string(os.PathListSeparator) + os.Getenv("PATH"),
	}, env...), withUmask(os.Getenv("GORELEASER"), "release", "--skip=publish", "--release-notes", notes, "--config", r.configuration(t))...)

	for line := range strings.Lines(readFile(t, r.path("SHA256SUMS"))) {
		sum, file, _ := strings.Cut(strings.TrimSpace(line), "  ")
		path := filepath.Join(r.dist, file)
		if strings.HasSuffix(file, "_manifest.json") {
			path = filepath.Join(dir, "terraform-registry-manifest.json") // renamed by the upload
		}
		if got := fmt.Sprintf("%x", sha256.Sum256([]byte(readFile(t, path)))); got != sum {
			t.Errorf("%s has the SHA-256 %s, and SHA256SUMS says %s", file, got, sum)
		}
		r.sums[file] = sum
	}
	return r
}

// configuration is the path of goreleaser's configuration as it stands here, with
// only one target, unless all are wanted.
func (r *madeRelease) configuration(t *testing.T) string {
	t.Helper()
	text := readFile(t, filepath.Join(root, ".goreleaser.yml"))
	if os.Getenv("RELEASE_TARGETS") != "all" {
		for key, value := range map[string]string{"goos": runtime.GOOS, "goarch": runtime.GOARCH} {
			line := regexp.MustCompile(`(?m)^    ` + key + `: &` + key + ` \[.*\]$`)
			if len(line.FindAllString(text, -1)) != 1 {
				t.Fatalf(".goreleaser.yml hasn't one list of %s", key)
			}
			text = line.ReplaceAllString(text, fmt.Sprintf("    %[1]s: &%[1]s [%[2]q]", key, value))
		}
	}
	path := filepath.Join(t.TempDir(), "goreleaser.yml")
	writeFile(t, path, text)
	return path
}

// makeKey makes a key to sign with, of the one kind that Terraform's registry
// takes, and returns its fingerprint.
func (r *madeRelease) makeKey(t *testing.T) string {
	t.Helper()
	// Not t.TempDir: the path of the agent's socket may have a hundred characters.
	var err error
	if r.gnupg, err = os.MkdirTemp("", "gnupg-"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("gpgconf", "--homedir", r.gnupg, "--kill", "all").CombinedOutput(); err != nil {
			t.Errorf("gpgconf: %v\n%s", err, out)
		}
		if err := os.RemoveAll(r.gnupg); err != nil {
			t.Error(err)
		}
	})
	if out, err := gpg(r.gnupg, "--passphrase", "", "--quick-generate-key", "release test", "rsa2048", "sign", "never"); err != nil {
		t.Fatalf("gpg (GnuPG) makes no key: %v\n%s", err, out)
	}
	out, err := gpg(r.gnupg, "--with-colons", "--list-secret-keys")
	match := regexp.MustCompile(`(?m)^fpr:+([0-9A-F]{40}):`).FindStringSubmatch(out)
	if err != nil || match == nil {
		t.Fatalf("gpg lists no key: %v\n%s", err, out)
	}
	return match[1]
}

func gpg(home string, args ...string) (string, error) {
	out, err := exec.Command("gpg", append([]string{"--homedir", home, "--batch"}, args...)...).CombinedOutput()
	return string(out), err
}

// testArtifacts looks at the names and the content that Terraform's registry
// demands, and at what we promise beside.
func testArtifacts(t *testing.T, r *madeRelease) {
	archives, err := filepath.Glob(r.path("*.zip"))
	if err != nil || len(archives) == 0 || os.Getenv("RELEASE_TARGETS") == "all" && len(archives) != 13 {
		t.Fatalf("%d archives: %v", len(archives), err)
	}
	if len(r.sums) != len(archives)+1 || r.sums[filepath.Base(r.path("manifest.json"))] == "" {
		t.Errorf("SHA256SUMS names other files than the archives and the manifest, and a registry refuses that: %v", r.sums)
	}
	for _, path := range archives {
		name := filepath.Base(path)
		if r.sums[name] == "" {
			t.Errorf("SHA256SUMS has no line for %s", name)
		}
		archive, err := zip.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		binary := "terraform-provider-helvetisafe_v" + releaseVersion
		if strings.Contains(name, "_windows_") {
			binary += ".exe"
		}
		var files []string
		for _, file := range archive.File {
			files = append(files, fmt.Sprintf("%s %v", file.Name, file.Mode()))
		}
		if err := archive.Close(); err != nil {
			t.Error(err)
		}
		slices.Sort(files)
		if want := []string{"CHANGELOG.md -rw-r--r--", "LICENSE -rw-r--r--", "THIRD_PARTY_LICENSES -rw-r--r--", binary + " -rwxr-xr-x"}; !slices.Equal(files, want) {
			t.Errorf("%s holds %q, want %q", name, files, want)
		}
		testBillOfMaterials(t, strings.TrimSuffix(path, ".zip")+".sbom.json")
	}
}

// testBillOfMaterials finds the modules that go.mod says the binary is made of,
// and none that is for tests only.
func testBillOfMaterials(t *testing.T, path string) {
	t.Helper()
	var bom struct {
		BOMFormat string `json:"bomFormat"`
		Metadata  struct {
			Component struct{ Name, Version string }
		}
		Components []struct{ Name, Version string }
	}
	if err := json.Unmarshal([]byte(readFile(t, path)), &bom); err != nil {
		t.Fatal(err)
	}
	if c := bom.Metadata.Component; bom.BOMFormat != "CycloneDX" || c.Name != module || c.Version != "v"+releaseVersion {
		t.Errorf("%s is a %q of %s %s", filepath.Base(path), bom.BOMFormat, c.Name, c.Version)
	}
	versions := map[string]string{}
	for _, component := range bom.Components {
		versions[component.Name] = component.Version
	}
	gomod := readFile(t, filepath.Join(root, "go.mod"))
	for _, name := range []string{"github.com/hashicorp/terraform-plugin-framework", "golang.org/x/crypto", "google.golang.org/grpc"} {
		if !strings.Contains(gomod, "\t"+name+" "+versions[name]) || versions[name] == "" {
			t.Errorf("%s has %s at %q, and go.mod says otherwise", filepath.Base(path), name, versions[name])
		}
	}
	if versions["std"] == "" {
		t.Errorf("%s doesn't say with which Go the binary was built", filepath.Base(path))
	}
	if _, found := versions["github.com/hashicorp/terraform-plugin-testing"]; found {
		t.Errorf("%s has what only tests use", filepath.Base(path))
	}
}

// testDevserver finds the development server, one for each archive and the same in both
// places, and not in SHA256SUMS: a registry would refuse the release. Its one for this
// machine runs.
func testDevserver(t *testing.T, first, second *madeRelease) {
	find := func(r *madeRelease) map[string]string {
		t.Helper()
		paths, err := filepath.Glob(filepath.Join(r.dist, "devserver_*", "helvetisafe-devserver*"))
		if err != nil {
			t.Fatal(err)
		}
		sums := map[string]string{}
		for _, path := range paths {
			sums[filepath.Base(filepath.Dir(path))] = fmt.Sprintf("%x", sha256.Sum256([]byte(readFile(t, path))))
		}
		return sums
	}
	servers := find(first)
	if len(servers) != len(first.sums)-1 { // the manifest has a line too
		t.Errorf("%d development servers for %d archives", len(servers), len(first.sums)-1)
	}
	if again := find(second); !maps.Equal(servers, again) {
		t.Errorf("made in another place they are others: %v and %v", servers, again)
	}
	for name := range first.sums {
		if strings.Contains(name, "devserver") {
			t.Errorf("SHA256SUMS names %s", name)
		}
	}
	uploaded := readFile(t, filepath.Join(first.dist, "artifacts.json"))
	if name := "helvetisafe-devserver_" + releaseVersion + "_" + runtime.GOOS + "_" + runtime.GOARCH; !strings.Contains(uploaded, `"`+name) {
		t.Errorf("no asset is called %s, as the guide on testing has it", name)
	}
	own, err := filepath.Glob(filepath.Join(first.dist, "devserver_"+runtime.GOOS+"_"+runtime.GOARCH+"*", "helvetisafe-devserver*"))
	if err != nil || len(own) != 1 {
		t.Fatalf("%d for this machine: %v", len(own), err)
	}
	if out, err := exec.Command(own[0], "-help").CombinedOutput(); err != nil || !strings.Contains(string(out), "-print-env") {
		t.Errorf("%v\n%s", err, out)
	}
}

// testInstall installs the release from a directory, as a network without a
// registry has it, and uses it: the server sees the version and the commit.
func testInstall(t *testing.T, r *madeRelease, path string) {
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("no CLI to install with (make tofu builds OpenTofu): %v", err)
	}
	acctest.ClearEnv(t)
	dir := t.TempDir()
	target := runtime.GOOS + "_" + runtime.GOARCH + ".zip"
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		mirror := filepath.Join(dir, "mirror", host, "helvetisafe", "helvetisafe")
		if err := os.MkdirAll(mirror, 0o750); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(mirror, filepath.Base(r.path(target))), readFile(t, r.path(target)))
	}
	tfrc := filepath.Join(dir, "mirror.tfrc")
	writeFile(t, tfrc, fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(filepath.Join(dir, "mirror"))))
	writeFile(t, filepath.Join(dir, "main.tf"), `terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "`+releaseVersion+`"
    }
  }
}

resource "helvetisafe_secret" "test" {
  key      = "greeting"
  value_wo = "not a secret"
}
`)
	v := acctest.Start(t)
	env := append(os.Environ(), "TF_CLI_CONFIG_FILE="+tfrc, "TF_IN_AUTOMATION=1", "TF_INPUT=0")
	c := &cli{&acctest.Workspace{T: t, Dir: dir, Path: path, Env: append(env, v.Env(acctest.OAuth, acctest.PEMFile)...)}}
	c.run("init")
	c.run("apply", "-auto-approve")
	c.run("plan", "-detailed-exitcode")

	requests := v.Server.Requests()
	if len(requests) == 0 {
		t.Fatal("the server saw no request")
	}
	want := regexp.MustCompile(`^terraform-provider-helvetisafe/` + regexp.QuoteMeta(releaseVersion+"+"+r.commit[:12]) + ` \(\d+\.\d+\.\d+\)$`)
	for _, request := range requests {
		if got := request.Header.Get("User-Agent"); !want.MatchString(got) {
			t.Errorf("%s was sent with the User-Agent %q, want %s", request.Route, got, want)
		}
	}
}
