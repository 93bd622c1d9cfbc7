package devserver

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestDataFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "data.json")
	at := func(o *Options) { o.DataFile = path }
	r := newRig(t, at)
	r.want(201, "POST", "/api/v1/secrets", creation("kept", 1, `,"expiresAt":"2099-01-01T00:00:00+00:00"`))
	r.want(201, "POST", "/api/v1/secrets", creation("gone", 2))
	r.want(201, "POST", "/api/v1/secrets", creation("expired", 3, `,"expiresAt":"2026-03-04T06:00:00+00:00"`))
	r.want(200, "PUT", "/api/v1/secrets/kept", change(4))
	r.want(204, "DELETE", "/api/v1/secrets/gone", "")
	r.Put(Record{Key: "hidden", Value: "AAAA", Nonce: "BBBB"})
	r.Hide("hidden")

	again := newRig(t, at)
	for _, key := range r.Keys() {
		before, _ := r.Stored(key)
		after, ok := again.Stored(key)
		if !ok || !reflect.DeepEqual(before, after) {
			t.Errorf("%s came back as another: %+v", key, after)
		}
	}
	if len(again.Keys()) != 3 {
		t.Errorf("keys %v", again.Keys())
	}
	again.clock.add(24 * time.Hour)
	if len(again.Keys()) != 2 {
		t.Errorf("keys after the expiry: %v", again.Keys())
	}
	if content, err := os.ReadFile(path); err != nil || strings.Contains(string(content), "expired\"") {
		t.Errorf("the file keeps what has expired: %v", err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode: %v %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("temporary files are left: %v %v", entries, err)
	}
}

func TestDataFileThatIsNone(t *testing.T) {
	for name, content := range map[string]string{"empty": "", "no JSON": "x", "another format": `{"format":2}`, "another file": `{}`} {
		path := filepath.Join(t.TempDir(), "data.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := New(Options{DataFile: path}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(Options{DataFile: t.TempDir()}); err == nil {
		t.Error("a directory was taken for a data file")
	}
}

func TestDataFileThatCannotBeWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sub")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(o *Options) { o.DataFile = filepath.Join(dir, "data.json") })
	r.want(201, "POST", "/api/v1/secrets", creation("k", 1))
	before, _ := r.Stored("k")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	// What can't be saved is not acknowledged, and has not happened.
	r.want(500, "POST", "/api/v1/secrets", creation("other", 2))
	r.want(500, "PUT", "/api/v1/secrets/k", change(3))
	r.want(500, "DELETE", "/api/v1/secrets/k", "")
	if after, ok := r.Stored("k"); !ok || after != before || len(r.Keys()) != 1 {
		t.Error("something has happened")
	}
	r.noViolations()
	r.Put(Record{Key: "x"})
	if len(r.Violations()) != 1 {
		t.Error("a Put that isn't saved goes unnoticed")
	}
}
