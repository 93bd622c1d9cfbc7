package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// measured is a bench with a figure for everything that the table and the plot show.
func measured() *bench {
	b := &bench{results: newResults(), versions: map[string]string{"Terraform": "Terraform 1.11.4", "OpenTofu": "OpenTofu 1.12.6"}, runs: 3, many: 10_000}
	for i, subject := range subjectNames {
		for _, step := range steps {
			b.lives[lifeKey{"Terraform", subject, 1000, step}] = []sample{{
				wall: time.Duration(i+1) * time.Second, used: used{CPU: time.Second, Peak: 64 << 20}, seen: seen{Counts: map[string]int{"GET /x": 1002}, Connections: 9},
			}}
		}
	}
	for _, title := range []string{"cold start, password", bulk, bulkLatency} {
		for _, who := range clientNames {
			b.note(title, who, 40*time.Millisecond)
		}
	}
	b.heavy = sample{wall: time.Second, seen: seen{Counts: map[string]int{"GET /x": 10_003}, Connections: 10}}
	b.starts[ourResource] = []startup{{wall: 50 * time.Millisecond}}
	b.starts["random_id"] = []startup{{wall: 40 * time.Millisecond}}
	for size := 1000; size <= 100_000; size *= 10 {
		b.listed[size] = []listed{{wall: time.Duration(size) * time.Microsecond, used: used{CPU: time.Duration(size) * 2 * time.Microsecond}}}
	}
	return b
}

func TestTable(t *testing.T) {
	table := measured().table("BenchmarkX")
	for _, want := range []string{
		"| requests of a bulk read of 10,000 secrets | 10003 | 10003 |",
		"| connections of a bulk read of 10,000 secrets | 10 | 10 |",
		"| destroy of 1,000 on Terraform 1.11.4, as a multiple of `random_password` | 0.85 | 1.67 (**missed**) |",
		"| CPU for each entry of a list of 100,000, as a multiple of that of 10,000 | 1.20 | 1.00 |",
		"| time to the provider's first answer, as a multiple of `random_id` | 1.00 | 1.25 (**missed**) |",
		"| Terraform 1.11.4 | 1,000 | plan | 1.00 s (5.00×) | 2.00 s (2.50×) | 3.00 s (1.67×) | 4.00 s (1.25×) | 5.00 s |",
		"| 100,000 | 100.00 ms | 1.00 ms | 200.00 ms | 2.00 ms | 0 MB |",
		"10,003 requests, 10 connections",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("the table lacks %q", want)
		}
	}
	if strings.Contains(strings.ToLower(table), "most secrets") {
		t.Error("the table says most secrets, and not how many")
	}
	if t.Failed() {
		t.Log(table)
	}
}

// TestTableWithoutOthers demands that what is not at hand is left out, and no ratio
// to it is shown.
func TestTableWithoutOthers(t *testing.T) {
	b := measured()
	for key := range b.lives {
		if key.subject != ourResource && key.subject != "terraform_data" {
			delete(b.lives, key)
		}
	}
	delete(b.starts, "random_id")
	table := b.table("")
	for _, unwanted := range []string{"random_password` |", "vault_kv", "Inf", "NaN", "first answer, as"} {
		if strings.Contains(table, unwanted) {
			t.Errorf("the table has %q", unwanted)
		}
	}
}

func TestPlot(t *testing.T) {
	plot := measured().plot()
	for _, want := range []string{
		"in seconds: less is better", "this project", "others", "a scale of its own", "(scale: 0 to 5.00 s)", "prefers-color-scheme: dark",
		`class="theirs"`, `class="ours"`, "plan of 1,000 resources with nothing to change, Terraform 1.11.4",
	} {
		if !strings.Contains(plot, want) {
			t.Errorf("the plot lacks %q", want)
		}
	}
	for d := xml.NewDecoder(strings.NewReader(plot)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		// A line with both ends in one place can't be seen.
		if line, ok := token.(xml.StartElement); ok && line.Name.Local == "line" {
			at := map[string]string{}
			for _, a := range line.Attr {
				at[a.Name.Local] = a.Value
			}
			if at["x1"] == at["x2"] && at["y1"] == at["y2"] {
				t.Errorf("a line without a length: %v", line.Attr)
			}
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 10_003: "10,003", 1_234_567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
