package interop

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/provider"
)

// side is a vault with both clients set up for one combination of an auth mode
// and a key source.
type side struct {
	vault    *acctest.Vault
	python   *pythonClient
	provider string   // the provider block
	env      []string // the same for helvetisafe-vault-k8s, which shares our variables
}

// eachCombination runs a test for all six.
func eachCombination(t *testing.T, test func(*testing.T, *side)) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test runs the real CLI (make test)")
	}
	for _, auth := range acctest.Auths() {
		for _, key := range acctest.Keys() {
			t.Run(auth.String()+" with "+key.String(), func(t *testing.T) {
				requirePython(t)
				acctest.ClearEnv(t)
				v := acctest.Start(t)
				env := v.Env(auth, key)
				settings := map[string]string{} // HelvetiSafeClient's arguments have our attributes' names
				for _, variable := range env {
					name, value, _ := strings.Cut(variable, "=")
					settings[strings.ToLower(strings.TrimPrefix(name, "HELVETISAFE_"))] = value
				}
				test(t, &side{vault: v, python: connectPython(t, settings), provider: v.ProviderBlock(auth, key), env: env})
			})
		}
	}
}

// terraform runs steps, each with the provider block in front of its configuration.
func (s *side) terraform(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	for i := range steps {
		steps[i].Config = s.provider + steps[i].Config
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(provider.New("interop")),
		Steps:                    steps,
	})
}

// single are values that a secret can have, by key.
var single = map[string]string{
	"plain":       "s3cr3t-v@lue",
	"unicode":     "Grüezi 世界 🔐 Ω",
	"lines":       "first\nsecond\twith a tab\r\nthird\n",
	"punctuation": `"quoted" \ back <html> & ${not} %{a} template`,
	"number":      "5432",
	"truth":       "true",
	"json_list":   `[1, "a", null]`,
	"json_text":   `{"DB_HOST":"localhost","DB_PASS":"pässwörd"}`,
	"json_string": `"text"`,
}

// portal is a secret of several fields.
var portal = map[string]string{"DB_HOST": "db.example.com", "DB_PASS": "pässwörd 🔐", "EMPTY": ""}

// flattened returns the fields of a secret (PROTOCOL.md section 12).
func flattened(key string) map[string]string {
	switch key {
	case "json_text":
		return map[string]string{"DB_HOST": "localhost", "DB_PASS": "pässwörd"}
	case "portal":
		return portal
	}
	return map[string]string{key: single[key]}
}

func TestInteropPythonReads(t *testing.T) {
	eachCombination(t, func(t *testing.T, s *side) {
		var config strings.Builder
		for key, value := range single {
			fmt.Fprintf(&config, "resource \"helvetisafe_secret\" %q {\n key = %q\n value = %s\n}\n", key, key, hcl(value))
		}
		fmt.Fprintf(&config, "resource \"helvetisafe_secret\" \"portal\" {\n key = \"portal\"\n data = %s\n}\n", hclMap(portal))
		fmt.Fprintf(&config, "resource \"helvetisafe_secret\" \"expiring\" {\n key = \"expiring\"\n value = \"v\"\n expires_at = \"2099-01-02T03:04:05.678Z\"\n}\n")

		s.terraform(t, resource.TestStep{Config: config.String(), Check: resource.ComposeAggregateTestCheckFunc(
			s.pythonLists(append(keysOf(single), "portal", "expiring")...),
			s.pythonReadsAll(single),
			s.pythonReadsFields("portal", portal),
			s.pythonSeesExpiry("expiring", time.Date(2099, 1, 2, 3, 4, 5, 678e6, time.UTC)),
			s.injectWrites(t),
		)})
		if keys := s.vault.Server.Keys(); len(keys) > 0 {
			t.Errorf("destroy left %q", keys)
		}
	})
}

func TestInteropTerraformReads(t *testing.T) {
	eachCombination(t, func(t *testing.T, s *side) {
		for key, value := range single {
			s.python.create(t, key, value, "")
		}
		s.python.create(t, "expiring", "v", "2099-01-02T03:04:05.678000+00:00")
		text, err := json.Marshal(portal)
		if err != nil {
			t.Fatal(err)
		}
		s.vault.WritePlain("portal", string(text))

		var config strings.Builder
		var checks []statecheck.StateCheck
		for key, value := range single {
			fmt.Fprintf(&config, "data \"helvetisafe_secret\" %q {\n key = %q\n}\n", key, key)
			checks = append(checks, known(key, "value", knownvalue.StringExact(value)), known(key, "data", exactMap(flattened(key))))
		}
		fmt.Fprintf(&config, "data \"helvetisafe_secret\" \"portal\" {\n key = \"portal\"\n}\n")
		fmt.Fprintf(&config, "data \"helvetisafe_secret\" \"expiring\" {\n key = \"expiring\"\n}\n")
		checks = append(checks,
			known("portal", "value", knownvalue.StringExact(string(text))),
			known("portal", "data", exactMap(portal)),
			known("expiring", "expires_at", knownvalue.StringExact("2099-01-02T03:04:05.678Z")))
		s.terraform(t, resource.TestStep{Config: config.String(), ConfigStateChecks: checks})
	})
}

// Each side changes and deletes what the other one made, and the other one sees it.
func TestInteropEachSeesTheOther(t *testing.T) {
	const shared = "resource \"helvetisafe_secret\" \"shared\" {\n key = \"shared\"\n value = %q\n}\n"
	action := func(a plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction("helvetisafe_secret.shared", a),
		}}
	}
	eachCombination(t, func(t *testing.T, s *side) {
		s.terraform(
			t,
			resource.TestStep{
				Config: fmt.Sprintf(shared, "one"),
				Check:  s.pythonReads("shared", "one"),
			},
			resource.TestStep{
				Config: fmt.Sprintf(shared, "two"),
				Check:  s.pythonReads("shared", "two"),
			},
			resource.TestStep{ // Python's update is drift
				PreConfig:        func() { s.python.update(t, "shared", "python's") },
				Config:           fmt.Sprintf(shared, "two"),
				ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				Check:            s.pythonReads("shared", "two"),
			},
			resource.TestStep{ // the same value under another ciphertext is not drift
				PreConfig:        func() { s.python.update(t, "shared", "two") },
				Config:           fmt.Sprintf(shared, "two"),
				ConfigPlanChecks: action(plancheck.ResourceActionNoop),
			},
			resource.TestStep{ // what Python deleted is made again
				PreConfig:        func() { s.python.delete(t, "shared") },
				Config:           fmt.Sprintf(shared, "two"),
				ConfigPlanChecks: action(plancheck.ResourceActionCreate),
				Check:            s.pythonReads("shared", "two"),
			},
			resource.TestStep{ // what Terraform deleted is gone for Python, and its key free
				Config: "data \"helvetisafe_org_key\" \"current\" {}\n",
				Check:  s.pythonMisses("shared"),
			},
			resource.TestStep{ // what Python made is imported without a change
				PreConfig: func() { s.python.create(t, "shared", "made by Python", "") },
				Config: "import {\n to = helvetisafe_secret.shared\n id = \"shared\"\n}\n" +
					fmt.Sprintf(shared, "made by Python"),
				ConfigPlanChecks: action(plancheck.ResourceActionNoop),
			},
			resource.TestStep{
				Config: fmt.Sprintf(shared, "three"),
				Check:  s.pythonReads("shared", "three"),
			},
		)
		if err := s.pythonMisses("shared")(nil); err != nil {
			t.Error("after destroy:", err)
		}
	})
}

func known(name, attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("data.helvetisafe_secret."+name, tfjsonpath.New(attribute), check)
}

func exactMap(fields map[string]string) knownvalue.Check {
	checks := map[string]knownvalue.Check{}
	for name, value := range fields {
		checks[name] = knownvalue.StringExact(value)
	}
	return knownvalue.MapExact(checks)
}

func (s *side) pythonReads(key, want string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		secret, err := s.python.get(key)
		if err != nil {
			return err
		}
		if secret.Value != want {
			return fmt.Errorf("python reads %q of %s, want %q", secret.Value, key, want)
		}
		return nil
	}
}

func (s *side) pythonReadsAll(values map[string]string) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		var errs []error
		for key, value := range values {
			errs = append(errs, s.pythonReads(key, value)(state))
		}
		return errors.Join(errs...)
	}
}

// pythonReadsFields checks that the Python client returns a secret of several fields as
// the JSON text of the stored object.
func (s *side) pythonReadsFields(key string, want map[string]string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		secret, err := s.python.get(key)
		if err != nil {
			return err
		}
		var got map[string]string
		if err := json.Unmarshal([]byte(secret.Value), &got); err != nil {
			return fmt.Errorf("what python reads of %s is not a JSON object: %w", key, err)
		}
		if !maps.Equal(got, want) {
			return fmt.Errorf("python reads %q of %s, want %q", got, key, want)
		}
		return nil
	}
}

func (s *side) pythonSeesExpiry(key string, want time.Time) resource.TestCheckFunc {
	return func(*terraform.State) error {
		secret, err := s.python.get(key)
		if err != nil {
			return err
		}
		if secret.ExpiresAt == nil {
			return fmt.Errorf("python sees no expiry of %s", key)
		}
		got, err := time.Parse(time.RFC3339Nano, *secret.ExpiresAt)
		if err != nil {
			return err
		}
		if !got.Equal(want) {
			return fmt.Errorf("python sees the expiry %s of %s, want %s", got, key, want)
		}
		return nil
	}
}

func (s *side) pythonLists(want ...string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		keys, err := s.python.keys()
		if err != nil {
			return err
		}
		var errs []error
		for _, key := range want {
			if !keys[key] {
				errs = append(errs, fmt.Errorf("python's list doesn't show %s", key))
			}
		}
		if len(keys) != len(want) {
			errs = append(errs, fmt.Errorf("python lists %d secrets, want %d", len(keys), len(want)))
		}
		return errors.Join(errs...)
	}
}

func (s *side) pythonMisses(key string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		_, err := s.python.get(key)
		if raised, ok := errors.AsType[*pythonError](err); !ok || raised.Class != "HelvetisafeNotFoundError" {
			return fmt.Errorf("python's get of %s came to %w, want a HelvetisafeNotFoundError", key, err)
		}
		return nil
	}
}

// injectWrites runs `helvetisafe-vault-k8s inject --output-dir`, one secret a
// run, and compares the files that it leaves with our flattening of it.
func (s *side) injectWrites(t *testing.T) resource.TestCheckFunc {
	return func(*terraform.State) error {
		for _, key := range append(keysOf(single), "portal") {
			dir := t.TempDir()
			cmd := exec.Command(filepath.Join(requirePython(t), "helvetisafe-vault-k8s"), "inject", "--output-dir", dir)
			cmd.Env = pythonEnv(append(s.env, "HELVETISAFE_SECRET_KEYS="+key)...)
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("inject of %s: %w\n%s", key, err, out)
			}
			got, err := files(dir)
			if err != nil {
				return err
			}
			if want := flattened(key); !maps.Equal(got, want) {
				return fmt.Errorf("inject of %s wrote %q, our data holds %q", key, got, want)
			}
		}
		return nil
	}
}

// files reads a directory: content by name.
func files(dir string) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	content := map[string]string{}
	for _, entry := range entries {
		raw, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		content[entry.Name()] = string(raw)
	}
	return content, nil
}

func keysOf(m map[string]string) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	return keys
}
