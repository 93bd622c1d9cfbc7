// The standin command plays providers of others in the tests of the guides. Its
// file name chooses which one: terraform-provider-vault and so on. It has those
// parts of their schemas that the guides use, as their documentation gives them,
// so that the CLI checks names, types and where ephemeral values may go; it makes
// no requests.
//
// STANDIN_SECRET is what its ephemeral resources give. STANDIN_LOG names the file
// to which it appends, a line of JSON each, what write-only attributes were given.
// STANDIN_NOW is the time that time_rotating goes by, in RFC 3339.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/hashicorp/terraform-plugin-framework/provider"
)

func main() {
	name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
	name, _, _ = strings.Cut(strings.TrimPrefix(name, "terraform-provider-"), "_v") // a release has its version in the name
	parts, ok := cast[name]
	if !ok {
		fmt.Fprintln(os.Stderr, "standin: no part for", name)
		os.Exit(2)
	}
	// With a development override the CLI doesn't ask for the address.
	err := providerserver.Serve(context.Background(), func() provider.Provider { return &standIn{name: name, cast: parts} },
		providerserver.ServeOpts{Address: "registry.terraform.io/standin/" + name})
	if err != nil {
		fmt.Fprintln(os.Stderr, "standin:", err)
		os.Exit(1)
	}
}
