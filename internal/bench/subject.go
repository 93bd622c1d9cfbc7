package main

import (
	"fmt"
	"strings"
)

// subject is a resource that is planned, applied and destroyed.
type subject struct {
	name     string
	provider string // its provider's binary; "" for the core's own
	resource string // a configuration with %d in place of the number
	// env is what the provider needs beside what our server exports.
	env []string
}

// ourResource is the subject that all others stand beside.
const ourResource = "helvetisafe_secret"

var resources = map[string]string{
	"terraform_data": `resource "terraform_data" "many" {
  count = %d
  input = "value ${count.index}"
}
`,
	"random_id": `resource "random_id" "many" {
  count       = %d
  byte_length = 16
}
`,
	"random_password": `resource "random_password" "many" {
  count  = %d
  length = 16
}
`,
	"vault_kv_secret_v2": `resource "vault_kv_secret_v2" "many" {
  count     = %d
  mount     = "secret"
  name      = "bench_${count.index}"
  data_json = jsonencode({ value = "value ${count.index}" })
}
`,
	ourResource: `resource "helvetisafe_secret" "many" {
  count = %d
  key   = "bench_${count.index}"
  value = "value ${count.index}"
}
`,
}

// subjectNames are the columns of the tables, ours last: the core's own, two of a
// provider that talks to nobody (one of them holds a sensitive value), and one of a
// provider that keeps secrets on a server, as ours does.
var subjectNames = []string{"terraform_data", "random_id", "random_password", "vault_kv_secret_v2", ourResource}

// subjects are those that are at hand, in the order of the columns.
func (b *bench) subjects() []subject {
	providers := map[string]string{"random_id": b.random, "random_password": b.random, ourResource: b.ours}
	env := map[string][]string{}
	if b.hashicorp != nil {
		providers["vault_kv_secret_v2"] = b.vaultProvider
		env["vault_kv_secret_v2"] = b.hashicorp.env()
	}
	var list []subject
	for _, name := range subjectNames {
		if providers[name] != "" || name == "terraform_data" {
			list = append(list, subject{name: name, provider: providers[name], resource: resources[name], env: env[name]})
		}
	}
	return list
}

// sources are the providers that a configuration can name.
var sources = map[string]string{
	"helvetisafe": "helvetisafe/helvetisafe", "random": "hashicorp/random", "external": "hashicorp/external",
	"vault": "hashicorp/vault", "hollow": "helvetisafe/hollow",
}

// configuration is a whole one: what is required, and body.
func configuration(body string) string {
	var b strings.Builder
	b.WriteString("terraform {\n  required_providers {\n")
	for _, name := range []string{"external", "helvetisafe", "hollow", "random", "vault"} {
		if strings.Contains(body, `"`+name+`_`) || strings.Contains(body, `"`+name+`"`) {
			fmt.Fprintf(&b, "    %s = { source = %q }\n", name, sources[name])
		}
	}
	b.WriteString("  }\n}\n")
	return b.String() + body
}
