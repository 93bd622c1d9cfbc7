package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// notTried is the finding about what this account, or this vault, gave no way to try.
const notTried = "not tried"

// statement is one that PROTOCOL.md marks as uncertain.
type statement struct {
	name    string
	assumed string // what the development server does unless told otherwise
	// unworkable are findings that the provider can't work with. If the other list is
	// shorter, only names those that it can work with. Any other finding is at most a
	// difference.
	unworkable []string
	only       []string
}

// statements are all of section 16 of PROTOCOL.md, in the order of the report.
var statements = []statement{
	{name: "api_token_header", assumed: "x-aegis-token", unworkable: []string{"neither"}},
	{name: "null_expiry", assumed: "clears"},
	{name: "timestamps", assumed: "milliseconds", unworkable: []string{"unreadable"}},
	{name: "list_updated_at", assumed: "present"},
	{name: "create_updated_at", assumed: "missing"},
	{name: "date_header", assumed: "present"},
	// A secret counts as gone only if the API says so.
	{name: "error_body", assumed: "json", only: []string{"json"}},
	{name: "unknown_path_status", assumed: "404"},
	// Whatever else a second create is answered with, it may have overwritten the first.
	{name: "conflict_status", assumed: "409", only: []string{"409"}},
	{name: "expiry_in_the_past", assumed: "refused"},
	{name: "key_pattern", assumed: "enforced"},
	// A part of the list would pass for all of it, and its absences for deletions.
	{name: "paging", assumed: "none", unworkable: []string{"paged"}},
	{name: "size_limit", assumed: "256 KiB or more"},
}

// works says whether the provider can work with a finding.
func (s statement) works(found string) bool {
	if found == notTried {
		return true
	}
	if s.only != nil {
		return slices.Contains(s.only, found)
	}
	return !slices.Contains(s.unworkable, found)
}

// Facts are the findings by name.
type Facts map[string]string

// ErrUnworkable says that a finding is one the provider can't work with.
var ErrUnworkable = errors.New("the provider can't work with this vault")

// print writes the table.
func (f Facts) print(out io.Writer) error {
	var unworkable []string
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "fact\tassumed\tfound\tsame")
	for _, s := range statements {
		same := "yes"
		switch found := f[s.name]; {
		case !s.works(found):
			same = "NO, and the provider can't work with it"
			unworkable = append(unworkable, s.name)
		case found == notTried:
			same = "-"
		case found != s.assumed:
			same = "no; the provider works either way"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.name, s.assumed, f[s.name], same)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if unworkable != nil {
		return fmt.Errorf("%w: %s", ErrUnworkable, strings.Join(unworkable, ", "))
	}
	return nil
}

// JSON is the report for programs.
func (f Facts) JSON() ([]byte, error) {
	out, err := json.MarshalIndent(map[string]Facts{"facts": f}, "", "  ")
	return append(out, '\n'), err
}
