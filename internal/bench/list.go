package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/serve"
)

// listed is what one process needed to list a vault.
type listed struct {
	wall time.Duration
	used
}

// listSizes are the numbers of secrets in a vault that is listed. The largest takes a
// while to fill, so it is left out if few are measured.
func (b *bench) listSizes() []int {
	var sizes []int
	for _, size := range []int{1000, 10_000, 100_000} {
		if size <= max(1000, 10*b.many) {
			sizes = append(sizes, size)
		}
	}
	return sizes
}

// lists measures a list of each size, with all of an entry's members.
func (b *bench) lists(ctx context.Context) error {
	dir := filepath.Join(b.work, "lists")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	v, err := startVault(ctx, b.devserver, dir)
	if err != nil {
		return err
	}
	filled := 0
	for _, size := range b.listSizes() {
		fmt.Fprintln(os.Stderr, "bench: a list of", size)
		if err = fill(ctx, v, filled, size, helvetisafe.TimestampOf(time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC))); err != nil {
			break
		}
		filled = size
		if err = b.list(ctx, v, size); err != nil {
			break
		}
	}
	return errors.Join(err, v.stop())
}

// list runs a process that lists the vault, as a plan does once.
func (b *bench) list(ctx context.Context, v *vault, size int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p := program{name: "list", args: []string{self}, env: append(v.env(), envMode+"=list")}
	for range b.runs {
		took, used, err := p.seconds(ctx)
		if err != nil {
			return err
		}
		b.listed[size] = append(b.listed[size], listed{took, used})
	}
	return nil
}

// readList lists all secrets, as the first that a plan reads does.
func readList(ctx context.Context) error {
	serve.Tune()
	began := time.Now()
	client, err := clientFromEnvironment()
	if err != nil {
		return err
	}
	list, err := client.List(ctx)
	if err != nil {
		return err
	}
	if len(list.All()) == 0 {
		return errors.New("the list is empty")
	}
	fmt.Fprintln(os.Stdout, time.Since(began).Seconds())
	return nil
}

// writeLists writes what each thousand entries of a list cost.
func (b *bench) writeLists(t *strings.Builder) {
	if len(b.listed) == 0 {
		return
	}
	t.WriteString("\n## List\n\nA plan lists all secrets of the vault once, managed or not. Each entry has its key, two stamps and an expiry. " +
		"A process of its own each time, token included, with the provider's memory settings. The smaller, the better.\n\n")
	header(t, "secrets in the vault", "time", "for each 1,000", "CPU", "for each 1,000", "peak memory")
	for _, size := range b.listSizes() {
		samples := b.listed[size]
		took, cpu := median(samples, listed.took), median(samples, listed.cpu)
		row(t, thousands(size), milliseconds(took), milliseconds(perThousand(took, size)), milliseconds(cpu), milliseconds(perThousand(cpu, size)),
			megabytes(median(samples, func(l listed) int64 { return l.Peak })))
	}
}

func (l listed) took() time.Duration { return l.wall }
func (l listed) cpu() time.Duration  { return l.CPU }

func perThousand(d time.Duration, n int) time.Duration { return d * 1000 / time.Duration(n) }
