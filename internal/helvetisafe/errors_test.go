package helvetisafe

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

func TestErrorTexts(t *testing.T) {
	lost := &Error{Kind: Unreachable, Reason: ConnectionReset, Request: "POST /x", Attempts: 3}
	for _, row := range []struct {
		name string
		err  error
		want string
	}{
		{"auth", &Error{Kind: Unauthorized, Reason: APITokenEnded, Setting: SettingAPIToken, Request: "GET /x", Status: 401}, "401 on GET /x: the server doesn't accept APIToken any longer"},
		{"auth with a code", &Error{Kind: Unauthorized, Reason: WrongGrant, Request: "POST /x", Status: 400, Code: "unauthorized_client"}, "400 (unauthorized_client) on POST /x: the service account may not use client credentials"},
		{"conflict", &Error{Kind: Conflict, Reason: keyTaken, Request: "POST /x", Status: 409, Key: "k"}, `409 on POST /x: a secret "k" exists already`},
		{"invalid key", &Error{Kind: InvalidKey, Reason: "it is odd", Key: "a\nb"}, `the key "a\nb" can't be used: it is odd`},
		{"connection, once", &Error{Kind: Unreachable, Reason: ConnectionReset, Request: "GET /x", Attempts: 1}, "no answer to GET /x: the connection was reset"},
		{"connection, again", lost, "no answer to POST /x, after 3 attempts: the connection was reset"},
		{"a proxy", &Error{Kind: Unreachable, Reason: ProxyLogin, Request: "GET /x", Status: 407, QuotaSpent: true}, "no answer to GET /x: the proxy wants credentials of its own (407); not tried further, because too many requests failed in this run"},
		{"a gateway", &Error{Kind: Foreign, Reason: Firewall, Request: "GET /x", Status: 403, Product: "Kong"}, "403 on GET /x: this is not an answer from the HelvetiSafe API (its headers name Kong), but from a firewall or proxy that refuses the request"},
		{"an answer", &Error{Kind: BadAnswer, Reason: BadMember, Detail: "`keys` is {key}", Request: "GET /x"}, "unusable answer to GET /x: `keys` is {key}"},
		{"content", &Error{Kind: BadContent, Reason: "it is not UTF-8", Key: "k"}, `the secret "k" can't be read as text: it is not UTF-8`},
		{"ambiguous", ambiguous("k", lost, &Error{Kind: Forbidden, Scope: scopeRead}), `it isn't known whether the secret "k" was created: its answer was lost (no answer to POST /x, after 3 attempts: the connection was reset), and it can't be read back without the scope secrets:read`},
		{"ambiguous after a conflict", ambiguous("k", &Error{Kind: Conflict}, lost), `it isn't known whether the secret "k" was created: the answer to the first try was lost, and the next one was told that a secret of that key exists, and it couldn't be read back to compare it`},
		{"server", &Error{Kind: Failed, Reason: "still after {attempts}", Request: "GET /x", Status: 503, Attempts: 1}, "503 on GET /x: still after 1 attempt"},
		{"unknown effect", withEffect(&Error{Kind: Failed, Reason: "no", Request: "PUT /x", Status: 503}, UnknownEffect), "503 on PUT /x: no; it isn't known whether it took effect"},
		{"not seen", withEffect(lost, NotSeen), lost.Error() + ". Right after it the secret wasn't there"},
		{"Org Key", &Error{Kind: OtherOrgKey, Reason: NotRecorded, OrgKey: "C", Wanted: []string{"A", "B"}}, "the server gave the Org Key C, but secrets here were written under A, B; nothing was read or written with it"},
		{"setting", &Error{Kind: BadConfig, Reason: PlainHTTP, Setting: SettingBaseURL}, "Config.BaseURL is http, which would show tokens to the network"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := row.err.Error(); got != row.want {
				t.Errorf("it says\n%s, want\n%s", got, row.want)
			}
		})
	}
	if lost.Effect != NoEffect {
		t.Error("an error that other calls may share was changed")
	}
}

func TestErrorsUnwrapOnlyWhatIsSafe(t *testing.T) {
	ended := &Error{Kind: Cancelled, cause: context.Canceled}
	if !errors.Is(ended, context.Canceled) {
		t.Error("a cancelled call isn't told as one")
	}
	lost := error(&Error{Kind: Ambiguous, cause: ended})
	if !errors.Is(lost, context.Canceled) || !errors.Is(lost, ended) {
		t.Error("the cause of an ambiguous create is lost")
	}
	if !Is(lost, Ambiguous) || Is(lost, Cancelled) {
		t.Error("an ambiguous create isn't told as one")
	}
	if errors.Unwrap(&Error{}) != nil {
		t.Error("something is unwrapped that isn't there")
	}
}

// TestErrorsOfMissingKeys: each names the key that is missing.
func TestErrorsOfMissingKeys(t *testing.T) {
	for route, want := range map[string]Reason{devserver.RouteOrgKey: NoOrgKey, devserver.RoutePrivateKey: NoPrivateKey} {
		v := newVault(t)
		v.AddFault(devserver.Fault{Path: route, Status: 404})
		_, err := v.client(t, withPassword).OrgKeyFingerprint(t.Context())
		var none *Error
		if !as(err, Refused, &none) || none.Reason != want {
			t.Errorf("%s: %v", route, err)
		}
	}
}

// TestFailures: what kept a request from being answered is told in rest's words.
func TestFailures(t *testing.T) {
	k := testCall(get(pathSecrets, scopeList, limitSecret))
	for kind, want := range map[rest.Kind]Kind{rest.Unrecognized: Unreachable, rest.ProxyTrouble: Unreachable, rest.Redirected: Unreachable, rest.CutShort: BadAnswer} {
		var e *Error
		if err := k.failed(&rest.Failure{Kind: kind, Status: 418, QuotaSpent: true}); !as(err, want, &e) || string(e.Reason) != string(kind) || e.Status != 418 || !e.QuotaSpent {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// TestNothingIsSaidOfTerraform: what users of this package can do about an error is their
// own business, and so are the names that settings have there.
func TestNothingIsSaidOfTerraform(t *testing.T) {
	theirs := regexp.MustCompile("(?i)HELVETISAFE_|terraform|tofu|\\bprovider|\\bHCL\\b|\\bplan\\b|\\bapply\\b|\\bimport|\\battribute|-parallelism|-target\\b|" +
		"`(base_url|client_id|client_secret|api_token|scopes|private_key_path|private_key_pem|password|org_key_fingerprints|ca_cert_pem|ca_cert_path|request_timeout|max_retries|full_refresh|allow_http)\\b")
	texts := 0
	for _, dir := range []string{".", "../rest"} {
		paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(gotoken.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if _, ok := n.(*ast.ImportSpec); ok {
					return false
				}
				literal, ok := n.(*ast.BasicLit)
				if !ok || literal.Kind != gotoken.STRING {
					return true
				}
				text, err := strconv.Unquote(literal.Value)
				texts++
				// The label is in the fingerprints that are stored already (PROTOCOL.md section 14).
				if found := theirs.FindString(text); err != nil || found != "" && text != valueMACLabel {
					t.Errorf("%s: %q speaks of %s", path, text, found)
				}
				return true
			})
		}
	}
	if texts < 200 {
		t.Errorf("only %d texts found", texts)
	}
}

// TestWhatIsntKnownIsTold: an update or a deletion that may have taken effect,
// although no answer says so, is told as such, whatever came of the last try.
func TestWhatIsntKnownIsTold(t *testing.T) {
	const text = "isn't known whether it took effect"
	for _, row := range []struct {
		name   string
		fault  devserver.Fault
		cancel bool
		tells  bool
	}{
		{"reset after the commit", devserver.Fault{CutAfter: true}, false, true},
		{"a gateway's error", devserver.Fault{Status: 502, Commit: true}, false, true},
		{"a page", devserver.Fault{HTML: true, Commit: true}, false, true},
		{"a body cut short", devserver.Fault{TruncateBody: true}, false, true},
		{"cancelled", devserver.Fault{Hang: true, Commit: true}, true, true},
		{"a gateway that gave up", devserver.Fault{Status: 524, HTML: true, Commit: true}, false, true},
		{"a firewall's page", devserver.Fault{Status: 403, HTML: true, Commit: true}, false, true},
		{"a rate limit", devserver.Fault{Status: 429}, false, false},
		{"a refusal", devserver.Fault{Status: 403}, false, false},
		{"not implemented", devserver.Fault{Status: 501}, false, false},
	} {
		for route, operation := range map[string]func(context.Context, *Client) error{
			devserver.RouteUpdate: func(ctx context.Context, c *Client) error {
				_, err := c.Update(ctx, "k", Content{Value: testPlaintext}, keepExpiry)
				return err
			},
			devserver.RouteDelete: func(ctx context.Context, c *Client) error {
				_, err := c.Delete(ctx, "k")
				return err
			},
		} {
			t.Run(row.name+"/"+route, func(t *testing.T) {
				v := newVault(t)
				v.put(t, "k", "x")
				c := v.client(t)
				if _, err := c.OrgKeyFingerprint(t.Context()); err != nil {
					t.Fatal(err)
				}
				fault := row.fault
				fault.Path = route
				v.AddFault(fault)
				v.AddFault(devserver.Fault{Path: devserver.RouteRead, Status: 403}) // nor can anybody look
				v.AddFault(devserver.Fault{Path: devserver.RouteList, Status: 403})
				// What was deleted by the first try is found to be gone by the next.
				v.AddFault(devserver.Fault{Path: route, Status: 503})
				ctx, cancel := context.WithCancel(t.Context())
				if row.cancel {
					go func() {
						for v.Count(route) == 0 {
							time.Sleep(time.Millisecond)
						}
						cancel()
					}()
				}
				err := operation(ctx, c)
				cancel()
				if route == devserver.RouteDelete && row.fault.TruncateBody {
					return // a deletion has no body to cut
				}
				if err == nil || strings.Contains(err.Error(), text) != row.tells {
					t.Errorf("err = %v", err)
				}
				v.discreet(t, err)
			})
		}
	}
}
