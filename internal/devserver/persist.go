package devserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// dataFormat is the version of the file's layout.
const dataFormat = 1

type dataFile struct {
	Format  int      `json:"format"`
	Secrets []Record `json:"secrets"`
}

func (s *Server) load() error {
	if s.options.DataFile == "" {
		return nil
	}
	raw, err := os.ReadFile(s.options.DataFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the data file: %w", err)
	}
	var data dataFile
	if err := json.Unmarshal(raw, &data); err != nil || data.Format != dataFormat {
		return fmt.Errorf("%s is not a data file of the development server; move it away or name another", s.options.DataFile)
	}
	for _, r := range data.Secrets {
		c := r.copy()
		s.secrets[r.Key] = &c
	}
	return nil
}

// save writes all secrets to the data file before a write is answered, so that what
// was acknowledged is there after a crash. The caller holds the lock.
func (s *Server) save() error {
	if s.options.DataFile == "" {
		return nil
	}
	data := dataFile{Format: dataFormat, Secrets: []Record{}}
	for _, key := range slices.Sorted(maps.Keys(s.secrets)) {
		data.Secrets = append(data.Secrets, *s.secrets[key])
	}
	raw, err := json.MarshalIndent(data, "", "  ")
	if err != nil {
		return err
	}
	return WriteFile(s.options.DataFile, append(raw, '\n'))
}

func (s *Server) saveOrViolate() {
	if err := s.save(); err != nil {
		s.violations = append(s.violations, "data file: "+err.Error())
	}
}

// WriteFile replaces a file at once, readable by its owner only (0600): a reader sees
// the old content or the new, and a crash leaves one of the two.
func WriteFile(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // CreateTemp makes it 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(content); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
