terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

provider "helvetisafe" {} # HELVETISAFE_* variables

variable "database_password" {
  type      = string
  ephemeral = true
}

# create, and update if the value differs. Destroying the resource deletes it.
resource "helvetisafe_secret" "database_password" {
  key      = "database_password"
  value_wo = var.database_password
}

# An expiry.
resource "helvetisafe_secret" "temp_token" {
  key        = "temp_token"
  value      = "abc123"
  expires_at = "2099-01-31T00:00:00Z"
}

# get, without a trace in plan or state.
ephemeral "helvetisafe_secret" "database_password" {
  key      = helvetisafe_secret.database_password.key
  wait_for = helvetisafe_secret.database_password.version
}

# list: metadata only.
data "helvetisafe_secrets" "all" {
  depends_on = [helvetisafe_secret.database_password, helvetisafe_secret.temp_token]
}

output "expiries" {
  value = { for key, secret in data.helvetisafe_secrets.all.secrets : key => secret.expires_at }
}
