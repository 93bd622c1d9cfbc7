package provider

import (
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// TestAccGatewayAnswersACreate: a create that was stored, and that a gateway answered
// instead of the API, ends as one secret, which the state has.
func TestAccGatewayAnswersACreate(t *testing.T) {
	for name, fault := range map[string]devserver.Fault{
		"Cloudflare gave up":            {Gateway: devserver.Cloudflare, Status: 524, Times: 1},
		"Cloudflare gave up every time": {Gateway: devserver.Cloudflare, Status: 524},
		"a load balancer gave up":       {Gateway: devserver.AWSBalancer, Status: 408},
		"no storage":                    {Gateway: devserver.NGINX, Status: 507},
		"a firewall refused the answer": {Gateway: devserver.AWSGateway, Status: 403},
		"a conflict of a gateway's":     {Gateway: devserver.Kong, Status: 409},
	} {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t)
			c := newCLI(t, required+v.Provider("max_retries = 1")+block("key = \"k\"\nvalue = \"v\""))
			fault.Path, fault.Commit = devserver.RouteCreate, true
			v.Server.AddFault(fault)
			c.MustRun("apply", "-auto-approve", "-no-color")
			if keys := c.keysInState(); len(keys) != 1 || keys[0] != "k" {
				t.Errorf("in the state: %q", keys)
			}
			if plain, _ := v.ReadPlain("k"); plain != `{"k":"v"}` || len(v.Server.Keys()) != 1 {
				t.Errorf("on the server: %q", v.Server.Keys())
			}
			if out := c.MustRun("plan", "-no-color"); !strings.Contains(out, "No changes") {
				t.Errorf("the plan after it is not empty:\n%s", out)
			}
		})
	}
}

// TestAccGatewayAnswersARead: what a gateway says about a secret plans nothing, and
// blames neither scopes nor credentials.
func TestAccGatewayAnswersARead(t *testing.T) {
	v := acctest.Start(t)
	c := newCLI(t, required+v.Provider("full_refresh = true")+block("key = \"k\"\nvalue = \"v\""))
	c.MustRun("apply", "-auto-approve", "-no-color")
	for route, fault := range map[string]devserver.Fault{
		devserver.RouteRead:  {Gateway: devserver.Kong, Status: 404, Text: "no Route matched with those values"},
		devserver.RouteToken: {Gateway: devserver.Cloudflare, Status: 403, Text: "invalid_client"},
	} {
		fault.Path = route
		v.Server.AddFault(fault)
		out, err := c.Run("plan", "-no-color")
		v.Server.ClearFaults()
		// The CLI breaks lines as it likes.
		text := strings.Join(strings.Fields(strings.ReplaceAll(out, "│", "")), " ")
		if err == nil || !strings.Contains(text, "Something other than HelvetiSafe answered") || strings.Contains(text, "will be created") {
			t.Errorf("%s: %v\n%s", route, err, out)
		}
		for _, word := range []string{"scope", "client_secret", "invalid_client", "no Route"} {
			if strings.Contains(text, word) {
				t.Errorf("%s: the message says %q:\n%s", route, word, out)
			}
		}
	}
}
