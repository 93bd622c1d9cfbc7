# The writing half of `make demo`. Where the vault is, who is calling and which
# key opens it comes from HELVETISAFE_* variables: client credentials and a
# private key in a file.
terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

provider "helvetisafe" {}

variable "password" {
  description = "What to store."
  type        = string
  sensitive   = true
  ephemeral   = true
}

# Write-only: the value is in neither plan nor state.
resource "helvetisafe_secret" "db_password" {
  key      = "db_password"
  value_wo = var.password
}

# A value that nobody types: the provider makes it when it writes it. It is not
# even in this configuration.
resource "helvetisafe_secret" "session_key" {
  key = "session_key"
  generate = {
    length        = 32
    special       = false
    rotation_days = 30
  }
}

output "version" {
  value = helvetisafe_secret.db_password.version
}

output "org_key_fingerprint" {
  value = helvetisafe_secret.db_password.org_key_fingerprint
}
