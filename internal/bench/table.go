package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// write makes the table and the plot.
func (b *bench) write() error {
	var benchmarks []byte
	if b.goBenchmarks != "" {
		var err error
		if benchmarks, err = os.ReadFile(b.goBenchmarks); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(b.out, 0o750); err != nil {
		return err
	}
	if b.onlyWeigh {
		return os.WriteFile(filepath.Join(b.out, "weights.md"), []byte(b.weightTable()), 0o600)
	}
	return errors.Join(
		os.WriteFile(filepath.Join(b.out, "README.md"), []byte(b.table(string(benchmarks))), 0o600),
		os.WriteFile(filepath.Join(b.out, "benchmarks.svg"), []byte(b.plot()), 0o600),
	)
}

// machine says what was measured on.
func machine() string {
	return fmt.Sprintf("%s/%s with %d CPUs and %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), strings.Replace(runtime.Version(), "go", "Go ", 1))
}

// table is the whole report in Markdown.
func (b *bench) table(benchmarks string) string {
	var t strings.Builder
	fmt.Fprintf(&t, "# Benchmarks\n\nMade by `make bench` on %s: medians of %d runs, all in one session, each round side by side; what is measured at %s secrets ran once. "+
		"What else the machine did at the time is in the seconds; the ratios are what counts. "+
		"The server is the development server in this repository, on the same machine.\n\n![Seconds side by side, less is better](benchmarks.svg)\n",
		machine(), b.runs, thousands(b.many))
	if b.peers != "" {
		fmt.Fprintf(&t, "\nThe other providers, and what they talk to, were built from source, as this one was: %s.\n", b.peers)
	}
	t.WriteString("\nBeside this page: [what the parts of a secret's state cost](weights.md), and [what the framework's look-ups cost](framework.md).\n")
	b.writeTargets(&t)
	b.writeLives(&t)
	b.writeNeeds(&t)
	b.writeStartups(&t)
	b.writeLists(&t)
	b.writeTimes(&t)
	if benchmarks != "" {
		fmt.Fprintf(&t, "\n## Go benchmarks\n\nBy benchstat, ten runs of each.\n\n```text\n%s\n```\n", strings.TrimSpace(benchmarks))
	}
	return t.String()
}

// row writes a row of a table.
func row(t *strings.Builder, cells ...string) { fmt.Fprintf(t, "| %s |\n", strings.Join(cells, " | ")) }

func header(t *strings.Builder, cells ...string) {
	row(t, cells...)
	row(t, slices.Repeat([]string{"---"}, len(cells))...)
}

// series are what was measured in one setting, in the order of the settings.
type series struct {
	setting string
	n       int
}

func (b *bench) series() []series {
	var list []series
	for _, s := range b.settings() {
		for _, n := range s.sizes {
			if len(b.of(s.name, ourResource, n, "plan")) > 0 {
				list = append(list, series{s.name, n})
			}
		}
	}
	return list
}

func (b *bench) title(s series) string {
	_, special, _ := strings.Cut(s.setting, ",")
	title := b.versions[s.setting]
	if special != "" {
		title += "," + special
	}
	return title
}

// writeLives writes the time of each command beside that of the other resources.
func (b *bench) writeLives(t *strings.Builder) {
	t.WriteString("\n## Time of a command\n\n`count` resources, parallelism 10. An apply starts from nothing, and the plan after it has nothing to do. " +
		"`terraform_data` is the core's own; `random_id` and `random_password` come from a provider that talks to nobody, and the second holds a sensitive value, as a secret does")
	names := b.measured()
	if slices.Contains(names, "vault_kv_secret_v2") {
		t.WriteString("; `vault_kv_secret_v2` is HashiCorp's, with a development server of Vault on the same machine")
	}
	t.WriteString(". In brackets: our time as a multiple of theirs.\n\n")
	titles := []string{"CLI, server", "resources", "command"}
	for _, name := range names {
		titles = append(titles, "`"+name+"`")
	}
	header(t, titles...)
	for _, s := range b.series() {
		for _, step := range steps {
			if len(b.of(s.setting, ourResource, s.n, step)) == 0 {
				continue
			}
			cells := []string{b.title(s), thousands(s.n), step}
			ours := median(b.of(s.setting, ourResource, s.n, step), wall)
			for _, name := range names {
				if name == ourResource {
					cells = append(cells, seconds(ours))
					continue
				}
				cells = append(cells, beside(median(b.of(s.setting, name, s.n, step), wall), ours))
			}
			row(t, cells...)
		}
	}
}

// measured are the subjects that any command ran on.
func (b *bench) measured() (names []string) {
	for _, name := range subjectNames {
		for key := range b.lives {
			if key.subject == name {
				names = append(names, name)
				break
			}
		}
	}
	return names
}

// beside is another's time and ours as a multiple of it.
func beside(theirs, ours time.Duration) string {
	if theirs == 0 {
		return "–"
	}
	return fmt.Sprintf("%s (%.2f×)", seconds(theirs), ours.Seconds()/theirs.Seconds())
}

// writeNeeds writes what a command takes beside time.
func (b *bench) writeNeeds(t *strings.Builder) {
	t.WriteString("\n## CPU, memory and requests of a command\n\nCPU and peak memory of the provider's processes are theirs alone. " +
		"Requests and connections are those of all processes of a command: an apply or a destroy starts one for the plan and one for the rest.\n\n")
	header(t, "CLI, server", "resources", "command", "resource", "CPU of the core", "CPU of the provider", "for each resource", "peak memory", "requests", "connections")
	for _, s := range b.series() {
		for _, step := range steps {
			for _, subject := range b.measured() {
				samples := b.of(s.setting, subject, s.n, step)
				if len(samples) == 0 || subject == "terraform_data" {
					continue // the core's own has no provider
				}
				cpu := median(samples, providerCPU)
				requests, connections := "–", "–"
				if subject == ourResource {
					requests = fmt.Sprint(median(samples, func(s sample) int { return s.requests() }))
					connections = fmt.Sprint(median(samples, func(s sample) int { return s.Connections }))
				}
				row(t, b.title(s), thousands(s.n), step, "`"+subject+"`", seconds(median(samples, coreCPU)), seconds(cpu),
					milliseconds(cpu/time.Duration(s.n)), megabytes(median(samples, peak)), requests, connections)
			}
		}
	}
	if b.heavy.wall > 0 {
		fmt.Fprintf(t, "\nA data source `helvetisafe_secrets` that reads %s values: %s of peak memory in the provider, %s requests, %d connections.\n",
			thousands(b.readInBulk()), megabytes(b.heavy.Peak), thousands(b.heavy.requests()), b.heavy.Connections)
	}
}

// clientNames are the columns of writeTimes; ours come last.
var clientNames = []string{"Python", "the Python client", "external", "a bare Go loop", "Go", "the client package", "the data source"}

// writeTimes writes what was measured without resources.
func (b *bench) writeTimes(t *strings.Builder) {
	fmt.Fprintf(t, "\n## Reading\n\nA cold start is a whole process up to its first value: a bare Go program on this repository's client package, and a bare script on the published Python client. "+
		"A bulk read lists 1,000 secrets and reads each: the client package and the data source with %d requests in flight, a bare loop of as many that neither parses nor decrypts, and the Python client, which reads one after the other. "+
		"`external` runs the Python client once for each value.\n\n", inFlight)
	header(t, "what", "who", "time", "ours as a multiple of it")
	for _, title := range b.order {
		ours := b.ourTime(title)
		for _, who := range clientNames {
			times := b.times[timeKey{title, who}]
			if len(times) == 0 {
				continue
			}
			took, ratio := median(times, itself), ""
			if took != ours {
				ratio = fmt.Sprintf("%.2f×", ours.Seconds()/took.Seconds())
			}
			row(t, title, who, seconds(took), ratio)
		}
	}
}

// ourClients are those of clientNames that this repository has.
var ourClients = []string{"Go", "the client package", "the data source"}

// ourTime is the median of what is ours under a title.
func (b *bench) ourTime(title string) time.Duration {
	if times := b.times[timeKey{title, "the data source"}]; len(times) > 0 {
		return median(times, itself)
	}
	return b.time(title, "Go")
}

func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// milliseconds is for what is short, or for the share of one of many.
func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f ms", d.Seconds()*1000) }

// thousands writes a number as people read it: 10,000.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func megabytes(bytes int64) string { return fmt.Sprintf("%d MB", bytes>>20) }
