package acctest

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

const planted = "pl@nted \"m\u00e4rker\" 7f3a/+="

func TestMarkersInBytes(t *testing.T) {
	quoted, err := json.Marshal(planted)
	if err != nil {
		t.Fatal(err)
	}
	std, raw := base64.StdEncoding.EncodeToString, []byte(planted)
	hidden := map[string]string{
		"as it is":   "x" + planted + "y",
		"JSON":       `{"a":` + string(quoted) + `}`,
		"query":      "?a=" + url.QueryEscape(planted),
		"path":       "/" + url.PathEscape(planted),
		"hex":        hex.EncodeToString(raw),
		"upper hex":  strings.ToUpper(hex.EncodeToString(raw)),
		"base64":     std(raw),
		"base64url":  base64.RawURLEncoding.EncodeToString(raw),
		"byte slice": fmt.Sprintf("%x", raw),
	}
	for before := range 4 {
		for after := range 4 {
			inner := strings.Repeat("a", before) + planted + strings.Repeat("z", after)
			hidden[fmt.Sprintf("base64 with %d before and %d after", before, after)] = std([]byte(inner))
			for outer := range 4 {
				private := strings.Repeat("{", outer) + std([]byte(inner)) + `"}`
				hidden[fmt.Sprintf("base64 twice, %d %d %d", outer, before, after)] = std([]byte(private))
			}
		}
	}
	m := NewMarkers(map[string]string{"the marker": planted})
	for where, text := range hidden {
		if found := m.InString(text); len(found) == 0 || !strings.HasPrefix(found[0], "the marker") {
			t.Errorf("%s: not found", where)
		}
	}
	for where, text := range map[string]string{"nothing": "", "a part": planted[:8], "another": std([]byte("pl@nted otherwise and longer"))} {
		if found := m.InString(text); found != nil {
			t.Errorf("%s: %v", where, found)
		}
	}
	for _, found := range m.InString(strings.Join([]string{planted, std(raw)}, " ")) {
		if strings.Contains(found, planted) {
			t.Error("a report holds the secret")
		}
	}
}

func TestVaultMarkers(t *testing.T) {
	v := Start(t)
	m := v.Markers()
	for name, text := range map[string]string{
		"the client secret": v.ClientSecret, "the API token": v.APIToken, "the password": v.Password,
		"the private key": v.PEM, "the Org Key in hex": hex.EncodeToString(v.OrgKeyRaw),
	} {
		if found := m.InString("x" + text); len(found) == 0 || found[0] != name {
			t.Errorf("%s: %v", name, found)
		}
	}
	if found := m.InString(v.ClientID + v.URL + v.OrgKey.Fingerprint() + v.PEMPath); found != nil {
		t.Errorf("found in what is not a secret: %v", found)
	}
}

func TestMarkersUnderADirectory(t *testing.T) {
	var zipped, gzipped bytes.Buffer
	z := zip.NewWriter(&zipped)
	w, err := z.Create("tfplan")
	if err != nil {
		t.Fatal(err)
	}
	g := gzip.NewWriter(&gzipped)
	for _, f := range []func([]byte) (int, error){w.Write, g.Write} {
		if _, err := f([]byte("before " + planted + " after")); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, file string
		content    []byte
		found      bool
	}{
		{"plain", "a.txt", []byte(planted), true},
		{"below", "b/c/d.txt", []byte(planted), true},
		{"zip", "plan.bin", zipped.Bytes(), true},
		{"gzip", "log.gz", gzipped.Bytes(), true},
		{"file name", "7f3a-in-the-name", nil, true},
		{"clean", "clean.txt", []byte("nothing"), false},
		{"excepted", "terraform.tfstate", []byte(planted), false},
		{"broken zip", "broken.zip", []byte("PK\x03\x04"), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, tt.file)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, tt.content, 0o600); err != nil {
				t.Fatal(err)
			}
			r := &recorder{t: t}
			m := NewMarkers(map[string]string{"the marker": planted, "the name": "7f3a-in-the-name"})
			m.ExpectNotUnder(r, dir, func(path string) bool { return filepath.Base(path) == "terraform.tfstate" })
			if (len(r.errors) > 0) != tt.found {
				t.Errorf("%q", r.errors)
			}
		})
	}
}

func TestStateChecks(t *testing.T) {
	state := func(attributes string) (req statecheck.CheckStateRequest) {
		text := `{"State":{"format_version":"1.0","values":{"root_module":{"resources":[{"address":"a.b","values":` + attributes + `}]}}}}`
		if err := json.Unmarshal([]byte(text), &req); err != nil {
			t.Fatal(err)
		}
		return req
	}
	tests := []struct {
		name string
		req  statecheck.CheckStateRequest
		addr string
		ok   bool
	}{
		{"null", state(`{"value_wo":null}`), "a.b", true},
		{"missing", state(`{}`), "a.b", true},
		{"there", state(`{"value_wo":""}`), "a.b", false},
		{"no such resource", state(`{}`), "a.c", false},
		{"no state", statecheck.CheckStateRequest{}, "a.b", false},
	}
	for _, tt := range tests {
		var resp statecheck.CheckStateResponse
		ExpectNoAttribute(tt.addr, "value_wo").CheckState(t.Context(), tt.req, &resp)
		if (resp.Error == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, resp.Error)
		}
	}
	check := ExpectNoMarkers(NewMarkers(map[string]string{"the marker": "planted-7f3a"}))
	for text, ok := range map[string]bool{`{"a":"planted-7f3a"}`: false, `{"a":"other"}`: true} {
		var inState statecheck.CheckStateResponse
		check.CheckState(t.Context(), state(text), &inState)
		var req plancheck.CheckPlanRequest
		plan := `{"Plan":{"format_version":"1.2","resource_changes":[{"address":"a.b","change":{"actions":["create"],"after":` + text + `}}]}}`
		if err := json.Unmarshal([]byte(plan), &req); err != nil {
			t.Fatal(err)
		}
		var inPlan plancheck.CheckPlanResponse
		check.CheckPlan(t.Context(), req, &inPlan)
		if (inState.Error == nil) != ok || (inPlan.Error == nil) != ok {
			t.Errorf("%s: %v %v", text, inState.Error, inPlan.Error)
		}
	}
}
