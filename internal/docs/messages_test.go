package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// messageRow is a row of the tables in the guide on troubleshooting.
var messageRow = regexp.MustCompile(`(?m)^\| (.+?) \| .+ \|$`)

// Each message that the guide quotes is in the code, each part of it where the
// guide leaves something out; and each headline of the code is in the guide.
func TestMessages(t *testing.T) {
	var texts []string
	summaries := map[string]bool{}
	for _, dir := range []string{"provider", "helvetisafe", "envelope"} {
		for _, file := range sources(t, filepath.Join(root, "internal", dir)) {
			ast.Inspect(file, func(n ast.Node) bool {
				if e, ok := n.(ast.Expr); ok {
					if text, ok := literal(e); ok {
						texts = append(texts, text)
					}
				}
				for _, summary := range summariesAt(n) {
					summaries[summary] = true
				}
				return true
			})
		}
	}
	delete(summaries, "A defect in the provider") // it says itself what to do

	guide := readFile(t, filepath.Join(root, "docs", "guides", "troubleshooting.md"))
	quoted := 0
	for _, row := range messageRow.FindAllStringSubmatch(guide, -1) {
		if row[1] == "message" || strings.HasPrefix(row[1], "---") {
			continue
		}
		quoted++
		if !contained(texts, strings.Split(row[1], "…")) {
			t.Errorf("the guide quotes %q, and no message in the code has it", row[1])
		}
		delete(summaries, row[1])
	}
	if quoted < 20 {
		t.Errorf("only %d messages found in the guide", quoted)
	}
	for summary := range summaries {
		t.Errorf("the guide doesn't have %q", summary)
	}
}

// sources parses the files of a package that aren't tests.
func sources(t *testing.T, dir string) []*ast.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files, %v", dir, len(paths), err)
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// literal is the text of a string, or of several that are added up; what isn't
// one, such as a variable, is left out of the sum.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, e.Kind == token.STRING && err == nil
	case *ast.BinaryExpr:
		left, ok := literal(e.X)
		right, also := literal(e.Y)
		return left + right, e.Op == token.ADD && (ok || also)
	}
	return "", false
}

// summariesAt are the headlines of the diagnostics that a node makes.
func summariesAt(n ast.Node) []string {
	var candidates []ast.Expr
	switch n := n.(type) {
	case *ast.CallExpr:
		method, ok := n.Fun.(*ast.SelectorExpr)
		if !ok {
			return nil
		}
		switch method.Sel.Name {
		case "AddError", "AddWarning":
			candidates = n.Args[:1]
		case "AddAttributeError", "AddAttributeWarning":
			candidates = n.Args[1:2]
		}
	case *ast.FuncDecl:
		if n.Name.Name != "summaryOf" {
			return nil
		}
		ast.Inspect(n.Body, func(inner ast.Node) bool {
			if r, ok := inner.(*ast.ReturnStmt); ok {
				candidates = append(candidates, r.Results[0])
			}
			return true
		})
	}
	var found []string
	for _, candidate := range candidates {
		if text, ok := candidate.(*ast.BasicLit); ok {
			if summary, err := strconv.Unquote(text.Value); err == nil {
				found = append(found, strings.TrimSuffix(summary, " "))
			}
		}
	}
	return found
}

// contained reports whether one text has all the parts, in their order.
func contained(texts, parts []string) bool {
	for _, text := range texts {
		rest, all := text, true
		for _, part := range parts {
			var ok bool
			if _, rest, ok = strings.Cut(rest, strings.TrimSpace(part)); !ok {
				all = false
				break
			}
		}
		if all {
			return true
		}
	}
	return false
}
