package acctest

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// minNeedle is the shortest form that is looked for, in bytes: a shorter one is
// found by chance.
const minNeedle = 8

// Markers are secrets to look for in places where no secret may be. They are looked for
// as they are, quoted for JSON or a URL, in hex and in base64: their own, that of a
// longer text around them, and base64 of base64, in which Terraform keeps private state.
type Markers struct {
	needles []needle
}

type needle struct {
	name string
	form []byte
}

// NewMarkers makes markers of secrets by name; reports give the name only. A secret
// should have 12 bytes at least.
func NewMarkers(secrets map[string]string) *Markers {
	m := &Markers{}
	for name, secret := range secrets {
		m.Add(name, []byte(secret))
	}
	return m
}

// Markers returns markers of all that the vault's account must keep secret: client
// secret, API token, password, private key, Org Key, and the access tokens given out
// so far.
func (v *Vault) Markers() *Markers {
	m := NewMarkers(map[string]string{
		"the client secret": v.ClientSecret, "the API token": v.APIToken, "the password": v.Password,
	})
	m.Add("the Org Key", v.OrgKeyRaw)
	// A middle line, because the first ones of any PKCS#8 key of a size are alike.
	lines := strings.Split(strings.TrimSpace(v.PEM), "\n")
	m.Add("the private key", []byte(strings.TrimSpace(lines[len(lines)/2])))
	for _, token := range v.Server.Tokens() {
		m.Add("an access token", []byte(token))
	}
	return m
}

// Add adds one secret.
func (m *Markers) Add(name string, secret []byte) {
	m.add(name, secret)
	m.add(name+" in hex", []byte(hex.EncodeToString(secret)))
	m.add(name+" in hex", []byte(strings.ToUpper(hex.EncodeToString(secret))))
	m.add(name+" in a URL", []byte(url.QueryEscape(string(secret))))
	m.add(name+" in a URL", []byte(url.PathEscape(string(secret))))
	if quoted, err := json.Marshal(string(secret)); err == nil {
		m.add(name+" in JSON", bytes.Trim(quoted, `"`))
	}
	for _, once := range inBase64(secret) {
		m.add(name+" in base64", once)
		m.add(name+" in base64", []byte(strings.NewReplacer("+", "-", "/", "_").Replace(string(once))))
		for _, twice := range inBase64(once) {
			m.add(name+" in base64 twice", twice)
		}
	}
}

func (m *Markers) add(name string, form []byte) {
	if len(form) < minNeedle || slices.ContainsFunc(m.needles, func(n needle) bool { return bytes.Equal(n.form, form) }) {
		return
	}
	m.needles = append(m.needles, needle{name, form})
}

// inBase64 returns the part of a text's base64 that doesn't depend on the text around
// it. There are three forms, one for each position in a group of three bytes.
func inBase64(text []byte) [][]byte {
	var forms [][]byte
	for shift := range 3 {
		if whole := (len(text) - shift) / 3 * 3; whole > 0 {
			forms = append(forms, []byte(base64.StdEncoding.EncodeToString(text[shift:shift+whole])))
		}
	}
	return forms
}

// InBytes returns the names of the markers found, nil for none.
func (m *Markers) InBytes(text []byte) []string {
	var found []string
	for _, n := range m.needles {
		if bytes.Contains(text, n.form) && !slices.Contains(found, n.name) {
			found = append(found, n.name)
		}
	}
	return found
}

// InString is InBytes for a string.
func (m *Markers) InString(text string) []string { return m.InBytes([]byte(text)) }

// InFile looks into a file, and into what is compressed in it: a plan file is a zip.
func (m *Markers) InFile(path string) ([]string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	found := m.InBytes(content)
	switch {
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return found, fmt.Errorf("%s: %w", path, err)
		}
		for _, file := range archive.File {
			inner, err := file.Open()
			if err != nil {
				return found, fmt.Errorf("%s: %w", path, err)
			}
			if found, err = m.inReader(inner, found); err != nil {
				return found, fmt.Errorf("%s: %w", path, err)
			}
		}
	case bytes.HasPrefix(content, []byte("\x1f\x8b")):
		inner, err := gzip.NewReader(bytes.NewReader(content))
		if err != nil {
			return found, fmt.Errorf("%s: %w", path, err)
		}
		if found, err = m.inReader(inner, found); err != nil {
			return found, fmt.Errorf("%s: %w", path, err)
		}
	}
	return found, nil
}

func (m *Markers) inReader(r io.ReadCloser, found []string) ([]string, error) {
	defer func() { _ = r.Close() }()
	content, err := io.ReadAll(r)
	return append(found, m.InBytes(content)...), err
}

// ExpectNotIn fails the test if a text holds a marker. The argument where names the
// text.
func (m *Markers) ExpectNotIn(t testing.TB, where string, text []byte) {
	t.Helper()
	if found := m.InBytes(text); found != nil {
		t.Errorf("%s holds %s", where, strings.Join(found, ", "))
	}
}

// ExpectNotUnder fails the test if a file under a folder holds a marker, in its name
// too. It leaves out files for which except returns true; nil leaves out none.
func (m *Markers) ExpectNotUnder(t testing.TB, root string, except func(path string) bool) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if except != nil && except(path) {
			return nil
		}
		m.ExpectNotIn(t, "a file name", []byte(entry.Name()))
		if !entry.Type().IsRegular() {
			return nil
		}
		found, err := m.InFile(path)
		if found != nil {
			t.Errorf("%s holds %s", path, strings.Join(found, ", "))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
