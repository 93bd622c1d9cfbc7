# The writing half of `make demo`. Where the vault is, who is calling and which
# key opens it comes from HELVETISAFE_* variables: client credentials and a
# private key in a file.
terraform {
  required_providers {
    helvetisafe = {
      source = "helvetisafe/helvetisafe"
    }
  }
}

provider "helvetisafe" {}

variable "password" {
  description = "What to store."
  type        = string
  sensitive   = true
}

resource "helvetisafe_secret" "db_password" {
  key   = "db_password"
  value = var.password
}

output "db_password" {
  value     = helvetisafe_secret.db_password.value
  sensitive = true
}

output "version" {
  value = helvetisafe_secret.db_password.version
}

output "org_key_fingerprint" {
  value = helvetisafe_secret.db_password.org_key_fingerprint
}
