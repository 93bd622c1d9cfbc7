package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// combination is a secret that is made and read back.
const combination = `
resource "helvetisafe_secret" "test" {
  key   = "db_password"
  value = "s3cr3t"
}

data "helvetisafe_secret" "test" {
  key = helvetisafe_secret.test.key
}
`

// TestAccCombinations: every auth mode with every key source, in the provider block
// and in the environment, makes, reads, changes and removes a secret, with one
// token and one Org Key for each instance.
func TestAccCombinations(t *testing.T) {
	for _, auth := range acctest.Auths() {
		for _, key := range acctest.Keys() {
			t.Run(auth.String()+" "+key.String()+" in the block", func(t *testing.T) {
				v := acctest.Start(t)
				acctest.ClearEnv(t)
				testCombination(t, v, v.ProviderBlock(auth, key))
			})
			t.Run(auth.String()+" "+key.String()+" in the environment", func(t *testing.T) {
				v := acctest.Start(t)
				v.SetEnv(t, auth, key)
				testCombination(t, v, "")
			})
		}
	}
}

func testCombination(t *testing.T, v *acctest.Vault, block string) {
	t.Helper()
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(New("test")),
		CheckDestroy:             empty(v),
		Steps: []resource.TestStep{
			{
				Config: block + combination,
				Check:  holds(v, "db_password", `{"db_password":"s3cr3t"}`),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue("data.helvetisafe_secret.test", tfjsonpath.New("value"), knownvalue.StringExact("s3cr3t")),
				},
			},
		},
	})
	for _, request := range v.Server.Requests() {
		if want := "terraform-provider-helvetisafe/test ("; len(request.Header.Get("User-Agent")) <= len(want) || request.Header.Get("User-Agent")[:len(want)] != want {
			t.Errorf("%s was sent with the User-Agent %q", request.Route, request.Header.Get("User-Agent"))
		}
	}
}
