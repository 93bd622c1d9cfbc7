package main

import (
	"fmt"
	"strings"
)

// target is a figure that the project holds itself to. The smaller, the better.
type target struct {
	what   string
	format string // of both figures
	limit  float64
	figure float64 // 0 where it wasn't measured
}

// targets are ratios and counts, which hold on any machine; the CPU of a secret and
// the memory are those of this one.
func (b *bench) targets() []target {
	plan := b.of("Terraform", ourResource, 1000, "plan")
	many := b.of("OpenTofu", ourResource, b.many, "plan")
	ratio := func(ours, theirs float64) float64 {
		if theirs == 0 {
			return 0
		}
		return ours / theirs
	}
	wallRatio := func(cli, step, subject string) float64 {
		return ratio(median(b.of(cli, ourResource, 1000, step), wall).Seconds(), median(b.of(cli, subject, 1000, step), wall).Seconds())
	}
	timeRatio := func(title, ours, theirs string) float64 {
		return ratio(b.time(title, ours).Seconds(), b.time(title, theirs).Seconds())
	}
	planCPU := median(plan, providerCPU).Seconds()
	tofuCPU := median(b.of("OpenTofu", ourResource, 1000, "plan"), providerCPU).Seconds()
	mb := func(bytes int64) float64 { return float64(bytes >> 20) }
	return []target{
		{"requests of a plan of 100 unchanged", "%.0f", 3, float64(median(b.of("Terraform", ourResource, 100, "plan"), sample.requests))},
		{"connections of a plan of 1,000", "%.0f", 12, float64(median(plan, func(s sample) int { return s.Connections }))},
		{"plan of 1,000 unchanged, as a multiple of `random_id`", "%.2f", 0.8, wallRatio("Terraform", "plan", "random_id")},
		{"plan of 1,000 unchanged, as a multiple of `terraform_data`", "%.2f", 3.2, wallRatio("Terraform", "plan", "terraform_data")},
		{"apply of 1,000 on Terraform, as a multiple of `random_id`", "%.2f", 1.5, wallRatio("Terraform", "apply", "random_id")},
		{"apply of 1,000 on OpenTofu, as a multiple of `random_id`", "%.2f", 1.1, wallRatio("OpenTofu", "apply", "random_id")},
		{"provider's CPU for a secret in a plan of 1,000, in ms", "%.2f", 1.3, planCPU}, // seconds for a thousand
		{"the same at most secrets, as a multiple of that at 1,000", "%.2f", 1.2, ratio(median(many, providerCPU).Seconds()/float64(max(b.many, 1)), tofuCPU/1000)},
		{"bulk read of 1,000 at 30 ms, as a multiple of the round trips", "%.2f", 1.3, ratio(b.time(bulkLatency, "the data source").Seconds(), 1000/inFlight*latency.Seconds())},
		{"bulk read of 1,000, as a multiple of a bare Go loop", "%.2f", 1.3, timeRatio(bulk, "the data source", "a bare Go loop")},
		{"cold start with a password, as a multiple of the Python client", "%.2f", 0.35, timeRatio("cold start, password", "Go", "Python")},
		{"peak memory of the provider, plan of 1,000, in MB", "%.0f", 160, mb(median(plan, peak))},
		{"peak memory of the provider, plan of most secrets, in MB", "%.0f", 160, mb(median(many, peak))},
		{"peak memory of the provider, bulk read of most secrets, in MB", "%.0f", 160, mb(b.heavy.Peak)},
	}
}

// writeTargets writes what was measured of the targets.
func (b *bench) writeTargets(t *strings.Builder) {
	fmt.Fprintf(t, "\n## Targets\n\nWhat this project holds itself to, and what this run measured. A plan asks for a token and a list, and reads each secret whose stamp falls on a whole second (one in a thousand). "+
		"`random_id` is a provider on the same framework that talks to nobody. Most secrets are %d.\n\n", b.many)
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
