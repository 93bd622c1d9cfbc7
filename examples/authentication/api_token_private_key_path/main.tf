terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

# A token made in the portal, the private key in a file.
provider "helvetisafe" {
  base_url         = "https://vault.example.com"
  api_token        = var.api_token
  private_key_path = var.private_key_path
}

variable "api_token" {
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
