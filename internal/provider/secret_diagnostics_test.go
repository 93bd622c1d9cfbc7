package provider

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// TestExpiryNotAsConfigured: the error says what expiry there is, and ends in one that can
// be written: the one that there is, or else one to come.
func TestExpiryNotAsConfigured(t *testing.T) {
	at := helvetisafe.ParseTimestamp
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
	v.Server.AddFault(devserver.Fault{Path: devserver.RouteUpdate, Edit: devserver.SetMember("expires_at", "null")})
	c := newCore(t, providerAttributes(v))
	created(t, c, configuration(colValue, "one", attributes{"expires_at": "2098-01-01T00:00:00Z"}))
	config := configuration(colValue, "one", attributes{"expires_at": "2099-01-01T00:00:00Z"})
	if out := c.apply(config, config); !mentions(out.errors, "no expiry instead of 2099") {
		t.Errorf("errors %q", out.errors)
	}
	if at := c.get(c.state, "expires_at"); at != "" {
		t.Errorf("the state has the expiry %s, and the server none", at)
	}
}
