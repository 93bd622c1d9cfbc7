package release

import (
	"path/filepath"
	"regexp"
	"testing"
)

var (
	actionUse    = regexp.MustCompile(`(?m)^ *(?:- )?uses: (.*)$`)
	pinnedAction = regexp.MustCompile(`^(\./.*|[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$`)
)

// A tag of an action can be moved to other code, which would run beside the key
// that releases are signed with; a commit can't. Dependabot reads the comment.
func TestWorkflowsPinActions(t *testing.T) {
	workflows, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.yml"))
	if err != nil || len(workflows) == 0 {
		t.Fatalf("%d workflows found: %v", len(workflows), err)
	}
	for _, path := range workflows {
		uses := actionUse.FindAllStringSubmatch(readFile(t, path), -1)
		if len(uses) == 0 {
			t.Errorf("%s uses no action: this test looked for something else", filepath.Base(path))
		}
		for _, use := range uses {
			if !pinnedAction.MatchString(use[1]) {
				t.Errorf("%s uses %s, which is not pinned as owner/name@commit # v1.2.3", filepath.Base(path), use[1])
			}
		}
	}
}

// The guides show the actions in the versions that this project uses itself, which
// Dependabot keeps current. An action that it doesn't use has no version to compare.
func TestGuidesShowCurrentActions(t *testing.T) {
	use := regexp.MustCompile(`uses: ([\w.-]+/[\w.-]+)@(?:[0-9a-f]{40} # )?(v\d+)`)
	current := map[string]string{}
	workflows, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range workflows {
		for _, found := range use.FindAllStringSubmatch(readFile(t, path), -1) {
			current[found[1]] = found[2]
		}
	}
	shown := 0
	for _, path := range markdownFiles(t) {
		for _, found := range use.FindAllStringSubmatch(readFile(t, path), -1) {
			if want, ok := current[found[1]]; ok {
				shown++
				if found[2] != want {
					t.Errorf("%s shows %s@%s, and the workflows use %s", path, found[1], found[2], want)
				}
			}
		}
	}
	if shown == 0 {
		t.Error("no guide shows an action that the workflows use")
	}
}
