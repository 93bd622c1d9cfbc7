package main

import "testing"

func TestFullVersion(t *testing.T) {
	defer func(v, c string) { version, commit = v, c }(version, commit)
	version, commit = "1.2.3", ""
	if got := fullVersion(); got != "1.2.3" {
		t.Errorf("without a commit: %q", got)
	}
	commit = "0123abc"
	if got := fullVersion(); got != "1.2.3+0123abc" {
		t.Errorf("with a commit: %q", got)
	}
}
