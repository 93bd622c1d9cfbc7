terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

data "helvetisafe_secrets" "vault" {
  # Letters, digits and underscores: a resource manages no other key.
  key_regex      = "^db_[a-zA-Z0-9_]*$"
  include_values = true
}

resource "helvetisafe_secret" "vault" {
  for_each = data.helvetisafe_secrets.vault.secrets
  key      = each.key
  data     = data.helvetisafe_secrets.vault.data[each.key]
}

output "keys" {
  value = join("\n", keys(data.helvetisafe_secrets.vault.secrets))
}
