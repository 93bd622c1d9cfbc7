terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

# A service account's client credentials, and its private key in a file.
provider "helvetisafe" {
  base_url         = "https://vault.example.com"
  client_id        = var.helvetisafe_client_id
  client_secret    = var.helvetisafe_client_secret
  private_key_path = var.helvetisafe_private_key_path
}

variable "helvetisafe_client_id" {
  type = string
}

variable "helvetisafe_client_secret" {
  type      = string
  sensitive = true
}

variable "helvetisafe_private_key_path" {
  type = string
}

resource "helvetisafe_secret" "greeting" {
  key   = "greeting"
  value = "Grüezi"
}
