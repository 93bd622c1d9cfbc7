// Package serve runs a provider as a process that Terraform starts: its logs, its
// memory, its core dumps, and how the requests under way end with it.
package serve

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"time"

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
	go endWithParent(os.Getppid())
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

// quietLogs turns off the logs that nobody asked for. Without a level, the plugin SDK
// encodes every trace line and Terraform throws it away, which is nearly half of the
// CPU of a plan. A level that the user set stands. The parts of the SDK get a level of
// their own: a part that inherits its level builds each line before it is dropped.
func quietLogs(environment []string, set func(name, value string) error) {
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		asked := name == "TF_LOG" || strings.HasPrefix(name, "TF_LOG_SDK") || strings.HasPrefix(name, "TF_LOG_PROVIDER")
		if asked && value != "" && name != "TF_LOG_SDK_PROTO_DATA_DIR" {
			return
		}
	}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_SDK_PROTO", "TF_LOG_PROVIDER_HELVETISAFE"} {
		// The name and the value are fixed and valid, so this can't fail.
		_ = set(name, "OFF")
	}
}

// parentInterval is the time between two looks at the parent. Each is one system call.
const parentInterval = time.Second

// endWithParent ends this process when its parent, the process that started it, has
// ended. Terraform ends its providers, but not when it is killed: this one would stay for
// ever, with its keys in memory.
func endWithParent(parent int) {
	if runtime.GOOS == "windows" {
		waitForProcess(parent)
		os.Exit(1)
	}
	// On other systems this process gets another parent when the first has ended. Linux
	// could send a signal instead (PR_SET_PDEATHSIG), but it does so when the thread that
	// started this process ends, and Go ends threads while a program runs.
	for os.Getppid() == parent {
		time.Sleep(parentInterval)
	}
	os.Exit(1)
}

// waitForProcess is for Windows, which keeps the number of a parent that has ended, and
// lets a process wait for one that is not its child. If it can't, it waits for ever: to go
// on serving does less harm than to end.
func waitForProcess(number int) {
	process, err := os.FindProcess(number)
	if err == nil {
		_, err = process.Wait()
	}
	if err != nil {
		select {}
	}
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
