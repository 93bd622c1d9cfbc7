package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/provider"
)

func schemas(t *testing.T) *tfprotov6.GetProviderSchemaResponse {
	t.Helper()
	server, err := providerserver.NewProtocol6WithError(provider.New("test")())()
	if err != nil {
		t.Fatal(err)
	}
	all, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Everything in the schema has a page, and everything on it a line there.
func TestPages(t *testing.T) {
	all := schemas(t)
	pages := map[string]*tfprotov6.Schema{"index.md": all.Provider}
	for dir, of := range map[string]map[string]*tfprotov6.Schema{
		"resources": all.ResourceSchemas, "data-sources": all.DataSourceSchemas,
		"ephemeral-resources": all.EphemeralResourceSchemas, "list-resources": all.ListResourceSchemas,
	} {
		for name, schema := range of {
			pages[dir+"/"+strings.TrimPrefix(name, "helvetisafe_")+".md"] = schema
		}
	}
	for page, schema := range pages {
		text := readFile(t, filepath.Join(root, "docs", filepath.FromSlash(page)))
		for _, attribute := range schema.Block.Attributes {
			if !strings.Contains(text, "\n- `"+attribute.Name+"` (") {
				t.Errorf("docs/%s has no line for %s", page, attribute.Name)
			}
			if attribute.Description == "" {
				t.Errorf("%s on docs/%s has no description", attribute.Name, page)
			}
		}
	}
	for _, dir := range []string{"resources", "data-sources", "ephemeral-resources", "list-resources"} {
		files, err := filepath.Glob(filepath.Join(root, "docs", dir, "*.md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if page := dir + "/" + filepath.Base(file); pages[page] == nil {
				t.Errorf("docs/%s is about nothing in the schema", page)
			}
		}
	}
}

// The Terraform that the pages are generated with knows no identities: the resource's
// section on it is written by hand, and its example is applied if the CLI can, as
// OpenTofu 1.12 can in `make test-tofu`.
func TestAccIdentityExample(t *testing.T) {
	server, err := providerserver.NewProtocol6WithError(provider.New("test")())()
	if err != nil {
		t.Fatal(err)
	}
	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	page := readFile(t, filepath.Join(root, "docs", "resources", "secret.md"))
	_, section, _ := strings.Cut(page, "\n## Identity\n")
	section, _, _ = strings.Cut(section, "\n## ")
	attributes := identities.IdentitySchemas["helvetisafe_secret"].IdentityAttributes
	if n := strings.Count(section, "\n- `"); n != len(attributes) || n == 0 {
		t.Errorf("the page has %d attributes of the identity, the schema %d", n, len(attributes))
	}
	for _, attribute := range attributes {
		if !strings.Contains(section, "\n- `"+attribute.Name+"` (String) "+attribute.Description+"\n") {
			t.Errorf("the page has no line of the identity's %s with its description", attribute.Name)
		}
	}

	example := ""
	for _, block := range fence.FindAllStringSubmatch(page, -1) {
		if strings.Contains(block[2], "  identity = {") {
			example = block[2]
		}
	}
	if example == "" {
		t.Fatal("the page has no import by identity")
	}
	v, c := start(t, "")
	name, version := acctest.CLI()
	c.Write("main.tf", required+example)
	out, err := c.try("validate")
	if err != nil {
		if name == "Terraform" && strings.HasPrefix(version, "1.11.") {
			t.Logf("%s %s takes no identity; the example is only formatted", name, version)
			return
		}
		t.Fatalf("%v\n%s", err, out)
	}
	v.WritePlain("greeting", `{"greeting":"Grüezi"}`)
	if out := c.apply(); !strings.Contains(out, "1 imported, 0 added, 0 changed, 0 destroyed") {
		t.Errorf("no import without a change:\n%s", out)
	}
	v.NoWrites(t)
}

// Terraform 1.11 and OpenTofu know no query files, so the guide's and the page's are
// held against the schema: a block in the form that the CLI writes, with arguments
// that are in the schema or Terraform's own.
func TestQueryFile(t *testing.T) {
	texts := []string{readFile(t, filepath.Join(examples, "importing", "vault.tfquery.hcl"))}
	for _, block := range fence.FindAllStringSubmatch(readFile(t, filepath.Join(root, "docs", "list-resources", "secret.md")), -1) {
		texts = append(texts, block[2]+"\n")
	}
	if len(texts) != 2 {
		t.Fatalf("the list resource's page has %d blocks, want one", len(texts)-1)
	}
	known := []string{"provider", "include_resource", "limit"}
	var filters []string
	for _, attribute := range schemas(t).ListResourceSchemas["helvetisafe_secret"].Block.Attributes {
		filters = append(filters, attribute.Name)
	}
	argument := regexp.MustCompile(`(?m)^\s*(\w+)\s*=`)
	c := newCLI(t, "")
	for _, text := range texts {
		c.Write("query.tf", text)
		if diff := c.run("fmt", "-diff", "query.tf"); diff != "" {
			t.Errorf("not formatted:\n%s", diff)
		}
		outside, config, ok := strings.Cut(text, "config {")
		if !ok || !strings.HasPrefix(text, `list "helvetisafe_secret" "`) {
			t.Fatal("no list block with a config block")
		}
		for part, names := range map[string][]string{outside: known, config: filters} {
			for _, found := range argument.FindAllStringSubmatch(part, -1) {
				if !slices.Contains(names, found[1]) {
					t.Errorf("%s is not among %v", found[1], names)
				}
			}
		}
	}
}

// All examples of the guides are formatted, and each is in a guide.
func TestExamplesAreShown(t *testing.T) {
	c := newCLI(t, "")
	from, err := filepath.Abs(examples)
	if err != nil {
		t.Fatal(err)
	}
	c.run("fmt", "-check", "-recursive", "-diff", from)

	var guides strings.Builder
	for _, path := range guidePaths(t) {
		guides.WriteString(readFile(t, path))
	}
	err = filepath.WalkDir(examples, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && !strings.Contains(guides.String(), strings.TrimSpace(readFile(t, path))) {
			t.Errorf("no guide shows %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func guidePaths(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "docs", "guides", "*.md"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d guides, %v", len(paths), err)
	}
	return paths
}

var fence = regexp.MustCompile("(?s)\n```(\\w+)\n(.*?)\n```")

// The shell and Python in the guides are at least that.
func TestOtherCode(t *testing.T) {
	interpreters := map[string][]string{
		"shell":  {"sh", "-n"},
		"sh":     {"sh", "-n"},
		"python": {"python3", "-c", "import ast, sys; ast.parse(sys.stdin.read())"},
	}
	for _, path := range guidePaths(t) {
		for _, block := range fence.FindAllStringSubmatch(readFile(t, path), -1) {
			command, ok := interpreters[block[1]]
			if !ok {
				continue
			}
			program, err := exec.LookPath(command[0])
			if err != nil && os.Getenv("CI") == "" {
				t.Logf("SKIPPED, code blocks of %s: %v", block[1], err)
				delete(interpreters, block[1])
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			check := exec.Command(program, command[1:]...)
			check.Stdin = strings.NewReader(block[2])
			if out, err := check.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s\n%s", path, err, out, block[2])
			}
		}
	}
}

// The scopes that the guides name are those there are.
func TestScopeNames(t *testing.T) {
	scope := regexp.MustCompile("`((?:secrets|credentials):[a-z]+)`")
	for _, path := range guidePaths(t) {
		for _, found := range scope.FindAllStringSubmatch(readFile(t, path), -1) {
			if !slices.Contains([]string{list, read, write, remove, credentials}, found[1]) {
				t.Errorf("%s names %s, which is not a scope", path, found[1])
			}
		}
	}
}

// Environment variables that a page names are the provider's.
func TestVariableNames(t *testing.T) {
	known := readFile(t, filepath.Join(root, "docs", "index.md"))
	variable := regexp.MustCompile(`HELVETISAFE_[A-Z_]*[A-Z]`)
	for _, path := range append(guidePaths(t), filepath.Join(root, "README.md")) {
		for _, name := range variable.FindAllString(readFile(t, path), -1) {
			if !strings.Contains(known, "`"+name+"`") {
				t.Errorf("%s names %s, which the provider doesn't read", path, name)
			}
		}
	}
}
