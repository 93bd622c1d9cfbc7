terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

# Every secret whose key starts with db_, with values, in neither plan nor state.
ephemeral "helvetisafe_secrets" "database" {
  key_prefix = "db_"
}

resource "helvetisafe_secret" "database_bundle" {
  key     = "database_bundle"
  data_wo = ephemeral.helvetisafe_secrets.database.values
}
