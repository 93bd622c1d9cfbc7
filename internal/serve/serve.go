// Package serve runs a provider as a process that Terraform starts: its logs, its
// memory, its core dumps, and how the requests under way end with it.
package serve

import (
	"context"
	"os"
	"os/signal"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Run serves the provider until Terraform ends this process. If Terraform itself ends
// without doing so, Run ends the process. Ctrl-C ends the requests under way.
func Run(address string, newProvider func() provider.Provider) error {
	Tune()
	protectMemory()
	go endWithParent()
	interrupted, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return run(interrupted, address, newProvider)
}

// Tune sets up the logs and the garbage collector of a process for a provider.
func Tune() {
	quietLogs(os.Environ(), os.Setenv)
	tuneMemory()
}

// RunForDebugger prints what to set in TF_REATTACH_PROVIDERS and serves every
// Terraform that attaches, until Ctrl-C. It doesn't wait for a parent's end, since no
// Terraform is its parent, and lets a debugger read the memory.
func RunForDebugger(address string, newProvider func() provider.Provider) error {
	Tune()
	return run(context.Background(), address, newProvider, tf6server.WithManagedDebug())
}

// endWithParent ends this process when the one that started it has ended. Terraform
// ends its providers, but not when it is killed: this one would stay for ever, with
// its keys in memory.
func endWithParent() {
	waitForParent()
	os.Exit(1)
}

func run(interrupted context.Context, address string, newProvider func() provider.Provider, opts ...tf6server.ServeOpt) error {
	return tf6server.Serve(address, func() tfprotov6.ProviderServer {
		return wrap(interrupted, Server(newProvider()))
	}, opts...)
}

// Server is the framework's server of a provider, and around it the provider's own, if
// it has one.
func Server(p provider.Provider) tfprotov6.ProviderServer {
	framework := providerserver.NewProtocol6(p)()
	own, ok := p.(interface {
		Serve(framework tfprotov6.ProviderServer) tfprotov6.ProviderServer
	})
	if !ok {
		return framework
	}
	return own.Serve(framework)
}
