package helvetisafe

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

func TestTokenIsRenewedBeforeItEnds(t *testing.T) {
	for _, row := range []struct {
		name   string
		edit   string // what stands for "expires_in" in the answer
		reused time.Duration
	}{
		{"an hour", `"expires_in":3600`, time.Hour - 30*time.Second},
		{"a minute", `"expires_in":60`, 30 * time.Second},
		{"missing", `"x":1`, time.Hour - 30*time.Second},
		{"zero", `"expires_in":0`, time.Second},
		{"negative", `"expires_in":-5`, time.Second},
		{"huge", `"expires_in":1e300`, longestLifetime - 30*time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			// The server's tokens themselves outlive all of it.
			v := newVault(t, func(o *devserver.Options) { o.TokenTTL = 7777 * time.Second })
			v.AddFault(devserver.Fault{Path: devserver.RouteToken, Edit: func(body []byte) []byte {
				return bytes.Replace(body, []byte(`"expires_in":7777`), []byte(row.edit), 1)
			}})
			c := v.client(t)
			list := func(tokens int) {
				t.Helper()
				if _, err := c.List(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got := v.Count(devserver.RouteToken); got != tokens {
					t.Errorf("%d token requests, want %d", got, tokens)
				}
			}
			list(1)
			c.rest.Clock.(*fakeClock).advance(row.reused - time.Millisecond)
			list(1)
			c.rest.Clock.(*fakeClock).advance(time.Millisecond)
			list(2)
		})
	}
}

func TestARefusedTokenIsRenewedOnceForAllCallers(t *testing.T) {
	v := newVault(t)
	c := v.client(t)
	if _, err := c.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		v.RevokeTokens()
		v.ResetRequests()
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if _, err := c.List(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := v.Count(devserver.RouteToken); n != 1 {
			t.Errorf("round %d: %d token requests, want 1", round, n)
		}
		if n := v.Count(devserver.RouteList); n > 100 {
			t.Errorf("round %d: %d list requests, want one retry each at most", round, n)
		}
	}
}

func TestATokenThatIsNeverTakenIsNotAskedForAgainAndAgain(t *testing.T) {
	v := newVault(t)
	c := v.client(t)
	v.AddFault(devserver.Fault{Path: devserver.RouteList, Status: 401})
	for range 20 {
		_, err := c.List(t.Context())
		var denied *Error
		if !as(err, Unauthorized, &denied) || denied.Status != 401 {
			t.Fatalf("err = %v", err)
		}
		v.discreet(t, err)
	}
	// The first call renews once, and none does after it.
	v.counts(t, map[string]int{devserver.RouteToken: 2, devserver.RouteList: 21})
}

func TestARenewalLeavesTheRetriesAsTheyWere(t *testing.T) {
	for _, row := range []struct {
		name   string
		before int // failures before the 401
		want   int // requests
	}{
		{"refused at first", 0, 1 + matrixRetries + 1},
		{"refused after a failure", 1, 1 + matrixRetries + 1},
		{"refused with no retry left", matrixRetries, 1 + matrixRetries + 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t)
			c := v.client(t, func(cfg *Config) { cfg.MaxRetries = matrixRetries })
			if row.before > 0 {
				v.AddFault(devserver.Fault{Path: devserver.RouteList, Status: 503, Times: row.before})
			}
			v.AddFault(devserver.Fault{Path: devserver.RouteList, Status: 401, Times: 1})
			v.AddFault(devserver.Fault{Path: devserver.RouteList, Status: 503})
			_, err := c.List(t.Context())
			var failed *Error
			if !as(err, Failed, &failed) || failed.Status != 503 {
				t.Errorf("err = %v", err)
			}
			v.counts(t, map[string]int{devserver.RouteToken: 2, devserver.RouteList: row.want})
		})
	}
}

func TestWrongCredentials(t *testing.T) {
	for _, row := range []struct {
		name string
		auth Auth
		says string
	}{
		{"client secret", ClientCredentials{ClientID: testClientID, ClientSecret: redact.NewString("MARKER-wrong")}, "invalid_client"},
		{"client id", ClientCredentials{ClientID: "MARKER-nobody", ClientSecret: redact.NewString(testClientSecret)}, "invalid_client"},
		{"api token", APIToken{redact.NewString("MARKER-wrong")}, "doesn't accept APIToken"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t)
			_, err := v.client(t, func(cfg *Config) { cfg.Auth = row.auth }).List(t.Context())
			if !Is(err, Unauthorized) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("err = %v", err)
			}
			v.discreet(t, err)
		})
	}
}

func TestScopesAreAskedForAsConfigured(t *testing.T) {
	v := newVault(t, func(o *devserver.Options) { o.Accounts[0].Scopes = []string{"secrets:list"} })
	c := v.client(t, func(cfg *Config) {
		cfg.Auth = ClientCredentials{ClientID: testClientID, ClientSecret: redact.NewString(testClientSecret), Scopes: []string{"secrets:list"}}
	})
	if _, err := c.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := c.Get(t.Context(), "k")
	var missing *Error
	if !as(err, Forbidden, &missing) || missing.Scope != "secrets:read" {
		t.Errorf("err = %v", err)
	}
}

func TestAPITokenHeader(t *testing.T) {
	for _, row := range []struct {
		name   string
		server devserver.APITokenHeader
		// requests of a client's first list, and of its second
		first, second int
		fails         bool
	}{
		{"X-Aegis-Token", devserver.XAegisToken, 1, 1, false},
		{"Bearer", devserver.Bearer, 2, 1, false},
		{"both", devserver.Both, 1, 1, false},
		{"neither", devserver.Neither, 2, 1, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t, func(o *devserver.Options) { o.APITokenHeader = row.server })
			c := v.client(t, withAPIToken)
			for i, want := range []int{row.first, row.second} {
				v.ResetRequests()
				_, err := c.List(t.Context())
				if row.fails != Is(err, Unauthorized) || !row.fails && err != nil {
					t.Errorf("list %d: %v", i, err)
				}
				if row.fails && (!strings.Contains(err.Error(), "X-Aegis-Token") || !strings.Contains(err.Error(), "Bearer")) {
					t.Errorf("the error doesn't tell both answers: %v", err)
				}
				v.discreet(t, err)
				v.counts(t, map[string]int{devserver.RouteList: want})
			}
		})
	}
}

func TestAPITokenHeaderIsFoundOutOnceForAllCallers(t *testing.T) {
	v := newVault(t, func(o *devserver.Options) { o.APITokenHeader = devserver.Bearer })
	v.put(t, "k", "x")
	c := v.client(t, withAPIToken)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := c.Get(t.Context(), "k"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	bearer := 0
	for _, r := range v.Requests() {
		if r.Header.Get("Authorization") != "" {
			bearer++
		}
	}
	// 50 and, if another caller's was the one that tried, its own as well.
	if bearer > 51 {
		t.Errorf("%d requests with the second header for 50 reads", bearer)
	}
}

func TestAPITokenHeaderIsFoundOutWithAnyRequest(t *testing.T) {
	v := newVault(t, func(o *devserver.Options) { o.APITokenHeader = devserver.Bearer })
	v.put(t, "k", "x")
	c := v.client(t, withAPIToken)
	if existed, err := c.Delete(t.Context(), "k"); !existed || err != nil {
		t.Fatalf("Delete = %v, %v", existed, err)
	}
	v.counts(t, map[string]int{devserver.RouteDelete: 2})
}

func TestAPITokenHeaderThatWorkedIsKept(t *testing.T) {
	v := newVault(t)
	c := v.client(t, withAPIToken)
	if _, err := c.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.Configure(func(o *devserver.Options) { o.APITokenHeader = devserver.Bearer })
	v.ResetRequests()
	_, err := c.List(t.Context())
	if !Is(err, Unauthorized) {
		t.Errorf("err = %v", err)
	}
	v.counts(t, map[string]int{devserver.RouteList: 1})
	for _, r := range v.Requests() {
		if r.Header.Get("Authorization") != "" {
			t.Error("the token was sent as a Bearer token after the first header had worked")
		}
	}
}

func TestAPITokenHeaderStaysOpenWhereTheTryFails(t *testing.T) {
	v := newVault(t, func(o *devserver.Options) { o.APITokenHeader = devserver.Bearer })
	c := v.client(t, withAPIToken, func(cfg *Config) { cfg.MaxRetries = 0 })
	v.AddFault(devserver.Fault{Path: devserver.RouteList, Skip: 1, Times: 1, Status: 503})
	_, err := c.List(t.Context())
	var failed *Error
	if !as(err, Failed, &failed) || failed.Status != 503 {
		t.Errorf("err = %v", err)
	}
	if _, err := c.List(t.Context()); err != nil {
		t.Errorf("the next try: %v", err)
	}
}
