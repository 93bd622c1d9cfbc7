terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

# Client credentials of a service account; its password unlocks the private key that the server keeps encrypted.
provider "helvetisafe" {
  base_url      = "https://vault.example.com"
  client_id     = var.client_id
  client_secret = var.client_secret
  password      = var.password
}

variable "client_id" {
  type = string
}

variable "client_secret" {
  type      = string
  sensitive = true
}

variable "password" {
  type      = string
  sensitive = true
}

data "helvetisafe_org_key" "current" {}

output "org_key_fingerprint" {
  value = data.helvetisafe_org_key.current.fingerprint
}
