package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// messageRow is a row of the tables in the guide on troubleshooting.
var messageRow = regexp.MustCompile(`(?m)^\| (.+?) \| .+ \|$`)

// settingName is what the provider puts in the place of {setting} in a text of the client.
var settingName = regexp.MustCompile("^`[a-z_]+`(?: and `[a-z_]+`)?$")

// request is the beginning of a message about an answer, which the client puts together.
var request = regexp.MustCompile(`^(?:\d{3}|…) on …: `)

// Each message that the guide quotes is in the code; if the guide leaves something out,
// each part of it is. And the guide has each headline and each cause that the code can
// give.
func TestMessages(t *testing.T) {
	var texts, settings []string
	wanted := map[string]bool{} // what the guide must have
	for _, dir := range []string{"provider", "helvetisafe", "rest", "envelope"} {
		for name, file := range sources(t, filepath.Join(root, "internal", dir)) {
			names := constants(file)
			ast.Inspect(file, func(n ast.Node) bool {
				if e, ok := n.(ast.Expr); ok {
					if text, ok := literal(e); ok {
						texts = append(texts, text)
						if settingName.MatchString(text) {
							settings = append(settings, text)
						}
					}
				}
				for _, summary := range summariesAt(t, n, names) {
					wanted[summary] = true
				}
				return true
			})
			if !slices.Contains(causes[dir], name) {
				continue
			}
			ast.Inspect(file, func(n ast.Node) bool {
				e, ok := n.(ast.Expr)
				if !ok {
					return true
				}
				text, ok := literal(e)
				if cause := causeIn(text); ok && cause != "" {
					wanted[cause] = true
				}
				return !ok
			})
		}
	}
	for _, text := range slices.Clone(texts) {
		if strings.Contains(text, "{setting}") {
			for _, setting := range settings {
				texts = append(texts, strings.ReplaceAll(text, "{setting}", setting))
			}
		}
	}
	for name := range validated(t) {
		wanted["Invalid "+name] = true
		texts = append(texts, "Invalid "+name)
	}
	for _, part := range partsOfCauses {
		if !wanted[part] {
			t.Errorf("%q is not in the code any more", part)
		}
		delete(wanted, part)
	}
	if len(wanted) < 100 {
		t.Errorf("only %d messages found in the code", len(wanted))
	}

	guide := readFile(t, filepath.Join(root, "docs", "guides", "troubleshooting.md"))
	var rows []string
	for _, row := range messageRow.FindAllStringSubmatch(guide, -1) {
		if row[1] == "message" || strings.HasPrefix(row[1], "---") {
			continue
		}
		rows = append(rows, row[1])
		if !contained(texts, strings.Split(strings.Trim(request.ReplaceAllString(row[1], ""), "()"), "…")) {
			t.Errorf("the guide quotes %q, and no message in the code has it", row[1])
		}
	}
	for message := range wanted {
		if !contained(rows, strings.Split(message, "…")) {
			t.Errorf("the guide doesn't have %q", message)
		}
	}
}

// causes are the files, by package, whose texts name the cause of an error. What
// the others say stands under a headline that is about nothing else: what is odd
// about an answer or a stored secret.
var causes = map[string][]string{
	"provider":    {"provider_config.go", "provider_rules.go"},
	"helvetisafe": {"answer_status.go", "config.go", "errors.go", "keys_private.go", "material.go"},
	"rest":        {"client.go", "failure.go"},
	"envelope":    {"pem.go"},
}

// partsOfCauses are texts that stand inside another that the guide has, or beside
// the headline that it has.
var partsOfCauses = []string{
	"put it into `…` or", ", or give the path of its file here", "decode it from base64, and", "add its BEGIN and END lines, and",
	"the key … can't be used", "the secret … can't be read as text",
	"the secret … can't be decrypted with the Org Key …: it was written under another Org Key, or damaged",
	"it is a directory", "it is not a regular file but a pipe, a socket or a device", "it is too large: more than … KiB", "the system doesn't say why",
	"it is not a secret", "it doesn't hold an `access_token` that a header can carry",
	"its status says that it worked, but it is not the API's own, and the secret is still there or can't be looked up",
	"it isn't known whether the secret … was created",
	"Configuring the provider",
	", and … are set",
	"client connection lost",                                               // of net/http, to go by
	"the address is another machine's", "the proxy refused the connection", // told in other words
}

var verb = regexp.MustCompile(`%(\[\d\])?#?[a-zA-Z]|\{[a-z_]+\}`)

// causeIn is what a text says about the cause, before the next step. It is "" if that is
// not a sentence.
func causeIn(text string) string {
	cause, _, _ := strings.Cut(text, "; ")
	cause, _, _ = strings.Cut(cause, ". ")
	cause = strings.Trim(verb.ReplaceAllString(cause, "…"), " .:…")
	if cause == strings.ToUpper(cause) || len(strings.Fields(strings.ReplaceAll(cause, "…", ""))) < 3 {
		return "" // "RSA PRIVATE KEY", and what only joins others
	}
	return cause
}

// sources parses the files of a package that aren't tests.
func sources(t *testing.T, dir string) map[string]*ast.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files, %v", dir, len(paths), err)
	}
	files := map[string]*ast.File{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = file
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

// constants are the strings that a file gives a name.
func constants(file *ast.File) map[string]string {
	names := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == len(spec.Names) {
			for i, value := range spec.Values {
				if text, ok := literal(value); ok {
					names[spec.Names[i].Name] = text
				}
			}
		}
		return true
	})
	return names
}

// summariesAt are the headlines of the diagnostics that a node makes. One that this
// can't read is an error, so that none is left out.
func summariesAt(t *testing.T, n ast.Node, names map[string]string) []string {
	t.Helper()
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
		if n.Name.Name != "diagnose" {
			return nil
		}
		ast.Inspect(n.Body, func(inner ast.Node) bool {
			if r, ok := inner.(*ast.ReturnStmt); ok {
				if _, ofTable := r.Results[0].(*ast.SelectorExpr); !ofTable {
					candidates = append(candidates, r.Results[0])
				}
			}
			return true
		})
	case *ast.ValueSpec:
		if n.Names[0].Name != "kinds" {
			return nil
		}
		for _, row := range n.Values[0].(*ast.CompositeLit).Elts {
			candidates = append(candidates, row.(*ast.KeyValueExpr).Value.(*ast.CompositeLit).Elts[0])
		}
	}
	var found []string
	for _, candidate := range candidates {
		text, ok := literal(candidate)
		switch c := candidate.(type) {
		case *ast.Ident:
			if c.Name == "summary" || c.Name == "configSummary" && names[c.Name] == "" {
				continue // from diagnose, and from the file that has the constant
			}
			text, ok = names[c.Name]
		case *ast.CallExpr: // textValidator's "Invalid %s", see validated
			if text, ok := literal(c.Args[0]); ok && text == "Invalid %s" {
				continue
			}
		}
		if !ok {
			t.Errorf("a diagnostic's headline is %T, which this test can't read", candidate)
		}
		found = append(found, strings.TrimSuffix(text, " "))
	}
	return found
}

// validated are the attributes that a validator of ours heads "Invalid <name>".
func validated(t *testing.T) map[string]bool {
	t.Helper()
	attributes := map[string]bool{}
	for _, file := range sources(t, filepath.Join(root, "internal", "provider")) {
		ast.Inspect(file, func(n ast.Node) bool {
			attribute, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			schema, ok := attribute.Value.(*ast.CompositeLit)
			name, named := literal(attribute.Key)
			if !ok || !named {
				return true
			}
			for _, element := range schema.Elts {
				if field, ok := element.(*ast.KeyValueExpr); ok {
					if id, ok := field.Key.(*ast.Ident); ok && id.Name == "Validators" {
						attributes[name] = true
					}
				}
			}
			return true
		})
	}
	if len(attributes) == 0 {
		t.Error("no validators found")
	}
	return attributes
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
