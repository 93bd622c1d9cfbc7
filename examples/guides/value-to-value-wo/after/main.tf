terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

variable "db_password" {
  type      = string
  sensitive = true
  ephemeral = true # kept out of saved plans too
}

resource "helvetisafe_secret" "db_password" {
  key      = "db_password"
  value_wo = var.db_password
}
