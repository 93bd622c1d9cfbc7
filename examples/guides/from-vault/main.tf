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

ephemeral "vault_kv_secret_v2" "database" {
  mount = "secret"
  name  = "database"
}

# All fields of the KV secret, as fields of one HelvetiSafe secret.
resource "helvetisafe_secret" "database" {
  key     = "database"
  data_wo = ephemeral.vault_kv_secret_v2.database.data
}
