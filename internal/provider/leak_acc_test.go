package provider

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// marker is in every secret of the leak scan, and nowhere else.
const marker = "mArKeR-7f3a"

// leakScan looks for secrets in every encoding that they could come in.
type leakScan struct {
	t       *testing.T
	needles map[string]string // needle → what it is
}

func newLeakScan(t *testing.T, v *acctest.Vault) *leakScan {
	s := &leakScan{t: t, needles: map[string]string{}}
	s.add("a value", marker)
	s.add("the client secret", v.ClientSecret)
	s.add("the API token", v.APIToken)
	s.add("the password", v.Password)
	pem := strings.Split(strings.TrimSpace(string(v.PEM)), "\n")
	s.add("the private key", pem[len(pem)/2])
	s.needles[hex.EncodeToString(v.OrgKeyRaw)] = "the Org Key"
	s.needles[base64.StdEncoding.EncodeToString(v.OrgKeyRaw)] = "the Org Key"
	for _, token := range v.Server.Tokens() {
		s.add("an access token", token)
	}
	return s
}

func (s *leakScan) add(what, secret string) {
	s.needles[secret] = what
	s.needles[url.QueryEscape(secret)] = what
	if quoted, err := json.Marshal(secret); err == nil {
		s.needles[strings.Trim(string(quoted), `"`)] = what
	}
	// Base64 of a longer text holds one of three encodings of its middle.
	for shift := range 3 {
		if len(secret) > shift+6 {
			middle := secret[shift : shift+(len(secret)-shift)/3*3]
			s.needles[base64.StdEncoding.EncodeToString([]byte(middle))] = what
		}
	}
}

// text reports what it finds in a text.
func (s *leakScan) text(where, text string) {
	s.t.Helper()
	for needle, what := range s.needles {
		if i := strings.Index(text, needle); i >= 0 {
			line := text[strings.LastIndexByte(text[:i], '\n')+1 : i]
			s.t.Errorf("%s holds %s, after %.200q", where, what, line)
		}
	}
}

// dir scans every file of a folder but those that hold secrets by intent.
func (s *leakScan) dir(root string, except ...string) {
	s.t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		for _, name := range except {
			if strings.HasPrefix(entry.Name(), name) {
				return nil
			}
		}
		content, err := os.ReadFile(path)
		if err == nil {
			s.text("the file "+entry.Name(), string(content))
		}
		return err
	})
	if err != nil {
		s.t.Error(err)
	}
}

// TestAccLeaks drives every operation, success and failure, with all logs on, and
// looks for the secrets in all that comes out.
func TestAccLeaks(t *testing.T) {
	for _, auth := range []acctest.Auth{acctest.OAuth, acctest.Token} {
		for _, key := range []acctest.Key{acctest.PEMFile, acctest.PEMText, acctest.Password} {
			t.Run(fmt.Sprintf("%v/%v", auth, key), func(t *testing.T) { scanOne(t, auth, key) })
		}
	}
}

func scanOne(t *testing.T, auth acctest.Auth, key acctest.Key) {
	v := acctest.Start(t)
	env := append(v.Env(auth, key), "TF_LOG=TRACE", "TF_LOG_PATH=trace.log",
		"TF_VAR_secret="+marker+"-one", "TF_VAR_other="+marker+"-two")
	provider := "provider \"helvetisafe\" {\n  max_retries = 1\n}\n"
	variables := "variable \"secret\" {\n  sensitive = true\n}\nvariable \"other\" {\n  sensitive = true\n}\n"
	c := newCLI(t, required+provider+variables, env...)
	scan := func(step, out string) {
		t.Helper()
		s := newLeakScan(t, v)
		s.text("the output of "+step, out)
		log, err := os.ReadFile(filepath.Join(c.dir, "trace.log"))
		if err != nil || len(log) < 1000 {
			t.Fatalf("no trace log: %v", err)
		}
		s.text("the trace log of "+step, string(log))
		for _, request := range v.Server.Requests() {
			// The token request is where the client secret belongs.
			if request.Route != "token" {
				s.text("the body of a request of "+request.Route, string(request.Body))
			}
			s.text("a request's path", request.Path)
		}
	}
	body := func(name, attributes string) string {
		return fmt.Sprintf("resource \"helvetisafe_secret\" %q {\n  key = %q\n  %s\n}\n", name, name, attributes)
	}
	writeOnly := body("wo", "value_wo = var.secret") + body("versioned", "data_wo = { a = var.secret }\n  data_wo_version = 1")
	read := "data \"helvetisafe_secret\" \"read\" {\n  key = helvetisafe_secret.plain.key\n}\n"

	c.write("main.tf", required+provider+variables+writeOnly)
	scan("a write-only apply", c.mustRun("apply", "-auto-approve", "-no-color"))
	newLeakScan(t, v).dir(c.dir)
	scan("a plan", c.mustRun("plan", "-no-color", "-out=plan.bin"))
	newLeakScan(t, v).dir(c.dir)

	c.write("main.tf", required+provider+variables+writeOnly+body("plain", "value = var.secret")+body("fields", "data = { a = var.secret }")+read)
	scan("an apply", c.mustRun("apply", "-auto-approve", "-no-color"))
	state, err := os.ReadFile(filepath.Join(c.dir, "terraform.tfstate"))
	if err != nil || !strings.Contains(string(state), marker) {
		t.Errorf("value, data and the data source belong in the state, and are not there: %v", err)
	}
	// Drift, with its warnings; then failures of every kind.
	v.WritePlain("wo", `{"wo": "`+marker+`-elsewhere"}`)
	v.WritePlain("plain", `{"plain": "`+marker+`-elsewhere"}`)
	scan("a plan of drift", c.mustRun("plan", "-no-color"))
	c.env = append(c.env, "TF_VAR_secret="+marker+"-three")
	failures := map[string]func(){
		"a server that fails": func() { v.FailWith(500) },
		"a refusal":           func() { v.FailWith(403) },
		"HTML":                func() { v.FailWith(200) },
		"no such secret":      func() { v.FailWith(404) },
		"bad credentials":     func() { v.FailWith(401) },
	}
	for name, fail := range failures {
		fail()
		out, _ := c.run("apply", "-auto-approve", "-no-color")
		scan(name, out)
		v.Server.ClearFaults()
	}
	bad := body("two", "value = var.secret\n  value_wo = var.other") + body("bad-key", "value = var.secret") +
		body("past", "value = \""+marker+"-literal\"\n  expires_at = \"2001-01-01T00:00:00Z\"")
	c.write("bad.tf", bad)
	out, err := c.run("plan", "-no-color")
	if err == nil {
		t.Error("the bad configuration was accepted")
	}
	scan("a bad configuration", out)
	if err := os.Remove(filepath.Join(c.dir, "bad.tf")); err != nil {
		t.Fatal(err)
	}
	scan("a destroy", c.mustRun("destroy", "-auto-approve", "-no-color"))
	// The state and its backup hold what SURFACE puts there.
	newLeakScan(t, v).dir(c.dir, "terraform.tfstate", "plan.bin")
}
