terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

# Reads no value and needs no key source.
data "helvetisafe_secret_metadata" "greeting" {
  key = "greeting"
}

output "greeting_last_changed" {
  value = data.helvetisafe_secret_metadata.greeting.updated_at
}
