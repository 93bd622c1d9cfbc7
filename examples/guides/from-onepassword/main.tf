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

ephemeral "onepassword_item" "database" {
  vault = var.onepassword_vault
  title = "database"
}

resource "helvetisafe_secret" "database" {
  key = "database"
  data_wo = {
    DB_USER = ephemeral.onepassword_item.database.username
    DB_PASS = ephemeral.onepassword_item.database.password
  }
}
