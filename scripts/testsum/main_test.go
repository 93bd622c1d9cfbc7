package main

import (
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	tests := []struct {
		name                    string
		in                      string
		passed, failed, skipped int
		packagesFailed          int
		printed, kept           []string
	}{
		{
			name: "a passing test stays silent",
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"    noise\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}
`,
			passed:  1,
			printed: []string{"ok  \tp\t0.1s\n"},
			kept:    []string{"noise", "PASS"},
		},
		{
			name: "a failing test is shown",
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"    wrong answer\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p"}
`,
			failed: 1, packagesFailed: 1,
			printed: []string{"wrong answer"},
		},
		{
			name: "a skipped test says why",
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"    no Python\n"}
{"Action":"skip","Package":"p","Test":"TestA"}
`,
			skipped: 1,
			printed: []string{"no Python"},
		},
		{
			name: "a test that was running when the package died is shown",
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"panic: boom\n"}
{"Action":"fail","Package":"p"}
`,
			packagesFailed: 1,
			printed:        []string{"panic: boom"},
		},
		{
			name: "a package without tests counts as nothing",
			in: `{"Action":"output","Package":"p","Output":"?   \tp\t[no test files]\n"}
{"Action":"skip","Package":"p"}
`,
			kept: []string{"no test files"},
		},
		{
			name: "the slowest whole tests are named, slowest first",
			in: `{"Action":"pass","Package":"p","Test":"TestA","Elapsed":6.25}
{"Action":"pass","Package":"p","Test":"TestB/part","Elapsed":70}
{"Action":"pass","Package":"p","Test":"TestB","Elapsed":71}
{"Action":"pass","Package":"p","Test":"TestC","Elapsed":0.5}
`,
			passed:  4,
			printed: []string{"took   71.0 s: TestB in p\ntook    6.2 s: TestA in p\n"},
			kept:    []string{"part", "TestC"},
		},
		{
			name:    "a line that is not JSON is passed on",
			in:      "main.go:3: syntax error\n",
			printed: []string{"syntax error"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			s := newSummary(&out)
			if err := s.read(strings.NewReader(tt.in)); err != nil {
				t.Fatal(err)
			}
			s.printSlowest()
			if s.passed != tt.passed || s.failed != tt.failed || s.skipped != tt.skipped || s.packagesFailed != tt.packagesFailed {
				t.Errorf("counted %d passed, %d failed, %d skipped, %d packages failed; want %d, %d, %d, %d",
					s.passed, s.failed, s.skipped, s.packagesFailed, tt.passed, tt.failed, tt.skipped, tt.packagesFailed)
			}
			for _, want := range tt.printed {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is missing from the output %q", want, out.String())
				}
			}
			for _, unwanted := range tt.kept {
				if strings.Contains(out.String(), unwanted) {
					t.Errorf("%q stands in the output %q", unwanted, out.String())
				}
			}
		})
	}
}
