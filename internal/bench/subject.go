package main

import (
	"fmt"
	"strings"
)

// subject is a resource that is planned, applied and destroyed.
type subject struct {
	name     string
	provider string // the directory of its provider's binary; "" for the core's own
	resource string // a configuration with %d in place of the number
}

//nolint:gosec // a configuration, and no credential in it
const manySecrets = `resource "helvetisafe_secret" "many" {
  count = %d
  key   = "bench_${count.index}"
  value = "value ${count.index}"
}
`

// subjects are those that are at hand, ours last.
func subjects(ours, random string) []subject {
	list := []subject{{name: "terraform_data", resource: `resource "terraform_data" "many" {
  count = %d
  input = "value ${count.index}"
}
`}}
	if random != "" {
		list = append(list, subject{name: "random_id", provider: random, resource: `resource "random_id" "many" {
  count       = %d
  byte_length = 16
}
`})
	}
	return append(list, subject{name: "helvetisafe_secret", provider: ours, resource: manySecrets})
}

// sources are the providers that a configuration can name.
var sources = map[string]string{
	"helvetisafe": "helvetisafe/helvetisafe", "random": "hashicorp/random", "external": "hashicorp/external",
}

// configuration is a whole one: what is required, and body.
func configuration(body string) string {
	var b strings.Builder
	b.WriteString("terraform {\n  required_providers {\n")
	for _, name := range []string{"external", "helvetisafe", "random"} {
		if strings.Contains(body, `"`+name+`_`) || strings.Contains(body, `"`+name+`"`) {
			fmt.Fprintf(&b, "    %s = { source = %q }\n", name, sources[name])
		}
	}
	b.WriteString("  }\n}\n")
	return b.String() + body
}
