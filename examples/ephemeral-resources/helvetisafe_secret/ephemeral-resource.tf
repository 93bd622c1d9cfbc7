terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

# Read at plan and apply, kept in neither plan nor state.
ephemeral "helvetisafe_secret" "database" {
  key = "database"
}

# Copies one field into another secret without it touching the state.
resource "helvetisafe_secret" "replica_password" {
  key      = "replica_password"
  value_wo = ephemeral.helvetisafe_secret.database.data["DB_PASS"]
}

# One value that is itself JSON, stored by value = jsonencode({…}). Its members
# are in data; data["service_account"] doesn't exist. jsondecode keeps types.
ephemeral "helvetisafe_secret" "service_account" {
  key = "service_account"
}

resource "helvetisafe_secret" "service_account_key" {
  key      = "service_account_key"
  value_wo = jsondecode(ephemeral.helvetisafe_secret.service_account.value).private_key
}

# A secret of this same configuration: its version makes the read wait for the write.
resource "helvetisafe_secret" "token" {
  key   = "token"
  value = "t0ken"
}

ephemeral "helvetisafe_secret" "token" {
  key      = helvetisafe_secret.token.key
  wait_for = helvetisafe_secret.token.version
}

resource "helvetisafe_secret" "token_copy" {
  key              = "token_copy"
  value_wo         = ephemeral.helvetisafe_secret.token.value
  value_wo_version = helvetisafe_secret.token.version
}
