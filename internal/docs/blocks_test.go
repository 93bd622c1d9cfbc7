package docs

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	variableUse = regexp.MustCompile(`\bvar\.(\w+)`)
	typeUse     = regexp.MustCompile(`(?m)^(?:resource "|data "|ephemeral "|provider "|\s+to\s+= )([a-z0-9]+)`)
)

// complete adds to a configuration what a guide leaves out if it shows only a part: the
// providers that it requires, and the variables that it takes.
func complete(t *testing.T, text string) string {
	t.Helper()
	var missing strings.Builder
	if !strings.Contains(text, "required_providers") {
		providers := map[string]bool{}
		for _, use := range typeUse.FindAllStringSubmatch(text, -1) {
			providers[use[1]] = true
		}
		missing.WriteString("terraform {\n  required_providers {\n")
		for name := range providers {
			if addresses[name] == "" {
				t.Errorf("no one plays the provider %s", name)
			}
			fmt.Fprintf(&missing, "    %s = { source = %q }\n", name, addresses[name])
		}
		missing.WriteString("  }\n}\n")
	}
	declared := map[string]bool{}
	for _, use := range variableUse.FindAllStringSubmatch(text, -1) {
		if name := use[1]; !declared[name] && !strings.Contains(text, `variable "`+name+`"`) {
			declared[name] = true
			fmt.Fprintf(&missing, "variable %q {\n  type      = string\n  ephemeral = true\n}\n", name)
		}
	}
	return missing.String() + text
}

// Every configuration in a guide, and on the provider's page, is valid, those with
// providers of others too.
// What is a whole example is applied besides, and so is the guide for new users,
// whose configurations need each other (TestGettingStarted in internal/release).
func TestGuides(t *testing.T) {
	for _, path := range append(guidePaths(t), filepath.Join(root, "docs", "index.md")) {
		if filepath.Base(path) == "getting-started.md" {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".md"), func(t *testing.T) {
			for _, block := range fence.FindAllStringSubmatch(readFile(t, path), -1) {
				switch {
				case strings.Contains(block[2], "\nrun \""): // TestModuleTests has that
				case block[1] == "terraform", block[1] == "hcl" && !strings.HasPrefix(block[2], "list "): // TestQueryFile has that
					c := newCLI(t, "")
					c.Write("main.tf", complete(t, block[2]))
					c.run("validate")
				case block[1] == "yaml":
					c := newCLI(t, "")
					c.Write("ci.yml", block[2])
					c.Write("main.tf", "output \"ci\" {\n  value = yamldecode(file(\"ci.yml\"))\n}\n")
					c.run("plan")
				}
			}
		})
	}
}
