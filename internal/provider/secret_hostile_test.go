package provider

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// TestHostileNewSecret: a new secret isn't planned under another Org Key than that
// of the secrets which are there, in whichever order Terraform comes to them, and
// whether it reads them, plans them only (-refresh=false) or plans to delete them. The
// process that applies wouldn't know them.
func TestHostileNewSecret(t *testing.T) {
	t.Parallel()
	seeing := map[string]func(*core, tfprotov6.ProviderServer) outcome{
		"read": func(c *core, server tfprotov6.ProviderServer) outcome { return c.refresh(server, outcome{}, false) },
		"planned": func(c *core, server tfprotov6.ProviderServer) outcome {
			out, _ := c.planOnce(server, configuration(colValue, "one", nil), outcome{})
			return out
		},
		"planned to be deleted": func(c *core, server tfprotov6.ProviderServer) outcome { return c.planDestroy(server) },
	}
	for name, see := range seeing {
		for _, seenFirst := range []bool{true, false} {
			for _, replaced := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s first %v, replaced %v", name, seenFirst, replaced), func(t *testing.T) {
					t.Parallel()
					v := acctest.Start(t)
					old := newCore(t, providerAttributes(v))
					created(t, old, configuration(colValue, "one", nil))
					if replaced {
						v.RotateOrgKey(t, acctest.KeepCiphertext)
					}
					server := old.start()
					see := func() outcome { return see(old, server) }
					plan := func() outcome {
						fresh := *old
						fresh.state = tftypes.NewValue(old.object, nil)
						out, _ := fresh.planOnce(server, attributes{"key": "new", "value": "one"}, outcome{})
						return out
					}
					first, second := plan, see
					if seenFirst {
						first, second = see, plan
					}
					if out := first(); len(out.errors) > 0 {
						t.Fatalf("the first of the two: %q", out.errors)
					}
					if out := second(); replaced != mentions(out.errors, "org_key_fingerprints") {
						t.Errorf("the second of the two: %q", out.errors)
					}
				})
			}
		}
	}
}

// TestAccHostileNewSecret shows it on the real CLI, where the first plan is refused,
// one that doesn't refresh too.
func TestAccHostileNewSecret(t *testing.T) {
	for _, refresh := range []string{"-refresh=true", "-refresh=false"} {
		t.Run(refresh, func(t *testing.T) {
			v := acctest.Start(t)
			existing := "resource \"helvetisafe_secret\" \"a\" {\n  count = 5\n  key = \"a${count.index}\"\n  value = \"v\"\n}\n"
			c := newCLI(t, required+v.Provider()+existing)
			c.MustRun("apply", "-auto-approve", "-no-color")
			v.RotateOrgKey(t, acctest.KeepCiphertext)
			c.Write("main.tf", required+v.Provider()+existing+block("key = \"new\"\nvalue = \"v\""))
			out, err := c.Run("apply", "-auto-approve", "-no-color", refresh)
			if err == nil || !strings.Contains(out, "org_key_fingerprints") {
				t.Errorf("%v\n%s", err, out)
			}
			if _, exists := v.Server.Stored("new"); exists {
				t.Error("a secret was written under an Org Key that the server put in the place of the recorded one")
			}
		})
	}
}

// TestAccHostileRead: no value is read under an Org Key that a resource of the same
// run contradicts, until that key is named. The server could have written it itself.
func TestAccHostileRead(t *testing.T) {
	for name, read := range map[string]string{
		"data source":      "data \"helvetisafe_secret\" \"r\" {\n  key = replace(helvetisafe_secret.test.key, \"k\", \"other\")\n}\n",
		"bulk data source": "data \"helvetisafe_secrets\" \"r\" {\n  keys = [replace(helvetisafe_secret.test.key, \"k\", \"other\")]\n  include_values = true\n}\n",
		"ephemeral":        "ephemeral \"helvetisafe_secret\" \"r\" {\n  key = replace(helvetisafe_secret.test.key, \"k\", \"other\")\n}\n",
		"bulk ephemeral":   "ephemeral \"helvetisafe_secrets\" \"r\" {\n  keys = [replace(helvetisafe_secret.test.key, \"k\", \"other\")]\n}\n",
	} {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t)
			config := block("key = \"k\"\nvalue = \"v\"")
			c := newCLI(t, required+v.Provider()+config)
			c.MustRun("apply", "-auto-approve", "-no-color")
			before := v.OrgKey.Fingerprint()
			v.RotateOrgKey(t, acctest.KeepCiphertext)
			v.WritePlain("other", `{"other":"planted"}`)
			c.Write("main.tf", required+v.Provider()+config+read)
			out, err := c.Run("apply", "-auto-approve", "-no-color")
			if err == nil || !strings.Contains(out, "The Org Key is not the expected one") {
				t.Errorf("%v\n%s", err, out)
			}
			c.Write("main.tf", required+v.Provider(pins(before, v.OrgKey.Fingerprint()))+config+read)
			c.MustRun("apply", "-auto-approve", "-no-color")
		})
	}
}

// TestHostileServer: whatever a server answers to the reading of a secret and of
// its keys, the plan is an error that names what is wrong, shows nothing of what
// was sent, and leaves state and server as they were.
func TestHostileServer(t *testing.T) {
	t.Parallel()
	member := func(route, name, value string) devserver.Fault {
		return devserver.Fault{Path: route, Edit: devserver.SetMember(name, value)}
	}
	whole := func(route, body string) devserver.Fault {
		return devserver.Fault{Path: route, Edit: func([]byte) []byte { return []byte(body) }}
	}
	deep := strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000)
	tests := map[string]devserver.Fault{
		"an Org Key of zeros":                member("org-key", "encrypted_org_key", `"`+base64.StdEncoding.EncodeToString(make([]byte, 256))+`"`),
		"an Org Key of no length":            member("org-key", "encrypted_org_key", `""`),
		"an Org Key that is a number":        member("org-key", "encrypted_org_key", `7`),
		"a secret of another key":            member("read", "key", `"other"`),
		"a secret of a key in another case":  member("read", "key", `"K"`),
		"a nonce of eleven bytes":            member("read", "nonce", `"AAAAAAAAAAAAAAA="`),
		"a nonce of no bytes":                member("read", "nonce", `""`),
		"a ciphertext without a tag":         member("read", "value", `"AAAA"`),
		"a ciphertext of zeros":              member("read", "value", `"`+base64.StdEncoding.EncodeToString(make([]byte, 40))+`"`),
		"a duplicate member":                 whole("read", `{"key":"k","value":"AAAA","value":"BBBB","nonce":"AAAA"}`),
		"a member in another case":           whole("read", `{"Key":"k","Value":"AAAA","Nonce":"AAAA"}`),
		"deeply nested JSON":                 whole("read", `{"key":"k","value":`+deep+`}`),
		"a deeply nested Org Key":            whole("org-key", `{"encrypted_org_key":`+deep+`}`),
		"an array":                           whole("read", `[]`),
		"nothing":                            whole("read", ``),
		"no UTF-8":                           whole("read", "{\"key\":\"k\",\"value\":\"\xff\"}"),
		"a token that a header can't carry":  member("token", "access_token", `"a\r\nX-Injected: 1"`),
		"a token that is an object":          member("token", "access_token", `{"a":1}`),
		"a private key without a salt":       member("private-key", "salt", `""`),
		"a private key with a megabyte salt": member("private-key", "salt", `"`+strings.Repeat("AAAA", 1<<14)+`"`),
		"a private key of zeros":             member("private-key", "encrypted_private_key", `"`+base64.StdEncoding.EncodeToString(make([]byte, 1700))+`"`),
	}
	for name, value := range map[string]string{
		"no padding": "YWJjZGVmZ2hpamtsbQ", "the URL alphabet": "-_-_", "a line end": `YWJj\n`, "a space": "YWJj ",
		"padding inside": "YQ==YQ==", "bits after the end": "YWJjZGVmZ2hpamtsbX==", "another character": "YW*j",
	} {
		tests["base64 with "+name+" in a value"] = member("read", "value", `"`+value+`"`)
		tests["base64 with "+name+" in a nonce"] = member("read", "nonce", `"`+value+`"`)
		tests["base64 with "+name+" in an Org Key"] = member("org-key", "encrypted_org_key", `"`+value+`"`)
	}
	for name, fault := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			settings := once(v)
			delete(settings, "private_key_path")
			settings["password"] = v.Password
			c := newCore(t, settings)
			config := configuration(colValue, "one", nil)
			created(t, c, config)
			settings["full_refresh"] = true
			state := c.state
			before, _ := v.Server.Stored("k")
			v.Server.AddFault(fault)
			out := c.apply(next(colValue), next(colValue))
			v.Server.ClearFaults()
			if len(out.errors) != 1 {
				t.Errorf("errors %q, want one", out.errors)
			}
			if text := strings.Join(out.errors, ""); strings.Contains(text, "AAAA") || strings.Contains(text, "[[") || strings.Contains(text, "YQ==") || len(text) > 1000 {
				t.Errorf("the error quotes the answer, or is too long: %.200q", text)
			}
			if after, _ := v.Server.Stored("k"); after.Value != before.Value || !c.state.Equal(state) {
				t.Error("something was written")
			}
			settled(t, c, config)
		})
	}
}

// moveCiphertext serves what is stored for one key under another, as a server can that
// only stores.
func moveCiphertext(v *acctest.Vault, from, to string) {
	moved, _ := v.Server.Stored(from)
	there, exists := v.Server.Stored(to)
	if !exists {
		there = devserver.Record{Key: to}
	}
	there.Value, there.Nonce, there.Updated = moved.Value, moved.Nonce, true
	there.UpdatedAt = moved.UpdatedAt.AddDate(0, 0, 1)
	v.Server.Put(there)
}

// TestHostileSwap puts the ciphertext of another secret under this key. If the state
// holds one value, that is an error, and nothing of it enters plan or state; a
// write-only form keeps nothing of it either. What is left of the protection if
// there are several fields, the threat model says.
func TestHostileSwap(t *testing.T) {
	t.Parallel()
	for _, column := range columns() {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			v, c := applied(t, column, nil)
			v.WritePlain("other", `{"other": "MARKER"}`)
			moveCiphertext(v, "other", "k")
			before := c.state
			out := c.plan(configuration(column, "one", nil))
			switch column {
			case colValue:
				if len(out.errors) != 1 || !mentions(out.errors, `named like another secret, "other"`) || !mentions(out.errors, `id = "data:k"`) {
					t.Errorf("errors %q", out.errors)
				}
			default:
				if c.action(out) != "write" && !mentions(out.warnings, "changed elsewhere") {
					t.Errorf("the swap doesn't show: %s, %q", c.action(out), out.warnings)
				}
			}
			if column != colData && strings.Contains(out.prior.String()+out.planned.String(), "MARKER") || mentions(append(out.errors, out.warnings...), "MARKER") {
				t.Error("the value of another secret got into the plan")
			}
			if !c.state.Equal(before) {
				t.Error("the state is another")
			}
		})
	}
}

// TestMovedOnImport: an import may have taken another secret's value, or a secret with
// such a field, which data may well have: a warning, and nothing once it is known.
func TestMovedOnImport(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		id, stored string
		warned     bool
	}{
		{"k", `{"other": "v"}`, true},
		{"data:k", `{"other": "v"}`, true},
		{"write-only:k", `{"other": "v"}`, true},
		{"k", `{"unlisted": "v"}`, false},
		{"k", `{"k": "v"}`, false},
		{"data:k", `{"k": "v"}`, false},
		{"k", `{"other": "v", "more": "v"}`, false},
		{"k", "other", false},
	} {
		t.Run(tc.id+" "+tc.stored, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			v.WritePlain("other", `{"other": "theirs"}`)
			v.WritePlain("k", tc.stored)
			c := newCore(t, providerAttributes(v))
			if out := c.importSecret(tc.id); len(out.errors) > 0 || tc.warned != mentions(out.warnings, "This may be the value of another secret") {
				t.Errorf("errors %q, warnings %q", out.errors, out.warnings)
			}
			if out := c.refresh(c.start(), outcome{}, true); len(out.errors)+len(out.warnings) > 0 {
				t.Errorf("the next refresh: errors %q, warnings %q", out.errors, out.warnings)
			}
		})
	}
}

// TestMovedWithoutAList: an account that may not list finds out by reading.
func TestMovedWithoutAList(t *testing.T) {
	t.Parallel()
	for member, moved := range map[string]bool{"other": true, "nobody": false, "no key": false} {
		t.Run(member, func(t *testing.T) {
			t.Parallel()
			v, c := applied(t, colValue, nil)
			v.Server.Configure(func(o *devserver.Options) { o.ListForbidden = true })
			v.WritePlain("other", `{"other": "theirs"}`)
			v.WritePlain("k", `{"`+member+`": "MARKER"}`)
			out := c.plan(configuration(colValue, "one", nil))
			if moved != mentions(out.errors, "The value of another secret was served") || moved != (len(out.errors) > 0) {
				t.Errorf("errors %q", out.errors)
			}
		})
	}
}

// TestMovedIsWhatWeWrite: a resource of one field, named like another secret, reads
// what it wrote.
func TestMovedIsWhatWeWrite(t *testing.T) {
	t.Parallel()
	v := acctest.Start(t)
	v.WritePlain("other", `{"other": "theirs"}`)
	settings := providerAttributes(v)
	settings["full_refresh"] = true
	c := newCore(t, settings)
	config := attributes{"key": "k", "data": map[string]string{"other": "v"}}
	created(t, c, config)
	settled(t, c, config)
}

// TestAccHostileMovedValue moves the ciphertext of a write-only secret under a key whose
// value is kept in the state: neither the plan nor the state gets it.
func TestAccHostileMovedValue(t *testing.T) {
	v := acctest.Start(t)
	config := required + "provider \"helvetisafe\" {}\n" + block("key = \"k\"\nvalue = \"v\"") +
		"variable \"hidden\" {\n  type = string\n  ephemeral = true\n}\n" +
		"resource \"helvetisafe_secret\" \"hidden\" {\n  key = \"hidden\"\n  value_wo = var.hidden\n  value_wo_version = 1\n}\n"
	c := newCLI(t, config, append(v.Env(acctest.OAuth, acctest.PEMFile), "TF_VAR_hidden="+marker)...)
	c.MustRun("apply", "-auto-approve", "-no-color")
	moveCiphertext(v, "hidden", "k")
	for _, args := range [][]string{
		{"plan", "-no-color", "-out=plan.bin"}, {"apply", "-auto-approve", "-no-color"}, {"apply", "-refresh-only", "-auto-approve", "-no-color"},
	} {
		out, err := c.Run(args...)
		if err == nil || !strings.Contains(out, "The value of another secret was served") {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	leakMarkers(v).ExpectNotUnder(t, c.Dir, nil)
}
