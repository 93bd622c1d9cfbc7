package provider

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// checkRow is a value as it arrives, and what the one error says; "" if the value is
// taken.
type checkRow struct{ name, value, says string }

// arrivals are mistakes in any value that has nothing around it.
func arrivals(good string) []checkRow {
	return []checkRow{
		{"as it should be", good, ""},
		{"a line end", good + "\n", "ends in a line end; take it away: trimspace()"},
		{"a Windows line end", good + "\r\n", "ends in a carriage return"},
		{"a carriage return", good + "\r", "ends in a carriage return"},
		{"a line end in front", "\n" + good, "begins with a line end"},
		{"a space behind", good + " ", "has a space or an invisible character around it"},
		{"a space in front", " " + good, "has a space or an invisible character around it"},
		{"a tab", good + "\t", "has a space or an invisible character around it"},
		{"a no-break space", good + "\u00a0", "has a space or an invisible character around it"},
		{"a byte-order mark", "\ufeff" + good, "has a space or an invisible character around it"},
		{"quotes", `"` + good + `"`, "is in quotes"},
		{"single quotes", "'" + good + "'", "is in quotes"},
		{"curly quotes", "“" + good + "”", "is in quotes"},
		{"blanks", " \t", "is blank"},
	}
}

// TestValuesAsTheyArrive goes through the settings and the state in which a file, a
// shell or a CI system leaves a value: by the attribute, and by its variable, which
// the error then names.
func TestValuesAsTheyArrive(t *testing.T) {
	v := acctest.Start(t)
	key := strings.TrimSpace(v.PEM)
	long := strings.Repeat("aB3_-x", 20)
	for attribute, rows := range map[string][]checkRow{
		"base_url":      arrivals("https://vault.example.com"),
		"client_id":     arrivals("sa_hunter2"),
		"client_secret": append(arrivals("hunter2"), checkRow{"quotes inside", `hunt"er"2`, ""}, checkRow{"a long one", long, ""}, checkRow{"a line end inside", "hunter2\nx", "has a line end in it"}),
		"api_token":     append(arrivals("hunter2"), checkRow{"a JWT", "eyJhbGciOiJSUzI1NiJ9." + strings.Repeat("eyJzdWIi", 20) + ".c2ln", ""}),
		"password": {
			{"as it should be", "hunter2", ""},
			{"a line end", "hunter2\n", "ends in a line end"},
			{"a Windows line end", "hunter2\r\n", "ends in a carriage return"},
			{"a carriage return in front", "\rhunter2", "begins with a line end"},
			{"spaces", " hunter2 ", ""},
			{"quotes", `"hunter2"`, ""},
			{"blanks", "  ", ""},
			{"the private key", key, "holds a private key itself; put it into `private_key_pem` or HELVETISAFE_PRIVATE_KEY_PEM"},
		},
		"private_key_path": append(arrivals("keys/hunter2.pem"),
			checkRow{"a path of Windows", `C:\new\rsa\hunter2.pem`, ""},
			checkRow{"a home", "~/hunter2.pem", "begins with ~, which only a shell replaces"},
			checkRow{"a home of someone", "~hunter2/key.pem", "begins with ~"},
			checkRow{"a variable of a shell", "$HOME/hunter2.pem", "begins with the name of a variable"},
			checkRow{"a variable of Windows", `%USERPROFILE%\hunter2.pem`, "begins with the name of a variable"},
			checkRow{"the key", key, "holds a private key itself; put it into `private_key_pem` or HELVETISAFE_PRIVATE_KEY_PEM"},
			checkRow{"the key, spelled out", strings.ReplaceAll(key, "\n", `\n`), "holds a private key itself"},
			checkRow{"the key in base64", base64.StdEncoding.EncodeToString([]byte(key)), "holds a private key itself; decode it from base64"},
			checkRow{"a part of the key, spelled out", strings.Join(strings.Split(key, "\n")[3:6], `\n`), "holds the content of a file, with its line ends spelled out"},
			checkRow{"a part of the key", strings.Join(strings.Split(key, "\n")[3:6], "\n"), "holds line ends, so it is the content of a file"},
			checkRow{"a part of the key, as the file ends", strings.Join(strings.Split(key, "\n")[3:6], "\n") + "\n", "holds line ends, so it is the content of a file"},
			checkRow{"a certificate", "-----BEGIN CERTIFICATE-----", "holds a certificate itself; put it into `ca_cert_pem` or HELVETISAFE_CA_CERT_PEM"},
		),
		"ca_cert_path": {
			{"the certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n", "holds a certificate itself; put it into `ca_cert_pem` or HELVETISAFE_CA_CERT_PEM"},
			{"a part of one", "AAAA\nAAAA", "holds line ends, so it is the content of a file instead of a path; put it into `ca_cert_pem`"},
			{"a home", "~/ca.pem", "begins with ~"},
		},
		"request_timeout": {{"quotes", `"30s"`, "is in quotes"}, {"a line end", "30s\n", "ends in a line end"}},
	} {
		for _, row := range rows {
			for _, origin := range []string{"attribute", "variable"} {
				t.Run(attribute+"/"+row.name+"/"+origin, func(t *testing.T) {
					expectArrival(t, attribute, origin == "variable", row)
				})
			}
		}
	}
}

func expectArrival(t *testing.T, attribute string, byVariable bool, row checkRow) {
	t.Helper()
	variable := "HELVETISAFE_" + strings.ToUpper(attribute)
	block, env := attributes{"base_url": "https://vault.example.com"}, map[string]string{}
	if attribute == "client_id" || attribute == "client_secret" {
		block["client_id"], block["client_secret"] = "id", "secret"
	} else if attribute != "api_token" {
		block["api_token"] = "token"
	}
	if delete(block, attribute); byVariable {
		env[variable] = row.value
	} else {
		block[attribute] = row.value
	}
	_, errs := configureFrom(t, block, env)
	if row.says == "" {
		if len(errs) > 0 {
			t.Errorf("refused: %q", errs)
		}
		return
	}
	if len(errs) != 1 || !strings.Contains(errs[0], "`"+attribute+"` "+row.says) {
		t.Fatalf("want one error that says %q: %q", row.says, errs)
	}
	if byVariable != strings.Contains(errs[0], "The value comes from the environment variable "+variable) {
		t.Errorf("it names the wrong origin: %s", errs[0])
	}
	if strings.Contains(errs[0], "hunter2") {
		t.Error("it holds the value")
	}
}

func TestSetsAsTheyArrive(t *testing.T) {
	for _, tc := range []struct {
		name  string
		block attributes
		env   map[string]string
		says  []string // none if it is taken
	}{
		{"scopes by commas", nil, map[string]string{"HELVETISAFE_SCOPES": "secrets:read,secrets:list"}, []string{"`scopes` holds an entry with a comma", "The scopes are secrets:read", "HELVETISAFE_SCOPES"}},
		{"scopes in JSON", nil, map[string]string{"HELVETISAFE_SCOPES": `["secrets:read"]`}, []string{"a quote or a bracket", "HELVETISAFE_SCOPES"}},
		{"scopes with a line end", nil, map[string]string{"HELVETISAFE_SCOPES": "secrets:read secrets:list\n"}, nil},
		{"scopes in one element", attributes{"scopes": []string{"secrets:read secrets:list"}}, nil, []string{"a space or a line end", "element of its own"}},
		{"a scope that doesn't exist", attributes{"scopes": []string{"secrets:wirte"}}, nil, []string{`"secrets:wirte", which is not a scope`, "secrets:write"}},
		{"one of another service", attributes{"scopes": []string{"repo:read"}}, nil, []string{`"repo:read"`}},
		{"a secret for a scope", attributes{"scopes": []string{"hunter2"}}, nil, []string{"an entry that is not a scope"}},
		{"a variable for pins that is empty", nil, map[string]string{"HELVETISAFE_ORG_KEY_FINGERPRINTS": ""}, []string{"HELVETISAFE_ORG_KEY_FINGERPRINTS" + " is set", "no Org Key would be checked"}},
		{"one of blanks", nil, map[string]string{"HELVETISAFE_ORG_KEY_FINGERPRINTS": " \n"}, []string{"no Org Key would be checked"}},
		{"one of commas", nil, map[string]string{"HELVETISAFE_ORG_KEY_FINGERPRINTS": " , "}, []string{"no Org Key would be checked"}},
		{"one that an attribute beats", attributes{"org_key_fingerprints": []string{pin}}, map[string]string{"HELVETISAFE_ORG_KEY_FINGERPRINTS": ""}, nil},
		{"pins that are blank", attributes{"org_key_fingerprints": []string{" "}}, nil, []string{"not a fingerprint"}},
		{"no pin in the set", attributes{"org_key_fingerprints": []string{}}, nil, []string{"`org_key_fingerprints` is empty"}},
		{"an empty variable for the rest", nil, map[string]string{"HELVETISAFE_SCOPES": "", "HELVETISAFE_PASSWORD": "", "HELVETISAFE_CA_CERT_PEM": ""}, nil},
		{"retries in quotes", nil, map[string]string{"HELVETISAFE_MAX_RETRIES": `"4"`}, []string{"`max_retries` is in quotes", "HELVETISAFE_MAX_RETRIES"}},
		{"a switch with a line end", nil, map[string]string{"HELVETISAFE_FULL_REFRESH": "true\n"}, []string{"`full_refresh` ends in a line end", "HELVETISAFE_FULL_REFRESH"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			block := attributes{"base_url": "https://vault.example.com", "client_id": "id", "client_secret": "secret"}
			for name, value := range tc.block {
				block[name] = value
			}
			_, errs := configureFrom(t, block, tc.env)
			if len(tc.says) == 0 && len(errs) > 0 || len(tc.says) > 0 && len(errs) != 1 {
				t.Fatalf("errors: %q", errs)
			}
			for _, part := range tc.says {
				if !strings.Contains(errs[0], part) {
					t.Errorf("it doesn't say %q: %s", part, errs[0])
				}
			}
			if mentions(errs, "hunter2") {
				t.Error("it holds the value")
			}
		})
	}
}

// FuzzSettings: whatever a variable holds, it is taken or refused, and an error holds
// no part of it.
func FuzzSettings(f *testing.F) {
	var names []string
	for _, o := range options {
		names = append(names, variableOf(o.name))
	}
	for i := range names {
		f.Add(uint8(i), "mArKeR-7f3a\n")
		f.Add(uint8(i), "-----BEGIN CERTIFICATE-----\nmArKeR-7f3a\n-----END CERTIFICATE-----")
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		const secret = "mArKeR-7f3a"
		name := names[int(which)%len(names)]
		var diags diag.Diagnostics
		s := resolve(tftypes.Value{}, func(variable string) (string, bool) {
			switch variable {
			case name:
				return secret + text, true
			case "HELVETISAFE_BASE_URL":
				return "https://vault.example.com", true
			}
			return "", false
		}, false, &diags)
		s.newClient()
		for _, d := range diags {
			if strings.Contains(d.Summary()+d.Detail(), secret) {
				t.Errorf("%s: the error holds the value", name)
			}
		}
	})
}
