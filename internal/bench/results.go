package main

import (
	"cmp"
	"slices"
	"time"
)

// results are all samples of a run, by what was measured.
type results struct {
	lives map[lifeKey][]sample
	times map[timeKey][]time.Duration
	order []string // titles of times, as measured
	heavy sample   // a bulk read of all of the many, in a CLI

	starts  map[string][]startup // by the resource of the provider
	listed  map[int][]listed     // by the number of secrets
	weights []weight
}

// lifeKey names a series of commands on resources.
type lifeKey struct {
	setting string // the CLI, and what is special about the server
	subject string
	n       int
	step    string
}

type timeKey struct{ title, who string }

func newResults() *results {
	return &results{
		lives: map[lifeKey][]sample{}, times: map[timeKey][]time.Duration{},
		starts: map[string][]startup{}, listed: map[int][]listed{},
	}
}

func (r *results) note(title, who string, took time.Duration) {
	if !slices.Contains(r.order, title) {
		r.order = append(r.order, title)
	}
	key := timeKey{title, who}
	r.times[key] = append(r.times[key], took)
}

// of are the samples of a command.
func (r *results) of(setting, subject string, n int, step string) []sample {
	return r.lives[lifeKey{setting, subject, n, step}]
}

// time is the median of what was measured without resources.
func (r *results) time(title, who string) time.Duration {
	return median(r.times[timeKey{title, who}], itself)
}

// median of a field of samples; the zero value if there are none.
func median[S any, T cmp.Ordered](samples []S, field func(S) T) T {
	var zero T
	if len(samples) == 0 {
		return zero
	}
	values := make([]T, len(samples))
	for i, s := range samples {
		values[i] = field(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func wall(s sample) time.Duration        { return s.wall }
func coreCPU(s sample) time.Duration     { return s.core }
func providerCPU(s sample) time.Duration { return s.CPU }
func peak(s sample) int64                { return s.Peak }
func itself(d time.Duration) time.Duration {
	return d
}
