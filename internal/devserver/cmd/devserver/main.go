// The devserver command runs HelvetiSafe's API v1 on loopback, with an account of its
// own, and prints what to export. The API's part of it gets ciphertext and wrapped keys
// only; what opens them goes to files and exports for the client.
//
//	go run ./internal/devserver/cmd/devserver
//
// It answers requests to loopback names only, and none from a web page. Apart from the
// API it has routes for people and scripts, without authentication: GET /_dev/secrets
// returns every secret as the server holds it, GET /_dev/requests counts the requests to
// each route, and DELETE /_dev/requests starts the count anew.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "devserver:", err)
		os.Exit(1)
	}
}

// config is what the flags say.
type config struct {
	addr     string
	latency  time.Duration
	tokenTTL time.Duration
	data     string
	keys     string
	env      string
	tls      bool
	verbose  bool
}

func parse(args []string, output io.Writer) (config, error) {
	var c config
	f := flag.NewFlagSet("devserver", flag.ContinueOnError)
	f.SetOutput(output)
	f.StringVar(&c.addr, "addr", "127.0.0.1:8200", "loopback `address` to listen on; port 0 takes a free one")
	f.DurationVar(&c.latency, "latency", 0, "time to wait before handling a request")
	f.DurationVar(&c.tokenTTL, "token-ttl", devserver.DefaultTokenTTL, "how long an access token lives, at least 1s")
	f.StringVar(&c.data, "data", "", "`file` to keep the secrets in, encrypted; the account's keys go to FILE.keys in the same directory. Default: memory only")
	f.StringVar(&c.keys, "keys", "", "`directory` for private-key.pem (and ca.pem), which then stay. Default: a temporary one, removed at the end")
	f.StringVar(&c.env, "print-env", "", "`file` for the exports, written when the server is ready and removed at the end; for scripts to wait for and source")
	f.BoolVar(&c.tls, "tls", false, "serve https (HTTP/2 too), with a certificate of its own in ca.pem")
	f.BoolVar(&c.verbose, "v", false, "print a line for each request to stderr")
	if err := f.Parse(args); err != nil {
		return c, err
	}
	if f.NArg() > 0 {
		return c, fmt.Errorf("the argument %q: only flags are taken", f.Arg(0))
	}
	if c.tokenTTL < time.Second || c.latency < 0 {
		return c, errors.New("-token-ttl must be 1s or more, and -latency must not be negative")
	}
	return c, nil
}

// listen refuses what others could reach: the routes under /_dev ask for no
// credentials, and the account's keys protect nothing.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("-addr: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("-addr %s is not loopback: name 127.0.0.1, [::1] or localhost", addr)
	}
	var l net.ListenConfig
	listener, err := l.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w; -addr 127.0.0.1:0 takes a free port", err)
	}
	return listener, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	c, err := parse(args, stderr)
	if err != nil {
		return err
	}
	a, err := loadAccount(c.data)
	if err != nil {
		return err
	}
	server, err := devserver.New(devserver.Options{
		Accounts: []devserver.Account{a.served()}, TokenTTL: c.tokenTTL, Latency: c.latency, DataFile: c.data,
		DiscardRequests: true, Observe: observer(stderr, c.verbose),
	})
	if err != nil {
		return err
	}
	listener, err := listen(ctx, c.addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()

	files, err := newFiles(c.keys)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.remove()) }()
	e := exports{url: "http://" + listener.Addr().String(), account: a}
	if e.pemPath, err = files.write("private-key.pem", []byte(a.PrivateKeyPEM)); err != nil {
		return err
	}
	host := &http.Server{
		Handler: devserver.Guard(withDevRoutes(server)), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: log.New(stderr, "devserver: ", 0),
	}
	if c.tls {
		certificate, certificatePEM, err := newCertificate()
		if err != nil {
			return err
		}
		if e.caPath, err = files.write("ca.pem", certificatePEM); err != nil {
			return err
		}
		e.url = "https://" + listener.Addr().String()
		host.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}}
	}

	done := make(chan error, 1)
	go func() {
		if c.tls {
			done <- host.ServeTLS(listener, "", "")
		} else {
			done <- host.Serve(listener)
		}
	}()
	// The listener queues connections already, so the exports are true from here on.
	if c.env != "" {
		files.temporary = append(files.temporary, c.env)
		if err := devserver.WriteFile(c.env, []byte(e.script())); err != nil {
			_ = host.Close()
			return err
		}
	}
	if _, err := io.WriteString(stdout, e.text()); err != nil {
		_ = host.Close()
		return err
	}

	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := host.Shutdown(patience); err != nil {
		_ = host.Close()
	}
	fmt.Fprintln(stderr, "devserver: stopped")
	return nil
}

// observer prints what no correct client sends, and with -v every request.
func observer(w io.Writer, verbose bool) func(devserver.Request) {
	l := log.New(w, "", log.Ltime)
	return func(r devserver.Request) {
		switch {
		case r.Violation != "":
			l.Printf("%s %s %d: protocol violation: %s", r.Method, r.Path, r.Status, r.Violation)
		case verbose:
			l.Printf("%s %s %d", r.Method, r.Path, r.Status)
		}
	}
}

// files are what the command writes for the client.
type files struct {
	dir       string
	temporary []string // removed at the end
}

func newFiles(dir string) (*files, error) {
	if dir != "" {
		return &files{dir: dir}, os.MkdirAll(dir, 0o700)
	}
	dir, err := os.MkdirTemp("", "helvetisafe-devserver-")
	return &files{dir: dir, temporary: []string{dir}}, err
}

func (f *files) write(name string, content []byte) (string, error) {
	path, err := filepath.Abs(filepath.Join(f.dir, name))
	if err != nil {
		return "", err
	}
	return path, devserver.WriteFile(path, content)
}

func (f *files) remove() error {
	var errs []error
	for _, path := range f.temporary {
		errs = append(errs, os.RemoveAll(path))
	}
	return errors.Join(errs...)
}
