package helvetisafe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"go/types"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

func TestSecretTypesPrintRedacted(t *testing.T) {
	const marker = "marker-f00d"
	var (
		sensitive  = redact.NewString(marker)
		stored     = Content{Value: marker, Fields: map[string]string{marker: marker}}
		content, _ = parsePlaintext("k", []byte(`{"k":"`+marker+`"}`))
		client, _  = New(Config{BaseURL: "https://vault.example.com", Auth: APIToken{Token: sensitive}})
	)
	values := map[string]any{
		"ClientCredentials": ClientCredentials{ClientSecret: sensitive}, "APIToken": APIToken{Token: sensitive},
		"KeySource": KeySource{PEM: sensitive, Password: sensitive},
		"String":    sensitive, "pointer to a String": &sensitive,
		"Plaintext": content, "pointer to a Plaintext": &content,
		"Content": stored, "pointer to a Content": &stored,
		"Client": client, "in a struct": struct{ C *Client }{client},
		"Config":  Config{Auth: APIToken{Token: sensitive}, Key: KeySource{Password: sensitive}},
		"in maps": map[string]any{"a": sensitive, "b": []Plaintext{content}, "c": &stored},
	}
	for _, name := range secretTypes(t) {
		if _, ok := values[name]; !ok {
			t.Errorf("%s holds a secret; show here how it prints", name)
		}
	}
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			var printed strings.Builder
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "% 20.3f"} {
				fmt.Fprintf(&printed, verb+"\n", value)
			}
			var log bytes.Buffer
			slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", value)
			slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", value)
			raw, err := json.Marshal(value)
			if err != nil && name != "Config" { // a Config holds a func
				t.Error(err)
			}
			all := printed.String() + log.String() + string(raw)
			for _, leak := range []string{marker, fmt.Sprintf("%x", marker), fmt.Sprintf("%X", marker), fmt.Sprintf("%d", []byte(marker))} {
				if strings.Contains(all, leak) {
					t.Error("the secret is printed")
				}
			}
			if !strings.Contains(all, "[redacted]") {
				t.Error("nothing says that something is left out")
			}
		})
	}
	// fmt can't call methods on unexported fields: only the pointers inside help.
	type hidden struct {
		sensitive redact.String
		content   Plaintext
	}
	if printed := fmt.Sprintf("%v %+v %#v", hidden{sensitive, content}, hidden{sensitive, content}, &hidden{sensitive, content}); strings.Contains(printed, marker) {
		t.Error("a struct that hides the secret prints it")
	}
}

// secretTypes are the exported types of this package with a secret in a field.
func secretTypes(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(gotoken.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || !spec.Name.IsExported() {
				return true
			}
			if fields, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range fields.Fields.List {
					if kind := types.ExprString(field.Type); kind == "redact.String" || kind == "redact.Redacted" {
						names = append(names, spec.Name.Name)
					}
				}
			}
			return true
		})
	}
	if len(names) < 3 {
		t.Fatalf("found %q only", names)
	}
	return names
}

// TestUsedClientPrintsNoSecret: nor does a client that holds tokens and keys, while
// its connections are still at work.
func TestUsedClientPrintsNoSecret(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"client credentials and PEM": func(*Config) {}, "API token": withAPIToken, "password": withPassword,
	} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			c := v.client(t, change)
			w, err := c.Create(t.Context(), "k", Content{Value: testPlaintext}, keepExpiry)
			if err != nil {
				t.Fatal(err)
			}
			secrets := append(v.tokens(), testClientSecret, testAPIToken, testPassword, testPlaintext, string(testKeys().pem[40:80]))
			var printed bytes.Buffer
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
				fmt.Fprintf(&printed, verb+verb+verb, c, w, &w)
			}
			slog.New(slog.NewJSONHandler(&printed, nil)).Info("m", "client", c, "written", w)
			for _, secret := range secrets {
				for _, form := range []string{secret, fmt.Sprintf("%x", secret)} {
					if strings.Contains(printed.String(), form) {
						t.Error("the client prints a secret")
					}
				}
			}
		})
	}
}
