// Command licences lists the modules that the provider links, on every system that is
// released, and checks that the policy allows their licences. With -o it writes the
// texts of the licences to a file: most of them must be handed on with a binary.
package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// systems are the values of GOOS in .goreleaser.yml. What is linked differs between
// systems, but not between architectures.
var systems = []string{"linux", "darwin", "windows", "freebsd"}

// allowed is the policy: permissive licences, and MPL-2.0, whose conditions apply only to
// the files under it. Names are SPDX identifiers.
var allowed = map[string]bool{
	"Apache-2.0":   true,
	"BSD-2-Clause": true,
	"BSD-3-Clause": true,
	"MIT":          true,
	"MPL-2.0":      true,
}

// marks recognize licences by a sentence that only one has, in lower case and with
// single spaces. Licences that are not allowed are here so that one of them is seen
// below an allowed one in the same file.
var marks = []struct{ id, sentence string }{
	{"AGPL", "gnu affero general public license version"},
	{"Apache-2.0", "apache license version 2.0, january 2004"},
	{"BUSL-1.1", "business source license 1.1"},
	{"Commons-Clause", "commons clause"},
	{"Elastic-2.0", "elastic license 2.0"},
	{"GPL", "gnu general public license version"},
	{"LGPL", "gnu lesser general public license version"},
	{"MIT", "permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"MPL-2.0", "mozilla public license, version 2.0 1. definitions"},
	{"SSPL-1.0", "server side public license version"},
}

// module is a module that the provider links, or Go's standard library. dirs are its own
// directory and those of its linked packages: some hold code from elsewhere, under a
// licence of its own.
type module struct {
	path, version string
	dirs          []string
}

func main() {
	output := flag.String("o", "", "write the texts of all licences to this `file`")
	flag.Parse()
	if err := run(*output); err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

func run(output string) error {
	modules, err := linked()
	if err != nil {
		return err
	}
	var texts bytes.Buffer
	fmt.Fprintln(&texts, "This provider links the modules below. Each stands under the terms that follow its name;\nits source is what its path and version name.")
	var refused []error
	for _, m := range modules {
		text, err := m.texts()
		if err != nil {
			return err
		}
		ids, err := identify(text)
		if err != nil {
			refused = append(refused, fmt.Errorf("%s %s: %w", m.path, m.version, err))
			continue
		}
		fmt.Printf("%-14s %s %s\n", strings.Join(ids, ","), m.path, m.version)
		fmt.Fprintf(&texts, "\n%s\n%s %s\n\n%s\n", strings.Repeat("=", 78), m.path, m.version, text)
	}
	if len(refused) > 0 || output == "" {
		return errors.Join(refused...)
	}
	if err := os.MkdirAll(filepath.Dir(output), 0o750); err != nil {
		return err
	}
	return os.WriteFile(output, texts.Bytes(), 0o600)
}

// linked lists the modules in a release, sorted, and the standard library first.
func linked() ([]module, error) {
	type name struct{ path, version string }
	found := map[name]map[string]bool{}
	for _, system := range systems {
		out, err := goCommand(system, "list", "-deps", "-f",
			"{{if .Module}}{{if not .Module.Main}}{{.Module.Path}}\t{{.Module.Version}}\t{{.Module.Dir}}\t{{.Dir}}{{end}}{{end}}", ".")
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(out) {
			fields := strings.Split(strings.TrimSpace(line), "\t")
			if len(fields) != 4 {
				continue
			}
			dirs := found[name{fields[0], fields[1]}]
			if dirs == nil {
				dirs = map[string]bool{fields[2]: true}
				found[name{fields[0], fields[1]}] = dirs
			}
			for dir := fields[3]; len(dir) > len(fields[2]); dir = filepath.Dir(dir) {
				dirs[dir] = true
			}
		}
	}
	if len(found) == 0 {
		return nil, errors.New("go list names no module: run this in the module's directory")
	}
	out, err := goCommand("", "env", "GOVERSION", "GOROOT")
	if err != nil {
		return nil, err
	}
	version, root, _ := strings.Cut(strings.TrimSpace(out), "\n")
	modules := []module{{"Go standard library", version, []string{root}}}
	for _, n := range slices.SortedFunc(maps.Keys(found), func(a, b name) int { return cmp.Compare(a.path, b.path) }) {
		modules = append(modules, module{n.path, n.version, slices.Sorted(maps.Keys(found[n]))})
	}
	return modules, nil
}

func goCommand(system string, args ...string) (string, error) {
	cmd := exec.Command("go", args...) //nolint:gosec // G204: the arguments are this file's own.
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if system != "" {
		cmd.Env = append(cmd.Env, "GOOS="+system)
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", args[0], err)
	}
	return string(out), nil
}

// texts are the module's licence files, and the notices that Apache-2.0 asks to
// hand on.
func (m module) texts() (string, error) {
	var texts []string
	for _, dir := range m.dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return "", err
		}
		for _, entry := range entries {
			name := strings.ToLower(entry.Name())
			if entry.IsDir() || !strings.HasPrefix(name, "licen") && !strings.HasPrefix(name, "copying") && !strings.HasPrefix(name, "notice") {
				continue
			}
			text, err := os.ReadFile(filepath.Join(dir, entry.Name())) //nolint:gosec // G304: go list names the directory.
			if err != nil {
				return "", err
			}
			texts = append(texts, strings.TrimRight(string(text), "\n"))
		}
	}
	if len(texts) == 0 {
		return "", fmt.Errorf("%s %s has no licence file in %s", m.path, m.version, m.dirs[0])
	}
	return strings.Join(texts, "\n\n"), nil
}

// identify names the licences in a text. It fails if it knows none of them, or if the
// policy doesn't allow one.
func identify(text string) ([]string, error) {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	var ids []string
	for _, mark := range marks {
		if strings.Contains(text, mark.sentence) {
			ids = append(ids, mark.id)
		}
	}
	if strings.Contains(text, "redistribution and use in source and binary forms") {
		if strings.Contains(text, "neither the name") {
			ids = append(ids, "BSD-3-Clause")
		} else {
			ids = append(ids, "BSD-2-Clause")
		}
	}
	if len(ids) == 0 {
		return nil, errors.New("a licence that this check doesn't know: read it, and add it to scripts/licences")
	}
	for _, id := range ids {
		if !allowed[id] {
			return nil, fmt.Errorf("%s is not a licence that the policy in scripts/licences allows", id)
		}
	}
	return ids, nil
}
