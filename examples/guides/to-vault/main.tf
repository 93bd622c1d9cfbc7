terraform {
  required_version = ">= 1.11"
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
    vault = {
      source  = "hashicorp/vault"
      version = ">= 5.0"
    }
  }
}

ephemeral "helvetisafe_secret" "database" {
  key = "database"
}

# Its version says when to write again. No value is read for it.
data "helvetisafe_secret_metadata" "database" {
  key = "database"
}

resource "vault_kv_secret_v2" "database" {
  mount                = "secret"
  name                 = "database"
  data_json_wo         = jsonencode(ephemeral.helvetisafe_secret.database.data)
  data_json_wo_version = data.helvetisafe_secret_metadata.database.version
}
