terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

# A token made in the portal; the account's password unlocks the private key that the server keeps encrypted.
provider "helvetisafe" {
  base_url  = "https://vault.example.com"
  api_token = var.api_token
  password  = var.password
}

variable "api_token" {
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
