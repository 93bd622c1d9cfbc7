package provider

import (
	"context"
	"errors"
	"fmt"
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
	for _, tc := range []struct {
		name    string
		err     error
		summary string
		line    string // of HCL to write
	}{
		{"credentials", &helvetisafe.AuthError{Request: "GET /x", Status: 401}, "HelvetiSafe doesn't accept the credentials", ""},
		{"scope", &helvetisafe.ForbiddenError{Request: "GET /x", Scope: "secrets:read"}, "A scope is missing", ""},
		{"not found", &helvetisafe.NotFoundError{Request: "GET /x", Key: "k"}, "There is no such secret", ""},
		{"conflict", &helvetisafe.ConflictError{Request: "POST /x", Key: "k"}, "The secret exists already", ""},
		{"rate limit", &helvetisafe.RateLimitError{Request: "GET /x", Attempts: 5}, "HelvetiSafe limits the rate of requests", ""},
		{"status", &helvetisafe.APIError{Request: "GET /x", Status: 400, Attempts: 1}, "HelvetiSafe refused a request", ""},
		{"trouble", &helvetisafe.APIError{Request: "GET /x", Status: 500, Attempts: 5}, "HelvetiSafe couldn't carry out a request", ""},
		{"gateway", &helvetisafe.GatewayError{Request: "GET /x", Status: 524}, "Something other than HelvetiSafe answered", ""},
		{"connection", &helvetisafe.ConnectionError{Request: "GET /x"}, "HelvetiSafe can't be reached", ""},
		{"answer", &helvetisafe.ResponseError{Request: "GET /x"}, "HelvetiSafe gave an unusable answer", ""},
		{"decryption", &helvetisafe.CryptoError{Key: "k"}, "The secret can't be decrypted", ""},
		{"private key", &helvetisafe.CryptoError{Attribute: "private_key_pem"}, "A key can't be used", ""},
		{
			"Org Key", &helvetisafe.OrgKeyError{Current: "SHA256:b", Wanted: []string{"SHA256:a"}}, "Another Org Key than expected",
			`org_key_fingerprints = ["SHA256:a", "SHA256:b"]`,
		},
		{"configuration", &helvetisafe.ConfigError{Attribute: "password"}, "The provider's configuration can't be used", ""},
		{"key", &helvetisafe.InvalidKeyError{Key: "a-b"}, "The key can't be used", ""},
		{"content", &helvetisafe.ContentError{}, "The stored content can't be used", ""},
		{"lost answer", &helvetisafe.AmbiguousCreateError{Key: "k"}, "It isn't known whether the secret was created", ""},
		{"something else", errors.New("x"), "The operation failed", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, err := range []error{tc.err, fmt.Errorf("the secret \"k\": %w", tc.err)} {
				var diags diag.Diagnostics
				origins{}.addError(&diags, "Reading the secret \"k\"", err)
				if len(diags) != 1 || diags[0].Summary() != tc.summary {
					t.Fatalf("got %v, want %q", diags, tc.summary)
				}
				detail, line, _ := strings.Cut(diags[0].Detail(), "\n\n  ")
				if line != tc.line {
					t.Errorf("it ends in %q, want %q", line, tc.line)
				}
				if want := "Reading the secret \"k\": " + strings.TrimSuffix(err.Error(), "."); detail != want+"." {
					t.Errorf("detail %q, want %q", detail, want)
				}
				if _, ok := diags[0].(diag.DiagnosticWithPath); ok {
					t.Error("the diagnostic points to a line that can hold a secret")
				}
			}
		})
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
					BaseURL: v.URL, Key: helvetisafe.PEMFile{Path: v.PEMPath},
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
					_, err = client.Update(t.Context(), "k", helvetisafe.StoredContent{Value: "new"}, helvetisafe.KeepExpiry())
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
