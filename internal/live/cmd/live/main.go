// The live command runs this project against the vault that the HELVETISAFE_*
// variables reach: `live test`, `live sweep` and `live report`, which make has as
// test-live, sweep and protocol-report. It ends with 1 if what it found is wrong, and
// with 2 if it couldn't find out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/live"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

const usage = "usage: live test -cli PATH -provider DIR | live sweep [-older-than DURATION] | live report [-out FILE]"

func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprintln(stderr, usage)
		return 2
	}
	o := live.Options{Environ: environ, Out: stdout}
	f := flag.NewFlagSet("live "+args[0], flag.ContinueOnError)
	f.SetOutput(stderr)
	var command func() error
	switch args[0] {
	case "test":
		f.StringVar(&o.CLI, "cli", "", "`path` of Terraform or OpenTofu")
		f.StringVar(&o.Provider, "provider", "bin", "`directory` of the built provider")
		command = func() error { return live.Test(ctx, o) }
	case "sweep":
		f.DurationVar(&o.OlderThan, "older-than", time.Hour, "delete what was made longer ago than this")
		command = func() error { return live.Sweep(ctx, o) }
	case "report":
		out := f.String("out", "", "`file` for the findings as JSON")
		command = func() error { return report(ctx, o, *out) }
	default:
		fmt.Fprintln(stderr, usage)
		return 2
	}
	if err := f.Parse(args[1:]); err != nil {
		return 2
	}
	err := command()
	switch {
	case err == nil:
		return 0
	case err == ctx.Err(): //nolint:errorlint // alone: what it is joined to is to be told
		fmt.Fprintln(stderr, "live: interrupted; what it had made is deleted")
		return 2
	}
	fmt.Fprintln(stderr, "live:", err)
	if errors.Is(err, live.ErrUnworkable) || errors.Is(err, live.ErrFailed) {
		return 1
	}
	return 2
}

// report writes the findings, even if the provider can't work with them.
func report(ctx context.Context, o live.Options, out string) error {
	facts, err := live.Report(ctx, o)
	if facts == nil || out == "" {
		return err
	}
	raw, failed := facts.JSON()
	if failed == nil {
		failed = os.WriteFile(out, raw, 0o600) //nolint:gosec // the file that the user names
	}
	return errors.Join(err, failed)
}
