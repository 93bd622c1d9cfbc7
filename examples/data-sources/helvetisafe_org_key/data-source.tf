terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

data "helvetisafe_org_key" "current" {}

# What to put into the provider's org_key_fingerprints, once you have compared
# it with what your vault's administrator reads out.
output "org_key_fingerprint" {
  value = data.helvetisafe_org_key.current.fingerprint
}
