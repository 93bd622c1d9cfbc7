# The reading half of `make demo`: another configuration with another way in.
# The HELVETISAFE_* variables hold an API token and a password this time.
terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

provider "helvetisafe" {}

# Open while this runs, stored nowhere.
ephemeral "helvetisafe_secret" "db_password" {
  key = "db_password"
}

# Stands for an application that is started with the password in its
# environment. This one keeps a checksum of what it was given.
resource "terraform_data" "app" {
  provisioner "local-exec" {
    command = "printf %s \"$DB_PASSWORD\" | cksum >app.cksum"
    environment = {
      DB_PASSWORD = ephemeral.helvetisafe_secret.db_password.value
    }
  }
}
