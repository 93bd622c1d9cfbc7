package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestIdentify(t *testing.T) {
	const (
		mit = "MIT License\n\nPermission is hereby granted, free of charge, to any person\nobtaining a copy of this software"
		bsd = "Redistribution and use in source and binary forms, with or without\nmodification, are permitted"
	)
	tests := []struct {
		name, text string
		want       []string
		err        string
	}{
		{name: "MIT, broken into other lines", text: mit, want: []string{"MIT"}},
		{name: "Apache", text: "   Apache License\n   Version 2.0, January 2004\n   http://www.apache.org/licenses/", want: []string{"Apache-2.0"}},
		{name: "three clauses", text: bsd + "\n * Neither the name of Google Inc.", want: []string{"BSD-3-Clause"}},
		{name: "two clauses", text: bsd, want: []string{"BSD-2-Clause"}},
		{
			name: "MPL, which names others as secondary licences",
			text: "Mozilla Public License, version 2.0\n\n1. Definitions\n1.12. “Secondary License” means either the GNU General Public License, Version 2.0, the GNU Lesser General Public License, Version 2.1",
			want: []string{"MPL-2.0"},
		},
		{name: "two at once", text: mit + bsd, want: []string{"MIT", "BSD-2-Clause"}},
		{name: "copyleft", text: "GNU GENERAL PUBLIC LICENSE\n  Version 3, 29 June 2007", err: "GPL is not a licence"},
		{name: "a rider under an allowed one", text: "“Commons Clause” License Condition v1.0\n" + mit, err: "Commons-Clause is not a licence"},
		{name: "source available", text: "License text\nBusiness Source License 1.1", err: "BUSL-1.1 is not a licence"},
		{name: "unknown", text: "All rights reserved.", err: "doesn't know"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := identify(tt.text)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("got %v, %v; want an error with %q", got, err, tt.err)
				}
				return
			}
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

// The policy holds for what is linked now, and the texts of all of it are written.
func TestRun(t *testing.T) {
	t.Chdir("../..")
	output := filepath.Join(t.TempDir(), "new", "licences.txt")
	if err := run(output); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\nGo standard library go1.", "\ngithub.com/hashicorp/terraform-plugin-framework v1.", "\ngoogle.golang.org/grpc v1.",
		"Copyright 2009 The Go Authors", "Mozilla Public License, version 2.0", "Copyright 2014 gRPC authors",
		"Copyright (c) 2012 The Go Authors", // of the JSON package inside go-jose
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the texts don't hold %q", want)
		}
	}
	if strings.Contains(string(text), "terraform-plugin-testing") {
		t.Error("the texts hold a module that only tests use")
	}
}

func TestTexts(t *testing.T) {
	dir := t.TempDir()
	m := module{"example.com/m", "v1.0.0", []string{dir}}
	if _, err := m.texts(); err == nil || !strings.Contains(err.Error(), "no licence file") {
		t.Errorf("a module without a licence file: %v", err)
	}
	for name, text := range map[string]string{"LICENSE-MIT": "one", "NOTICE": "two", "README": "three"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := m.texts(); err != nil || got != "one\n\ntwo" {
		t.Errorf("got %q, %v", got, err)
	}
}
