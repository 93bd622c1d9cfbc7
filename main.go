// Terraform-provider-helvetisafe is the Terraform provider for HelvetiSafe. It is
// started by Terraform or OpenTofu, not by hand.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/provider"
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

	tuneLogging(os.Environ(), os.Setenv)
	tuneMemory()
	if *debugging {
		serve(context.Background(), tf6server.WithManagedDebug())
		return
	}
	denyMemoryReaders() // a debugger is one
	interrupted, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	serve(interrupted)
}

// serve runs the provider until Terraform ends it; what it does ends with ctx.
func serve(ctx context.Context, opts ...tf6server.ServeOpt) {
	err := tf6server.Serve(address, func() tfprotov6.ProviderServer {
		framework := providerserver.NewProtocol6(provider.New(fullVersion())())()
		return untilInterrupted(ctx, forgetContexts(framework))
	}, opts...)
	if err != nil {
		log.Fatal(err)
	}
}

// fullVersion is the version, and the commit as its build metadata where known
// (Semantic Versioning 2.0, item 10).
func fullVersion() string {
	if commit == "" {
		return version
	}
	return version + "+" + commit
}
