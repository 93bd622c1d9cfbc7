terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

# Metadata of all secrets whose key starts with db_: one request, nothing decrypted.
data "helvetisafe_secrets" "database" {
  key_prefix = "db_"
}

output "database_secrets" {
  value = keys(data.helvetisafe_secrets.database.secrets)
}

# The same with values. They are kept in the state; the ephemeral resource of
# this name keeps them out.
data "helvetisafe_secrets" "database_values" {
  key_prefix     = "db_"
  include_values = true
}

output "database_values" {
  value     = data.helvetisafe_secrets.database_values.values
  sensitive = true
}
