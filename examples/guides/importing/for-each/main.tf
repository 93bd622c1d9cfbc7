terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

# Metadata of the secrets to take over. No value is read for it.
data "helvetisafe_secrets" "vault" {
  key_prefix = "db_"
}

locals {
  keys = toset(keys(data.helvetisafe_secrets.vault.secrets))
}

import {
  for_each = local.keys
  to       = helvetisafe_secret.vault[each.key]
  id       = "write-only:${each.key}"
}

# The vault is the source of its own values until you name a better one.
ephemeral "helvetisafe_secrets" "vault" {
  key_prefix = "db_"
}

locals {
  # One field that is named like the secret is a single value.
  single = {
    for key, fields in ephemeral.helvetisafe_secrets.vault.data :
    key => length(fields) == 1 && contains(keys(fields), key)
  }
}

resource "helvetisafe_secret" "vault" {
  for_each = local.keys
  key      = each.key
  value_wo = local.single[each.key] ? ephemeral.helvetisafe_secrets.vault.values[each.key] : null
  data_wo  = local.single[each.key] ? null : ephemeral.helvetisafe_secrets.vault.data[each.key]
}

output "keys" {
  value = sort(local.keys)
}
