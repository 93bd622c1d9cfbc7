terraform {
  required_version = ">= 1.11"
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
    onepassword = {
      source  = "1Password/onepassword"
      version = ">= 3.2"
    }
  }
}

variable "onepassword_vault" {
  type        = string
  description = "UUID of the 1Password vault."
}

ephemeral "helvetisafe_secret" "database" {
  key = "database"
}

# Its version says when to write again. No value is read for it.
data "helvetisafe_secret_metadata" "database" {
  key = "database"
}

resource "onepassword_item" "database" {
  vault               = var.onepassword_vault
  title               = "database"
  category            = "login"
  username            = "app"
  password_wo         = ephemeral.helvetisafe_secret.database.data["DB_PASS"]
  password_wo_version = data.helvetisafe_secret_metadata.database.version
}
