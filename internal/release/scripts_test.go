package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A release is not made if the database of known vulnerabilities can't be reached; a
// change may be tested without it.
func TestVulnerabilityCheck(t *testing.T) {
	for _, row := range []struct {
		name, govulncheck string
		passes, required  bool // without and with --required
	}{
		{"nothing found", "echo 'No vulnerabilities found.'", true, true},
		{"a vulnerability", "echo 'Vulnerability #1: GO-2026-0001'; exit 3", false, false},
		{"no database", "echo 'govulncheck: fetching vulnerabilities: dial tcp: lookup vuln.go.dev' >&2; exit 1", true, false},
		{"a program that fails", "echo 'govulncheck: loading packages' >&2; exit 1", false, false},
	} {
		fake := filepath.Join(t.TempDir(), "govulncheck")
		if err := os.WriteFile(fake, []byte("#!/bin/sh\n"+row.govulncheck+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{}, {"--required"}} {
			check := exec.Command(filepath.Join(root, "scripts", "vuln.sh"), args...)
			check.Env = append(os.Environ(), "GOVULNCHECK="+fake)
			out, err := check.CombinedOutput()
			want := row.passes
			if len(args) > 0 {
				want = row.required
			}
			if (err == nil) != want {
				t.Errorf("%s, %q: %v, want it to pass: %v\n%s", row.name, args, err, want, out)
			}
		}
	}
}

// The notes of a release are the changelog's, and a version that the changelog doesn't
// have, or has as unreleased, is not released.
func TestReleaseNotes(t *testing.T) {
	changelog := filepath.Join(t.TempDir(), "CHANGELOG.md")
	writeFile(t, changelog, "## 1.3.0 (Unreleased)\n\n* Next\n\n## 1.2.0 (1 May 2026)\n\nFEATURES:\n\n* One\n\n## 1.1.0 (1 April 2026)\n\n## 1.1.0-rc1 (1 March 2026)\n\n* Last\n")
	for version, want := range map[string]string{
		"1.2.0":     "\nFEATURES:\n\n* One\n",
		"1.1.0-rc1": "\n* Last\n",
		"1.3.0":     "", // unreleased
		"1.1.0":     "", // says nothing
		"1.1":       "",
		"1x2x0":     "", // not a pattern
		"9.9.9":     "",
	} {
		out, err := exec.Command(filepath.Join(root, "scripts", "notes.sh"), version, changelog).Output()
		if (err == nil) != (want != "") || string(out) != want {
			t.Errorf("%s: %q, %v, want %q", version, out, err, want)
		}
	}
}

// The release workflow does all of it, before it makes anything.
func TestReleaseWorkflow(t *testing.T) {
	workflow := readFile(t, filepath.Join(root, ".github", "workflows", "release.yml"))
	last := 0
	for _, part := range []string{
		"uses: ./.github/workflows/test.yml", "run: scripts/vuln.sh --required", "needs: [tests, vulnerabilities]",
		"attestations: write", `run: scripts/notes.sh "${GITHUB_REF_NAME#v}" >"$RUNNER_TEMP/notes.md"`, `goreleaser release --clean --release-notes="$RUNNER_TEMP/notes.md"`,
		"uses: actions/attest@", "dist/*.zip", "dist/*.sbom.json", "dist/devserver_*/",
	} {
		at := strings.Index(workflow, part)
		if at < last {
			t.Errorf("the release workflow doesn't have %q, or not in this place", part)
		}
		last = max(at, last)
	}
	if tests := readFile(t, filepath.Join(root, ".github", "workflows", "test.yml")); !strings.Contains(tests, "run: scripts/vuln.sh\n") {
		t.Error("the tests don't look for known vulnerabilities")
	}
	// goreleaser ignores the notes if its own are disabled.
	configuration := readFile(t, filepath.Join(root, ".goreleaser.yml"))
	if !strings.Contains(configuration, "\n  prerelease: auto\n") || strings.Contains(configuration, "changelog:") {
		t.Error("goreleaser takes 1.2.3-rc1 for a release, or leaves the notes out")
	}
}
