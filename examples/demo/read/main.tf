# The reading half of `make demo`: another configuration with another way in.
# The HELVETISAFE_* variables hold an API token and a password this time.
terraform {
  required_providers {
    helvetisafe = {
      source = "helvetisafe/helvetisafe"
    }
  }
}

provider "helvetisafe" {}

data "helvetisafe_secret" "db_password" {
  key = "db_password"
}

output "db_password" {
  value     = data.helvetisafe_secret.db_password.value
  sensitive = true
}
