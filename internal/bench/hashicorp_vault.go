package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// hashicorpVault is a running development server of HashiCorp's Vault, for its
// provider to write secrets to: it keeps them in memory, as ours does.
type hashicorpVault struct {
	process *exec.Cmd
	address string
}

// hashicorpToken protects nothing: the server lives as long as the benchmark does,
// on loopback.
const hashicorpToken = "bench"

// startHashicorpVault starts the binary and waits until it answers.
func startHashicorpVault(ctx context.Context, binary, dir string) (*hashicorpVault, error) {
	// Vault doesn't take port 0, so another process could take this one in between.
	free, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		return nil, err
	}
	h := &hashicorpVault{address: "http://" + address}
	h.process = exec.CommandContext(ctx, binary, "server", "-dev", "-dev-no-store-token", //nolint:gosec // the server that the caller names
		"-dev-root-token-id="+hashicorpToken, "-dev-listen-address="+address, "-log-level=error")
	h.process.Dir = dir
	h.process.Env = append(cleanEnv(), "HOME="+dir)
	h.process.Stderr = os.Stderr
	if err := h.process.Start(); err != nil {
		return nil, err
	}
	for range 600 {
		if h.healthy(ctx) {
			return h, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil, errors.Join(fmt.Errorf("%s did not start within a minute", binary), h.stop())
}

func (h *hashicorpVault) healthy(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.address+"/v1/secret/config", nil)
	if err != nil {
		return false
	}
	req.Header.Set("X-Vault-Token", hashicorpToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

func (h *hashicorpVault) env() []string {
	return []string{"VAULT_ADDR=" + h.address, "VAULT_TOKEN=" + hashicorpToken}
}

func (h *hashicorpVault) stop() error {
	if err := h.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return h.process.Wait()
}
