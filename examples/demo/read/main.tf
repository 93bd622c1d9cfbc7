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

ephemeral "helvetisafe_secret" "session_key" {
  key = "session_key"
}

# Stands for an application that is started with the password in its
# environment. This one keeps what it was given in files, for the demo to
# look for.
resource "terraform_data" "app" {
  provisioner "local-exec" {
    command = "printf %s \"$DB_PASSWORD\" >password.txt; printf %s \"$SESSION_KEY\" >session_key.txt"
    environment = {
      DB_PASSWORD = ephemeral.helvetisafe_secret.db_password.value
      SESSION_KEY = ephemeral.helvetisafe_secret.session_key.value
    }
  }
}
