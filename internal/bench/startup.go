package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// The handshake of a provider: the core sets the cookie, and the provider's first
// line tells protocol and address.
const (
	cookieName  = "TF_PLUGIN_MAGIC_COOKIE"
	cookieValue = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
)

// schemaMethods are what the core asks first, by the version of the protocol.
var schemaMethods = map[string]string{
	"5": "/tfplugin5.Provider/GetSchema",
	"6": "/tfplugin6.Provider/GetProviderSchema",
}

// startup is what a provider's process needs until it has answered the core for the
// first time.
type startup struct {
	wall time.Duration
	used
}

// startups measures the first answer of each provider at hand.
func (b *bench) startups(ctx context.Context) error {
	for range 4 * b.runs { // short, and so noisy
		for _, one := range []struct{ name, path string }{
			{"random_id", b.random}, {"vault_kv_secret_v2", b.vaultProvider}, {ourResource, b.ours},
		} {
			if one.path == "" {
				continue
			}
			got, err := firstAnswer(ctx, one.path)
			if err != nil {
				return fmt.Errorf("%s: %w", one.path, err)
			}
			b.starts[one.name] = append(b.starts[one.name], got)
		}
	}
	return nil
}

// firstAnswer starts a provider, asks for its schema and ends it.
func firstAnswer(ctx context.Context, path string) (s startup, err error) {
	process := exec.CommandContext(ctx, path)
	process.Env = append(cleanEnv(), cookieName+"="+cookieValue, "PLUGIN_PROTOCOL_VERSIONS=5,6")
	out, err := process.StdoutPipe()
	if err != nil {
		return s, err
	}
	began := time.Now()
	if err := process.Start(); err != nil {
		return s, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		err = askForSchema(ctx, line)
	}
	s.wall = time.Since(began)
	// Whatever the process would do next is not measured: it is killed, and that is
	// no error. The system tells its CPU to the microsecond then.
	err = errors.Join(err, process.Process.Kill())
	waitErr := process.Wait()
	if _, killed := errors.AsType[*exec.ExitError](waitErr); !killed {
		err = errors.Join(err, waitErr)
	}
	s.used = used{CPU: cpuOf(process.ProcessState), Peak: peakOf(process.ProcessState)}
	return s, err
}

// askForSchema makes the call that the handshake's line asks for. The answer is not
// parsed: that is the core's work.
func askForSchema(ctx context.Context, handshake string) error {
	parts := strings.Split(strings.TrimSpace(handshake), "|")
	if len(parts) < 5 || schemaMethods[parts[1]] == "" {
		return fmt.Errorf("an unknown handshake of %d parts", len(parts))
	}
	target := parts[3]
	if parts[2] == "unix" {
		target = "unix:" + target
	}
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(rawCodec{}), grpc.MaxCallRecvMsgSize(64<<20)))
	if err != nil {
		return err
	}
	var answer []byte
	err = connection.Invoke(ctx, schemaMethods[parts[1]], &[]byte{}, &answer)
	if err == nil && len(answer) == 0 {
		err = errors.New("an empty schema")
	}
	return errors.Join(err, connection.Close())
}

// rawCodec hands messages over as they are.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) ([]byte, error) {
	if raw, ok := v.(*[]byte); ok {
		return *raw, nil
	}
	return nil, fmt.Errorf("%T is not bytes", v)
}

func (rawCodec) Unmarshal(data []byte, v any) error {
	raw, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("%T is not bytes", v)
	}
	*raw = append([]byte(nil), data...)
	return nil
}

// writeStartups writes what writeLives can't tell: the provider's process alone.
func (b *bench) writeStartups(t *strings.Builder) {
	if len(b.starts[ourResource]) == 0 {
		return
	}
	t.WriteString("\n## Startup\n\nFrom the start of a provider's process to its first answer, which is its schema: what every command pays, be it for one resource. The smaller, the better.\n\n")
	header(t, "provider of", "time", "CPU", "peak memory", "ours as a multiple of its time")
	ours := median(b.starts[ourResource], startup.took)
	for _, name := range subjectNames {
		samples := b.starts[name]
		if len(samples) == 0 {
			continue
		}
		ratio := ""
		if took := median(samples, startup.took); name != ourResource {
			ratio = fmt.Sprintf("%.2f×", ours.Seconds()/took.Seconds())
		}
		row(t, "`"+name+"`", milliseconds(median(samples, startup.took)), milliseconds(median(samples, startup.cpu)),
			megabytes(median(samples, func(s startup) int64 { return s.Peak })), ratio)
	}
}

func (s startup) took() time.Duration { return s.wall }
func (s startup) cpu() time.Duration  { return s.CPU }
