// Terraform-provider-helvetisafe is the Terraform provider for HelvetiSafe. It is
// started by Terraform or OpenTofu, not by hand.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/provider"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/serve"
)

// address is where users find the provider; its last part also names the variable
// TF_LOG_PROVIDER_HELVETISAFE.
const address = "registry.terraform.io/helvetisafe/helvetisafe"

// Set by the linker: -X main.version=1.2.3 -X main.commit=<hash>.
var (
	version = "dev"
	commit  = ""
)

func main() {
	debugging := flag.Bool("debug", false, "serve for a debugger: print what to set in TF_REATTACH_PROVIDERS and wait")
	showVersion := flag.Bool("version", false, "print the version and exit")
	flag.Parse()
	if *showVersion {
		_, _ = fmt.Fprintf(os.Stdout, "terraform-provider-helvetisafe %s\n", fullVersion())
		return
	}
	run := serve.Run
	if *debugging {
		run = serve.RunForDebugger
	}
	if err := run(address, provider.New(fullVersion())); err != nil {
		log.Fatal(err)
	}
}

// fullVersion is the version, with the commit as its build metadata if it is known
// (Semantic Versioning 2.0, item 10).
func fullVersion() string {
	if commit == "" {
		return version
	}
	return version + "+" + commit
}
