package live

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// others is a secret that is there before each run.
const others = "someone_elses"

// start makes a vault with a secret of someone else's, which may be left as it is and
// named nowhere. The requests for what the API doesn't have are announced.
func start(t *testing.T, options ...acctest.Option) *acctest.Vault {
	t.Helper()
	v := acctest.Start(t, options...)
	v.WritePlain(others, `{"someone_elses":"untouched"}`)
	v.ExpectViolation("no such path")
	v.ExpectViolation("a key outside")
	return v
}

// leavesNothing fails the test if a run left a secret, touched that of another, or
// printed what it may not.
func leavesNothing(t *testing.T, v *acctest.Vault, printed string) {
	t.Helper()
	if keys := v.Server.Keys(); !slices.Equal(keys, []string{others}) {
		t.Errorf("left behind, beside the secret of another: %q", keys)
	}
	for _, r := range v.Server.Requests() {
		if r.Key == others {
			t.Errorf("%s of a secret of another", r.Method)
		}
	}
	host := strings.TrimPrefix(strings.TrimPrefix(v.URL, "http://"), "https://")
	for what, text := range map[string]string{
		"a secret's name": others, "the client secret": v.ClientSecret, "the API token": v.APIToken, "the password": v.Password,
		"the host": host,
	} {
		if text != "" && strings.Contains(printed, text) {
			t.Errorf("%s is in what was printed", what)
		}
	}
	for _, token := range v.Server.Tokens() {
		if strings.Contains(printed, token) {
			t.Error("an access token is in what was printed")
		}
	}
}

// answers changes what a route answers.
func answers(v *acctest.Vault, route string, edit func([]byte) []byte) {
	v.Server.AddFault(devserver.Fault{Path: route, Edit: edit})
}

// onErrors is an edit of error bodies alone.
func onErrors(body string) func([]byte) []byte {
	return func(sent []byte) []byte {
		if bytes.HasPrefix(sent, []byte(`{"error"`)) {
			return []byte(body)
		}
		return sent
	}
}

// stampsOf gives every stamp in an answer another fraction.
func stampsOf(fraction string) func([]byte) []byte {
	found := regexp.MustCompile(`\.\d{3}Z`)
	return func(sent []byte) []byte { return found.ReplaceAll(sent, []byte(fraction)) }
}

func option(f func(*devserver.Options)) []acctest.Option {
	return []acctest.Option{acctest.Configure(f)}
}

// Every outcome of every fact is told right, and the exit code says which of them the
// provider can't work with.
func TestReport(t *testing.T) {
	tests := []struct {
		name       string
		options    []acctest.Option
		prepare    func(*acctest.Vault)
		token      bool // authenticate with the portal's token
		want       Facts
		unworkable bool
	}{
		{name: "as assumed", want: Facts{"api_token_header": "not tried"}},
		{name: "token", token: true, want: Facts{"api_token_header": "x-aegis-token"}},
		{name: "bearer", token: true, options: option(func(o *devserver.Options) { o.APITokenHeader = devserver.Bearer }), want: Facts{"api_token_header": "bearer"}},
		{name: "both", token: true, options: option(func(o *devserver.Options) { o.APITokenHeader = devserver.Both }), want: Facts{"api_token_header": "x-aegis-token"}},
		{name: "neither", token: true, options: option(func(o *devserver.Options) { o.APITokenHeader = devserver.Neither }), want: Facts{
			"api_token_header": "neither", "null_expiry": "not tried", "timestamps": "not tried", "list_updated_at": "not tried", "create_updated_at": "not tried",
			"date_header": "not tried", "error_body": "not tried", "unknown_path_status": "not tried", "conflict_status": "not tried",
			"expiry_in_the_past": "not tried", "key_pattern": "not tried", "paging": "not tried", "size_limit": "not tried",
		}, unworkable: true},
		{name: "null ignored", options: option(func(o *devserver.Options) { o.ClearExpiry = devserver.IgnoresNull }), want: Facts{"null_expiry": "ignored"}},
		{name: "null refused", options: option(func(o *devserver.Options) { o.ClearExpiry = devserver.RefusesNull }), want: Facts{"null_expiry": "refused"}},
		{name: "whole seconds", options: option(func(o *devserver.Options) { o.WholeSecondStamps = true }), want: Facts{"timestamps": "seconds"}},
		{name: "seconds with an idle fraction", prepare: func(v *acctest.Vault) { answers(v, "", stampsOf(".000Z")) }, want: Facts{"timestamps": "seconds"}},
		{name: "microseconds", prepare: func(v *acctest.Vault) { answers(v, "", stampsOf(".000123Z")) }, want: Facts{"timestamps": "microseconds"}},
		{name: "nanoseconds", prepare: func(v *acctest.Vault) { answers(v, "", stampsOf(".000000123Z")) }, want: Facts{"timestamps": "nanoseconds"}},
		{name: "unreadable", prepare: func(v *acctest.Vault) { answers(v, "", stampsOf(" o'clock")) }, want: Facts{"timestamps": "unreadable"}, unworkable: true},
		{name: "no updated_at in the list", options: option(func(o *devserver.Options) { o.ListWithoutUpdatedAt = true }), want: Facts{"list_updated_at": "missing"}},
		{name: "updated_at once updated", options: option(func(o *devserver.Options) { o.ListNullUpdatedAt = true }), want: Facts{"list_updated_at": "after the first update"}},
		{name: "no list", options: option(func(o *devserver.Options) { o.ListForbidden = true }), want: Facts{"list_updated_at": "list not allowed", "paging": "not tried"}},
		{name: "updated_at of a create", prepare: func(v *acctest.Vault) {
			answers(v, devserver.RouteCreate, devserver.SetMember("updated_at", `"2026-01-01T00:00:00.123Z"`))
		}, want: Facts{"create_updated_at": "present"}},
		{name: "no date", options: option(func(o *devserver.Options) { o.NoDateHeader = true }), want: Facts{"date_header": "missing"}},
		{name: "error without json", prepare: func(v *acctest.Vault) { answers(v, devserver.RouteRead, onErrors("<p>No</p>")) }, want: Facts{"error_body": "not json"}, unworkable: true},
		{name: "error of another form", prepare: func(v *acctest.Vault) { answers(v, devserver.RouteRead, onErrors(`{"message":"No"}`)) }, want: Facts{"error_body": "json without error"}, unworkable: true},
		{name: "unknown path", prepare: func(v *acctest.Vault) {
			v.Server.AddFault(devserver.Fault{Path: "/api/v1/tfacc_*", Status: http.StatusMethodNotAllowed})
		}, want: Facts{"unknown_path_status": "405"}},
		{name: "other conflict", options: option(func(o *devserver.Options) { o.ConflictStatus = http.StatusUnprocessableEntity }), want: Facts{"conflict_status": "422"}, unworkable: true},
		{name: "past expiry", options: option(func(o *devserver.Options) { o.TakesPastExpiry = true }), want: Facts{"expiry_in_the_past": "accepted"}},
		{name: "any key", options: option(func(o *devserver.Options) { o.TakesAnyKey = true }), want: Facts{"key_pattern": "not enforced"}},
		{name: "pages", options: option(func(o *devserver.Options) { o.PageSize = 100 }), want: Facts{"paging": "paged"}, unworkable: true},
		{name: "pages without a sign", options: option(func(o *devserver.Options) { o.PageSize = 50 }), prepare: func(v *acctest.Vault) {
			answers(v, devserver.RouteList, devserver.DropMember("next"))
		}, want: Facts{"paging": "paged"}, unworkable: true},
		{name: "small limit", options: option(func(o *devserver.Options) { o.MaxBody = 100 << 10 }), want: Facts{"size_limit": "64 KiB or more"}},
		{name: "smaller limit", options: option(func(o *devserver.Options) { o.MaxBody = 10 << 10 }), want: Facts{"size_limit": "less than 16 KiB"}},
		{name: "path prefix", options: option(func(o *devserver.Options) { o.PathPrefix = "/vault" })},
		{name: "tls", options: []acctest.Option{acctest.TLS()}},
		{name: "tokens that end", prepare: func(v *acctest.Vault) {
			v.Server.Configure(func(o *devserver.Options) {
				o.Observe = func(r devserver.Request) {
					if strings.HasSuffix(r.Key, "_conflict") {
						v.Server.RevokeTokens()
					}
				}
			})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := start(t, tt.options...)
			if tt.prepare != nil {
				tt.prepare(v)
			}
			auth := acctest.OAuth
			if tt.token {
				auth = acctest.Token
			}
			environ := v.Env(auth, acctest.PEMFile)
			if v.CACertPath != "" {
				environ = append(environ, "HELVETISAFE_CA_CERT_PATH="+v.CACertPath)
			}
			var out bytes.Buffer
			facts, err := Report(t.Context(), Options{Environ: environ, Out: &out})
			if errors.Is(err, ErrUnworkable) != tt.unworkable || err != nil && !tt.unworkable {
				t.Fatalf("the error is %v\n%s", err, &out)
			}
			for _, s := range statements {
				want, ok := tt.want[s.name]
				if !ok {
					if want = s.assumed; s.name == "api_token_header" {
						want = "not tried"
					}
				}
				if tt.token && !ok && s.name == "api_token_header" {
					want = s.assumed
				}
				if facts[s.name] != want {
					t.Errorf("%s is %q, want %q", s.name, facts[s.name], want)
				}
				if !strings.Contains(out.String(), "\n"+s.name) {
					t.Errorf("%s is not in the table\n%s", s.name, &out)
				}
			}
			if !tt.token {
				leavesNothing(t, v, out.String())
			}
		})
	}
}

// The report for programs has every fact, and nothing else.
func TestReportJSON(t *testing.T) {
	v := start(t)
	facts, err := Report(t.Context(), Options{Environ: v.Env(acctest.OAuth, acctest.Password), Out: &bytes.Buffer{}})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := facts.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var report map[string]map[string]string
	if err := json.Unmarshal(raw, &report); err != nil || len(report) != 1 || len(report["facts"]) != len(statements) {
		t.Errorf("%v\n%s", err, raw)
	}
}

// What ends a report early leaves nothing behind.
func TestReportInterrupted(t *testing.T) {
	v := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	v.Server.Configure(func(o *devserver.Options) {
		o.Observe = func(r devserver.Request) {
			if strings.HasSuffix(r.Key, "_page20") {
				cancel()
			}
		}
	})
	var out bytes.Buffer
	if _, err := Report(ctx, Options{Environ: v.Env(acctest.OAuth, acctest.PEMFile), Out: &out}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	leavesNothing(t, v, out.String())
}

// What goes wrong with one part leaves the others to be found out, and is told.
func TestReportGoesOn(t *testing.T) {
	v := start(t)
	v.Server.AddFault(devserver.Fault{Path: devserver.RouteUpdate, Status: http.StatusBadRequest})
	var out bytes.Buffer
	facts, err := Report(t.Context(), Options{Environ: v.Env(acctest.OAuth, acctest.PEMFile), Out: &out})
	if err == nil || !strings.Contains(err.Error(), "PUT "+secretsPath) {
		t.Errorf("the error is %v", err)
	}
	if facts["timestamps"] != notTried || facts["conflict_status"] != "409" || facts["null_expiry"] != "refused" {
		t.Errorf("found: %v", facts)
	}
	leavesNothing(t, v, out.String())
}

// With both, the portal's token is tried, and the client credentials do the rest.
func TestReportWithBoth(t *testing.T) {
	v := start(t, option(func(o *devserver.Options) { o.APITokenHeader = devserver.Bearer })...)
	environ := append(v.Env(acctest.OAuth, acctest.PEMFile), "HELVETISAFE_API_TOKEN="+v.APIToken)
	var out bytes.Buffer
	facts, err := Report(t.Context(), Options{Environ: environ, Out: &out})
	if err != nil || facts["api_token_header"] != "bearer" || facts["paging"] != "none" {
		t.Errorf("%v: %v", err, facts)
	}
	if n := v.Counts()[devserver.RouteToken]; n == 0 {
		t.Error("the client credentials were not used")
	}
	leavesNothing(t, v, out.String())
}

// A vault where nothing could be deleted gets nothing to delete.
func TestReportNeedsToDelete(t *testing.T) {
	v := start(t, acctest.Scopes("secrets:read", "secrets:write", "secrets:list", "credentials:read"))
	_, err := Report(t.Context(), Options{Environ: v.Env(acctest.OAuth, acctest.PEMFile), Out: &bytes.Buffer{}})
	if err == nil || !strings.Contains(err.Error(), "secrets:delete") {
		t.Errorf("the error is %v", err)
	}
	if n := v.Counts()[devserver.RouteCreate]; n > 0 {
		t.Errorf("%d secrets were created", n)
	}
}

// Section 16 of PROTOCOL.md and the statements are the same list.
func TestStatementsAreProtocols(t *testing.T) {
	page, err := os.ReadFile("../helvetisafe/PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## 16.")
	section, _, _ = strings.Cut(section, "\n## ")
	var named []string
	for _, found := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|[^|]*\\| `([^`]+)` \\|").FindAllStringSubmatch(section, -1) {
		named = append(named, found[1]+": "+found[2])
	}
	var tried []string
	for _, s := range statements {
		tried = append(tried, s.name+": "+s.assumed)
	}
	if !slices.Equal(named, tried) {
		t.Errorf("PROTOCOL.md has %q, the report %q", named, tried)
	}
}
