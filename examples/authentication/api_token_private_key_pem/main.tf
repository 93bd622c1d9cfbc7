terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

# A token made in the portal, the private key in a variable, as CI systems keep it.
provider "helvetisafe" {
  base_url        = "https://vault.example.com"
  api_token       = var.api_token
  private_key_pem = var.private_key_pem
}

variable "api_token" {
  type      = string
  sensitive = true
}

variable "private_key_pem" {
  type      = string
  sensitive = true
}

data "helvetisafe_org_key" "current" {}

output "org_key_fingerprint" {
  value = data.helvetisafe_org_key.current.fingerprint
}
