package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// vault is a running development server.
type vault struct {
	process *exec.Cmd
	vars    map[string]string // what it exports, and what it tells beside that
	http    *http.Client
}

// seen is what the server has counted.
type seen struct {
	Counts      map[string]int `json:"counts"`
	Connections int            `json:"connections"`
	Violations  []string       `json:"violations"`
}

func (s seen) requests() (n int) {
	for _, count := range s.Counts {
		n += count
	}
	return n
}

// startVault starts the command; flags are those of the development server.
func startVault(ctx context.Context, binary, dir string, flags ...string) (*vault, error) {
	env := filepath.Join(dir, "env")
	v := &vault{process: exec.CommandContext(ctx, binary, append([]string{"-addr", "127.0.0.1:0", "-keys", dir, "-print-env", env}, flags...)...)} //nolint:gosec // built by make
	v.process.Stderr = os.Stderr
	if err := v.process.Start(); err != nil {
		return nil, err
	}
	for range 100 {
		if _, err := os.Stat(env); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	raw, err := os.ReadFile(env) //nolint:gosec // the server's own file
	if err != nil {
		return nil, errors.Join(err, v.stop())
	}
	v.vars = parseExports(string(raw))
	v.http, err = clientFor(v.vars["HELVETISAFE_CA_CERT_PATH"])
	return v, err
}

// parseExports reads lines like export NAME='value'; no value holds a quote.
func parseExports(text string) map[string]string {
	vars := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		name, value, found := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		if found {
			vars[name] = strings.Trim(value, "'")
		}
	}
	return vars
}

func (v *vault) stop() error {
	if err := v.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return v.process.Wait()
}

// env is the environment of a client with a PEM file.
func (v *vault) env() []string {
	var env []string
	for name, value := range v.vars {
		if strings.HasPrefix(name, "HELVETISAFE_") {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// envFor is the environment with one of the three key sources.
func (v *vault) envFor(source string) ([]string, error) {
	var env []string
	for _, variable := range v.env() {
		if !strings.HasPrefix(variable, "HELVETISAFE_PRIVATE_KEY_PATH=") {
			env = append(env, variable)
		}
	}
	path := v.vars["HELVETISAFE_PRIVATE_KEY_PATH"]
	switch source {
	case "PEM file":
		return append(env, "HELVETISAFE_PRIVATE_KEY_PATH="+path), nil
	case "PEM text":
		pem, err := os.ReadFile(path) //nolint:gosec // the server's own file
		return append(env, "HELVETISAFE_PRIVATE_KEY_PEM="+string(pem)), err
	case "password":
		return append(env, "HELVETISAFE_PASSWORD="+v.vars["DEVSERVER_PASSWORD"]), nil
	}
	return nil, fmt.Errorf("no key source %q", source)
}

// count returns what was asked since the last count, and starts anew.
func (v *vault) count(ctx context.Context) (s seen, err error) {
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		req, err := http.NewRequestWithContext(ctx, method, v.vars["HELVETISAFE_BASE_URL"]+"/_dev/requests", nil)
		if err != nil {
			return s, err
		}
		resp, err := v.http.Do(req)
		if err != nil {
			return s, err
		}
		if method == http.MethodGet {
			err = json.NewDecoder(resp.Body).Decode(&s)
		}
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			return s, err
		}
	}
	if len(s.Violations) > 0 {
		return s, fmt.Errorf("the server saw a violation of the protocol: %s", s.Violations[0])
	}
	return s, nil
}

// clientFor trusts the authority in a file, if there is one.
func clientFor(caFile string) (*http.Client, error) {
	if caFile == "" {
		return http.DefaultClient, nil
	}
	authority, err := os.ReadFile(caFile) //nolint:gosec // the server's own file
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("no certificate in %s", caFile)
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}, nil
}
