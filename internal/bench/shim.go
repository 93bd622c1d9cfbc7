package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// What the shim reads from its environment.
const (
	envRealProvider = "BENCH_PROVIDER" // the provider to run
	envUsageFile    = "BENCH_USAGE"    // gets a line for each process
)

// used is what one process of a provider needed.
type used struct {
	CPU  time.Duration `json:"cpu"`
	Peak int64         `json:"peak"` // bytes
}

// isShim reports whether this process was started in a provider's place.
func isShim() bool { return strings.HasPrefix(filepath.Base(os.Args[0]), "terraform-provider-") }

// shim runs the provider with the streams of this process, and notes its usage.
func shim(ctx context.Context) error {
	process := exec.CommandContext(ctx, os.Getenv(envRealProvider), os.Args[1:]...) //nolint:gosec // the provider that the caller names
	process.Stdin, process.Stdout, process.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := process.Run()
	if process.ProcessState == nil {
		return err
	}
	line, jsonErr := json.Marshal(used{CPU: cpuOf(process.ProcessState), Peak: peakOf(process.ProcessState)})
	file, fileErr := os.OpenFile(os.Getenv(envUsageFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // as above
	if fileErr != nil {
		return errors.Join(err, fileErr)
	}
	_, writeErr := file.Write(append(line, '\n'))
	return errors.Join(err, jsonErr, writeErr, file.Close())
}

// readUsage adds up the processes of one command, and removes the file.
func readUsage(path string) (total used, err error) {
	raw, err := os.ReadFile(path) //nolint:gosec // this command's own file
	if errors.Is(err, os.ErrNotExist) {
		return total, nil // no provider was needed
	}
	if err != nil {
		return total, err
	}
	lines := bufio.NewScanner(bytes.NewReader(raw))
	for lines.Scan() {
		var one used
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return total, err
		}
		total.CPU += one.CPU
		total.Peak = max(total.Peak, one.Peak)
	}
	return total, errors.Join(lines.Err(), os.Remove(path))
}

func cpuOf(state *os.ProcessState) time.Duration { return state.UserTime() + state.SystemTime() }
