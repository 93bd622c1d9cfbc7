package provider

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// TestExpiryNotAsConfigured: the error says what expiry there is, and ends in one that can
// be written: the one that there is, or else one to come.
func TestExpiryNotAsConfigured(t *testing.T) {
	at := func(text string) helvetisafe.Timestamp { return helvetisafe.ParseTimestamp(text) }
	missing, none := helvetisafe.Timestamp{}, helvetisafe.Timestamp{State: helvetisafe.Null}
	const there, wanted = "2098-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z"
	for name, test := range map[string]struct {
		at, wanted helvetisafe.Timestamp
		says, line string
	}{
		"another one":             {at(there), at(wanted), `the secret "k" the expiry ` + there + " instead of " + wanted, there},
		"none":                    {none, at(wanted), `the secret "k" no expiry instead of ` + wanted, ""},
		"not removed":             {at(there), none, "it still expires at " + there, there},
		"not known to be removed": {missing, none, "don't tell whether the expiry", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var diags diag.Diagnostics
			op := &reconcile.Operation{State: &reconcile.Secret{Key: "k"}}
			origins{}.addUpdateError(&diags, op, &reconcile.Error{Kind: reconcile.OtherExpiry, At: test.at, Wanted: test.wanted})
			text := diags[0].Detail()
			line := regexp.MustCompile(`\n\n  expires_at = "(.+)"$`).FindStringSubmatch(text)
			if !strings.Contains(text, test.says) || line == nil {
				t.Fatalf("it says %q", text)
			}
			if got, err := parseExpiry(line[1]); err != nil || got.Before(time.Now()) || test.line != "" && line[1] != test.line {
				t.Errorf("it ends in %s", line[1])
			}
		})
	}
}

// TestExpiryDropped moves an expiry on a server that drops it instead: that is an
// error, and the state says what is there.
func TestExpiryDropped(t *testing.T) {
	t.Parallel()
	v := acctest.Start(t)
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		v.Server.ServeHTTP(answer, r)
		body := answer.Body.String()
		if r.Method == http.MethodPut {
			body = regexp.MustCompile(`"expires_at":"[^"]*"`).ReplaceAllString(body, `"expires_at":null`)
		}
		maps.Copy(w.Header(), answer.Header())
		w.Header().Del("Content-Length")
		w.WriteHeader(answer.Code)
		_, _ = w.Write([]byte(body))
	}))
	defer host.Close()
	provider := providerAttributes(v)
	provider["base_url"] = host.URL
	c := newCore(t, provider)
	created(t, c, configuration(colValue, "one", attributes{"expires_at": "2098-01-01T00:00:00Z"}))
	config := configuration(colValue, "one", attributes{"expires_at": "2099-01-01T00:00:00Z"})
	if out := c.apply(config, config); !mentions(out.errors, "no expiry instead of 2099") {
		t.Errorf("errors %q", out.errors)
	}
	if at := c.get(c.state, "expires_at"); at != "" {
		t.Errorf("the state has the expiry %s, and the server none", at)
	}
}
