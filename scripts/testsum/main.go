// Command testsum runs `go test -json` with the arguments given. It prints what plain
// `go test` would (package lines, the output of tests that fail), the reason of every
// skipped test, the tests that took longest, and the number of tests that passed, failed
// and were skipped. It fails if no test ran at all: a test pattern with a typing error
// must not look like success.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64 // seconds
}

// testKey names one test of one package.
type testKey struct{ pkg, test string }

// summary counts results. It holds back the output of each test until the test has
// failed or passed, because only failures are printed.
type summary struct {
	out                     io.Writer
	output                  map[testKey][]string
	passed, failed, skipped int
	packagesFailed          int
	took                    map[testKey]time.Duration // of whole tests, not of their parts
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, output: map[testKey][]string{}, took: map[testKey]time.Duration{}}
}

func main() {
	//nolint:gosec // G204: running go test with the caller's arguments is what this command is for.
	cmd := exec.Command("go", append([]string{"test", "-json"}, os.Args[1:]...)...)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}

	s := newSummary(os.Stdout)
	readErr := s.read(stdout)
	runErr := cmd.Wait()
	s.printSlowest()
	fmt.Printf("%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)

	switch {
	case readErr != nil:
		fmt.Fprintln(os.Stderr, "testsum: reading the output of go test:", readErr)
	case runErr != nil:
		fmt.Fprintln(os.Stderr, "testsum: go test failed:", runErr)
	case s.failed+s.packagesFailed > 0:
		fmt.Fprintln(os.Stderr, "testsum: tests failed")
	case s.passed == 0:
		fmt.Fprintln(os.Stderr, "testsum: no test ran")
	default:
		return
	}
	os.Exit(1)
}

// read takes events until the stream ends. It passes on lines that are not JSON, such as
// a compiler's.
func (s *summary) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			s.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) line(line string) {
	var e event
	if json.Unmarshal([]byte(line), &e) != nil {
		fmt.Fprint(s.out, line)
		return
	}
	key := testKey{e.Package, e.Test}
	switch e.Action {
	case "output", "build-output":
		if e.Test == "" {
			s.packageOutput(e.Output)
			return
		}
		s.output[key] = append(s.output[key], e.Output)
	case "pass":
		if e.Test != "" {
			s.passed++
		}
		if e.Test != "" && !strings.Contains(e.Test, "/") {
			s.took[key] = time.Duration(e.Elapsed * float64(time.Second))
		}
		delete(s.output, key)
	case "fail":
		if e.Test == "" {
			s.packagesFailed++
			s.flush(e.Package)
			return
		}
		s.failed++
		s.print(key)
	case "skip":
		// A package without test files is "skipped" too, with no test named.
		if e.Test != "" {
			s.skipped++
			s.print(key)
		}
	}
}

// packageOutput prints the lines that belong to no test, except the bare PASS before each
// package's own line.
func (s *summary) packageOutput(text string) {
	if text == "PASS\n" || strings.Contains(text, "[no test files]") {
		return
	}
	fmt.Fprint(s.out, text)
}

func (s *summary) print(key testKey) {
	fmt.Fprint(s.out, strings.Join(s.output[key], ""))
	delete(s.output, key)
}

// shown is how many of the slowest tests are named. Tests that took less than slow are
// left out.
const (
	shown = 10
	slow  = 5 * time.Second
)

// printSlowest names the tests to look at when a run takes too long. Tests that run at the
// same time each count in full.
func (s *summary) printSlowest() {
	slowest := slices.SortedFunc(maps.Keys(s.took), func(a, b testKey) int { return cmp.Compare(s.took[b], s.took[a]) })
	for _, key := range slowest[:min(len(slowest), shown)] {
		if s.took[key] >= slow {
			fmt.Fprintf(s.out, "took %6.1f s: %s in %s\n", s.took[key].Seconds(), key.test, key.pkg)
		}
	}
}

// flush prints what the tests of a package had written when it died: a panic
// or a time-out leaves the tests that were running without a result.
func (s *summary) flush(pkg string) {
	for key := range s.output {
		if key.pkg == pkg {
			s.print(key)
		}
	}
}
