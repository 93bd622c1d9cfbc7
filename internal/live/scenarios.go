package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// scenarios are the provider's life, but for faults. Each uses keys of its own, and
// leaves deletion to its last step or to the end of the run.
var scenarios = []scenario{
	{"forms", anyCLI, false, forms},
	{"write_only", ephemeral, false, writeOnly},
	{"generated", anyCLI, false, generated},
	{"expiry", anyCLI, false, expiries},
	{"import", removed, false, imports},
	{"drift", anyCLI, false, drift},
	{"data_sources", anyCLI, false, dataSources},
	{"bulk", anyCLI, true, bulk},
	{"ephemeral", ephemeral, false, ephemerals},
	{"ephemeral_bulk", ephemeral, true, ephemeralBulk},
	{"list", query, true, lists},
}

// secretBlock is a resource of the provider's; body is its HCL beside the key.
func secretBlock(name, key, body string) string {
	return fmt.Sprintf("resource \"helvetisafe_secret\" %q {\n  key = %q\n  %s\n}\n\n", name, key, body)
}

func single(key, value string) string { return fmt.Sprintf(`{"%s":"%s"}`, key, value) }

// forms creates, changes and destroys secrets whose value is in the state.
func forms(s *stage) error {
	value, data := s.key("value"), s.key("data")
	config := func(n string) string {
		return secretBlock("value", value, `value = "throwaway-`+n+`"`) +
			secretBlock("data", data, `data = { DB_HOST = "db.example.com", DB_PASS = "throwaway-`+n+`" }`)
	}
	holds := func(n string) func() error {
		return func() error {
			return errors.Join(s.holds(value, single(value, "throwaway-"+n)), s.holds(data, `{"DB_HOST":"db.example.com","DB_PASS":"throwaway-`+n+`"}`))
		}
	}
	return first(
		func() error { return s.apply(config("one")) }, holds("one"),
		func() error { return s.apply(config("two")) }, holds("two"),
		s.destroy,
		func() error { return errors.Join(s.gone(value), s.gone(data)) },
	)
}

// writeOnly does the same with values that are in no state.
func writeOnly(s *stage) error {
	value, versioned, data := s.key("value"), s.key("versioned"), s.key("data")
	config := func(n, version string) string {
		return secretBlock("value", value, `value_wo = "throwaway-`+n+`"`) +
			secretBlock("versioned", versioned, `value_wo = "throwaway-`+n+`"`+"\n  value_wo_version = "+version) +
			secretBlock("data", data, `data_wo = { DB_HOST = "db.example.com", DB_PASS = "throwaway-`+n+`" }`)
	}
	holds := func(n, ofVersion string) func() error {
		return func() error {
			inState, err := s.stateHolds("throwaway")
			if inState {
				err = errors.New("a write-only value is in the state")
			}
			return errors.Join(err, s.holds(value, single(value, "throwaway-"+n)), s.holds(versioned, single(versioned, "throwaway-"+ofVersion)),
				s.holds(data, `{"DB_HOST":"db.example.com","DB_PASS":"throwaway-`+n+`"}`))
		}
	}
	return first(
		func() error { return s.apply(config("one", "1")) }, holds("one", "one"),
		func() error { return s.apply(config("two", "1")) }, holds("two", "one"),
		func() error { return s.apply(config("three", "2")) }, holds("three", "three"),
		s.destroy,
		func() error { return errors.Join(s.gone(value), s.gone(versioned), s.gone(data)) },
	)
}

// generated lets the provider make a value, and another one under another version.
func generated(s *stage) error {
	key := s.key("value")
	config := func(version string) string {
		return secretBlock("value", key, "generate = { length = 24 }\n  generate_version = "+version)
	}
	var values []string
	made := func() error {
		value, err := s.value(key)
		if err != nil {
			return err
		}
		if len(value) != 24 || slices.Contains(values, value) {
			return errors.New("the value is not a new one of 24 characters")
		}
		values = append(values, value)
		inState, err := s.stateHolds(value)
		if inState {
			err = errors.New("a generated value is in the state")
		}
		return err
	}
	return first(
		func() error { return s.apply(config("1")) }, made,
		func() error { return s.apply(config("2")) }, made,
		s.destroy,
		func() error { return s.gone(key) },
	)
}

// expiries sets an expiry, moves it, and removes it if the vault allows that.
func expiries(s *stage) error {
	key := s.key("value")
	config := func(expiresAt string) string {
		return secretBlock("value", key, `value = "throwaway"`+expiresAt)
	}
	at := func(days int) (string, string) {
		t := time.Now().UTC().Add(time.Duration(days) * 24 * time.Hour).Format(time.RFC3339)
		return t, "\n  expires_at = \"" + t + `"`
	}
	expires := func() (string, error) {
		a, err := s.do(s.ctx, http.MethodGet, path(key), nil)
		return text(a.members()["expires_at"]), err
	}
	for _, days := range []int{20, 30} {
		want, argument := at(days)
		if err := s.apply(config(argument)); err != nil {
			return err
		}
		stamp, err := expires()
		if err != nil {
			return err
		}
		got, err := time.Parse(time.RFC3339Nano, stamp)
		if err != nil || got.UTC().Format(time.RFC3339) != want {
			return errors.New("the vault doesn't show the expiry that was set")
		}
	}
	err := s.apply(config(""))
	stamp, failed := expires()
	if failed != nil {
		return failed
	}
	refused, ok := errors.AsType[*cliError](err)
	switch {
	case err == nil && stamp == "":
		return nil
	case ok && stamp != "" && strings.Contains(refused.output, "expir"):
		return note("this vault doesn't remove an expiry, and the provider said so")
	case err != nil:
		return err
	}
	return errors.New("the provider took an expiry for removed, and the vault still shows it")
}

// imports takes over what others made, in two forms, writes nothing, and lets go again.
func imports(s *stage) error {
	value, data := s.key("value"), s.key("data")
	if err := first(
		func() error { return s.elsewhere(http.MethodPost, value, single(value, "throwaway")) },
		func() error { return s.elsewhere(http.MethodPost, data, `{"DB_HOST":"db.example.com"}`) },
	); err != nil {
		return err
	}
	before, err := s.nonces(value, data)
	if err != nil {
		return err
	}
	block := func(to, id string) string {
		return fmt.Sprintf("import {\n  to = helvetisafe_secret.%s\n  id = %q\n}\n\n", to, id)
	}
	config := block("value", value) + secretBlock("value", value, `value = "throwaway"`) +
		block("data", data) + secretBlock("data", data, `data = { DB_HOST = "db.example.com" }`)
	letGo := ""
	for _, name := range []string{"value", "data"} {
		letGo += "removed {\n  from = helvetisafe_secret." + name + "\n\n  lifecycle {\n    destroy = false\n  }\n}\n\n"
	}
	return first(
		func() error { return s.apply(config) },
		func() error { return s.apply(letGo) },
		func() error {
			after, err := s.nonces(value, data)
			if err == nil && after != before {
				err = errors.New("an import has written")
			}
			return err
		},
		func() error {
			return errors.Join(s.holds(value, single(value, "throwaway")), s.holds(data, `{"DB_HOST":"db.example.com"}`))
		},
	)
}

// nonces are those of the stored secrets: each write has another.
func (s *stage) nonces(keys ...string) (string, error) {
	all := ""
	for _, key := range keys {
		a, err := s.do(s.ctx, http.MethodGet, path(key), nil)
		if err != nil {
			return "", err
		}
		all += text(a.members()["nonce"]) + " "
	}
	return all, nil
}

// drift changes and deletes a secret behind the provider's back.
func drift(s *stage) error {
	key := s.key("value")
	config := secretBlock("value", key, `value = "throwaway"`)
	shows := func() error {
		changes, err := s.changes()
		if err == nil && !changes {
			err = errors.New("a plan doesn't show what has changed elsewhere")
		}
		return err
	}
	restored := func() error { return s.holds(key, single(key, "throwaway")) }
	return first(
		func() error { return s.apply(config) },
		func() error { return s.elsewhere(http.MethodPut, key, single(key, "throwaway-elsewhere")) },
		shows, func() error { return s.apply(config) }, restored,
		func() error { _, err := s.remove(s.ctx, []string{key}); return err },
		shows, func() error { return s.apply(config) }, restored,
	)
}

// expectOutputs compares an apply's outputs, as JSON.
func (s *stage) expectOutputs(want map[string]string) error {
	got, err := s.outputs()
	if err != nil {
		return err
	}
	for name, value := range want {
		if string(got[name]) != value {
			return fmt.Errorf("the output %s is not what was stored", name)
		}
	}
	return nil
}

func output(name, value string) string {
	return fmt.Sprintf("output %q {\n  value     = %s\n  sensitive = true\n}\n\n", name, value)
}

// dataSources reads a value, fields and the Org Key's fingerprint.
func dataSources(s *stage) error {
	value, data := s.key("value"), s.key("data")
	fingerprint, err := json.Marshal(s.orgKey.Fingerprint())
	if err != nil {
		return err
	}
	return first(
		func() error { return s.elsewhere(http.MethodPost, value, single(value, "throwaway")) },
		func() error { return s.elsewhere(http.MethodPost, data, `{"DB_HOST":"db.example.com","DB_PORT":5432}`) },
		func() error {
			return s.apply(fmt.Sprintf("data \"helvetisafe_secret\" \"value\" {\n  key = %q\n}\n\ndata \"helvetisafe_secret\" \"data\" {\n  key = %q\n}\n\n"+
				"data \"helvetisafe_org_key\" \"current\" {}\n\n", value, data) +
				output("value", "data.helvetisafe_secret.value.value") + output("port", `data.helvetisafe_secret.data.data["DB_PORT"]`) +
				output("fingerprint", "data.helvetisafe_org_key.current.fingerprint"))
		},
		func() error {
			return s.expectOutputs(map[string]string{"value": `"throwaway"`, "port": `"5432"`, "fingerprint": string(fingerprint)})
		},
	)
}

// bulk reads what this scenario made by its prefix, and metadata.
func bulk(s *stage) error {
	one, two := s.key("one"), s.key("two")
	prefix := strings.TrimSuffix(one, "one")
	return first(
		func() error { return s.elsewhere(http.MethodPost, one, single(one, "throwaway-1")) },
		func() error { return s.elsewhere(http.MethodPost, two, single(two, "throwaway-2")) },
		func() error {
			return s.apply(fmt.Sprintf("data \"helvetisafe_secrets\" \"ours\" {\n  key_prefix     = %q\n  include_values = true\n}\n\n"+
				"data \"helvetisafe_secret_metadata\" \"one\" {\n  key = %q\n}\n\n", prefix, one) +
				output("values", "data.helvetisafe_secrets.ours.values") + output("keys", "length(data.helvetisafe_secrets.ours.secrets)") +
				output("created", "data.helvetisafe_secret_metadata.one.key"))
		},
		func() error {
			return s.expectOutputs(map[string]string{"keys": "2", "values": fmt.Sprintf(`{"%s":"throwaway-1","%s":"throwaway-2"}`, one, two), "created": `"` + one + `"`})
		},
	)
}

// ephemerals copies a secret that is open during the run only.
func ephemerals(s *stage) error {
	from, to := s.key("from"), s.key("to")
	return first(
		func() error { return s.elsewhere(http.MethodPost, from, single(from, "throwaway")) },
		func() error {
			return s.apply(fmt.Sprintf("ephemeral \"helvetisafe_secret\" \"from\" {\n  key = %q\n}\n\n", from) +
				secretBlock("to", to, "value_wo = ephemeral.helvetisafe_secret.from.value"))
		},
		func() error { return s.holds(to, single(to, "throwaway")) },
		func() error { return s.notInState() },
	)
}

// ephemeralBulk copies several at once.
func ephemeralBulk(s *stage) error {
	from, to := s.key("from"), s.key("to")
	return first(
		func() error { return s.elsewhere(http.MethodPost, from, single(from, "throwaway")) },
		func() error {
			return s.apply(fmt.Sprintf("ephemeral \"helvetisafe_secrets\" \"ours\" {\n  key_prefix = %q\n}\n\n", from) +
				secretBlock("to", to, fmt.Sprintf("value_wo = ephemeral.helvetisafe_secrets.ours.values[%q]", from)))
		},
		func() error { return s.holds(to, single(to, "throwaway")) },
		func() error { return s.notInState() },
	)
}

func (s *stage) notInState() error {
	inState, err := s.stateHolds("throwaway")
	if inState {
		err = errors.New("a value that was open during the run only is in the state")
	}
	return err
}

// lists finds this scenario's secret by terraform query.
func lists(s *stage) error {
	key := s.key("one")
	if err := s.elsewhere(http.MethodPost, key, single(key, "throwaway")); err != nil {
		return err
	}
	if err := s.write("provider \"helvetisafe\" {}\n"); err != nil {
		return err
	}
	text := fmt.Sprintf("list \"helvetisafe_secret\" \"ours\" {\n  provider = helvetisafe\n\n  config {\n    key_prefix = %q\n  }\n}\n", key)
	if err := os.WriteFile(filepath.Join(s.dir, "main.tfquery.hcl"), []byte(text), 0o600); err != nil {
		return err
	}
	out, err := s.workspace.run(s.ctx, s.dir, "query", "-no-color")
	if err == nil && (!strings.Contains(out, key) || strings.Contains(out, "throwaway")) {
		err = errors.New("the query doesn't show the secret that it is for, or shows a value")
	}
	return err
}
