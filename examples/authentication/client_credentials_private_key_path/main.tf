terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

# Client credentials of a service account, its private key in a file.
provider "helvetisafe" {
  base_url         = "https://vault.example.com"
  client_id        = var.client_id
  client_secret    = var.client_secret
  private_key_path = var.private_key_path
}

variable "client_id" {
  type = string
}

variable "client_secret" {
  type      = string
  sensitive = true
}

variable "private_key_path" {
  type = string
}

data "helvetisafe_org_key" "current" {}

output "org_key_fingerprint" {
  value = data.helvetisafe_org_key.current.fingerprint
}
