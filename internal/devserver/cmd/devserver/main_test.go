package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/envelope"
)

// buffer takes what the command prints while it runs.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) { b.mu.Lock(); defer b.mu.Unlock(); return b.b.Write(p) }

func (b *buffer) String() string { b.mu.Lock(); defer b.mu.Unlock(); return b.b.String() }

// command is a running command.
type command struct {
	t       *testing.T
	env     map[string]string
	out     *buffer
	errs    *buffer
	envFile string
	stop    func() error
	http    *http.Client
}

func start(t *testing.T, args ...string) *command {
	t.Helper()
	c := &command{t: t, env: map[string]string{}, out: &buffer{}, errs: &buffer{}, envFile: filepath.Join(t.TempDir(), "env"), http: &http.Client{}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, append([]string{"-addr", "127.0.0.1:0", "-print-env", c.envFile}, args...), c.out, c.errs)
	}()
	c.stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() {
		if err := c.stop(); err != nil {
			t.Error(err)
		}
	})
	for {
		content, err := os.ReadFile(c.envFile)
		if err == nil {
			for _, line := range strings.Split(strings.TrimSpace(string(content)), "\n") {
				name, value, _ := strings.Cut(strings.TrimPrefix(line, "export "), "=")
				c.env[name] = strings.Trim(value, "'")
			}
			break
		}
		select {
		case err := <-done:
			done <- err
			t.Fatalf("ended before it was ready: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	if path := c.env["HELVETISAFE_CA_CERT_PATH"]; path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(text)
		c.http.Transport = &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	}
	return c
}

func (c *command) do(method, path, body string) (status int, members map[string]any) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.env["HELVETISAFE_BASE_URL"]+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("X-Aegis-Token", c.env["DEVSERVER_API_TOKEN"])
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if len(got) > 0 {
		if err := json.Unmarshal(got, &members); err != nil {
			c.t.Fatal(err)
		}
	}
	return resp.StatusCode, members
}

func (c *command) bytes(members map[string]any, name string) []byte {
	c.t.Helper()
	text, _ := members[name].(string)
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) == 0 {
		c.t.Fatalf("%s is not base64: %v", name, err)
	}
	return raw
}

// TestKeysFitTogether takes the way of a client in password mode and in PEM mode, to
// the same Org Key, the one whose fingerprint is printed.
func TestKeysFitTogether(t *testing.T) {
	c := start(t)
	_, locked := c.do("GET", "/api/v1/credentials/private-key", "")
	byPassword, err := envelope.UnlockPrivateKey([]byte(c.env["DEVSERVER_PASSWORD"]), envelope.WrappedPrivateKey{
		Ciphertext: c.bytes(locked, "encrypted_private_key"), Tag: c.bytes(locked, "auth_tag"), Nonce: c.bytes(locked, "nonce"), Salt: c.bytes(locked, "salt"),
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(c.env["HELVETISAFE_PRIVATE_KEY_PATH"])
	if err != nil {
		t.Fatal(err)
	}
	byPEM, err := envelope.ParsePEM(text)
	if err != nil {
		t.Fatal(err)
	}
	_, wrapped := c.do("GET", "/api/v1/credentials/org-key", "")
	for name, private := range map[string]*envelope.PrivateKey{"password": byPassword, "PEM": byPEM} {
		key, err := private.UnwrapOrgKey(c.bytes(wrapped, "encrypted_org_key"))
		if err != nil || key.Fingerprint() != c.env["DEVSERVER_FINGERPRINT"] {
			t.Errorf("%s: another Org Key, or none: %v", name, err)
		}
	}
}

const secret = `{"key":"k","value":"AAAAAAAAAAAAAAAAAAAAAAAAAAAA","nonce":"AAAAAAAAAAAAAAAA"}`

func TestPrintsAndCleansUp(t *testing.T) {
	c := start(t, "-v")
	for _, want := range []string{
		"\nexport HELVETISAFE_BASE_URL='" + c.env["HELVETISAFE_BASE_URL"], "\nexport HELVETISAFE_CLIENT_ID=", "\nexport HELVETISAFE_CLIENT_SECRET=",
		"\n# export HELVETISAFE_API_TOKEN=", "\nexport HELVETISAFE_PRIVATE_KEY_PATH=", "\n# export HELVETISAFE_PRIVATE_KEY_PEM=",
		"\n# export HELVETISAFE_PASSWORD=", "\n# export HELVETISAFE_ORG_KEY_FINGERPRINTS='SHA256:", "/_dev/secrets\n",
	} {
		if !strings.Contains(c.out.String(), want) {
			t.Errorf("doesn't print %q", want)
		}
	}
	pem := c.env["HELVETISAFE_PRIVATE_KEY_PATH"]
	for _, path := range []string{pem, c.envFile} {
		if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", path, err)
		}
	}
	c.do("POST", "/api/v1/secrets", secret)
	c.do("GET", "/api/v1/secrets/", "")
	if err := c.stop(); err != nil {
		t.Error(err)
	}
	for _, path := range []string{pem, filepath.Dir(pem), c.envFile} {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s is left: %v", path, err)
		}
	}
	for _, want := range []string{"POST /api/v1/secrets 201\n", "GET /api/v1/secrets/ 404: protocol violation: no such path\n"} {
		if !strings.Contains(c.errs.String(), want) {
			t.Errorf("doesn't log %q", want)
		}
	}
}

func TestDevRoutes(t *testing.T) {
	c := start(t)
	c.do("POST", "/api/v1/secrets", secret)
	_, held := c.do("GET", "/_dev/secrets", "")
	records, _ := held["secrets"].([]any)
	if len(records) != 1 {
		t.Fatalf("%d secrets", len(records))
	}
	record, _ := records[0].(map[string]any)
	if record["key"] != "k" || record["value"] != "AAAAAAAAAAAAAAAAAAAAAAAAAAAA" || record["nonce"] != "AAAAAAAAAAAAAAAA" {
		t.Error("not as it was sent")
	}
	_, counted := c.do("GET", "/_dev/requests", "")
	if counts, _ := counted["counts"].(map[string]any); len(counts) != 1 || counts["create"] != 1.0 || counted["connections"] != 1.0 {
		t.Errorf("%v", counted)
	}
	if status, _ := c.do("DELETE", "/_dev/requests", ""); status != http.StatusNoContent {
		t.Errorf("%d", status)
	}
	if _, counted = c.do("GET", "/_dev/requests", ""); counted["connections"] != 0.0 {
		t.Errorf("after the reset: %v", counted)
	}
	if status, _ := c.do("GET", "/_dev/other", ""); status != http.StatusNotFound {
		t.Errorf("%d", status)
	}
}

// TestRefusesWebPages holds that the server shows nothing to a page whose name resolves
// to loopback or to a page of another origin, on the routes without credentials too.
func TestRefusesWebPages(t *testing.T) {
	c := start(t)
	c.do("POST", "/api/v1/secrets", secret)
	for _, path := range []string{"/_dev/secrets", "/api/v1/secrets"} {
		for status, change := range map[int]func(*http.Request){
			http.StatusMisdirectedRequest: func(r *http.Request) { r.Host = "rebound.example:8200" },
			http.StatusForbidden:          func(r *http.Request) { r.Header.Set("Origin", "https://page.example") },
		} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.env["HELVETISAFE_BASE_URL"]+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Aegis-Token", c.env["DEVSERVER_API_TOKEN"])
			change(req)
			resp, err := c.http.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil || resp.StatusCode != status || bytes.Contains(body, []byte("nonce")) {
				t.Errorf("%s: %d, want %d: %s, %v", path, resp.StatusCode, status, body, err)
			}
		}
	}
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	data, keys := filepath.Join(dir, "vault.json"), filepath.Join(dir, "keys")
	first := start(t, "-data", data, "-keys", keys)
	first.do("POST", "/api/v1/secrets", secret)
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	second := start(t, "-data", data, "-keys", keys)
	for name, value := range first.env {
		if name != "HELVETISAFE_BASE_URL" && second.env[name] != value {
			t.Errorf("%s is another", name)
		}
	}
	if status, members := second.do("GET", "/api/v1/secrets/k", ""); status != 200 || members["nonce"] != "AAAAAAAAAAAAAAAA" {
		t.Errorf("%d", status)
	}
	if err := second.stop(); err != nil {
		t.Fatal(err)
	}
	// What was asked to be kept is kept, for its owner only, and nothing else.
	var names []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, strings.TrimPrefix(path, dir))
			if info, err := entry.Info(); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v", path, err)
			}
		}
		return err
	})
	if want := filepath.FromSlash("/keys/private-key.pem /vault.json /vault.json.keys"); err != nil || strings.Join(names, " ") != want {
		t.Errorf("%v %v", names, err)
	}
	if err := os.Remove(data + ".keys"); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"-addr", "127.0.0.1:0", "-data", data}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "vault.json.keys") {
		t.Errorf("a data file without its keys: %v", err)
	}
	if err := os.WriteFile(data+".keys", []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"-addr", "127.0.0.1:0", "-data", data}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "doesn't hold keys") {
		t.Errorf("a file without keys: %v", err)
	}
}

func TestTLS(t *testing.T) {
	c := start(t, "-tls", "-latency", "1ms")
	if !strings.HasPrefix(c.env["HELVETISAFE_BASE_URL"], "https://") || !strings.Contains(c.out.String(), "export HELVETISAFE_CA_CERT_PATH='") {
		t.Error("not told as https")
	}
	if status, _ := c.do("GET", "/api/v1/secrets", ""); status != 200 {
		t.Errorf("%d", status)
	}
}

func TestRefusesFlags(t *testing.T) {
	busy := start(t)
	tests := []struct {
		name, want string
		args       []string
	}{
		{"all interfaces", "not loopback", []string{"-addr", "0.0.0.0:0"}},
		{"no host", "not loopback", []string{"-addr", ":0"}},
		{"a public address", "not loopback", []string{"-addr", "192.0.2.1:0"}},
		{"a name", "not loopback", []string{"-addr", "example.com:0"}},
		{"no port", "-addr", []string{"-addr", "127.0.0.1"}},
		{"a port in use", "in use", []string{"-addr", strings.TrimPrefix(busy.env["HELVETISAFE_BASE_URL"], "http://")}},
		{"an argument", "only flags", []string{"start"}},
		{"a lifetime of zero", "-token-ttl", []string{"-token-ttl", "0s"}},
		{"a negative latency", "-latency", []string{"-latency", "-1s"}},
		{"an unknown flag", "not defined", []string{"-unknown"}},
		{"an environment file nowhere", "no such file", []string{"-addr", "127.0.0.1:0", "-print-env", filepath.Join(t.TempDir(), "none", "env")}},
	}
	for _, tt := range tests {
		if err := run(t.Context(), tt.args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// A port that is taken is told with what to do, as the guide for new users says.
func TestPortTaken(t *testing.T) {
	var config net.ListenConfig
	taken, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	if err := run(t.Context(), []string{"-addr", taken.Addr().String()}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "-addr 127.0.0.1:0 takes a free port") {
		t.Errorf("the error is %v", err)
	}
}

// TestScriptIsShell sources the exports the way a script does.
func TestScriptIsShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		if runtime.GOOS == "windows" {
			return
		}
		t.Fatal(err)
	}
	c := start(t)
	out, err := exec.CommandContext(t.Context(), sh, "-c", `set -eu; . "$1"; unset HELVETISAFE_CLIENT_ID; env | grep ^HELVETISAFE_ | cut -d= -f1 | sort; test -n "$DEVSERVER_API_TOKEN"`, "sh", c.envFile).Output()
	if err != nil || string(out) != "HELVETISAFE_BASE_URL\nHELVETISAFE_CLIENT_SECRET\nHELVETISAFE_PRIVATE_KEY_PATH\n" {
		t.Errorf("%v\n%s", err, out)
	}
	if got := quote("it's"); got != `'it'\''s'` {
		t.Errorf("quote: %s", got)
	}
}
