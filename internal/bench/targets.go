package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// target is a figure that the project holds itself to. The smaller, the better.
type target struct {
	what   string
	format string // of both figures
	limit  float64
	figure float64 // 0 if it wasn't measured
}

// targets are ratios and counts, which hold on any machine; the CPU of a secret and
// the memory are those of this one.
func (b *bench) targets() []target {
	const cli = "Terraform"
	on := " on " + cmp.Or(b.versions[cli], cli)
	at := " at " + thousands(b.many) + " secrets"
	read := " of " + thousands(b.readInBulk()) + " secrets"
	ours := func(cli string, n int, step string) []sample { return b.of(cli, ourResource, n, step) }
	plan, many := ours(cli, 1000, "plan"), ours("OpenTofu", b.many, "plan")
	wallRatio := func(step, subject string) float64 {
		return ratio(median(ours(cli, 1000, step), wall), median(b.of(cli, subject, 1000, step), wall))
	}
	timeRatio := func(title, who, theirs string) float64 { return ratio(b.time(title, who), b.time(title, theirs)) }
	startRatio := func(field func(startup) time.Duration) float64 {
		return ratio(median(b.starts[ourResource], field), median(b.starts["random_id"], field))
	}
	listed := func(size int) time.Duration { return perThousand(median(b.listed[size], listed.cpu), size) }
	planCPU := median(plan, providerCPU) / 1000
	manyCPU := median(many, providerCPU) / time.Duration(max(b.many, 1))
	count := func(n int) float64 { return float64(n) }
	mb := func(bytes int64) float64 { return float64(bytes >> 20) }
	return []target{
		{"requests of a plan of 100 unchanged", "%.0f", 3, count(median(ours(cli, 100, "plan"), sample.requests))},
		{"connections of a plan of 1,000", "%.0f", 12, count(median(plan, func(s sample) int { return s.Connections }))},
		{"requests of a bulk read" + read, "%.0f", count(b.readInBulk() + 3), count(b.heavy.requests())},
		{"connections of a bulk read" + read, "%.0f", inFlight, count(b.heavy.Connections)},
		{"plan of 1,000 unchanged" + on + ", as a multiple of `random_id`", "%.2f", 0.7, wallRatio("plan", "random_id")},
		{"apply of 1,000" + on + ", as a multiple of `random_id`", "%.2f", 1.35, wallRatio("apply", "random_id")},
		{"destroy of 1,000" + on + ", as a multiple of `random_id`", "%.2f", 1.5, wallRatio("destroy", "random_id")},
		{"destroy of 1,000" + on + ", as a multiple of `random_password`", "%.2f", 0.85, wallRatio("destroy", "random_password")},
		{"provider's CPU for each secret in a plan of 1,000, in ms", "%.2f", 1.1, planCPU.Seconds() * 1000},
		{"the same" + at + ", as a multiple of that at 1,000", "%.2f", 1.2, ratio(manyCPU, median(ours("OpenTofu", 1000, "plan"), providerCPU)/1000)},
		{"time to the provider's first answer, as a multiple of `random_id`", "%.2f", 1, startRatio(startup.took)},
		{"CPU to the provider's first answer, as a multiple of `random_id`", "%.2f", 1, startRatio(startup.cpu)},
		{"CPU for each entry of a list of 100,000, as a multiple of that of 10,000", "%.2f", 1.2, ratio(listed(100_000), listed(10_000))},
		{"bulk read of 1,000 by the client, as a multiple of a bare Go loop", "%.2f", 1.35, timeRatio(bulk, "the client package", "a bare Go loop")},
		{"bulk read of 1,000 by the data source, as a multiple of a bare Go loop", "%.2f", 1.7, timeRatio(bulk, "the data source", "a bare Go loop")},
		{"the same at 30 ms", "%.2f", 1.05, timeRatio(bulkLatency, "the data source", "a bare Go loop")},
		{"cold start with a password, as a multiple of the Python client", "%.2f", 0.35, timeRatio("cold start, password", "Go", "Python")},
		{"peak memory of the provider, plan of 1,000, in MB", "%.0f", 160, mb(median(plan, peak))},
		{"peak memory of the provider, plan" + at + ", in MB", "%.0f", 160, mb(median(many, peak))},
		{"peak memory of the provider, bulk read" + read + ", in MB", "%.0f", 160, mb(b.heavy.Peak)},
	}
}

// ratio is 0 if one of both was not measured.
func ratio(ours, theirs time.Duration) float64 {
	if theirs == 0 {
		return 0
	}
	return ours.Seconds() / theirs.Seconds()
}

// writeTargets writes what was measured of the targets.
func (b *bench) writeTargets(t *strings.Builder) {
	t.WriteString("\n## Targets\n\nWhat this project holds itself to, and what this run measured. A plan asks for a token and a list, and reads each secret whose stamp falls on a whole second (one in a thousand). " +
		"A bulk read asks for a token, the Org Key, a list, and each secret.\n\n")
	header(t, "what", "at most", "measured")
	for _, one := range b.targets() {
		if one.figure == 0 {
			continue
		}
		figure := fmt.Sprintf(one.format, one.figure)
		if one.figure > one.limit {
			figure += " (**missed**)"
		}
		row(t, one.what, fmt.Sprintf(one.format, one.limit), figure)
	}
}
