package release

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/provider"
)

// The page of the list resource is written by hand, because the Terraform that
// the other pages are generated with doesn't know list resources.
func TestListResourcePage(t *testing.T) {
	server, err := providerserver.NewProtocol6WithError(provider.New("test")())()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if len(schemas.ListResourceSchemas) != 1 {
		t.Fatalf("%d list resources, and one has a page", len(schemas.ListResourceSchemas))
	}
	block := schemas.ListResourceSchemas["helvetisafe_secret"].Block
	page := readFile(t, filepath.Join(root, "docs", "list-resources", "secret.md"))
	unwrapped := strings.ReplaceAll(page, "\n", " ")
	if !strings.Contains(unwrapped, block.Description) {
		t.Errorf("the page doesn't hold the description of the schema: %q", block.Description)
	}
	lines := 0
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "- `") {
			lines++
		}
	}
	if lines != len(block.Attributes) {
		t.Errorf("the page has %d attributes, the schema %d", lines, len(block.Attributes))
	}
	for _, attribute := range block.Attributes {
		if want := "- `" + attribute.Name + "` (String) " + attribute.Description + "\n"; !strings.Contains(page, want) {
			t.Errorf("the page has no line %q", want)
		}
	}
}
