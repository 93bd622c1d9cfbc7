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
