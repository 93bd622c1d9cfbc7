package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

func TestAddError(t *testing.T) {
	type clientError = helvetisafe.Error
	for _, tc := range []struct {
		name    string
		err     error
		summary string
		says    string
		line    string // of HCL to write
	}{
		{
			"credentials", &clientError{Kind: helvetisafe.Unauthorized, Reason: helvetisafe.WrongClient, Setting: helvetisafe.SettingCredentials, Request: "POST /x", Status: 401, Code: "invalid_client"},
			"HelvetiSafe doesn't accept the credentials",
			"401 (invalid_client) on POST /x: the server doesn't accept `client_id` and `client_secret`; check both, and that the service account is active", "",
		},
		{
			"scope", &clientError{Kind: helvetisafe.Forbidden, Reason: "it lacks {scope}", Request: "GET /x", Status: 403, Scope: "secrets:read"},
			"A scope is missing",
			"403 on GET /x: it lacks secrets:read; grant it in the portal, and name it in `scopes` if that attribute is set", "",
		},
		{
			"not found", &clientError{Kind: helvetisafe.NotFound, Reason: "there is no {key}", Request: "GET /x", Status: 404, Key: "k"},
			"There is no such secret", "404 on GET /x: there is no \"k\"; check its key, and what the account may see", "",
		},
		{
			"conflict", &clientError{Kind: helvetisafe.Conflict, Reason: "taken", Request: "POST /x", Status: 409, Key: "k"},
			"The secret exists already", "409 on POST /x: taken; import it, or use another key", "",
		},
		{
			"rate limit", &clientError{Kind: helvetisafe.RateLimited, Reason: "after {attempts}", Request: "GET /x", Status: 429, Attempts: 5},
			"HelvetiSafe limits the rate of requests",
			"429 on GET /x: after 5 attempts; try again later, with a lower -parallelism or a higher `max_retries`", "",
		},
		{
			"refusal", &clientError{Kind: helvetisafe.Refused, Reason: helvetisafe.NotUnderstood, Request: "GET /x", Status: 400, Attempts: 1},
			"HelvetiSafe refused a request",
			"400 on GET /x: the server doesn't accept the request, which may be a difference between its version and this client's; update the provider, or report it with the debug log (TF_LOG_PROVIDER=DEBUG)", "",
		},
		{
			"another refusal", &clientError{Kind: helvetisafe.Refused, Reason: "no", Request: "GET /x", Status: 418},
			"HelvetiSafe refused a request", "418 on GET /x: no; check `base_url`, and any proxy in between", "",
		},
		{
			"trouble", &clientError{Kind: helvetisafe.Failed, Reason: "after {attempts}", Request: "GET /x", Status: 500, Attempts: 1},
			"HelvetiSafe couldn't carry out a request", "500 on GET /x: after 1 attempt; try again later", "",
		},
		{
			"gateway", &clientError{Kind: helvetisafe.Foreign, Reason: helvetisafe.GatewayRequestTooLarge, Request: "PUT /x", Status: 413, Size: 7, Product: "Kong", Effect: helvetisafe.UnknownEffect},
			"Something other than HelvetiSafe answered",
			"413 on PUT /x: this is not an answer from the HelvetiSafe API (its headers name Kong), but from a gateway that refuses requests of this size; " +
				"store less in the secret, which has 7 bytes of ciphertext, or have the gateway's limit raised; it isn't known whether it took effect, the next plan shows it", "",
		},
		{
			"connection", &clientError{Kind: helvetisafe.Unreachable, Reason: helvetisafe.ConnectionReset, Request: "GET /x", Attempts: 3, QuotaSpent: true},
			"HelvetiSafe can't be reached",
			"no answer to GET /x, after 3 attempts: the connection was reset; not tried further, because too many requests failed in this run; check any proxy in between, and try again", "",
		},
		{
			"connection of a create", &clientError{Kind: helvetisafe.Unreachable, Reason: helvetisafe.ProxyTrouble, Request: "POST /x", Attempts: 1, Status: 502, Effect: helvetisafe.NotSeen},
			"HelvetiSafe can't be reached",
			"no answer to POST /x: the proxy couldn't connect to the server (502); check `base_url`, and whether this host needs the proxy (NO_PROXY). " +
				"Right after it the secret wasn't there; if the next run finds it, import it", "",
		},
		{
			"answer", &clientError{Kind: helvetisafe.BadAnswer, Reason: "it is odd", Request: "GET /x"},
			"HelvetiSafe gave an unusable answer", "unusable answer to GET /x: it is odd; check `base_url` and any proxy in between", "",
		},
		{
			"decryption", &clientError{Kind: helvetisafe.BadCiphertext, Reason: helvetisafe.NotDecrypted, Key: "k", OrgKey: "SHA256:a"},
			"The secret can't be decrypted",
			"the secret \"k\" can't be decrypted with the Org Key SHA256:a: it was written under another Org Key, or damaged; write it again, or remove it", "",
		},
		{
			"private key", &clientError{Kind: helvetisafe.BadKey, Reason: helvetisafe.OtherPrivateKey, Setting: helvetisafe.SettingPrivateKeyPEM, Detail: "d"},
			"The private key or the Org Key can't be used",
			"the Org Key that the server gave can't be unwrapped with the private key of `private_key_pem`: d; check that the key belongs to this account on this server", "",
		},
		{
			"Org Key", &clientError{Kind: helvetisafe.OtherOrgKey, Reason: helvetisafe.NotRecorded, OrgKey: "SHA256:b", Wanted: []string{"SHA256:a"}},
			"The Org Key is not the expected one",
			"the server gave the Org Key SHA256:b, but secrets here were written under SHA256:a; nothing was read or written with it. " +
				"Check that `base_url` and the account are the right ones. If the Org Key was changed on purpose, name SHA256:b in `org_key_fingerprints`",
			`org_key_fingerprints = ["SHA256:a", "SHA256:b"]`,
		},
		{
			"configuration", &clientError{Kind: helvetisafe.BadConfig, Reason: helvetisafe.PlainHTTP, Setting: helvetisafe.SettingBaseURL},
			"The provider's configuration can't be used",
			"`base_url` is http, which would show tokens to the network; use https, or set `allow_http = true` if that is acceptable", "",
		},
		{
			"a key source that isn't known", &clientError{Kind: helvetisafe.BadConfig, Reason: pendingKey, Detail: "private_key_pem"}, "The provider's configuration can't be used",
			"`private_key_pem` isn't known yet, and this needs the Org Key; apply first what it depends on (-target), or give a value that is known at plan time", "",
		},
		{"key", &clientError{Kind: helvetisafe.InvalidKey, Reason: "it is odd", Key: "a-b"}, "A secret can't have this key", `the key "a-b" can't be used: it is odd`, ""},
		{
			"content", &clientError{Kind: helvetisafe.BadContent, Reason: "it is odd", Key: "k"},
			"The stored content can't be used", `the secret "k" can't be read as text: it is odd; write it again as valid Unicode`, "",
		},
		{
			"lost answer", &clientError{Kind: helvetisafe.Ambiguous, Reason: "its answer was lost", Key: "k"},
			"It isn't known whether the secret was created",
			`it isn't known whether the secret "k" was created: its answer was lost. If the portal shows it and it is this one, import it (its id is "k"). ` +
				"If it is someone else's, use another key. If it isn't there, run the same command again", "",
		},
		{"something else", errors.New("x"), "The operation failed", "x", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for around, err := range map[string]error{"": tc.err, `the secret "k": `: fmt.Errorf("the secret \"k\": %w", tc.err)} {
				var diags diag.Diagnostics
				origins{}.addError(&diags, "Reading the secret \"k\"", err)
				if len(diags) != 1 || diags[0].Summary() != tc.summary {
					t.Fatalf("got %v, want %q", diags, tc.summary)
				}
				detail, line, _ := strings.Cut(diags[0].Detail(), "\n\n  ")
				if line != tc.line {
					t.Errorf("it ends in %q, want %q", line, tc.line)
				}
				if want := "Reading the secret \"k\": " + around + tc.says + "."; detail != want {
					t.Errorf("detail %q, want %q", detail, want)
				}
				if _, ok := diags[0].(diag.DiagnosticWithPath); ok {
					t.Error("the diagnostic points to a line that can hold a secret")
				}
			}
		})
	}
}

// TestAddErrorOfALostCreate: the error that lost the answer is told with its own next step
// and its own variables.
func TestAddErrorOfALostCreate(t *testing.T) {
	v := acctest.Start(t)
	client, err := helvetisafe.New(helvetisafe.Config{
		BaseURL: v.URL, Key: helvetisafe.KeySource{Path: v.PEMPath},
		Auth: helvetisafe.ClientCredentials{ClientID: v.ClientID, ClientSecret: redact.NewString(v.ClientSecret)},
	})
	if err != nil {
		t.Fatal(err)
	}
	v.Server.AddFault(devserver.Fault{Path: devserver.RouteCreate, Commit: true, HTML: true, Status: 418})
	v.Server.AddFault(devserver.Fault{Path: devserver.RouteRead, Status: 403})
	_, err = client.Create(t.Context(), "k", helvetisafe.Content{Value: "v"}, helvetisafe.Timestamp{})
	var diags diag.Diagnostics
	origins{"base_url": "HELVETISAFE_BASE_URL", "scopes": "HELVETISAFE_SCOPES"}.addError(&diags, "Creating", err)
	want := `Creating: it isn't known whether the secret "k" was created: its answer was lost (418 on POST /api/v1/secrets: this is not an answer from the HelvetiSafe API, ` +
		"but from a proxy or gateway that refuses the request; check `base_url`, and what stands in front of the API. " +
		"The value comes from the environment variable HELVETISAFE_BASE_URL), and it can't be read back without the scope secrets:read. " +
		`If the portal shows it and it is this one, import it (its id is "k"). If it is someone else's, use another key. If it isn't there, run the same command again.`
	if got := diags[0].Detail(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAddErrorInterrupted(t *testing.T) {
	for _, cause := range []error{context.Canceled, fmt.Errorf("x: %w", context.DeadlineExceeded)} {
		var diags diag.Diagnostics
		origins{}.addError(&diags, "Reading the secret \"k\"", cause)
		if diags[0].Summary() != "Interrupted" || strings.Contains(diags[0].Detail(), "context") {
			t.Errorf("%v is told as %q: %q", cause, diags[0].Summary(), diags[0].Detail())
		}
	}
}

// TestAddErrorInterruptedUnderWay: if the server may have done what was asked of it, the
// diagnostic says so.
func TestAddErrorInterruptedUnderWay(t *testing.T) {
	const text = "isn't known whether it took effect"
	for _, lost := range []bool{true, false} {
		v := acctest.Start(t)
		v.WritePlain("k", `{"k":"v"}`)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		client, err := helvetisafe.New(helvetisafe.Config{
			BaseURL: v.URL, Auth: helvetisafe.ClientCredentials{ClientID: v.ClientID, ClientSecret: redact.NewString(v.ClientSecret)},
		})
		if err != nil {
			t.Fatal(err)
		}
		hangs := "token"
		if lost {
			hangs = "delete"
		}
		go func() {
			for v.Server.Count(hangs) == 0 && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
		v.Server.AddFault(devserver.Fault{Path: hangs, Hang: true, Commit: true})
		_, err = client.Delete(ctx, "k")
		var diags diag.Diagnostics
		origins{}.addError(&diags, "Deleting the secret \"k\"", err)
		if len(diags) != 1 || diags[0].Summary() != "Interrupted" || strings.Contains(diags[0].Detail(), text) != lost {
			t.Errorf("the request was sent %v: %v", lost, diags)
		}
	}
}

// TestErrorsNameTheVariable: a setting is often at fault if a request fails. If it comes
// from a variable, the user would look for it in the configuration in vain.
func TestErrorsNameTheVariable(t *testing.T) {
	from := origins{"base_url": "HELVETISAFE_BASE_URL", "scopes": "HELVETISAFE_SCOPES", "max_retries": "HELVETISAFE_MAX_RETRIES"}
	const one = "The value comes from the environment variable "
	for _, row := range []struct {
		name  string
		fault devserver.Fault
		says  string
	}{
		{"a redirect", devserver.Fault{RedirectTo: "https://example.com"}, one + "HELVETISAFE_BASE_URL."},
		{"another web server", devserver.Fault{Status: 404, HTML: true}, one + "HELVETISAFE_BASE_URL."},
		{"another API", devserver.Fault{Status: 422}, one + "HELVETISAFE_BASE_URL."},
		{"a page", devserver.Fault{HTML: true}, one + "HELVETISAFE_BASE_URL."},
		{"no scope", devserver.Fault{Status: 403}, one + "HELVETISAFE_SCOPES."},
		{"a limited rate", devserver.Fault{Status: 429}, one + "HELVETISAFE_MAX_RETRIES."},
		{"a server in trouble", devserver.Fault{Status: 503}, ""},
	} {
		for _, route := range []string{devserver.RouteOrgKey, devserver.RouteList, devserver.RouteRead, devserver.RouteUpdate} {
			t.Run(row.name+"/"+route, func(t *testing.T) {
				v := acctest.Start(t)
				v.WritePlain("k", `{"k":"v"}`)
				client, err := helvetisafe.New(helvetisafe.Config{
					BaseURL: v.URL, Key: helvetisafe.KeySource{Path: v.PEMPath},
					Auth: helvetisafe.ClientCredentials{ClientID: v.ClientID, ClientSecret: redact.NewString(v.ClientSecret)},
				})
				if err != nil {
					t.Fatal(err)
				}
				fault := row.fault
				fault.Path = route
				v.Server.AddFault(fault)
				switch route {
				case devserver.RouteOrgKey:
					_, err = client.OrgKeyFingerprint(t.Context())
				case devserver.RouteList:
					_, err = client.List(t.Context())
				case devserver.RouteRead:
					_, err = client.Get(t.Context(), "k")
				case devserver.RouteUpdate:
					_, err = client.Update(t.Context(), "k", helvetisafe.Content{Value: "new"}, helvetisafe.Timestamp{})
				}
				var diags diag.Diagnostics
				from.addError(&diags, "Trying", err)
				detail := diags[0].Detail()
				if !strings.HasSuffix(detail, row.says) || strings.Count(detail, "HELVETISAFE_") != min(len(row.says), 1) {
					t.Error(detail)
				}
			})
		}
	}
}

func TestEveryKindHasAHeadline(t *testing.T) {
	for kind := helvetisafe.Unauthorized; kind <= helvetisafe.Ambiguous; kind++ {
		if kinds[kind].headline == "" && kind != helvetisafe.Cancelled {
			t.Errorf("kind %d has none", kind)
		}
	}
}

// TestEveryReasonHasANextStep: the client gives a reason a name so that something can be
// said about it here, and a setting so that it gets the name of its attribute.
func TestEveryReasonHasANextStep(t *testing.T) {
	source, err := os.ReadFile("../helvetisafe/errors.go")
	if err != nil {
		t.Fatal(err)
	}
	advice, err := os.ReadFile("diagnostics.go")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^\t(\w+)\s+(?:(?:Reason|Setting)\s+= |= Reason\()`).FindAllSubmatch(source, -1)
	for _, name := range names {
		if !regexp.MustCompile(`helvetisafe\.` + string(name[1]) + `:`).Match(advice) {
			t.Errorf("%s is not in the tables", name[1])
		}
	}
	if len(names) < 70 || len(nextSteps)+len(settingNames) != len(names) {
		t.Errorf("%d names found for %d rows", len(names), len(nextSteps)+len(settingNames))
	}
}

// nextStep is the verb of one.
var nextStep = regexp.MustCompile(`[;.] .*\b(ask|check|grant|try|import|report|use|store|set|run|generate|log|finish|have)\b`)

// TestEveryErrorSaysWhatToDo: whatever answers, and to which request, the diagnostic names
// the request and a next step.
func TestEveryErrorSaysWhatToDo(t *testing.T) {
	v := acctest.Start(t)
	client, err := helvetisafe.New(helvetisafe.Config{
		BaseURL: v.URL, Key: helvetisafe.KeySource{Password: redact.NewString(v.Password)}, Auth: helvetisafe.APIToken{Token: redact.NewString(v.APIToken)},
	})
	if err != nil {
		t.Fatal(err)
	}
	write := helvetisafe.Content{Value: "v"}
	operations := map[string]func(context.Context) error{
		devserver.RouteList:   func(ctx context.Context) error { _, err := client.List(ctx); return err },
		devserver.RouteRead:   func(ctx context.Context) error { _, err := client.Get(ctx, "k"); return err },
		devserver.RouteDelete: func(ctx context.Context) error { _, err := client.Delete(ctx, "k"); return err },
		devserver.RouteUpdate: func(ctx context.Context) error {
			_, err := client.Update(ctx, "k", write, helvetisafe.Timestamp{})
			return err
		},
		devserver.RouteCreate: func(ctx context.Context) error {
			_, err := client.Create(ctx, "new", write, helvetisafe.Timestamp{})
			return err
		},
	}
	faults := []devserver.Fault{
		{CutBefore: true},
		{TruncateBody: true},
		{RedirectTo: "https://example.com"},
		{HTML: true},
		{Edit: devserver.SetMember("key", "5")},
	}
	for _, status := range []int{400, 401, 403, 404, 405, 407, 408, 409, 410, 413, 418, 421, 422, 429, 499, 500, 501, 502, 503, 511, 524} {
		faults = append(faults, devserver.Fault{Status: status}, devserver.Fault{Status: status, HTML: true}, devserver.Fault{Status: status, Gateway: devserver.Kong})
	}
	seen := 0
	for route, operation := range operations {
		for _, fault := range faults {
			v.WritePlain("k", `{"k":"v"}`)
			v.Server.ClearFaults()
			if _, err := client.OrgKeyFingerprint(t.Context()); err != nil {
				t.Fatal(err)
			}
			fault.Path = route
			v.Server.AddFault(fault)
			err := operation(t.Context())
			v.Server.Remove("new")
			if err == nil {
				continue // settled, or not a fault of this route
			}
			seen++
			var diags diag.Diagnostics
			origins{}.addError(&diags, "Trying", err)
			detail := diags[0].Detail()
			if !nextStep.MatchString(detail) || !strings.Contains(detail, "/api/v1/secrets") || strings.Contains(detail, "{") {
				t.Errorf("%+v on %s: %s", fault.Status, route, detail)
			}
		}
	}
	if seen < 300 {
		t.Errorf("only %d errors seen", seen)
	}
}
