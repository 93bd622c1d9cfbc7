package provider

import (
	"fmt"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// TestRequestsOfAPlan shows that a plan of unchanged secrets makes as many requests
// for a hundred as for ten, right after they were made: the token and the list, and
// both keys if a write-only value is compared, in password mode.
func TestRequestsOfAPlan(t *testing.T) {
	t.Parallel()
	for _, column := range columns() {
		want := "list token"
		if column == colBare {
			want = "list org-key private-key token"
		}
		for _, n := range []int{10, 100} {
			t.Run(fmt.Sprint(column, "/", n), func(t *testing.T) {
				t.Parallel()
				v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.Now = notOnAWholeSecond }))
				attributes := providerAttributes(v)
				secrets := make([]*core, n)
				for i := range secrets {
					secrets[i] = newCore(t, attributes)
					created(t, secrets[i], keyed(column, i))
				}
				v.Server.ResetRequests()

				delete(attributes, "private_key_path")
				attributes["password"] = v.Password
				server := secrets[0].start()
				for i, c := range secrets {
					out := c.refresh(server, outcome{}, false)
					if out, _ = c.planOnce(server, keyed(column, i), out); c.action(out) != "none" {
						t.Errorf("secret %d: %s, errors %q", i, c.action(out), out.errors)
					}
				}
				if got := routes(v); got != want {
					t.Errorf("the plan asked for %q, want %q", got, want)
				}
			})
		}
	}
}

// keyed is the configuration of the i-th secret.
func keyed(column string, i int) attributes {
	return configuration(column, "one", attributes{"key": fmt.Sprint("k", i)})
}
