package provider

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// providerProcess waits for the one provider that runs, and returns its process ID.
// Of a process that lets nobody read its memory, the command line can be seen still.
func providerProcess(t *testing.T, binary string) int {
	t.Helper()
	for t.Context().Err() == nil {
		entries, err := os.ReadDir("/proc")
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			pid, err := strconv.Atoi(entry.Name())
			if err != nil {
				continue
			}
			line, _ := os.ReadFile(filepath.Join("/proc", entry.Name(), "cmdline"))
			if name, _, _ := bytes.Cut(line, []byte{0}); string(name) == binary {
				return pid
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the provider didn't start")
	return 0
}

// TestAccNoCoreDump looks at a provider process while it waits for the server, and
// then lets it crash: it may write no core, and what it prints of itself holds no
// secret.
func TestAccNoCoreDump(t *testing.T) {
	for _, key := range acctest.Keys() {
		t.Run(fmt.Sprint(key), func(t *testing.T) {
			v := acctest.Start(t)
			v.WritePlain("read", `{"read": "`+marker+`-read"}`)
			v.Server.AddFault(devserver.Fault{Path: "create", Hang: true})
			config := required + "provider \"helvetisafe\" {}\n" +
				"data \"helvetisafe_secret\" \"read\" {\n  key = \"read\"\n}\n" +
				block("key = \"k\"\nvalue = \""+marker+"-${data.helvetisafe_secret.read.value}\"")
			c := newCLI(t, config, append(v.Env(acctest.OAuth, key), "TF_LOG=TRACE", "GOTRACEBACK=all")...)
			binary, err := acctest.BuildProvider()
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			command := exec.CommandContext(t.Context(), c.Path, "apply", "-auto-approve", "-no-color")
			command.Dir, command.Env = c.Dir, c.Env
			command.Stdout, command.Stderr = &out, &out
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			for v.Server.Count("create") == 0 && t.Context().Err() == nil {
				time.Sleep(10 * time.Millisecond)
			}
			pid := providerProcess(t, binary)
			limits, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "limits"))
			if err != nil {
				t.Fatal(err)
			}
			core := ""
			for line := range strings.Lines(string(limits)) {
				if strings.HasPrefix(line, "Max core file size") {
					core = strings.Join(strings.Fields(line)[4:6], " ")
				}
			}
			if core != "0 0" {
				t.Errorf("the limits of a core dump are %q, want none", core)
			}
			// The Go runtime answers with the stacks of all goroutines, as in a panic.
			if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
				t.Fatal(err)
			}
			if err := command.Wait(); err == nil {
				t.Error("an apply whose provider crashed says that it worked")
			}
			if !strings.Contains(out.String(), "goroutine ") {
				t.Errorf("there is no crash output to look at:\n%.2000s", out.String())
			}
			if !strings.Contains(out.String(), "endWithParent") {
				t.Error("it doesn't wait for the end of its parent")
			}
			leakMarkers(v).ExpectNotIn(t, "the crash output", out.Bytes())
			leakMarkers(v).ExpectNotUnder(t, c.Dir, func(path string) bool {
				name := filepath.Base(path)
				return name == "main.tf" || strings.HasPrefix(name, "terraform.tfstate")
			})
		})
	}
}

// TestAccEndsWithTerraform kills the CLI in the middle of an apply: the provider, which
// holds keys, doesn't stay behind.
func TestAccEndsWithTerraform(t *testing.T) {
	v := acctest.Start(t)
	v.Server.AddFault(devserver.Fault{Path: "create", Hang: true})
	c := newCLI(t, required+"provider \"helvetisafe\" {}\n"+block("key = \"k\"\nvalue = \"v\""), v.Env(acctest.OAuth, acctest.PEMFile)...)
	binary, err := acctest.BuildProvider()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), c.Path, "apply", "-auto-approve", "-no-color")
	command.Dir, command.Env = c.Dir, c.Env
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for v.Server.Count("create") == 0 && t.Context().Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	pid := providerProcess(t, binary)
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	runs := func() bool { // a process that has ended, though nobody asked for its status, has no command line
		line, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
		return len(line) > 0
	}
	for deadline := time.Now().Add(time.Minute); runs(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("the provider lives on without Terraform")
		}
	}
}

// TestDebuggedStays: a provider that a debugger has started serves every Terraform
// that attaches to it, and waits for no parent's end.
func TestDebuggedStays(t *testing.T) {
	binary, err := acctest.BuildProvider()
	if err != nil {
		t.Fatal(err)
	}
	var stacks bytes.Buffer
	command := exec.CommandContext(t.Context(), binary, "-debug")
	command.Stderr = &stacks
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "TF_REATTACH_PROVIDERS='") {
	}
	// The Go runtime answers with the stacks of all goroutines.
	if err := command.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	if text := stacks.String(); !strings.Contains(text, "serve.RunForDebugger") || strings.Contains(text, "endWithParent") {
		t.Errorf("it waits for its parent, or there are no stacks to look at:\n%.2000s", text)
	}
}
